"""Everybody can leave, and is asked once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.driving import Opener, go, here, keys, press, screen_text
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
