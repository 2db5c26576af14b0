"""The palette reaches every page from every page, in any order, and nothing breaks."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from textual.command import CommandList

from tests.screens.driving import TORCH, Driver, Opener, form, go, here, pane, press, settle, write
from tests.support.examples import FACTOR
from wizard.plan import apply_patch

RISKY = apply_patch(TORCH, {"bind.inference.scope": "all", "cors.inference.origins": ["https://app.example"]})
BROKEN = apply_patch(RISKY, {"cors.inference.origins": ["*"], "cors.inference.credentials": True})


async def test_review_opens_with_something_to_confirm_and_its_line_ready(opened: Opener) -> None:
    async with opened(RISKY) as pilot:
        await press(pilot, "ctrl+p")
        await pilot.press(*"review")
        await settle(pilot)
        await press(pilot, "enter")
        assert here(pilot) == "review"
        assert "type expose to accept this knowingly" in form(pilot)
        await pilot.press(*"bind")
        await settle(pilot)
        assert pilot.app.focused.value == "bind"


TWICE = apply_patch(RISKY, {"bind.management.scope": "all", "auth.inference": "none", "auth.management": "none"})
"""Two facts to confirm, each with a word of its own."""


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 16)])
async def test_after_one_of_two_words_the_next_sentence_stands_with_its_line(
    opened: Opener, size: tuple[int, int]
) -> None:
    """One word of two is no mistake: what is left is said as such, and what the next word accepts can be read."""
    async with opened(TWICE, size=size) as pilot:
        await go(pilot, "review")
        first, second = (fact.word for fact in pilot.app.session.waiting)
        assert f"type {first} to accept" in form(pilot)
        await write(pilot, first)
        await press(pilot, "enter")
        said, sentence = pilot.app.screen.said, pilot.app.session.waiting[0].sentence
        assert pilot.app.screen.said_as == "done" and "1 more" in said, said
        assert f"type {second} to accept" in form(pilot)
        assert "No change" not in pane(pilot)
        assert sentence[:20] in form(pilot)
        await write(pilot, second)
        await press(pilot, "enter")
        assert here(pilot) == "write"


@pytest.mark.parametrize("on_top", [True, False])
async def test_a_second_click_beside_the_palette_takes_nothing_else_away(opened: Opener, on_top: bool) -> None:
    async with opened(TORCH) as pilot:
        if on_top:
            await go(pilot, "bind.inference")
        await press(pilot, "ctrl+p")
        palette, below = pilot.app.screen, pilot.app.screen_stack[-2]
        palette.dismiss()
        palette.dismiss()
        await settle(pilot)
        assert pilot.app.screen is below


async def test_the_palette_uses_the_rows_of_a_small_terminal(opened: Opener) -> None:
    async with opened(TORCH, size=(60, 16)) as pilot:
        await press(pilot, "ctrl+p")
        shown = pilot.app.screen.query_one(CommandList)
        assert shown.region.height >= 12
        assert shown.region.bottom <= 16


async def by_palette(pilot: Driver, words: str) -> None:
    await press(pilot, "ctrl+p")
    await pilot.press(*(key if key != " " else "space" for key in words))
    await settle(pilot)
    await press(pilot, "enter")


async def test_a_page_that_is_open_is_gone_back_to_and_never_opened_twice(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        for words, step in (("model", "model"), ("review", "review"), ("go to model", "model"), ("review", "review")):
            await by_palette(pilot, words)
            assert here(pilot) == step
            pages = [page.step.id for page in pilot.app.screen_stack if hasattr(page, "step")]
            assert len(pages) == len(set(pages)), pages
        await by_palette(pilot, "overview")
        await by_palette(pilot, "go to model")
        await by_palette(pilot, "overview")
        assert sum(page.__class__.__name__ == "OverviewScreen" for page in pilot.app.screen_stack) == 1


async def test_what_cannot_work_comes_before_what_has_to_be_confirmed(opened: Opener) -> None:
    async with opened(BROKEN, size=(120, 40)) as pilot:
        await go(pilot, "review")
        assert "WILL NOT WORK" in form(pilot)
        assert "to accept this knowingly" not in form(pilot)
        assert "What has to be confirmed is asked once this works." in form(pilot)
        await press(pilot, "f5")
        assert "WILL NOT WORK" not in form(pilot)
        assert pilot.app.focused.value == ""
        assert "to accept this knowingly" in form(pilot)


@pytest.mark.parametrize("seed", range(max(1, round(6 * FACTOR))))
async def test_a_robot_walks_the_palette_at_random(
    opened: Opener, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages and actions in any order, often without waiting between them; an exception anywhere fails the test."""
    monkeypatch.chdir(tmp_path)
    chance = random.Random(seed)
    plan = chance.choice((TORCH, RISKY, BROKEN))
    async with opened(plan, size=chance.choice(((120, 40), (80, 24)))) as pilot:
        app = pilot.app
        for _ in range(25):
            if app.return_code is not None:  # Enter on the last page leaves
                break
            commands = [c for c in app.get_system_commands(app.screen) if c.title not in ("Quit", "Theme")]
            chance.choice(commands).callback()
            if chance.random() < 0.5:
                await settle(pilot)
                await pilot.press(chance.choice(("escape", "down", "enter", "u", "ctrl+n", "f5", "f6", "ctrl+t")))
                await pilot.pause()
            if chance.random() < 0.5:
                await settle(pilot)
        await settle(pilot)
    assert app.return_code in (None, 0)


async def test_a_page_that_is_open_is_gone_back_to_and_not_opened_a_second_time(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        app = pilot.app
        titles = [c.title for c in app.get_system_commands(app.screen) if c.title not in ("Quit", "Theme")]
        for title in titles:
            for _ in range(2):  # from another page, and from itself
                next(c for c in app.get_system_commands(app.screen) if c.title == title).callback()
                await settle(pilot)
            names = [(type(screen).__name__, getattr(screen, "step_id", "")) for screen in app.screen_stack]
            assert len(names) == len(set(names)), f"{title}: {names}"


async def test_a_page_that_is_still_being_made_is_not_taken_away(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        app = pilot.app
        command = {c.title: c.callback for c in app.get_system_commands(app.screen)}
        for known, name in (("History", "HistoryScreen"), ("Overview", "OverviewScreen")):
            command[known]()
            await settle(pilot)
            command["Look up a word"]()
            command[known]()
            await settle(pilot)
            assert type(app.screen).__name__ == name


async def test_before_anything_is_typed_the_palette_stands_in_its_own_order(opened: Opener) -> None:
    async with opened(demo="torchserve") as pilot:
        wanted = [command.title for command in pilot.app.get_system_commands(pilot.app.screen)]
        await press(pilot, "ctrl+p")
        await pilot.pause()
        shown = pilot.app.screen.query_one(CommandList)
        for _ in range(500):  # its entries come one by one; without an end, one that never comes would hang the run
            if shown.option_count >= len(wanted):
                break
            await settle(pilot)
        found = [str(shown.get_option_at_index(at).hit.text) for at in range(shown.option_count)]
        assert found == wanted
        assert found[:4] == ["Overview", "Go to Review", "Go to Write", "Go to Try"]
        assert found.index("Go to Model") < found.index("Go to Bind, inference") < found.index("Quit")


async def test_a_command_is_found_by_what_it_says_it_does_too(opened: Opener) -> None:
    from wizard.screens.history import HistoryScreen

    async with opened(TORCH) as pilot:
        await by_palette(pilot, "every answer")
        assert isinstance(pilot.app.screen, HistoryScreen)
