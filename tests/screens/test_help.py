"""F1, the underlined words, and the palette: everything on the screen can be explained, by keyboard alone."""

from __future__ import annotations

import pytest

from tests.screens.driving import TENSOR, TORCH, Driver, Opener, go, here, keys, part, press, screen_text, settle
from wizard.help.glossary import terms
from wizard.help.relevant_topics import about
from wizard.session.steps.flow import fields, flow
from wizard.widgets.flow import wrapped
from wizard.widgets.words import WordsPage, marked, mentions
from wizard.widgets.words import underlined as words_in

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 16)], ids=["120x40", "80x24", "60x16"])


def whole(pilot: Driver) -> str:
    """The dialog's text from top to bottom, also what is scrolled away."""
    return " ".join(" ".join(line.plain for line in pilot.app.screen.query_one("#dialog Flow").shown_lines).split())


def underlined(pilot: Driver, selector: str) -> list[str]:
    """The underlined stretches of a widget, each line by itself."""
    region = pilot.app.screen.query_one(selector).region
    found = []
    for strip in pilot.app.screen._compositor.render_strips()[region.y : region.bottom]:
        found += [s.text for s in strip.crop(region.x, region.right) if s.style and s.style.underline]
    return found


@pytest.mark.parametrize("plan", [TENSOR, TORCH], ids=["tensorflow-serving", "torchserve"])
async def test_every_answer_of_every_step_is_explained(opened: Opener, plan: object) -> None:
    async with opened(plan) as pilot:
        explained = 0
        for step in flow(pilot.app.session.complete):
            for field in fields(step, pilot.app.session.complete, pilot.app.session.host):
                for option in field.options or (None,):
                    found = about(step, field, option)
                    assert found, (step.id, field.id, option)
                    assert all(topic.meaning for topic in found)
                    explained += 1
        assert explained > 40


@SIZES
async def test_f1_says_what_why_how_and_whence(opened: Opener, size: tuple[int, int]) -> None:
    async with opened(TORCH, size=size) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "f1")
        text = whole(pilot)
        for words in ("Who may connect", "loopback", "Why it matters:", "bind.inference.scope (answer)"):
            assert words in text
        assert "What the server does: " in text
        assert "Source: " in text
        assert "TorchServe 0.8.1 to 0.12.0, measured" in text
        assert "More: https://" in text
        assert "How it is done: Docker opens the port" in text


async def test_a_typed_field_has_its_own_help(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await go(pilot, "bind.inference")
        pilot.app.screen.query_one("#field-port Line").focus()
        await press(pilot, "f1")
        assert "bind.inference.port (answer)" in whole(pilot)
        await press(pilot, "escape")
        assert pilot.app.focused is pilot.app.screen.query_one("#field-port Line")


@SIZES
async def test_words_in_the_help_are_followed_and_come_back_from(opened: Opener, size: tuple[int, int]) -> None:
    async with opened(TORCH, size=size) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "f1")
        screen = pilot.app.screen
        words = list(screen._page.words)
        assert len(words) > 5
        await press(pilot, "shift+tab")
        assert screen._at == len(words) - 1
        shown = underlined(pilot, "#dialog")
        assert words[-1].casefold().split()[0] in " ".join(shown).casefold()
        before = part(pilot, "#dialog")
        await press(pilot, "enter")
        assert " ".join(terms()[words[-1]].meaning.split()) in whole(pilot)
        assert screen.query_one("#dialog").border_title == words[-1]
        await press(pilot, "tab", "enter")
        assert screen.query_one("#dialog").border_title != words[-1]
        await press(pilot, "escape", "escape")
        assert part(pilot, "#dialog") == before
        await press(pilot, "escape")
        assert here(pilot) == "bind.inference"


