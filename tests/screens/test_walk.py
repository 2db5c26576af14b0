from __future__ import annotations

from pathlib import Path

import pytest

from scripts.robot import key_event
from tests.screens.driving import (
    TENSOR,
    TORCH,
    Opener,
    form,
    go,
    here,
    keys,
    pane,
    part,
    press,
    screen_text,
    settle,
    write,
)
from wizard.plan import Plan, apply_patch
from wizard.servers.sample import sample_path
from wizard.session.steps.flow import flow


@pytest.mark.parametrize(
    ("plan", "size"),
    [(TENSOR, (120, 40)), (TORCH, (80, 24)), (TORCH, (60, 16))],
    ids=["tensorflow-serving-120x40", "torchserve-80x24", "torchserve-60x16"],
)
async def test_enter_alone_walks_to_try_and_writes_the_files(
    opened: Opener, plan: Plan, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(plan, size=size) as pilot:
        seen = [here(pilot)]
        expected = [step.id for step in flow(pilot.app.session.complete)]
        while seen[-1] != "try":
            await press(pilot, "enter")
            if seen[-1] == "who" and here(pilot) == "who":
                assert pilot.app.session.plan.audiences == ("me",)
                await press(pilot, "enter")
            assert here(pilot) != seen[-1], f"stuck at {seen[-1]}\n{screen_text(pilot)}"
            seen.append(here(pilot))
        assert seen == expected[:-1]
        written = sorted(path.name for path in (tmp_path / f"serving-{plan.models[0].name}").iterdir())
        assert {"EXPOSURE.md", "compose.yaml", "run.sh", "wizard.toml"} <= set(written)
        await press(pilot, "down", "down", "enter")
        assert here(pilot) == "done"
        assert "EXPOSURE.md" in form(pilot)
        await press(pilot, "enter")
        assert pilot.app.session.outcome.target == tmp_path / f"serving-{plan.models[0].name}"


async def test_looking_changes_the_pane_but_not_the_plan(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, "bind.inference")
        before = pilot.app.session.plan
        await press(pilot, "end", "up")
        assert "Other containers only, compared with now" in pane(pilot)
        assert "programs on this machine can no longer call inference" in pane(pilot)
        assert pilot.app.session.plan is before
        await press(pilot, "enter")
        assert pilot.app.session.plan.bind.inference.scope == "internal"
        await press(pilot, "u")
        assert pilot.app.session.plan == before
        await press(pilot, "ctrl+y")
        assert pilot.app.session.plan.bind.inference.scope == "internal"


async def test_back_keeps_the_answers(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await press(pilot, "enter", "down", "enter")
        assert pilot.app.session.plan.run.how == "native"
        await press(pilot, "escape", "enter")
        assert "(•) Directly on this machine" in screen_text(pilot)


async def test_undo_leaves_a_step_that_is_no_longer_asked(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await press(pilot, "down", "enter", "enter")
        assert pilot.app.session.plan.server == "torchserve"
        await go(pilot, "bind.management")
        await press(pilot, "u", "u")  # the answer of another step is named first
        assert pilot.app.session.plan.server == "tensorflow-serving"
        assert here(pilot) in {step.id for step in flow(pilot.app.session.complete)}


async def test_the_history_goes_back_to_any_answer(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "end", "enter", "up", "enter")
        assert pilot.app.session.plan.bind.inference.scope == "internal"
        await press(pilot, "ctrl+g")
        assert "Answers given so far" in screen_text(pilot)
        assert "Other containers only" in screen_text(pilot)
        await press(pilot, "up", "enter")
        assert pilot.app.session.plan.bind.inference.scope == "off"


async def test_a_key_pressed_before_anything_is_loaded_counts(opened: Opener) -> None:
    async with opened(None) as pilot:
        assert not pilot.app.session.ready
        await pilot.press("down", "enter")
        await settle(pilot)
        assert pilot.app.session.plan and pilot.app.session.plan.server == "torchserve"


async def test_the_first_fix_is_one_key(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await go(pilot, "bind.inference")
        while pilot.app.screen.query_one("#field-scope").option.id != "all":
            await press(pilot, "down")
        assert "fix: Encrypt it" in pane(pilot)
        await press(pilot, "f")
        assert pilot.app.session.plan.bind.inference.scope == "all"
        assert pilot.app.session.plan.tls.mode == "self-signed"


async def test_without_colour_symbols_and_words_remain(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(TORCH) as pilot:
        assert pilot.app.no_color
        await go(pilot, "bind.inference")
        while pilot.app.screen.query_one("#field-scope").option.id != "all":
            await press(pilot, "down")
        assert "▲ HIGH" in screen_text(pilot)
        assert "✓ other machines can call inference" in pane(pilot)


async def test_the_layout_follows_the_size_of_the_terminal(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await go(pilot, "bind.inference")
        assert part(pilot, "#rail").startswith("Start")
        assert pilot.app.screen.query_one("#pane").region.x > 60
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert part(pilot, "#rail") == "4/10 Bind ▸ inference"
        assert pilot.app.screen.query_one("#pane").region.x == 0
        await pilot.resize_terminal(120, 40)
        await settle(pilot)
        assert part(pilot, "#rail").startswith("Start")


async def test_after_an_answer_the_pane_says_what_it_did_not_what_taking_it_back_would(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, "who")
        await press(pilot, "space")
        assert "With this: Programs on this machine" in pane(pilot)
        assert "Without" not in pane(pilot)
        await press(pilot, "down")
        assert "A web page in a browser on this machine, compared with now" in pane(pilot)


async def test_what_no_answer_changes_is_one_line_until_it_is_unfolded(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await go(pilot, "protect.gateway")
        assert "2 that no answer changes" in pane(pilot)
        assert "no longer gets security fixes" not in pane(pilot)
        await press(pilot, "f6", "space")
        assert "no longer gets security fixes" in pane(pilot)


async def test_what_was_asked_for_and_is_not_got_stands_first(opened: Opener) -> None:
    async with opened(apply_patch(TORCH, {"audiences": ["me"]})) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "end")
        shown = pane(pilot)
        assert "You asked for this, but do not get it:" in shown
        assert shown.index("do not get it") < shown.index("no longer")


async def test_a_fresh_start_says_what_to_do_next_and_refuses_nothing(opened: Opener) -> None:
    async with opened() as pilot:
        await press(pilot, "down", "up")
        for step_id in ("start", "start.run", "model"):
            await go(pilot, step_id)
            shown = pane(pilot)
            assert "Still to answer: ○ Choose a model" in shown
            assert "do not get it" not in shown and "WILL NOT WORK" not in shown and "MEDIUM" not in shown
            assert "f5" not in keys(pilot)
        await press(pilot, "f6", "space")
        assert "MEDIUM" in pane(pilot)


async def test_the_model_that_cannot_be_served_was_not_asked_for_and_refused(opened: Opener) -> None:
    async with opened(apply_patch(TORCH, {"models.0.path": "/nowhere/echo.mar"})) as pilot:
        await go(pilot, "model")
        assert "Does not work as it is:" in pane(pilot)
        assert "do not get it" not in pane(pilot)


async def test_who_named_a_page_types_its_origin_at_once(opened: Opener) -> None:
    """In a small terminal too the line stands in view; what is missing elsewhere is one sentence there."""
    async with opened(apply_patch(TORCH, {"audiences": ["browser"]}), size=(80, 24)) as pilot:
        await go(pilot, "bind.inference")
        assert "List the page's origin" in pane(pilot)
        assert "no origin is listed" not in pane(pilot)
        await go(pilot, "cors.inference")
        assert "such as http://localhost:5173" in screen_text(pilot)
        await write(pilot, "localhost:5173")
        await press(pilot, "enter")
        assert pilot.app.session.plan.cors_rule("inference").origins == ("http://localhost:5173",)
        assert "another one, or enter goes on" in screen_text(pilot)


@pytest.mark.parametrize(
    ("size", "step_id", "field", "after"),
    [((120, 40), "protect.tls", "certificate", ""), ((60, 16), "model", "path", "who")],
    ids=str,
)
async def test_enter_stays_where_a_path_cannot_work_and_another_key_goes_on(
    opened: Opener, size: tuple[int, int], step_id: str, field: str, after: str, tmp_path: Path
) -> None:
    plan = apply_patch(TENSOR, {"tls": {"certificate": "no.pem", "key": "no.key"}} if after == "" else {})
    async with opened(plan, size) as pilot:
        await go(pilot, step_id)
        pilot.app.screen.query_one(f"#field-{field}").line.focus()
        await press(pilot, "ctrl+u")
        await write(pilot, f"{tmp_path}/gone")
        await press(pilot, "enter")
        assert here(pilot) == step_id
        assert "✗ Cannot work as it is: see ✗. ctrl+n goes on anyway." in keys(pilot)
        assert "WILL NOT WORK" in pane(pilot)
        await write(pilot, "x")
        assert "Cannot work" not in keys(pilot), "it is another text now"
        await press(pilot, "enter")
        assert here(pilot) == step_id
        await press(pilot, "ctrl+n")
        assert here(pilot) != step_id and (not after or here(pilot) == after)


async def test_what_is_typed_ahead_of_a_look_at_a_path_waits_for_it(opened: Opener, tmp_path: Path) -> None:
    (tmp_path / "half").symlink_to(sample_path("tensorflow-serving"))
    async with opened(Plan(server="tensorflow-serving")) as pilot:
        await go(pilot, "model")
        for typed, ends in ((f"{tmp_path}/hal", "model"), ("f", "bind.inference")):
            for key in (*typed, "enter", "enter"):
                pilot.app._driver.send_message(key_event(pilot.app, key))
            await settle(pilot)
            assert here(pilot) == ends
