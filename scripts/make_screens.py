"""Pictures of every screen for the documentation: docs/screens/*.svg and docs/screens.md.

The tests compare parts of the same screens as text (tests/goldens).

Everything that differs between machines and days is fixed here: the addresses, the folder, what was found in the
models, the clock. Nothing is measured and nothing is asked over a network.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ.pop("NO_COLOR", None)

from textual.widgets import Input, TextArea  # noqa: E402

from scripts import robot  # noqa: E402
from scripts.robot import Robot as Robot  # noqa: E402
from wizard.app import WizardApp  # noqa: E402
from wizard.host import DockerFacts, EngineName, Host, Interface  # noqa: E402
from wizard.machine import project  # noqa: E402
from wizard.machine.completion import FolderContents, Place  # noqa: E402
from wizard.machine.engine_state import EngineState  # noqa: E402
from wizard.machine.inspection import inspect  # noqa: E402
from wizard.models.found import Glance  # noqa: E402
from wizard.plan import Model, Plan  # noqa: E402
from wizard.prediction.probes import predict  # noqa: E402
from wizard.screens.base import StepScreen  # noqa: E402
from wizard.screens.console import Answered, ConsoleScreen  # noqa: E402
from wizard.screens.firstaid import FirstAidScreen  # noqa: E402
from wizard.screens.models import ModelList  # noqa: E402
from wizard.screens.start import StartScreen  # noqa: E402
from wizard.servers.sample import sample_path  # noqa: E402
from wizard.session.ending import ending  # noqa: E402
from wizard.session.found_here import FoundHere  # noqa: E402
from wizard.session.session import Session  # noqa: E402
from wizard.session.steps.base import Answer  # noqa: E402
from wizard.session.steps.flow import flow  # noqa: E402
from wizard.session.written import WrittenProject  # noqa: E402
from wizard.trial.request_console import ConsoleReply, ConsoleRequest  # noqa: E402
from wizard.widgets.flow import Flow  # noqa: E402
from wizard.widgets.pane import Pane  # noqa: E402

PICTURES = ROOT / "docs" / "screens"
SIZES = {"120x40": (120, 40), "80x24": (80, 24)}
THEMES = {"dark": "wizard-dark", "light": "wizard-light"}
HOME = Path("/home/ada/serving")
HOST = Host(
    interfaces=(
        Interface("lo", "127.0.0.1", 8, "loopback"),
        Interface("lo", "::1", 128, "loopback"),
        Interface("eth0", "10.0.0.5", 24, "private"),
        Interface("wlan0", "192.168.1.7", 24, "private"),
        Interface("wg0", "10.8.0.2", 24, "private"),
        Interface("docker0", "172.17.0.1", 16, "container"),
    ),
    firewall="ufw",
    docker=DockerFacts(version=(29, 1, 0), usable=True),
)
PLAN = Plan(server="torchserve", models=(Model(name="echo", path="models/echo.mar"),), audiences=("me",))


@dataclass(frozen=True)
class Screen:
    """One picture."""

    name: str
    title: str
    open: Callable[[Robot], Awaitable[None]]


def screen_text(pilot: Robot) -> str:
    """What stands on the screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips) + "\n"


async def settle(pilot: Robot) -> None:
    """Wait until nothing is under way; no cursor blinks on a picture."""
    await robot.settle(pilot)
    for line in pilot.app.screen.query(Input):
        line.cursor_blink = False


async def press(pilot: Robot, *keys: str) -> None:
    for key in keys:
        await robot.strike(pilot.app, key)
        await settle(pilot)


async def go(pilot: Robot, step_id: str) -> None:
    """Open a step as the palette does."""
    app = pilot.app
    assert isinstance(app, WizardApp)
    while not isinstance(app.screen, StepScreen):
        app.pop_screen()
        await settle(pilot)
    app.go_to(app.session.step(step_id))
    await settle(pilot)


def picture_of(step_id: str) -> str:
    """The name of a step's picture."""
    return step_id.replace(".", "-")


def _step(step_id: str, title: str) -> Screen:
    return Screen(picture_of(step_id), title, lambda pilot: go(pilot, step_id))


