"""What of each screen is kept as text, so that one changed word changes few files.

Two whole pictures show the frame that all steps share, wide and narrow. Of every screen only its own part is kept: a
step's form, a dialog, the pane where it is what the screen is about. All key bars stand in one file.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

from scripts import make_screens

HERE = Path(__file__).parent
WIDE, NARROW = make_screens.SIZES["120x40"], make_screens.SIZES["80x24"]
FRAME = "bind-inference"
ABOUT_THE_PANE = ("bind-all", "bind-all-reach", "bind-all-files")
KEYS = "keys.txt"


def part(pilot: make_screens.Robot, selector: str) -> str:
    """What stands in a widget's place on the screen, line by line."""
    region = pilot.app.screen.query_one(selector).region
    strips = pilot.app.screen._compositor.render_strips()[region.y : region.bottom]
    lines = [strip.crop(region.x, region.right).text.rstrip() for strip in strips]
    # How long a file is belongs to the tests of the files.
    return re.sub(r"\d+ bytes", "… bytes", "\n".join(lines).rstrip("\n")) + "\n"


def own_part(name: str, pilot: make_screens.Robot) -> str:
    """The part of a screen that no other screen has."""
    if pilot.app.screen.query("#dialog"):
        return part(pilot, "#dialog")
    if name == "overview":
        return part(pilot, "#hub")
    return part(pilot, "#pane" if name in ABOUT_THE_PANE else "#middle")


async def pictures() -> AsyncIterator[tuple[str, str]]:
    """File name and text of everything that is kept."""
    keys: list[str] = []
    async for screen, pilot in make_screens.shots(WIDE, make_screens.THEMES["dark"]):
        yield f"{screen.name}.txt", own_part(screen.name, pilot)
        if screen.name == FRAME:
            yield "frame-wide.txt", make_screens.screen_text(pilot)
        if not pilot.app.screen.query("#dialog"):
            keys.append(f"{screen.name}: {part(pilot, '#keys').strip()}\n")
    yield KEYS, "".join(keys)
    async for _, pilot in make_screens.shots(NARROW, make_screens.THEMES["dark"], frozenset({FRAME})):
        yield "frame-narrow.txt", make_screens.screen_text(pilot)
