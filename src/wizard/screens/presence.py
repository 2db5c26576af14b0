"""Whether a page is there as a whole: messages may reach it before it is composed and after it was taken away."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen


def stands(screen: Screen[Any]) -> bool:
    """Whether everything on a page is made and none of it is gone."""
    return screen.is_mounted and screen in screen.app.screen_stack
