"""How llama-server's existing files are read: its command line, variables, list of models and image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.servers.llama_server.reading import answers as answers
    from wizard.servers.llama_server.reading import launch as launch
    from wizard.servers.llama_server.reading import observe as observe
    from wizard.servers.llama_server.reading import rules as rules
    from wizard.servers.llama_server.reading import seen as seen
else:
    __getattr__ = modules_of(__name__)
