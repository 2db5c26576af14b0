"""The Start screen lists the servers that run here, once it stands; one key reads one as answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.screens.driving import Driver, Opener, form, here, press, settle
from wizard.session import found_here, setups
from wizard.session.found_here import FoundHere
from wizard.session.opened import Opened

FOUND = (
    FoundHere("container:web", "TorchServe, running here for this machine only", "container", "web"),
    FoundHere("process:41", "llama-server, running here on every interface", "process", "41"),
)
DATA = {"schema": 1, "server": "torchserve", "bind": {"inference": {"scope": "all", "port": 9090}}}


class Looked:
    """In place of the process that looks around."""

    ended = 0

    def found(self) -> tuple[FoundHere, ...]:
        return FOUND

    def end(self) -> None:
        Looked.ended += 1


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_here, "Looking", Looked)


@pytest.fixture
def read_as_answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The servers that were read."""
    wanted: list[str] = []

    def read(place: str) -> Opened:
        wanted.append(place)
        base, places = Path.cwd(), {"bind.inference": "as it runs"}
        return Opened("setup", "a set-up of TorchServe", DATA, base, base, lost=("A thing.",), places=places)

    monkeypatch.setattr(setups, "of_running", read)
    return wanted


async def listed(pilot: Driver) -> None:
    """Until what runs here stands on the screen."""
    while not pilot.app.screen.query("#running"):
        await settle(pilot)
    await settle(pilot)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_what_runs_here_is_listed_with_its_key(
    size: tuple[int, int], opened: Opener, read_as_answers: list[str]
) -> None:
    async with opened(size=size, looks_around=True) as pilot:
        await listed(pilot)
        text = form(pilot)
        offered = "Or look" if size[0] < 120 else "Look"
        assert f"1 {offered} at TorchServe, running here for this machine only (" in text
        assert text.index("(•)") < text.index("at TorchServe, running here"), "first the question, then the offers"
        pilot.app.screen.query_one("#form").scroll_end(animate=False)
        await settle(pilot)
        assert f"2 {offered} at llama-server, running here on every interface (" in form(pilot)
        await pilot.click("#running", offset=(5, pilot.app.screen.query_one("#running").size.height - 1))
        await settle(pilot)
        assert read_as_answers == ["process:41"]
    assert Looked.ended


async def test_nothing_is_looked_for_unasked(opened: Opener) -> None:
    async with opened() as pilot:
        assert "running here" not in form(pilot)
        await press(pilot, "1")
        assert here(pilot) == "start"


async def test_one_key_opens_it_as_answers(opened: Opener, read_as_answers: list[str]) -> None:
    async with opened(looks_around=True) as pilot:
        await listed(pilot)
        await press(pilot, "2")
        assert read_as_answers == ["process:41"]
        assert pilot.app.screen.page_title == "Overview"
        text = "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
        assert "as it runs" in text and "not carried over: A thing." in text
        await press(pilot, "u")
        assert pilot.app.session.plan.bind.inference is None


async def test_one_that_is_gone_by_now_is_said(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    from wizard.errors import WizardError

    def read(place: str) -> Opened:
        raise WizardError(f"No model server {place} runs here.")

    monkeypatch.setattr(setups, "of_running", read)
    async with opened(looks_around=True) as pilot:
        await listed(pilot)
        await press(pilot, "1")
        await settle(pilot)
        assert "No model server container:web runs here." in pilot.app.screen.said
        assert here(pilot) == "start"


async def test_a_digit_without_a_server_does_nothing(opened: Opener) -> None:
    async with opened(looks_around=True) as pilot:
        await listed(pilot)
        await press(pilot, "7")
        assert here(pilot) == "start"


PROGRAM = """
import asyncio, sys
from wizard.app import WizardApp
from wizard.session.session import Session

HEAVY = ("pydantic", "docker", "tomlkit", "yaml", "cryptography", "google.protobuf", "ada_url", "markdown_it", "psutil")

async def main():
    app = WizardApp(Session(looks_around=True))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        while app.screen._looking is None:
            await pilot.pause()
        await app.workers.wait_for_complete()
        print(" ".join(name for name in HEAVY if name in sys.modules))

asyncio.run(main())
"""


def test_looking_loads_nothing_heavy_into_the_wizard() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout.strip(), done.stderr) == ("", "")
