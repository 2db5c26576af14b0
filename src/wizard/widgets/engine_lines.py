"""What the server can be run with, each with a mark that says whether it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.widgets.flow import GAIN, Lines, text, wrapped

if TYPE_CHECKING:
    from wizard.session.engine import Said


def engine_lines(found: tuple[Said, ...], width: int) -> Lines:
    """What is known, as one paragraph; [] while nothing is."""
    if not found:
        return []
    # A mark is never parted from its words.
    words = " · ".join(f"{GAIN if each.there else '✗'}\N{NO-BREAK SPACE}{each.words}" for each in found)
    return wrapped(words, width, "$foreground-muted", text("Here: ", "$text-accent"), 2)
