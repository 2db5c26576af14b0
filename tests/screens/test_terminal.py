"""What is asked of the terminal and told it: its background, the title of its window, and the theme that follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.css.stylesheet import Stylesheet

from tests.screens.driving import settle
from wizard.app import WizardApp
from wizard.machine import looks
from wizard.machine.looks import Looks
from wizard.screens.posix_driver import Parser
from wizard.screens.terminal import Answers, BackgroundTold, light
from wizard.session.session import Session
from wizard.widgets import themes


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.delenv("WIZARD_THEME", raising=False)
    monkeypatch.delenv("COLORFGBG", raising=False)


@pytest.mark.parametrize(
    ("colour", "is_light"),
    [("rgb:ffff/ffff/ffff", True), ("rgb:1e1e/1e1e/2e2e", False), ("rgb:f/f/e", True), ("#fff", None), ("", None)],
)
def test_a_colour_is_light_dark_or_unknown(colour: str, is_light: bool | None) -> None:
    assert light(colour) is is_light


@pytest.mark.parametrize("cut", range(30))
def test_an_answer_is_no_key_wherever_it_is_cut(cut: int) -> None:
    data = "a\x1b]11;rgb:ffff/ffff/ffff\x1b\\bc"
    answers = Answers()
    first, told = answers.taken(data[:cut])
    second, more = answers.taken(data[cut:])
    if data[:cut].endswith("\x1b"):  # may be the Escape key, which cannot be held back
        return
    assert (first + second, [*told, *more]) == ("abc", [True])


def test_keys_that_begin_like_an_answer_stay_keys() -> None:
    answers = Answers()
    assert answers.taken("\x1b]")[0] == ""
    assert answers.taken("x") == ("\x1b]x", [])
    assert answers.taken("\x1b[A\x1b") == ("\x1b[A\x1b", [])


def test_enter_is_enter_whether_the_terminal_gives_lines_or_keys() -> None:
    """What was typed before the wizard stood comes as lines."""
    parser = Parser(False)
    pressed = [event for data in ("\n", "x\n", "\r") for event in parser.feed(data) if isinstance(event, events.Key)]
    assert [(event.key, event.character) for event in pressed] == [
        ("enter", "\r"),
        ("x", "x"),
        ("enter", "\r"),
        ("enter", "\r"),
    ]
    (pasted,) = parser.feed("\x1b[200~a\nb\x1b[201~")
    assert isinstance(pasted, events.Paste)
    assert pasted.text == "a\nb"


async def test_it_follows_the_terminal_and_remembers_it() -> None:
    app = WizardApp(Session(), looks.remembered())
    async with app.run_test() as pilot:
        assert app.theme == themes.DARK.name
        app.post_message(BackgroundTold(True))
        await settle(pilot)
        assert app.theme == themes.LIGHT.name
        await app.workers.wait_for_complete()
    assert looks.remembered() == Looks("", True)


@pytest.mark.parametrize("name", ["", themes.LIGHT.name, "nord"])
async def test_all_styles_are_read_once_at_the_start(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    again: list[object] = []
    monkeypatch.setattr(Stylesheet, "reparse", again.append)
    app = WizardApp(Session(), Looks(name, False))
    async with app.run_test() as pilot:
        await settle(pilot)
        assert app.theme == (name or themes.DARK.name)
        assert app.screen.background_colors[1].hex.lower() == app.theme_variables["background"].lower()
        assert app.has_class("-light-mode") is (name == themes.LIGHT.name)
    assert again == []


async def test_a_theme_that_was_chosen_stays_whatever_the_terminal_says() -> None:
    app = WizardApp(Session(), looks.remembered())
    async with app.run_test() as pilot:
        app.theme = "nord"
        await settle(pilot)
        await app.workers.wait_for_complete()
        app.post_message(BackgroundTold(True))
        await settle(pilot)
        assert app.theme == "nord"
        await app.workers.wait_for_complete()
    assert looks.remembered().chosen == "nord"


def test_what_is_asked_for_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIZARD_THEME", "light")
    assert themes.fitting(Looks("nord", False)) == themes.LIGHT.name
    monkeypatch.setenv("WIZARD_THEME", "no such theme")
    assert WizardApp(Session(), Looks()).theme == themes.DARK.name


def test_what_is_remembered_may_be_anything(tmp_path: Path) -> None:
    looks.remember(Looks("nord", True))
    for text in ("", "[]", '{"chosen": 3}', "\x00"):
        looks.where().write_text(text, "utf-8")
        assert looks.remembered() == Looks()
