"""A token that the gateway checks is made by writing, and seen once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.driving import TORCH, Opener, form, go, here, press, screen_text, settle
from wizard.plan import apply_patch

GATED = apply_patch(TORCH, {"auth.inference": "gateway-token"})


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["120x40", "80x24"])
async def test_a_new_token_is_shown_once_and_kept_nowhere_else(
    opened: Opener, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with opened(GATED, size=size, drafts=True) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "end", "enter", "u")
        await go(pilot, "write")
        await press(pilot, "enter")
        assert here(pilot) == "try"
        token = (tmp_path / "serving-echo" / "secrets" / "inference.token").read_text().strip()
        assert token not in screen_text(pilot)
        await go(pilot, "done")
        assert "New token, shown this once" in form(pilot)
        assert token in form(pilot)
        await press(pilot, "f1")
        await press(pilot, "escape")
        assert token in form(pilot)
        await go(pilot, "write")
        await press(pilot, "enter")
        await go(pilot, "done")
        assert token not in screen_text(pilot)
        assert all(token not in repr(entry) for entry in pilot.app.session.history.entries)
        await press(pilot, "enter")
        assert token not in repr(pilot.app.session.outcome)
    held = [path for path in tmp_path.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]
    assert {path.parent.name for path in held} == {"secrets"}


async def test_a_token_nobody_saw_is_named_when_leaving(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(GATED) as pilot:
        await go(pilot, "write")
        await press(pilot, "enter")
        await settle(pilot)
        await press(pilot, "ctrl+q")
        assert pilot.app.session.outcome.new_tokens == ("secrets/inference.token",)
