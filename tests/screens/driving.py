"""A robot at the keyboard: press, wait until nothing is under way, read the screen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from wizard.servers.sample import sample_plan


class Driver(Pilot[None]):
    """A pilot whose app is the wizard. Which screen stands and which widget has the focus is what a test finds out."""

    @property
    def app(self) -> Any:
        """The WizardApp."""
        return self._app


Opener = Callable[..., AbstractAsyncContextManager[Driver]]

TORCH, TENSOR = sample_plan("torchserve"), sample_plan("tensorflow-serving")


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until nothing is under way any more: workers, messages, painting."""
    for _ in range(2):  # a message may start a worker, whose answer is a message
        await pilot.pause()
        await workers_done(pilot)
    keyboard: Any = getattr(pilot.app, "keyboard", None)  # a test's own app may have none
    while keyboard is not None and keyboard.busy and pilot.app.is_running:
        await pilot.pause()
        await workers_done(pilot)
    await pilot.pause()


async def workers_done(pilot: Pilot[Any]) -> None:
    """Wait for every worker; one that a newer one of its kind replaced counts as done."""
    with suppress(WorkerCancelled):
        await pilot.app.workers.wait_for_complete()


async def press(pilot: Driver, *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def write(pilot: Driver, text: str) -> None:
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


async def go(pilot: Driver, step_id: str) -> None:
    """Open a step directly, as the palette does."""
    pilot.app.go_to(pilot.app.session.step(step_id))
    await settle(pilot)


def here(pilot: Driver) -> str:
    return str(pilot.app.screen.step.id)


def screen_text(pilot: Driver) -> str:
    """What stands on the screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


def part(pilot: Driver, selector: str) -> str:
    """The text inside a widget, every run of blanks and line breaks as one blank: sentences may wrap."""
    region = pilot.app.screen.query_one(selector).region
    rows = screen_text(pilot).splitlines()[region.y : region.bottom]
    return " ".join(" ".join(row[region.x : region.right] for row in rows).split())


def form(pilot: Driver) -> str:
    return part(pilot, "#form")


def pane(pilot: Driver) -> str:
    return part(pilot, "#pane")


def keys(pilot: Driver) -> str:
    return part(pilot, "#keys")
