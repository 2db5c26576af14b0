"""One module for each command, imported when it runs. Each has `run(options) -> exit code`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.cli.commands import source as source
else:
    __getattr__ = modules_of(__name__)
