"""Reading (with positions) and writing the file formats of the servers, Docker, shells and nginx.

Strings in, strings out: nothing here touches a disk. Every writer either returns text that the real reader reads back
as the same value, or raises `WizardError`; none escapes approximately.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.formats import notebook as notebook
    from wizard.formats import python_commands as python_commands
    from wizard.formats import shell as shell
    from wizard.formats import shell_source as shell_source
    from wizard.formats import yaml_source as yaml_source
else:
    __getattr__ = modules_of(__name__)
