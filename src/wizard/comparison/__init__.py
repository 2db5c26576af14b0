"""What an answer changes: everything that is shown about two Plans side by side, and the files that would differ.

Nothing is decided here: what is compared was derived by `placement`, `exposure` and `artifacts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.comparison import files as files
    from wizard.comparison import plans as plans
    from wizard.comparison import view as view
else:
    __getattr__ = modules_of(__name__)
