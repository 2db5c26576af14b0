"""A robot at the keyboard: press, wait until nothing is under way, read the screen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from textual.pilot import Pilot

from wizard.servers.sample import sample_plan
from wizard.session.steps import flow
from wizard.session.written import Outcome

Opener = Callable[..., AbstractAsyncContextManager[Pilot[Outcome | None]]]

TORCH, TENSOR = sample_plan("torchserve"), sample_plan("tensorflow-serving")


async def settle(pilot: Pilot[Outcome | None]) -> None:
    """Wait until nothing is under way any more: workers, messages, painting."""
    for _ in range(2):  # a message may start a worker, whose answer is a message
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def press(pilot: Pilot[Outcome | None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def write(pilot: Pilot[Outcome | None], text: str) -> None:
    names = {
        "/": "slash",
        ":": "colon",
        ".": "full_stop",
        " ": "space",
        "-": "minus",
        "_": "underscore",
        "*": "asterisk",
    }
    await pilot.press(*(names.get(char, char) for char in text))
    await settle(pilot)


async def go(pilot: Pilot[Outcome | None], step_id: str) -> None:
    """Open a step directly, as the palette does."""
    pilot.app.go_to(next(step for step in flow(pilot.app.complete_plan) if step.id == step_id))
    await settle(pilot)


def here(pilot: Pilot[Outcome | None]) -> str:
    return pilot.app.screen.step.id


def screen_text(pilot: Pilot[Outcome | None]) -> str:
    """What stands on the screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


def part(pilot: Pilot[Outcome | None], selector: str) -> str:
    """The text inside a widget, every run of blanks and line breaks as one blank: sentences may wrap."""
    region = pilot.app.screen.query_one(selector).region
    rows = screen_text(pilot).splitlines()[region.y : region.bottom]
    return " ".join(" ".join(row[region.x : region.right] for row in rows).split())


def form(pilot: Pilot[Outcome | None]) -> str:
    return part(pilot, "#form")


def pane(pilot: Pilot[Outcome | None]) -> str:
    return part(pilot, "#pane")


def keys(pilot: Pilot[Outcome | None]) -> str:
    return part(pilot, "#keys")
