"""Whether a page is completely there, and how much room it has.

Messages may reach a page before it is composed, and after it was removed.
"""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.screen import Screen

TINY = "-tiny"
"""The class of a page so low that the answers need all the room."""
_TINY_BELOW = 12


def stands(screen: Screen[Any]) -> bool:
    """Whether everything on a page is mounted and nothing of it is gone."""
    # A program that ends takes its pages apart while they are still mounted and messages still come; from the moment
    # it is told to, nothing on them counts as attached, and nothing can be mounted.
    attached = screen.is_attached and screen in screen.app.screen_stack
    return screen.is_mounted and screen.app.is_running and attached


def size_classes(app: App[Any]) -> dict[str, bool]:
    """The classes that Textual gives a page for its size only after the first paint: whether each applies."""
    width, height = app.size
    found: dict[str, bool] = {}
    for size, points in ((width, app.HORIZONTAL_BREAKPOINTS), (height, app.VERTICAL_BREAKPOINTS)):
        for limit, name in points or ():
            found[name] = limit <= size and not any(limit < other <= size for other, _ in points or ())
    found[TINY] = height < _TINY_BELOW
    return found
