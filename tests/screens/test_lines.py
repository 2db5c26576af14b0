"""Typing: Tab, Enter, pasting, arrows and undo in a line do what a shell has taught everybody."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input

from tests.screens.driving import TENSOR, TORCH, Driver, Opener, form, go, here, keys, press, screen_text, settle, write
from tests.support.model_builders import mar, put
from wizard.plan import apply_patch
from wizard.widgets.bars import KeyBar
from wizard.widgets.entries import Entries


async def listing(pilot: Driver) -> None:
    await go(pilot, "cors.inference")
    await press(pilot, "down", "enter")


async def test_tab_completes_a_path_then_shows_the_choice_then_leaves(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "half_plus_two" / "1")
    put(tmp_path / "half_plus_three" / "1")
    async with opened() as pilot:
        await press(pilot, "enter")
        await go(pilot, "model")
        await write(pilot, "ha")
        await press(pilot, "tab")
        assert pilot.app.focused.value == "half_plus_t"
        await press(pilot, "tab")
        assert "half_plus_three/ half_plus_two/" in form(pilot)
        await write(pilot, "w")
        await press(pilot, "tab")
        assert pilot.app.focused.value == "half_plus_two/"
        line = pilot.app.focused
        await press(pilot, "tab")
        assert pilot.app.focused is not line, "the path of a model is complete"


async def test_one_enter_corrects_and_adds_an_origin(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await listing(pilot)
        await write(pilot, "localhost:5173")
        await press(pilot, "enter")
        assert pilot.app.session.plan.cors.inference.origins == ("http://localhost:5173",)
        assert "+ http://localhost:5173 (scheme added)" in form(pilot)
        await write(pilot, "https://app.example")
        await press(pilot, "enter")
        assert len(pilot.app.session.plan.cors.inference.origins) == 2


@pytest.mark.parametrize(("step", "field"), [("cors.inference", "Origins"), ("protect.tls", "Certificate")])
async def test_an_answer_that_nothing_was_typed_for_is_not_dropped(opened: Opener, step: str, field: str) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, step)
        while not pilot.app.session.listing:
            await press(pilot, "down", "enter")
        for key in ("enter", "f8"):
            await press(pilot, key)
            assert here(pilot) == step
            assert f"{field}: nothing is typed yet" in keys(pilot)


async def test_another_answer_than_the_one_to_be_typed_lets_go_on(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await listing(pilot)
        await press(pilot, "enter", "up", "up", "up", "space", "enter")
        assert here(pilot) != "cors.inference"


async def test_the_answers_are_seen_in_the_lowest_terminal(opened: Opener) -> None:
    async with opened(TENSOR, size=(30, 8)) as pilot:
        await go(pilot, "bind.inference")
        assert "(•) Only this machine" in screen_text(pilot)


async def test_enter_after_the_last_origin_goes_to_what_else_is_asked_about_them(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await listing(pilot)
        await write(pilot, "https://app.example")
        await press(pilot, "enter", "enter")
        assert here(pilot) == "cors.inference"
        assert pilot.app.focused is pilot.app.screen.query_one("#field-methods").line


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("localhost:5173\nhttps://app.example\n", ("http://localhost:5173", "https://app.example")),
        ("https://app.example\nhttps://*.example\n", ("https://app.example",)),
        ("https://app.example/login\nhttps://b.example", ("https://app.example", "https://b.example")),
    ],
)
async def test_several_pasted_lines_are_several_origins_and_what_is_none_stays_in_the_line(
    opened: Opener, text: str, kept: tuple[str, ...]
) -> None:
    async with opened(TENSOR) as pilot:
        await listing(pilot)
        pilot.app.post_message(events.Paste(text))
        await settle(pilot)
        assert pilot.app.session.plan.cors.inference.origins == kept
        line = pilot.app.screen.query_one(Entries).line
        assert line.value == ("https://*.example" if "*" in text else "")
        assert "*" not in text or "✗" in form(pilot)
        assert "/login" not in text or "+ https://app.example (path removed), https://b.example" in form(pilot)


@pytest.mark.parametrize(
    ("text", "kept", "told"),
    [
        ("https://a.example, https://b.example", ("https://a.example", "https://b.example"), "+ https://a.example"),
        ("https://a.example/login", ("https://a.example",), "+ https://a.example (path removed)"),
        (
            "https://a.example/login,https://b.example",
            ("https://a.example", "https://b.example"),
            "+ https://a.example (path removed), https://b.example",
        ),
        ("https://a.example, https://*.example", (), ""),
    ],
)
async def test_enter_takes_what_is_understood_of_one_line_and_says_what_it_cut(
    opened: Opener, text: str, kept: tuple[str, ...], told: str
) -> None:
    async with opened(TENSOR) as pilot:
        await listing(pilot)
        assert "enter next" in keys(pilot)
        await write(pilot, text)
        assert ("enter add it" in keys(pilot)) is bool(kept)
        assert pilot.app.session.plan.cors.inference.origins == (), "nothing before Enter"
        await press(pilot, "enter")
        assert pilot.app.session.plan.cors.inference.origins == kept
        assert told in form(pilot)


async def test_a_small_choice_in_a_line_names_its_keys(opened: Opener) -> None:
    async with opened(apply_patch(TENSOR, {"cors.inference.origins": ["https://a.example"]})) as pilot:
        await go(pilot, "cors.inference")
        pilot.app.screen.query_one("#field-credentials").focus()
        await settle(pilot)
        assert "←→ change" in keys(pilot) and "enter next" in keys(pilot)


async def test_up_and_down_stay_in_the_form(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        for step in ("start", "bind.inference", "cors.inference", "protect.inference"):
            await go(pilot, step)
            for key in ("up", "down"):
                await press(pilot, *[key] * 9)
                assert any(node.id == "form" for node in pilot.app.focused.ancestors), (step, key)
            await press(pilot, "f6")
            assert pilot.app.focused.id == "pane-body"


async def test_undo_in_a_line_takes_back_the_line_first_and_then_the_answer(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "end", "up", "up", "enter")
        assert pilot.app.session.plan.bind.inference.scope == "all"
        line = pilot.app.screen.query_one("#field-port").line
        line.focus()
        await settle(pilot)
        await write(pilot, "12")
        assert line.value == "850112"
        await press(pilot, "ctrl+z", "ctrl+z")
        assert line.value == "8501"
        assert pilot.app.session.plan.bind.inference.scope == "all"
        await press(pilot, "ctrl+z")
        assert pilot.app.session.plan.bind.inference is None or pilot.app.session.plan.bind.inference.scope != "all"


async def test_a_hint_that_is_clicked_is_its_key(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await press(pilot, "enter")
        before = here(pilot)
        bar = pilot.app.screen.query_one(KeyBar)
        first = next(first for first, _, key in bar._drawn if key == "enter")
        await pilot.click(KeyBar, offset=(first + 2, 0))
        await settle(pilot)
        assert here(pilot) != before


async def test_enters_a_tenth_of_a_second_apart_get_as_far_when_the_loop_is_held_up(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What would have happened slowly happens, however late the program gets round to it."""
    monkeypatch.chdir(tmp_path)
    places = []
    for held in (False, True):
        async with opened(demo="tensorflow-serving") as pilot:
            if held:
                keys = threading.Thread(target=_enters, args=(pilot, 8))
                keys.start()
                for _ in range(3):
                    time.sleep(0.4)  # nothing runs meanwhile
                    await pilot.pause()
                keys.join()
            else:
                await press(pilot, *["enter"] * 8)
            await settle(pilot)
            while pilot.app.keyboard.busy:
                await settle(pilot)
            places.append(here(pilot))
    assert places[0] == places[1]