async def test_words_of_the_pane_are_underlined_and_opened_with_a_key(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await go(pilot, "bind.inference")
        while pilot.app.screen.query_one("#field-scope").option.id != "all":
            await press(pilot, "down")
        first = underlined(pilot, "#pane-lines")[0]
        await press(pilot, "w")
        screen = pilot.app.screen
        assert screen.query_one("#dialog").border_title == "Words on this screen"
        assert mentions(first)[0][2].name == screen.hits[0].name
        assert 2 < len(screen.hits) < len(terms())
        await press(pilot, "down")
        assert screen.hits[1].title in part(pilot, "#meaning")
        await press(pilot, *"preflight")
        assert "An OPTIONS request" in part(pilot, "#meaning")
        await press(pilot, "escape")
        assert here(pilot) == "bind.inference"


async def test_the_palette_explains_any_topic(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await press(pilot, "ctrl+p", *"inference_address")
        await pilot.pause(0.5)
        assert "Explain inference_address" in screen_text(pilot)
        await press(pilot, "enter")
        await settle(pilot)
        assert "inference_address" in part(pilot, "#meaning")
        await press(pilot, "escape")
        assert here(pilot) == "start"


@pytest.mark.parametrize("width", [120, 80, 60])
async def test_the_line_of_keys_is_whole(opened: Opener, width: int) -> None:
    async with opened(TORCH, size=(width, 24 if width > 60 else 16)) as pilot:
        for step in ("start", "model", "bind.inference", "cors.inference", "review", "try"):
            await go(pilot, step)
            # The way out of the wizard is named where there is room for it.
            assert keys(pilot).removesuffix(" ^c leave").endswith("^p more"), step
            assert "…" not in keys(pilot)
            assert ("esc leave" if step == "start" else "esc back") in keys(pilot)
            if step == "try":
                assert "f6" not in keys(pilot)
                return
            await press(pilot, "f6")
            assert "f6 back" in keys(pilot), step
            assert "▌ " in next(line for line in screen_text(pilot).splitlines() if "Implications" in line)
            assert "…" not in keys(pilot)


@pytest.mark.parametrize("width", [20, 33, 58, 100])
def test_marking_changes_no_letter(width: int) -> None:
    for term in terms().values():
        value = f"{term.meaning} {term.why}"
        plain = wrapped(value, width, "", "  * ", 2)
        assert [line.plain for line in marked(value, width, "", "  * ", 2)] == [line.plain for line in plain]


def test_a_word_that_goes_on_in_the_next_line_is_underlined_there_too() -> None:
    lines = marked("It is a simple request", 14)
    assert [line.plain for line in lines] == ["It is a simple", "request"]
    assert [[line.plain[s.start : s.end] for s in line.spans if not isinstance(s.style, str)] for line in lines] == [
        ["simple"],
        ["request"],
    ]
    assert words_in(lines) == ("simple request",)
    page = WordsPage(14, 0)
    page.say("It is a simple request of an origin")
    assert page.words == ["simple request", "origin"]
    assert page.rows == [0, 2]


def test_a_first_word_too_long_for_its_line_is_whole_on_the_next() -> None:
    lines = wrapped("https://man7.example/page.7.html", 34, "", "More: ", 2)
    assert [line.plain for line in lines] == ["More: ", "  https://man7.example/page.7.html"]


async def test_the_glossary_shows_names_whole_on_eighty_columns(opened: Opener) -> None:
    from wizard.help.topics import catalogue
    from wizard.screens.glossary import GlossaryScreen

    async with opened(TORCH, size=(80, 24)) as pilot:
        for topic in sorted(catalogue().values(), key=lambda topic: -len(topic.name))[:12]:
            pilot.app.push_screen(GlossaryScreen((topic.id,)))
            await settle(pilot)
            screen = pilot.app.screen
            width = screen.query_one("#hits").size.width
            line = next(line for line in part(pilot, "#hits").split("1 of 1") if line)
            assert topic.name in line or len(topic.name) + len(topic.kind) + 3 > width, line
            assert topic.kind == "term" or topic.kind in line, line
            await press(pilot, "escape")
