"""The screens that explain: looking up, first aid, two beginnings side by side."""

from __future__ import annotations

from textual.widgets import TextArea

from tests.screens.driving import TENSOR, TORCH, Driver, Opener, go, here, part, press, screen_text, settle
from wizard.screens.palette import commands

CORS = (
    "Access to fetch at 'http://127.0.0.1:8080/predictions/echo' from origin 'https://app.example' has been blocked by "
    "CORS policy: No 'Access-Control-Allow-Origin' header is present on the requested resource."
)


def run(pilot: Driver, title: str) -> None:
    next(command for command in commands(pilot.app) if command.title == title).callback()


async def test_a_pasted_browser_message_leads_to_the_answer_filled_in(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        run(pilot, "First aid")
        await settle(pilot)
        pilot.app.screen.query_one(TextArea).insert(CORS)
        await settle(pilot)
        pilot.app.screen.look_through()
        await settle(pilot)
        assert "The server does not allow this page" in screen_text(pilot)
        await press(pilot, "f5")
        assert here(pilot) == "cors.inference"
        assert pilot.app.session.plan.cors.inference.origins == ("https://app.example",)
        assert pilot.app.focused is not None
        await press(pilot, "ctrl+z")
        assert pilot.app.session.plan.cors.inference.origins == ()


async def test_text_without_a_known_message_says_so_and_escape_changes_nothing(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        before = pilot.app.session.plan
        run(pilot, "First aid")
        await settle(pilot)
        pilot.app.screen.query_one(TextArea).insert("all is well")
        await settle(pilot)
        pilot.app.screen.look_through()
        await settle(pilot)
        assert "It contains no message that the wizard knows" in screen_text(pilot)
        await press(pilot, "f5")
        await press(pilot, "escape")
        assert pilot.app.session.plan is before
        assert here(pilot) == "start"


async def test_a_word_is_found_while_it_is_typed(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        run(pilot, "Look up a word")
        await settle(pilot)
        await press(pilot, *"preflight")
        assert "An OPTIONS request that a browser sends first" in part(pilot, "#meaning")
        before = part(pilot, "#meaning")
        await press(pilot, "down")
        assert part(pilot, "#meaning") != before
        await press(pilot, *"xyzzy")
        assert "Nothing is known about this" in screen_text(pilot)
        await press(pilot, "escape")
        assert here(pilot) == "start"


async def test_two_beginnings_are_compared_and_the_second_is_taken(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await press(pilot, "c")
        await press(pilot, *["right"] * 4)
        text = part(pilot, "#difference")
        assert "My team on the LAN, compared with: as it is now" in text
        assert "other machines can call inference, with the token" in text
        assert "MEDIUM" in text
        await press(pilot, "full_stop")
        assert "compared with: safe defaults" in part(pilot, "#difference")
        await press(pilot, "enter")
        assert pilot.app.session.plan.tls.mode == "self-signed"
        await go(pilot, "bind.inference")
        await press(pilot, "u", "u")
        assert pilot.app.session.plan == TORCH


async def test_the_same_on_both_sides_is_no_difference(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await press(pilot, "c", "left")
        assert "They have the same risks and the same reach." in part(pilot, "#difference")
