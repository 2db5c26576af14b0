"""The command line: arguments to calls, results to exit codes.

`commands` has one module for each command; nothing is imported before its command runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.cli import arguments as arguments
    from wizard.cli import help_page as help_page
    from wizard.cli import parser as parser
    from wizard.cli import table as table
else:
    __getattr__ = modules_of(__name__)
