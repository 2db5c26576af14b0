"""Dialogs name their keys whole at every size, and say what stands where."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.screens.driving import TORCH, Driver, Opener, form, go, here, keys, part, press, screen_text, settle
from tests.support.ports import own_ports
from wizard.plan import apply_patch
from wizard.prediction.probes import predict
from wizard.screens.comparing import open_comparing
from wizard.screens.console import Answered, ConsoleScreen
from wizard.screens.firstaid import open_first_aid
from wizard.screens.glossary import GlossaryScreen
from wizard.session.steps.base import Answer
from wizard.trial.request_console import ConsoleReply, ConsoleRequest
from wizard.widgets.choices import Choices

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 16)], ids=["120x40", "80x24", "60x16"])
OPEN: dict[str, Callable[[Any], object]] = {
    "comparing": lambda app: open_comparing(app, app.session),
    "first aid": lambda app: open_first_aid(app, app.session),
    "glossary": lambda app: app.push_screen(GlossaryScreen()),
    "history": lambda app: app.action_history(),
    "help": lambda app: app.screen.action_help(),
}


@SIZES
async def test_no_frame_cuts_its_keys(opened: Opener, size: tuple[int, int]) -> None:
    async with opened(TORCH, size=size) as pilot:
        await go(pilot, "bind.inference")
        for name, show in OPEN.items():
            show(pilot.app)
            await settle(pilot)
            dialog = pilot.app.screen.query_one("#dialog")
            frame = screen_text(pilot).splitlines()[dialog.region.bottom - 1]
            assert "esc close" in frame, name
            assert str(dialog.border_subtitle) in frame, name
            await press(pilot, "escape")
            assert here(pilot) == "bind.inference", name


@SIZES
async def test_the_console_says_what_stands_where(opened: Opener, size: tuple[int, int]) -> None:
    async with opened(TORCH, size=size) as pilot:
        probe = predict(pilot.app.session.view_of(pilot.app.session.plan).deployment)[0]
        request = ConsoleRequest(probe, "POST", "/predictions/echo", (("content-type", "text/plain"),), "hello")
        screen = ConsoleScreen(request, lambda: 60.0)
        await pilot.app.push_screen(screen)
        await settle(pilot)
        screen.on_answered(Answered(ConsoleReply(200, (("x-request-id", "7"),), "hello", 0.012)))
        await settle(pilot)
        text = part(pilot, "#dialog")
        for words in (
            "Request POST /predictions/echo",
            "Headers content-type: text/plain",
            "Body hello",
            "✓ 200 12 ms",
        ):
            assert words in text
        assert "x-request-id: 7" in text
        dialog = screen.query_one("#dialog")
        assert str(dialog.border_subtitle) in screen_text(pilot).splitlines()[dialog.region.bottom - 1]
        beside = [row[: dialog.region.x] + row[dialog.region.right :] for row in screen_text(pilot).splitlines()]
        assert not "".join(beside).strip(), "nothing of the page behind shows at its edges"
        await press(pilot, "f2")
        assert "Copied as curl" in part(pilot, "#answer")
        assert "--data-raw hello" in part(pilot, "#answer")


async def test_enter_in_the_line_of_the_request_sends_it(opened: Opener) -> None:
    async with opened(own_ports(TORCH)) as pilot:
        probe = predict(pilot.app.session.view_of(pilot.app.session.plan).deployment)[0]
        screen = ConsoleScreen(ConsoleRequest(probe, "GET", "/ping", (), ""), lambda: 60.0)
        await pilot.app.push_screen(screen)
        screen.query_one("#line").focus()
        await press(pilot, "enter")
        await settle(pilot)
        assert screen.answer is not None, "nothing listens at that port, and that is an answer too"


async def test_the_history_names_steps_as_the_step_list_does(opened: Opener) -> None:
    async with opened(TORCH, size=(80, 24)) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "end", "enter", "ctrl+g")
        assert "Bind, inference: Off ◂ now" in part(pilot, "#dialog")


async def test_the_last_screen_gives_all_its_room_to_what_comes_next(opened: Opener) -> None:
    async with opened(TORCH, size=(80, 24)) as pilot:
        await go(pilot, "done")
        assert not pilot.app.screen.query_one("#pane").display
        assert keys(pilot) == "↑↓ scroll enter leave t try it esc back f1 why ^p more"


async def test_a_trial_is_one_key_away_once_files_are_written(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wizard.screens.trial import TrialScreen
    from wizard.screens.trial_messages import TrialKept

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(TrialScreen, "start", lambda self: None)
    async with opened(TORCH, (60, 16)) as pilot:
        await go(pilot, "write")
        await press(pilot, "enter")
        await go(pilot, "done")
        assert keys(pilot).endswith("enter leave t try it y copy esc back f1 why ^p more")
        await press(pilot, "t")
        screen = pilot.app.screen
        assert here(pilot) == "try" and screen.at_once
        screen.on_trial_kept(TrialKept(None, "curl"))
        await settle(pilot)
        await pilot.resize_terminal(120, 40)
        await settle(pilot)
        assert "As a script:" in form(pilot) and "rving-echo/call.sh" in form(pilot)
        assert pilot.app.session.propose(Answer((("bind.inference.scope", "all"),), "all interfaces")) == ""
        screen.on_trial_kept(TrialKept(None, "curl"))
        await settle(pilot)
        assert "call.sh" not in form(pilot), "what was written is for other answers"


def values_at(pilot: Driver) -> set[int]:
    """The columns in which what is answered begins, of every field of one line."""
    lines = screen_text(pilot).splitlines()
    found = set()
    for field in pilot.app.screen.query("Cycle, Typed"):
        if field.display:
            row = lines[field.region.y][field.region.x : field.region.right]
            found.add(len(row) - len(row[len(field.field.label) :].lstrip("‹ ")))
    return found


@pytest.mark.parametrize("size", [(120, 60), (80, 90)], ids=str)
async def test_values_stand_below_one_another(opened: Opener, size: tuple[int, int]) -> None:
    async with opened(apply_patch(TORCH, {"cors.inference.origins": ["https://a.example"]}), size=size) as pilot:
        for step_id in ("start.run", "cors.inference"):
            await go(pilot, step_id)
            assert len(values_at(pilot)) == 1, screen_text(pilot)


@SIZES
async def test_the_step_list_has_room_for_its_longest_name(opened: Opener, size: tuple[int, int]) -> None:
    async with opened(apply_patch(TORCH, {"bind.grpc": {"scope": "loopback"}}), size=size) as pilot:
        await go(pilot, "bind.grpc_management")
        assert "gRPC management" in part(pilot, "#rail")


@SIZES
async def test_while_a_trial_runs_the_keys_are_those_that_work(opened: Opener, size: tuple[int, int]) -> None:
    from wizard.screens.trial_messages import TrialKept
    from wizard.trial.backend import Cancel

    async with opened(TORCH, size=size) as pilot:
        await go(pilot, "try")
        screen = pilot.app.screen
        screen.cancel = Cancel()
        screen.on_trial_kept(TrialKept(None, ""))
        await settle(pilot)
        assert keys(pilot) == "esc stop the trial o send requests ↑↓ scroll ^p more"
        await press(pilot, "o")
        assert keys(pilot) == "✗ No request was answered."
        await press(pilot, "c")
        assert screen.cancel.event.is_set()
        assert keys(pilot) == "● Stopping …"


@SIZES
async def test_who_stops_a_trial_is_not_told_of_a_failure(opened: Opener, size: tuple[int, int]) -> None:
    """Nothing went wrong: no error is shown, no other way is offered, and enter tries again."""
    from wizard.screens.trial_messages import TrialEnded, TrialEvent
    from wizard.trial.backend import Cancel
    from wizard.trial.events import StageEvent

    async with opened(TORCH, size=size) as pilot:
        await go(pilot, "try")
        screen = pilot.app.screen
        screen.cancel = Cancel()
        for stage in ("pull", "start", "ready"):
            screen.on_trial_event(TrialEvent(StageEvent(stage, "under way")))
        await settle(pilot)
        assert "Try it and keep it running" not in form(pilot), "nothing can be chosen now"
        screen.on_trial_event(TrialEvent(StageEvent("down", "removed")))
        screen.on_trial_ended(TrialEnded(None, "The trial was cancelled", stopped=True))
        await settle(pilot)
        assert "You stopped it" in form(pilot) and "✗" not in screen_text(pilot)
        assert "without Docker" not in form(pilot)
        assert pilot.app.focused.option.id == "run"


@SIZES
async def test_a_probe_that_differs_is_on_the_screen_when_the_trial_ends(opened: Opener, size: tuple[int, int]) -> None:
    from wizard.screens.trial_messages import TrialEnded, TrialEvent
    from wizard.trial.backend import Cancel
    from wizard.trial.events import ProbeDone, StageEvent
    from wizard.trial.probes import ProbeResult
    from wizard.trial.report import Report

    async with opened(TORCH, size=size) as pilot:
        await go(pilot, "try")
        screen = pilot.app.screen
        screen.cancel = Cancel()
        for stage in ("pull", "start", "ready", "probes", "down"):
            screen.on_trial_event(TrialEvent(StageEvent(stage, "done")))
        probes = predict(pilot.app.session.view_of(pilot.app.session.plan).deployment)
        results = tuple(ProbeResult(p, "418" if p is probes[-1] else p.predicted) for p in probes)
        for result in results:
            screen.on_trial_event(TrialEvent(ProbeDone(result, len(results))))
        report = Report("torchserve", "0.12.0", "an image", True, 1.0, results, ())
        screen.on_trial_ended(TrialEnded(report, ""))
        await settle(pilot)
        assert f"✗ 1 of {len(results)} probes found something else than predicted." in form(pilot)
        assert "418" in form(pilot)


async def test_a_long_option_and_what_follows_it_are_whole(opened: Opener) -> None:
    plan = TORCH.model_copy(update={"audiences": ("me",)})
    async with opened(plan, size=(120, 40)) as pilot:
        await go(pilot, "protect.tls")
        choices = pilot.app.screen.query_one(Choices)
        for width in (20, 30, 40, 60):
            lines = [line.plain for line in choices.build(width)]
            assert max(map(len, lines)) <= width
            words = " ".join(" ".join(lines).split())
            assert "Yes, with a self-signed certificate" in words
            assert words.endswith("No encryption: nothing leaves this machine.")
        lines = [line.plain for line in choices.build(24)]
        first = next(number for number, line in enumerate(lines) if "Yes," in line)
        assert lines[first + 1].startswith(" " * lines[first].index("Yes"))


@pytest.mark.parametrize("step_id", ["start", "bind.inference", "review"])
@pytest.mark.parametrize("scope", ["loopback", "all"])
async def test_the_key_for_a_fix_is_named_where_it_does_something(opened: Opener, scope: str, step_id: str) -> None:
    async with opened(apply_patch(TORCH, {"bind.inference": {"scope": scope}}), size=(200, 40)) as pilot:
        await go(pilot, step_id)
        named, before = " fix" in keys(pilot), pilot.app.session.plan
        pilot.app.screen.action_fix()
        await settle(pilot)
        assert named == (pilot.app.session.plan != before), keys(pilot)
        assert named == (scope == "all")
