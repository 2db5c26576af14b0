"""Every screen's own part as text, and the frame they share. After a wanted change: python -m tests.goldens"""

from __future__ import annotations

import difflib

from scripts import make_screens
from tests.goldens.pictures import HERE, NARROW, pictures
from wizard.app import WizardApp
from wizard.widgets.bars import TopBar
from wizard.widgets.next_line import NextLine


async def test_every_screen_looks_as_it_did() -> None:
    seen = set()
    different: list[str] = []
    async for name, text in pictures():
        seen.add(name)
        golden = HERE / name
        before = golden.read_text("utf-8") if golden.is_file() else ""
        if before != text:
            different += difflib.unified_diff(before.splitlines(), text.splitlines(), name, name, lineterm="")
    assert not different, "\n".join(different)
    assert seen == {path.name for path in HERE.glob("*.txt")}


async def test_a_picture_made_alone_is_the_one_of_a_whole_run() -> None:
    theme, names = make_screens.THEMES["dark"], ("review-risky", "why", "overview", "review")
    async for screen, pilot in make_screens.shots(NARROW, theme, frozenset(names)):
        together = make_screens.screen_text(pilot)
        async for _, alone in make_screens.shots(NARROW, theme, frozenset({screen.name})):
            assert make_screens.screen_text(alone) == together, screen.name


async def test_the_windows_title_names_model_and_page_below_a_dialog_too() -> None:
    async for _, pilot in make_screens.shots(NARROW, make_screens.THEMES["dark"], frozenset({"why", "bind-inference"})):
        assert isinstance(pilot.app, WizardApp)
        assert pilot.app._titled == "Serving Wizard · echo · Bind, inference"


async def test_the_line_at_the_top_has_one_form() -> None:
    names = frozenset({"start", "overview"})
    heads = [
        pilot.app.screen.query_one(TopBar).left
        async for _, pilot in make_screens.shots(NARROW, make_screens.THEMES["dark"], names)
    ]
    assert heads == ["echo → TorchServe 0.12.0 in Docker"] * 2


async def test_on_a_small_terminal_what_has_the_focus_is_seen_and_no_key_is_cut_off() -> None:
    async for screen, pilot in make_screens.shots(NARROW, make_screens.THEMES["dark"]):
        shown = pilot.app.screen
        focused = shown.focused
        # A page that is read from its top has the way on below; one that is only read has no focus.
        if focused is not None and not isinstance(focused, NextLine):
            assert shown.find_widget(focused).visible_region.area > 0, f"{screen.name}: {focused} is out of sight"
        for bar in shown.query("#keys"):
            assert "…" not in make_screens.screen_text(pilot).splitlines()[bar.region.y], screen.name
            assert bar.region.bottom <= NARROW[1], screen.name
