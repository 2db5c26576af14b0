"""Keys pressed faster than pages come are kept for the page they were meant for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.screen import Screen

from tests.screens.driving import Driver, Opener, here, press, settle
from wizard.app import WizardApp
from wizard.plan import Plan, Run
from wizard.screens.leaving import LeaveScreen
from wizard.screens.typing_ahead import TypingAhead
from wizard.servers.sample import sample_path
from wizard.session.session import Session
from wizard.widgets.field import FieldWidget


def burst(pilot: Driver, *keys: str) -> None:
    """All at once, as they come when the event loop was held up."""
    for key in keys:
        character = {"enter": "\r", "escape": "\x1b"}.get(key, key if len(key) == 1 else None)
        pilot.app.post_message(events.Key(key, character))


async def quiet(pilot: Driver) -> None:
    while True:
        await settle(pilot)
        if pilot.app.session.ready and not pilot.app.keyboard.busy:
            return


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine takes its time to tell about itself."""
    load = Session.load

    def slowly(self: Session) -> object:
        time.sleep(1.0)
        return load(self)

    monkeypatch.setattr(Session, "load", slowly)


async def test_enters_before_anything_is_loaded_reach_the_model_page_and_letters_its_line(
    opened: Opener, slow: None
) -> None:
    async with opened(None) as pilot:
        burst(pilot, "down", "enter", "enter", "enter", *"fuw")
        await quiet(pilot)
        assert pilot.app.session.plan.server == "torchserve"
        assert here(pilot) == "model"
        assert {widget.field.id for widget in pilot.app.screen.query(FieldWidget)} == {
            field.id for field in pilot.app.session.fields(pilot.app.screen.step)
        }
        assert pilot.app.focused.value == "fuw"
        assert len(pilot.app.session.history.entries) == 2


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Nothing is loaded before this is set."""
    opens, load = threading.Event(), Session.load

    def held(self: Session) -> object:
        assert opens.wait(20)
        return load(self)

    monkeypatch.setattr(Session, "load", held)
    return opens


def shown(pilot: Driver) -> tuple[list[str], str]:
    """The questions of the page from top to bottom, and which answer the cursor is on."""
    widgets = [widget for widget in pilot.app.screen.query(FieldWidget) if widget.field.shown]
    widgets.sort(key=lambda widget: widget.virtual_region.y)
    return [widget.field.id for widget in widgets], pilot.app.focused.option.id


def asked(pilot: Driver) -> list[str]:
    """The questions that the page has once there is a Plan."""
    return [field.id for field in pilot.app.session.fields(pilot.app.screen.step) if field.shown]


async def test_the_second_page_comes_at_once_and_the_rest_of_it_when_everything_is_loaded(
    opened: Opener, gate: threading.Event
) -> None:
    async with opened(None) as pilot:
        await pilot.press("enter")
        assert not pilot.app.session.ready
        assert here(pilot) == "start.run"
        assert shown(pilot) == (["how"], "docker")
        above = pilot.app.focused.virtual_region
        gate.set()
        await quiet(pilot)
        assert shown(pilot) == (asked(pilot), "docker")
        assert pilot.app.focused.virtual_region.offset == above.offset
        assert len(pilot.app.session.history.entries) == 1


@pytest.mark.parametrize("keys", [("escape",), ("down", "up", "escape"), ("escape", "enter", "escape")])
async def test_back_from_the_second_page_before_anything_is_loaded(
    opened: Opener, gate: threading.Event, keys: tuple[str, ...]
) -> None:
    async with opened(None) as pilot:
        await pilot.press("enter")
        await pilot.press(*keys)
        assert not pilot.app.session.ready
        assert here(pilot) == "start"
        gate.set()
        await quiet(pilot)
        await pilot.press("enter")
        assert here(pilot) == "start.run"
        assert shown(pilot)[0] == asked(pilot)
        assert len(pilot.app.session.history.entries) == 1


async def test_an_answer_on_the_second_page_before_anything_is_loaded_counts(
    opened: Opener, gate: threading.Event
) -> None:
    async with opened(None) as pilot:
        await pilot.press("enter")
        burst(pilot, "down", "enter")
        gate.set()
        await quiet(pilot)
        assert pilot.app.session.plan.run.how == "native"
        assert here(pilot) == "start.run"
        assert [entry.step_id for entry in pilot.app.session.history.entries[1:]] == ["start.run"]


async def test_answers_that_were_given_are_never_shown_otherwise_while_they_are_loaded(gate: threading.Event) -> None:
    app = WizardApp(Session(given=Plan(server="torchserve", run=Run(how="native"))))
    async with app.run_test(size=(120, 40)):
        pilot = Driver(app)
        burst(pilot, "enter")
        gate.set()
        await quiet(pilot)
        assert here(pilot) == "start.run"
        assert shown(pilot)[1] == "native"
        assert pilot.app.session.plan.run.how == "native"


async def test_another_server_chosen_before_anything_is_loaded_has_its_own_sample(slow: None) -> None:
    app = WizardApp(Session(demo="tensorflow-serving"))
    async with app.run_test(size=(120, 40)):
        pilot = Driver(app)
        burst(pilot, "down", "enter", "enter", "enter", *"fuw")
        await quiet(pilot)
        assert [model.path for model in pilot.app.session.plan.models] == [str(sample_path("torchserve"))]
        assert here(pilot) == "model"
        assert pilot.app.focused.value == f"{sample_path('torchserve')}fuw"


async def test_a_model_of_another_server_is_said_where_it_was_typed_however_fast(opened: Opener) -> None:
    async with opened(None) as pilot:
        burst(pilot, "enter", "enter", *str(sample_path("llama-server")), "enter")
        await quiet(pilot)
        assert here(pilot) == "model"
        assert "Use llama-server" in pilot.app.screen.fix_label
        await press(pilot, "f5", "enter")
        assert pilot.app.session.plan.server == "llama-server"
        assert here(pilot) == "who"


@pytest.mark.parametrize("together", [3, 7, 12])
async def test_as_many_enters_lead_to_the_same_page_however_fast(
    opened: Opener, together: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    places = []
    for fast in (False, True):
        async with opened(demo="tensorflow-serving") as pilot:
            if fast:
                burst(pilot, *["enter"] * together)
                await quiet(pilot)
            else:
                await press(pilot, *["enter"] * together)
            places.append(here(pilot))
    assert places[0] == places[1]


async def test_typed_ahead_over_the_write_page_everything_is_written(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(demo="tensorflow-serving") as pilot:
        steps = [step.id for step in pilot.app.session.steps]
        burst(pilot, *["enter"] * steps.index("try"))
        await quiet(pilot)
        assert here(pilot) == "try"
    assert (tmp_path / "serving-half_plus_two" / "compose.yaml").exists()


async def test_a_key_behind_an_opening_dialog_belongs_to_the_dialog(opened: Opener) -> None:
    async with opened(demo="torchserve") as pilot:
        burst(pilot, "enter", "ctrl+g", "escape", "enter", "enter")
        await quiet(pilot)
        assert here(pilot) in ("model", "who")


async def test_keys_100_ms_apart_arrive_though_the_event_loop_is_held_up(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a busy machine: two thirds of the time nothing is answered at all."""
    monkeypatch.chdir(tmp_path)
    async with opened(demo="tensorflow-serving") as pilot:
        steps = [step.id for step in pilot.app.session.steps]
        keys = ["enter"] * steps.index("review")
        pilot.app.set_interval(0.15, lambda: time.sleep(0.1))

        def type_ahead() -> None:
            for key in keys:
                pilot.app.call_from_thread(burst, pilot, key)
                time.sleep(0.1)

        await asyncio.to_thread(type_ahead)
        await quiet(pilot)
        assert here(pilot) == "review"