def _enters(pilot: Driver, count: int) -> None:
    for _ in range(count):
        pilot.app.post_message(events.Key("enter", "\r"))
        time.sleep(0.1)


async def test_the_path_of_an_archive_is_completed_as_a_file(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mar(tmp_path / "store" / "echo.mar")
    async with opened() as pilot:
        await press(pilot, "down", "enter")
        await go(pilot, "model")
        await write(pilot, "st")
        await press(pilot, "tab")
        await write(pilot, "e")
        await press(pilot, "tab")
        assert pilot.app.focused.value == "store/echo.mar"


@pytest.mark.parametrize("server", ["torchserve", "tensorflow-serving"])
async def test_every_hint_names_a_key_that_works_there_and_follows_its_binding(opened: Opener, server: str) -> None:
    async with opened(demo=server) as pilot:
        pilot.app.set_keymap({"help": "f9", "overview": "ctrl+e"})
        seen = set()
        for step in pilot.app.session.steps[1:-1]:
            await go(pilot, step.id)
            for widget in pilot.app.screen.query("#form *:can-focus, #pane-body"):
                widget.focus()
                await settle(pilot)
                hints = pilot.app.screen.query_one(KeyBar).hints
                active = pilot.app.screen.active_bindings
                seen |= {(hint.on, hint.sign) for hint in hints}
                assert {hint.key for hint in hints if hint.key} <= set(active), (step.id, widget)
                typing = isinstance(widget, Input)
                assert not typing or not [hint for hint in hints if len(hint.key) == 1], (step.id, hints)
        assert {sign for on, sign in seen if on == "help"} == {"f9"}
        assert {sign for on, sign in seen if on == "overview"} == {"^e"}
        assert {sign for on, sign in seen if on == "undo"} == {"^z"}
