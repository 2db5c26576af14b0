"""The conversation without an interface: steps as data, the history of answers, proposals and the draft.

The screens and the line prompts show it, and have no rules of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.session import earlier as earlier
    from wizard.session import ending as ending
    from wizard.session import found_here as found_here
    from wizard.session import opening as opening
    from wizard.session import running as running
    from wizard.session import setups as setups
    from wizard.session import steps as steps
else:
    __getattr__ = modules_of(__name__)
