"""What must be seen: the question, the end of a path, and no concern that is none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.screens.driving import TENSOR, TORCH, Opener, form, go, pane, press, screen_text, settle, write
from wizard.plan import apply_patch
from wizard.servers.sample import sample_path

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 16)], ids=["120x40", "80x24", "60x16"])


@SIZES
async def test_the_question_is_seen_wherever_the_cursor_stands(opened: Opener, size: tuple[int, int]) -> None:
    async with opened(TORCH, size=size) as pilot:
        for step_id in ("bind.management", "bind.metrics", "bind.grpc", "start"):
            await go(pilot, step_id)
            question = pilot.app.session.step(step_id).question
            for keys in ((), ("end",), ("home",)):
                await press(pilot, *keys)
                assert question in form(pilot), (step_id, keys)
                assert "▌(" in screen_text(pilot), (step_id, keys)


@SIZES
async def test_what_becomes_of_a_typed_origin_is_seen(opened: Opener, size: tuple[int, int]) -> None:
    plan = apply_patch(TORCH, {"cors.inference.origins": ["https://app.example"]})
    async with opened(plan, size=size) as pilot:
        await go(pilot, "cors.inference")
        pilot.app.screen.query_one("#field-origins Line").focus()
        await write(pilot, "localhost:5173")
        assert "enter adds http://localhost:5173" in form(pilot)


@SIZES
async def test_a_path_that_is_only_shown_shows_its_end(opened: Opener, size: tuple[int, int], tmp_path: Path) -> None:
    path = tmp_path / "a-folder-with-a-name-that-is-long" / "and-another-one-below-it" / "the-model.mar"
    path.parent.mkdir(parents=True)
    shutil.copy(sample_path("torchserve"), path)
    async with opened(apply_patch(TORCH, {"models": [{"name": "echo", "path": str(path)}]}), size=size) as pilot:
        await go(pilot, "model")
        await press(pilot, "tab", "tab")
        assert "…" in form(pilot)
        assert "below-it/the-model.mar" in form(pilot)


async def test_what_is_small_is_said_where_it_is_asked_and_folded_elsewhere(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await go(pilot, "bind.inference")
        assert "INFO Only this machine can connect" in pane(pilot)
        for elsewhere in ("start", "model", "bind.metrics", "protect.tls"):
            await go(pilot, elsewhere)
            assert "✓ Nothing to change here; 3 things to know." in pane(pilot)
            assert "1 minor, 2 that no answer changes" in pane(pilot)
        await press(pilot, "f6", "space")
        assert "INFO Only this machine can connect" in pane(pilot)


@SIZES
async def test_the_word_to_type_is_seen_below_the_line_that_takes_it(opened: Opener, size: tuple[int, int]) -> None:
    risky = apply_patch(TORCH, {"bind.inference.scope": "all", "auth.inference": "none", "auth.management": "none"})
    async with opened(risky, size=size) as pilot:
        await go(pilot, "review")
        assert "type expose to accept this knowingly" in form(pilot)
        await go(pilot, "bind.inference")
        await press(pilot, "tab")
        assert "on this machine" in form(pilot).split("Port")[-1]


async def test_what_is_typed_in_is_seen_after_the_terminal_became_smaller(opened: Opener) -> None:
    async with opened(apply_patch(TORCH, {"server": "llama-server", "version": ""}), size=(120, 40)) as pilot:
        await go(pilot, "start.run")
        pilot.app.screen.query_one("#field-settings Line").focus()
        await write(pilot, "contxt=4")
        await press(pilot, "enter")
        for size in ((80, 24), (60, 16), (100, 30)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert "Settings" in form(pilot) and "'context'?" in form(pilot)


@SIZES
async def test_no_heading_of_the_overview_runs_into_its_words(opened: Opener, size: tuple[int, int]) -> None:
    async with opened(TENSOR, size=size) as pilot:
        pilot.app.open_overview()
        await settle(pilot)
        assert "Browser asks pages after DNS rebinding" in " ".join(screen_text(pilot).split())
