"""A robot at the keyboard: press, wait until nothing is under way, read the screen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from textual.pilot import Pilot

from wizard.app import Outcome

Opener = Callable[..., AbstractAsyncContextManager[Pilot[Outcome | None]]]


async def settle(pilot: Pilot[Outcome | None]) -> None:
    """Wait until nothing is under way any more: workers, messages, painting."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()
    await pilot.pause()


async def press(pilot: Pilot[Outcome | None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


def screen_text(pilot: Pilot[Outcome | None]) -> str:
    """What stands on the screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)