async def _all_interfaces(pilot: Robot) -> None:
    await go(pilot, "bind.inference")
    pilot.app.screen.query_one(Pane).show_tab("Implications")
    await press(pilot, "end", "up", "up")


async def _reach(pilot: Robot) -> None:
    await _all_interfaces(pilot)
    pilot.app.screen.query_one(Pane).show_tab("Reach")
    await settle(pilot)


async def _files(pilot: Robot) -> None:
    await _all_interfaces(pilot)
    pilot.app.screen.query_one(Pane).show_tab("Files")
    await settle(pilot)


async def _overview(pilot: Robot) -> None:
    app = pilot.app
    assert isinstance(app, WizardApp)
    app.open_overview()
    await settle(pilot)


async def _why(pilot: Robot) -> None:
    await _all_interfaces(pilot)
    await press(pilot, "f1")


async def _addresses(pilot: Robot) -> None:
    _answer(pilot, ("bind.inference", {"scope": "interface", "address": "10.0.0.5,192.168.1.7"}))
    await go(pilot, "bind.inference")
    pilot.app.screen.query_one(Pane).show_tab("Implications")
    await settle(pilot)


async def _risky(pilot: Robot) -> None:
    """A Plan with everything that Review speaks of: what cannot work, what has to be confirmed, what was confirmed."""
    everywhere = {"scope": "all"}
    origins = {"origins": ["*"], "credentials": True}
    _answer(pilot, ("bind.inference", everywhere), ("bind.management", everywhere), ("cors.inference", origins))
    _answer(pilot, ("auth", {"inference": "none", "management": "none"}))
    await go(pilot, "review")


def _answer(pilot: Robot, *changes: tuple[str, object]) -> None:
    app = pilot.app
    assert isinstance(app, WizardApp)
    problem = app.session.propose(Answer(changes, "an answer"))
    assert not problem, problem


async def _history(pilot: Robot) -> None:
    await go(pilot, "bind.inference")
    await press(pilot, "ctrl+g")


async def _origins(pilot: Robot) -> None:
    await go(pilot, "cors.inference")
    await press(pilot, "home", "down", "enter", *"localhost", "colon", *"5173")


def screens(plan: Plan) -> tuple[Screen, ...]:
    """Every picture, in the order of the wizard."""
    from wizard.session.steps.flow import group_of

    steps = []
    for step in flow(plan):
        group = group_of(step)[1]
        title = group if step.title == group else f"{group}, {step.title}"
        steps.append(_step(step.id, title))
    at = next(number for number, one in enumerate(steps) if one.name == "bind-inference") + 1
    extras = (
        Screen("bind-all", "Bind, with the cursor on All interfaces", _all_interfaces),
        Screen("bind-all-reach", "The same: who could reach what", _reach),
        Screen("bind-all-files", "The same: what the files would contain", _files),
    )
    more = (
        Screen("overview", "The overview: every decision on one page", _overview),
        Screen("origins", "CORS, while an origin is typed", _origins),
        Screen("why", "F1: what is this?", _why),
        Screen("history", "Every answer given so far", _history),
        Screen("glossary", "Look up a word", _lookup),
        Screen("firstaid", "First aid for an error message", _aid),
        Screen("comparing", "Two starting points compared", _compare),
        Screen("console", "Requests by hand to a trial that is kept running", _console),
        Screen("written", "Done, with the files written", _written),
        Screen("browse", "Looking for a model", _browse),
        Screen("models", "Several models, with versions and labels", _models),
        Screen("addresses", "Bind, with two addresses", _addresses),
        Screen("review-risky", "Review of answers that are dangerous and cannot work", _risky),
        Screen("running", "The start, with servers that run here", _running),
    )
    return (*steps[:at], *extras, *steps[at:], *more)


def _palette(command: str) -> Callable[[Robot], Awaitable[None]]:
    async def run(pilot: Robot) -> None:
        app = pilot.app
        await go(pilot, "start")
        found = next(c for c in app.get_system_commands(app.screen) if c.title == command)
        found.callback()
        await settle(pilot)

    return run


