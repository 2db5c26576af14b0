"""Avoids work while somebody is typing."""

from __future__ import annotations

import time

from textual.worker import get_current_worker

PAUSE = 0.25
"""Seconds without another key after which somebody seems to have stopped typing."""


def still_wanted() -> bool:
    """In a worker thread: wait for a pause in typing, then return whether nothing newer was asked for meanwhile."""
    worker = get_current_worker()
    for _ in range(10):
        time.sleep(PAUSE / 10)
        if worker.is_cancelled:
            return False
    return True
