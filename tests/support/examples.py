"""How many random examples a property is tried with: more where there is time, fewer where somebody waits.

WIZARD_EXAMPLES is a factor, 1 when it is not set, as in `make soak`; `make test` sets a tenth, `make quick` half
of that. Below 1, the examples are the same each time.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")
FACTOR = float(os.environ.get("WIZARD_EXAMPLES", "1"))


def most(usual: int) -> int:
    """The number of examples for a property that is usually tried with so many."""
    return max(5, round(usual * FACTOR))


def share(items: Sequence[Item], turn: int) -> Sequence[Item]:
    """All of them, or with a factor below 1 as large a part: every second, fourth ... one, others at each turn."""
    step = max(1, round(1 / FACTOR))
    return items[turn % step :: step]