async def _aid(pilot: Robot) -> None:
    await _palette("First aid")(pilot)
    message = (
        "Access to fetch at 'http://127.0.0.1:8080/predictions/echo' from origin 'https://app.example' has "
        "been blocked by CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource."
    )
    screen = pilot.app.screen
    assert isinstance(screen, FirstAidScreen)
    screen.query_one(TextArea).insert(message)
    await settle(pilot)
    screen.look_through()
    await settle(pilot)


async def _lookup(pilot: Robot) -> None:
    await _palette("Look up a word")(pilot)
    pilot.app.screen.query_one(Input).value = "preflight"
    await settle(pilot)


async def _compare(pilot: Robot) -> None:
    await _palette("Compare two starting points")(pilot)
    await press(pilot, "full_stop", "right", "right", "right", "right")


async def _models(pilot: Robot) -> None:
    await go(pilot, "start")
    app = pilot.app
    assert isinstance(app, WizardApp)
    path = "models/half_plus_two"
    two = (Model(name="half_plus_two", path=path), Model(name="canary", path=path, versions="all", labels={"new": 1}))
    changes = (("server", "tensorflow-serving"), ("version", ""), ("models", list(two)))
    app.session.propose(Answer(changes, "two models"))
    await go(pilot, "model")
    app.screen.query_one(ModelList).focus()
    await press(pilot, "down")


async def _browse(pilot: Robot) -> None:
    await go(pilot, "model")
    await press(pilot, "f3")


async def _console(pilot: Robot) -> None:
    await go(pilot, "start")
    app = pilot.app
    assert isinstance(app, WizardApp)
    probe = predict(app.session.view.deployment)[0]
    json = (("content-type", "application/json"),)
    screen = ConsoleScreen(ConsoleRequest(probe, "POST", "/predictions/echo", json, '{"data": [1, 2]}'), lambda: 540.0)
    await pilot.app.push_screen(screen)
    await settle(pilot)
    screen.on_answered(Answered(ConsoleReply(200, (*json, ("x-request-id", "7c1e")), '{"data": [1, 2]}', 0.012)))
    await settle(pilot)


async def _written(pilot: Robot) -> None:
    app = pilot.app
    assert isinstance(app, WizardApp)
    folder = HOME / "serving-echo"
    made = project.prepare(app.session.plan, app.session.base, folder, app.session.host)
    names = tuple(file.path for file in made.files)
    app.session.written(WrittenProject(app.session.plan, folder, names, ending(made)))
    await go(pilot, "done")
    app.screen.query_one("#last", Flow).redraw()
    await settle(pilot)


async def _running(pilot: Robot) -> None:
    await go(pilot, "start")
    screen = pilot.app.screen
    assert isinstance(screen, StartScreen)
    screen.show_running(
        (
            FoundHere("process:4242", "llama-server, running here on every interface", "process", "4242"),
            FoundHere("container:web", "TorchServe, running here for this machine only", "container", "web"),
        )
    )
    await settle(pilot)


def _folder() -> FolderContents:
    """A folder with one of each thing that can be met when one looks for a model."""
    found = {
        "half_plus_two/": Glance("savedmodel-base", "SavedModel, versions 1, 2"),
        "echo.mar": Glance("mar", "model archive"),
        "notebooks/": Glance("folder", ""),
    }
    places = (Place(name.rstrip("/"), HOME / "models" / name, name.endswith("/"), g) for name, g in found.items())
    return FolderContents(HOME / "models", tuple(places), others=3)


def _engine(images: tuple[str, ...], which: EngineName) -> EngineState:
    return EngineState("29.1.0", "", True, tuple((image, True) for image in images), which)


@contextmanager
def frozen() -> Iterator[None]:
    """This machine as it is on every machine."""
    reports = {"torchserve": inspect(sample_path("torchserve"), "torchserve")}
    reports["tensorflow-serving"] = inspect(sample_path("tensorflow-serving"), "tensorflow-serving")

    def look(plan: Plan, base: Path) -> dict[str, Any]:
        del base
        return {model.name: reports[plan.server] for model in plan.models}

    with (
        mock.patch("wizard.machine.hostfacts.measure", lambda *_: HOST),
        mock.patch("wizard.machine.hostfacts.lacking", tuple),
        mock.patch("wizard.session.beginning.inspect", lambda path, server, base: reports[server]),
        mock.patch("wizard.machine.modelcheck.look", look),
        mock.patch("wizard.machine.engine_state.look", _engine),
        mock.patch("wizard.machine.completion.browse", lambda path: _folder()),
        mock.patch("wizard.machine.completion.used_before", lambda base: ()),
        mock.patch("pathlib.Path.cwd", lambda: HOME),
    ):
        yield


