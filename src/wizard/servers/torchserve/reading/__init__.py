"""How TorchServe's existing files are read: its configuration file, command line and image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.servers.torchserve.reading import answers as answers
    from wizard.servers.torchserve.reading import launch as launch
    from wizard.servers.torchserve.reading import observe as observe
    from wizard.servers.torchserve.reading import overriding as overriding
    from wizard.servers.torchserve.reading import rules as rules
    from wizard.servers.torchserve.reading import seen as seen
else:
    __getattr__ = modules_of(__name__)