async def test_a_page_that_came_on_top_gets_its_keys_although_the_one_beneath_was_not_drawn_again(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C never waits: its question can come between a key and the drawing of what that key did."""
    async with opened(demo="torchserve") as pilot:
        await quiet(pilot)
        beneath, waits = pilot.app.screen, asyncio.Event()

        def never(callback: Callable[[], None]) -> bool:
            if callback.__module__ == TypingAhead.__module__:
                waits.set()
            return True

        monkeypatch.setattr(beneath, "call_after_refresh", never)
        burst(pilot, "down")
        await asyncio.wait_for(waits.wait(), timeout=60)
        burst(pilot, "ctrl+c")
        await asyncio.wait_for(until_on_top(pilot, LeaveScreen), timeout=60)
        burst(pilot, "escape")
        await asyncio.wait_for(until_on_top(pilot, type(beneath)), timeout=60)


async def until_on_top(pilot: Driver, kind: type[Screen[Any]]) -> None:
    while not isinstance(pilot.app.screen, kind):
        await asyncio.sleep(0)


async def test_what_is_loaded_below_a_window_is_shown_when_the_window_closes(
    opened: Opener, gate: threading.Event
) -> None:
    async with opened(None) as pilot:
        await pilot.press("down", "f1")
        gate.set()
        while not pilot.app.session.ready:
            await asyncio.sleep(0)
        start = pilot.app.screen_stack[0]
        start.show_pane()
        await pilot.press("escape")
        await quiet(pilot)
        assert pilot.app.screen is start
        assert shown(pilot)[0] == asked(pilot)
