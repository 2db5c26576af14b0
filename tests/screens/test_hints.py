"""The line of keys names what a key would do here, the same way everywhere; undo says when it crosses steps."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.binding import Binding

from tests.screens.driving import Driver, Opener, form, go, here, pane, press, screen_text, settle, write
from tests.screens.test_typing_ahead import burst, quiet
from tests.support.model_builders import HALF_PLUS_TWO
from wizard import screens
from wizard.app import WizardApp
from wizard.screens.page import Page
from wizard.session.opening import open_path
from wizard.session.session import Session
from wizard.session.steps.base import Answer


def keys(text: str) -> str:
    return text.splitlines()[-1]


async def test_a_key_has_the_same_name_in_a_line_and_beside_choices(opened: Opener) -> None:
    async with opened(demo="torchserve") as pilot:
        await go(pilot, "model")
        assert "f1 why" in keys(screen_text(pilot))
        await go(pilot, "bind.inference")
        assert "f1 why" in keys(screen_text(pilot))


async def test_enter_is_said_to_choose_where_it_chooses_and_stays(opened: Opener) -> None:
    async with opened(demo="torchserve") as pilot:
        await go(pilot, "start.run")
        assert "enter next" in keys(screen_text(pilot))
        await press(pilot, "down")
        assert "enter choose" in keys(screen_text(pilot))
        await press(pilot, "enter")
        assert here(pilot) == "start.run"
        assert "enter next" in keys(screen_text(pilot))


async def test_the_fix_is_named_where_there_is_one_and_its_key_is_not_shown_elsewhere(opened: Opener) -> None:
    async with opened(demo="torchserve") as pilot:
        await go(pilot, "bind.inference")
        assert "f5" not in keys(screen_text(pilot)), "nothing here has a ready fix"
        await press(pilot, "down", "down", "down")
        assert "f5 fix" in keys(screen_text(pilot))
        assert pilot.app.screen.fix_label


async def test_no_key_takes_the_server_from_those_who_were_named_or_fixes_what_is_folded_away(opened: Opener) -> None:
    async with opened(demo="torchserve") as pilot:
        await go(pilot, "who")
        await press(pilot, "down", "down", "down", "down", "space", "enter")
        assert pilot.app.session.plan.audiences == ("lan",)
        assert "Everyone on this network can connect" in pane(pilot)
        assert "f5" not in keys(screen_text(pilot)), "it was asked for"
        pilot.app.session.undo()
        assert "lan" not in pilot.app.session.plan.audiences
        own = next(each.address for each in pilot.app.session.host.own_addresses if each.kind == "private")
        at_one_address = {"scope": "interface", "address": own}
        pilot.app.session.propose(
            Answer((("bind.inference", at_one_address), ("tls.mode", "self-signed")), "encrypted")
        )
        await go(pilot, "bind.inference")
        assert pilot.app.screen.fix_label == "Only this machine"
        assert "f5 fix" in keys(screen_text(pilot))
        await go(pilot, "protect.inference")
        assert "minor" in pane(pilot)
        assert "f5" not in keys(screen_text(pilot)), "what the key would do must stand on the screen"


async def test_undoing_an_answer_of_another_step_is_told_first(opened: Opener) -> None:
    async with opened(demo="torchserve") as pilot:
        await go(pilot, "who")
        await press(pilot, "down", "space")
        audiences = pilot.app.session.plan.audiences
        await press(pilot, "ctrl+z")
        assert pilot.app.session.plan.audiences != audiences, "on its own step it is undone at once"
        await press(pilot, "ctrl+y", "enter")
        assert here(pilot) == "bind.inference"
        await press(pilot, "ctrl+z")
        assert pilot.app.session.plan.audiences == audiences
        assert "^z again takes back: A web page in a browser on this machine" in keys(screen_text(pilot))
        await press(pilot, "ctrl+z")
        assert pilot.app.session.plan.audiences != audiences
        await press(pilot, "ctrl+z")
        assert "Nothing to undo" in keys(screen_text(pilot))


@pytest.mark.parametrize("key", ["enter", "delete"])
async def test_the_only_origin_can_be_changed_and_taken_away_without_losing_the_list(opened: Opener, key: str) -> None:
    async with opened(demo="torchserve") as pilot:
        await go(pilot, "cors.inference")
        await press(pilot, "down", "enter")
        await write(pilot, "https://app.example")
        await press(pilot, "enter", "down", key)
        assert pilot.app.focused.value == ("https://app.example" if key == "enter" else "")
        await write(pilot, ".org" if key == "enter" else "https://b.example")
        await press(pilot, "enter")
        rule = pilot.app.session.plan.cors.inference
        assert rule.origins == (("https://app.example.org",) if key == "enter" else ("https://b.example",))


async def test_keys_typed_before_the_overview_knows_anything_move_its_cursor(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(HALF_PLUS_TWO, tmp_path / "half_plus_two")
    load = Session.load

    def slowly(self: Session) -> object:
        time.sleep(1.0)
        return load(self)

    monkeypatch.setattr(Session, "load", slowly)
    found = await asyncio.to_thread(open_path, str(tmp_path / "half_plus_two"))
    app = WizardApp(Session(opened=found))
    async with app.run_test(size=(120, 40)):
        pilot = Driver(app)
        burst(pilot, "down", "down", "right")
        await quiet(pilot)
        assert here(pilot) == "cors.inference"


async def test_the_address_stays_whole_on_sixty_columns(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(HALF_PLUS_TWO, tmp_path / "half_plus_two")
    async with opened(opened=open_path("half_plus_two"), size=(60, 16)) as pilot:
        shown = screen_text(pilot)
        assert " 127.0.0.1:8501 " in shown, shown
        assert "8501…" not in shown


async def test_a_letter_that_does_nothing_in_a_list_says_what_works_there(opened: Opener) -> None:
    async with opened(demo="torchserve") as pilot:
        await go(pilot, "cors.inference")
        await pilot.press("h")
        await settle(pilot)
        assert "Nothing can be typed in a list: up and down move, enter chooses." in keys(screen_text(pilot))
        await press(pilot, "down")
        assert "Nothing can be typed" not in keys(screen_text(pilot)), "the next key takes it away"
        await go(pilot, "who")
        await press(pilot, "z")
        assert "space ticks" in keys(screen_text(pilot))
        await press(pilot, "question_mark")
        assert not pilot.app.screen_stack[-2].said, "a key that does something is no mistake"


async def test_an_example_in_a_line_says_that_it_is_one(opened: Opener) -> None:
    async with opened(demo="torchserve") as pilot:
        await go(pilot, "cors.inference")
        await press(pilot, "down", "enter")
        assert "such as https://app.example" in form(pilot)


def test_a_key_that_has_a_name_means_one_thing_on_every_page() -> None:
    """Keys that type nothing; what opens over a page says its own keys on its frame."""
    meanings: dict[str, set[str]] = {}
    for page in _pages():
        for binding in (each for each in page.BINDINGS if isinstance(each, Binding)):
            for key in binding.key.split(","):
                if len(key) > 1 and key != "enter" and binding.id:
                    meanings.setdefault(key, set()).add(binding.id)
    assert {"f5", "f8", "f9", "ctrl+t"} <= set(meanings)
    assert {key: ids for key, ids in meanings.items() if len(ids) > 1} == {}


def _pages(kind: type[Page] = Page) -> Iterator[type[Page]]:
    for module in pkgutil.iter_modules(screens.__path__):
        importlib.import_module(f"{screens.__name__}.{module.name}")
    yield kind
    for further in kind.__subclasses__():
        yield from _pages(further)
