"""Everybody can leave, and is asked once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events

from tests.screens.driving import TORCH, Opener, go, here, keys, press, screen_text, settle
from wizard.machine import drafts


@pytest.mark.parametrize("key", ["escape", "q", "ctrl+c"])
async def test_the_first_page_can_be_left(opened: Opener, key: str) -> None:
    async with opened(demo="torchserve") as pilot:
        assert "esc leave" in keys(pilot)
        await press(pilot, key)
        assert "Leave?" in screen_text(pilot)
        await press(pilot, "escape")
        assert here(pilot) == "start"
        await press(pilot, key, "enter")
        assert pilot.app.return_code == 0


@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+p", "ctrl+g", "f1", "enter", "escape"])
@pytest.mark.parametrize("loaded", [True, False])
async def test_a_key_while_the_program_ends_opens_nothing(opened: Opener, key: str, loaded: bool) -> None:
    async with opened(demo="torchserve" if loaded else "") as pilot:
        pilot.app.leave()
        pilot.app.post_message(events.Key(key, None))
        pilot.app.post_message(events.Key(key, None))
        await settle(pilot)
        assert pilot.app.return_code == 0
        assert len(pilot.app.screen_stack) <= 1


@pytest.mark.parametrize("turns", [1, 2, 6, 8])
@pytest.mark.parametrize("key", ["ctrl+c", "ctrl+p", "f1", "f2", "c"])
async def test_the_program_ends_at_any_moment_while_a_page_opens(opened: Opener, key: str, turns: int) -> None:
    """`turns` of the event loop after the key: by then some pages are composed in part, and some are not."""
    async with opened(demo="torchserve") as pilot:
        pilot.app.post_message(events.Key(key, None))
        for _ in range(turns):
            await asyncio.sleep(0)
        pilot.app.leave()
        await settle(pilot)
        assert pilot.app.return_code == 0


async def test_what_is_loaded_while_the_program_ends_opens_nothing(opened: Opener) -> None:
    async with opened(None) as pilot:
        pilot.app.when_ready(pilot.app.open_overview)
        pilot.app.leave()
        await settle(pilot)
        assert pilot.app.return_code == 0


PAGES = ("start", "model", "who", "bind.inference", "cors.inference", "protect.inference", "review", "write", "try")


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_every_page_names_the_key_that_leaves(opened: Opener, size: tuple[int, int]) -> None:
    async with opened(TORCH, size=size) as pilot:
        for page in PAGES:
            await go(pilot, page)
            assert here(pilot) == page
            assert keys(pilot).endswith("^c leave"), page
            await press(pilot, "ctrl+c")
            assert "Leave?" in screen_text(pilot), page
            await press(pilot, "escape")
        assert pilot.app.is_running


async def test_the_overview_and_the_pane_name_it_too(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        pilot.app.open_overview()
        await settle(pilot)
        assert keys(pilot).endswith("^c leave")
        await go(pilot, "bind.inference")
        await press(pilot, "f6")
        assert keys(pilot).endswith("^c leave")


@pytest.mark.parametrize(("down", "kept"), [(0, True), (1, False)])
async def test_ctrl_c_asks_what_becomes_of_the_draft(
    opened: Opener, down: int, kept: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with opened(demo="torchserve", drafts=True) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "end", "enter", "ctrl+c")
        assert "Leave, and forget the answers" in screen_text(pilot)
        await press(pilot, *["down"] * down, "enter")
        assert pilot.app.return_code == 0
    assert (drafts.load(None, True) is not None) is kept


@pytest.mark.parametrize("again", ["q", "ctrl+c"])
async def test_asked_once_q_and_ctrl_c_leave_and_keep_the_draft(
    opened: Opener, again: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dialog's own line names q; wherever its cursor is, it never forgets the answers."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with opened(demo="torchserve", drafts=True) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "end", "enter", "ctrl+c", "down")
        assert "q leave" in screen_text(pilot)
        await press(pilot, again)
        assert pilot.app.return_code == 0
    assert drafts.load(None, True) is not None


async def test_ctrl_c_twice_leaves_from_a_line(opened: Opener) -> None:
    async with opened(demo="torchserve") as pilot:
        await go(pilot, "model")
        await press(pilot, "ctrl+c", "ctrl+c")
        assert pilot.app.return_code == 0