async def shots(
    size: tuple[int, int], theme: str, names: frozenset[str] = frozenset()
) -> AsyncIterator[tuple[Screen, Robot]]:
    """Each screen in turn, shown; with `names` only those.

    Each has a wizard of its own, in which the steps before it were visited: a screen is the same without the others.
    """
    with frozen():
        async with _wizard(size, theme) as pilot:
            session = _session(pilot)
            steps = {picture_of(step.id): step.id for step in session.steps}
            listed = screens(session.complete)
        before: set[str] = set()
        for screen in listed:
            if not names or screen.name in names:
                async with _wizard(size, theme) as pilot:
                    _session(pilot).visited |= before
                    await screen.open(pilot)
                    yield screen, pilot
            if screen.name in steps:
                before.add(steps[screen.name])


def _session(pilot: Robot) -> Session:
    assert isinstance(pilot.app, WizardApp)
    return pilot.app.session


@asynccontextmanager
async def _wizard(size: tuple[int, int], theme: str) -> AsyncIterator[Robot]:
    """A wizard that has just started."""
    async with WizardApp(Session(PLAN)).run_test(size=size) as pilot:
        pilot.app.theme = theme
        await settle(pilot)
        await press(pilot, "f9")
        yield pilot


def svg_of(pilot: Robot) -> str:
    """The screen as a picture that needs nothing from a network."""
    text = pilot.app.export_screenshot(title="Serving Wizard")
    return re.sub(r"@font-face \{.*?\}\s*", "", text, flags=re.DOTALL)


async def make(names: frozenset[str]) -> None:
    """Write the pictures."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    titles: dict[str, str] = {}
    for size_name, size in SIZES.items():
        for theme_name, theme in THEMES.items():
            async for screen, pilot in shots(size, theme, names):
                titles[screen.name] = screen.title
                (PICTURES / f"{screen.name}-{size_name}-{theme_name}.svg").write_text(svg_of(pilot), "utf-8")
    if not names:
        hero = (PICTURES / "bind-all-120x40-dark.svg").read_text("utf-8")
        (PICTURES / "hero.svg").write_text(hero, "utf-8")
        (ROOT / "docs" / "screens.md").write_text(page(titles), "utf-8")


SHOWN = (
    "overview",
    "start",
    "model",
    "who",
    "bind-all",
    "bind-all-reach",
    "bind-all-files",
    "origins",
    "review",
    "write",
    "glossary",
    "firstaid",
    "comparing",
)


def page(titles: dict[str, str]) -> str:
    """docs/screens.md."""
    parts = [
        "# Screens\n\nMade by `python scripts/make_screens.py`; the addresses and folders are examples. "
        "Each screen has four pictures: 120×40 and 80×24, dark and light.\n"
    ]
    for name in SHOWN:
        parts.append(f"## {titles[name]}\n\n![{titles[name]}](screens/{name}-120x40-dark.svg)\n")
    parts.append("## At 80×24, and in light\n")
    parts.append(
        "![Bind at 80×24](screens/bind-all-80x24-dark.svg)\n\n![Bind in light](screens/bind-all-120x40-light.svg)\n"
    )
    parts.append("## All of them\n\n| Screen | 120×40 | 80×24 |\n|---|---|---|")
    for name, title in titles.items():
        cells = [" · ".join(f"[{theme}](screens/{name}-{size}-{theme}.svg)" for theme in THEMES) for size in SIZES]
        parts.append(f"| {title} | {cells[0]} | {cells[1]} |")
    return "\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="only these screens")
    options = parser.parse_args()
    asyncio.run(make(frozenset(options.names)))


if __name__ == "__main__":
    main()
