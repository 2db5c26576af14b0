"""A robot at the keyboard: press, wait until nothing is under way, read the screen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from textual.pilot import Pilot

from scripts.robot import key_event, strike
from scripts.robot import press as press
from scripts.robot import settle as settle
from wizard.servers.sample import sample_plan


class Driver(Pilot[None]):
    """A pilot whose app is the wizard. Which screen stands and which widget has the focus is what a test finds out."""

    @property
    def app(self) -> Any:
        """The WizardApp."""
        return self._app

    async def _wait_for_screen(self, timeout: float = 300.0) -> bool:
        """Textual gives a screen 30 seconds, which a busy machine may not have."""
        return await super()._wait_for_screen(timeout)

    async def press(self, *keys: str) -> None:
        await strike(self.app, *keys)


Opener = Callable[..., AbstractAsyncContextManager[Driver]]

TORCH, TENSOR = sample_plan("torchserve"), sample_plan("tensorflow-serving")


async def type_ahead(pilot: Driver, *keys: str) -> None:
    """Press all of them at once, as on a machine too busy to answer between two keys; then wait."""
    for key in keys:
        pilot.app._driver.send_message(key_event(pilot.app, key))
    await settle(pilot)


async def write(pilot: Driver, text: str) -> None:
    await type_ahead(pilot, *text)


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
    """The text inside a widget's border, every run of blanks and line breaks as one blank: sentences may wrap."""
    region = pilot.app.screen.query_one(selector).content_region
    rows = screen_text(pilot).splitlines()[region.y : region.bottom]
    return " ".join(" ".join(row[region.x : region.right] for row in rows).split())


def form(pilot: Driver) -> str:
    return part(pilot, "#middle")


def pane(pilot: Driver) -> str:
    return part(pilot, "#pane")


def keys(pilot: Driver) -> str:
    bar = pilot.app.screen.query_one("#keys")
    assert bar.region, (
        pilot.app.screen,
        pilot.app.focused,
        bar.hints,
        pilot.app.workers,
        "the line of keys has no place",
    )
    return part(pilot, "#keys")
