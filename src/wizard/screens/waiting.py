"""Spare work while somebody is typing."""

from __future__ import annotations

import time

from textual.worker import get_current_worker


def still_wanted(seconds: float = 0.12) -> bool:
    """In a worker thread: wait a moment, then say whether nothing newer was asked meanwhile."""
    time.sleep(seconds)
    return not get_current_worker().is_cancelled
