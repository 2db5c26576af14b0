"""What a Deployment means: findings, reach, and the summary in plain words.

All of them take the Deployment as it is and make no choices themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.exposure import findings as findings
    from wizard.exposure import token_rows as token_rows
else:
    __getattr__ = modules_of(__name__)
