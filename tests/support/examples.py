"""How many random examples a property is tried with: more where there is time, fewer where somebody waits.

WIZARD_EXAMPLES is a factor, 1 when it is not set, as in `make soak`; `make test` sets a quarter, `make quick` a tenth.
"""

from __future__ import annotations

import os

FACTOR = float(os.environ.get("WIZARD_EXAMPLES", "1"))


def most(usual: int) -> int:
    """The number of examples for a property that is usually tried with so many."""
    return max(5, round(usual * FACTOR))
