from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
from textual.events import AppBlur

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
from wizard.plan import Model, Plan, apply_patch
from wizard.servers.sample import sample_path
from wizard.session.steps.base import Answer


async def test_a_window_that_was_away_when_the_first_step_opened_comes_back_to_its_question(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        pilot.app.screen.set_focus(None)  # as when the window lost the focus before there was a question
        pilot.app.post_message(AppBlur())
        await settle(pilot)
        assert pilot.app.screen.focused is None
        await press(pilot, "up")
        assert pilot.app.screen.focused is not None
        assert pilot.app.screen.focused.id == "field-server"


async def test_a_path_is_looked_into_while_it_is_typed(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(sample_path("tensorflow-serving"), tmp_path / "half")
    monkeypatch.chdir(tmp_path)
    async with opened(Plan(server="tensorflow-serving")) as pilot:
        await go(pilot, "model")
        await press(pilot, "enter")
        assert here(pilot) == "model"
        assert "Choose the model to serve first" in keys(pilot)
        await write(pilot, "ha")
        assert "half/" in screen_text(pilot), "no completion is offered"
        await press(pilot, "right")
        assert "A SavedModel with numbered versions" in form(pilot)
        assert "versions 1, 2" in form(pilot)
        await press(pilot, "enter")
        assert pilot.app.session.plan.models[0].path == "half/"
        assert pilot.app.session.plan.models[0].name == "half"
        assert here(pilot) == "who"


async def test_a_path_one_level_too_deep_is_mended_with_one_key(opened: Opener) -> None:
    deep = str(sample_path("tensorflow-serving") / "1")
    plan = Plan(server="tensorflow-serving", models=(Model(name="half", path=deep),))
    async with opened(plan) as pilot:
        await go(pilot, "model")
        assert "f5" in screen_text(pilot)
        await press(pilot, "f5")
        model = pilot.app.session.plan.models[0]
        assert (model.path, model.as_version) != (deep, None)
        assert not any(f.severity == "functional" for f in pilot.app.session.view_of(pilot.app.session.plan).findings)


async def test_the_wrong_server_for_a_model_is_mended_with_one_key(opened: Opener) -> None:
    plan = Plan(server="tensorflow-serving", models=(Model(name="echo", path=str(sample_path("torchserve"))),))
    async with opened(plan) as pilot:
        await go(pilot, "model")
        assert "TorchServe" in form(pilot)
        await press(pilot, "f5")
        assert pilot.app.session.plan.server == "torchserve"


async def test_audiences_propose_and_hand_made_answers_stay(opened: Opener) -> None:
    async with opened(demo="torchserve") as pilot:
        await go(pilot, "who")
        await press(pilot, "down", "down", "down", "down", "space")
        assert pilot.app.session.plan.audiences == ("lan",)
        assert pilot.app.session.plan.auth.inference == "server-token"
        assert pilot.app.session.plan.bind.inference.scope in ("interface", "all")
        await go(pilot, "bind.inference")
        assert "Proposed:" in screen_text(pilot)
        await press(pilot, "home", "enter")
        assert pilot.app.session.plan.bind.inference.scope == "loopback"
        await go(pilot, "who")
        await press(pilot, "down", "space")
        assert pilot.app.session.plan.audiences == ("lan", "internet")
        assert pilot.app.session.plan.bind.inference.scope == "loopback"


async def test_a_wrong_port_is_told_beside_the_field(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "end", "up", "up")
        while pilot.app.focused.id is not None:
            await press(pilot, "down")
        await press(pilot, "ctrl+u", "9", "9", "x", "enter")
        assert here(pilot) == "bind.inference"
        assert "a whole number, please" in form(pilot)
        await press(pilot, "ctrl+u", "9", "9", "9", "9", "9", "enter")
        assert here(pilot) == "bind.inference"
        await press(pilot, "ctrl+u", "9", "0", "0", "0", "enter")
        assert pilot.app.session.plan.bind.inference.port == 9000
        assert here(pilot) != "bind.inference"


async def test_going_back_with_a_wrong_value_is_never_refused(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await press(pilot, "enter")
        await go(pilot, "bind.inference")
        pilot.app.screen.query_one("#field-port").line.focus()
        await press(pilot, "x", "escape")
        assert here(pilot) == "start.run"
        await go(pilot, "bind.inference")
        assert "8501x" in form(pilot), "what was typed is lost"
        await press(pilot, "ctrl+n")
        assert here(pilot) == "bind.inference"


async def test_going_back_sets_what_was_typed_and_can_stand(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await press(pilot, "enter")
        await go(pilot, "bind.inference")
        pilot.app.screen.query_one("#field-port").line.focus()
        await press(pilot, "backspace", "escape")
        assert here(pilot) == "start.run"
        assert pilot.app.session.plan.bind.inference.port == 850


async def test_a_step_that_cannot_work_is_marked_in_the_list(opened: Opener) -> None:
    plan = apply_patch(TORCH, {"cors.inference.origins": ["*"], "cors.inference.credentials": True})
    async with opened(plan) as pilot:
        await go(pilot, "cors.inference")
        await go(pilot, "review")
        assert "✗ CORS" in screen_text(pilot)


async def test_origins_are_spelt_as_browsers_do(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, "cors.inference")
        await press(pilot, "down", "enter")
        await write(pilot, "localhost:5173")
        assert "http://localhost:5173" in form(pilot)
        await press(pilot, "enter")
        assert pilot.app.session.plan.cors.inference.origins == ("http://localhost:5173",)
        await write(pilot, "HTTPS://Admin.example:443/")
        await press(pilot, "enter")
        assert pilot.app.session.plan.cors.inference.origins == ("http://localhost:5173", "https://admin.example")
        await press(pilot, "down", "delete")
        assert pilot.app.session.plan.cors.inference.origins == ("https://admin.example",)


async def test_the_lab_follows_the_origin_under_the_cursor(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, "cors.inference")
        assert "does not let the page read the answer" in pane(pilot)
        await press(pilot, "down", "down")
        assert "The page can read the answer" in pane(pilot)
        assert pilot.app.session.plan.cors.inference.origins == ()


async def test_the_lab_follows_the_origin_that_is_typed(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        pilot.app.session.listing = "cors.inference"
        await go(pilot, "cors.inference")
        await write(pilot, "localhost:5173")
        assert "try a page http://localhost:5173" in pane(pilot)
        assert "The page can read the answer" in pane(pilot)
        assert pilot.app.session.plan.cors.inference.origins == ()
        await press(pilot, "enter")
        await write(pilot, "https://admin.example")
        assert "try a page https://admin.example" in pane(pilot)


async def test_the_lab_sends_the_token_that_a_typed_origin_may_send(opened: Opener) -> None:
    async with opened(demo="tensorflow-serving") as pilot:
        pilot.app.session.propose(Answer((("auth.inference", "gateway-token"),), "a token"))
        pilot.app.session.listing = "cors.inference"
        await go(pilot, "cors.inference")
        await write(pilot, "https://app.example")
        assert "headers content-type authorization" in pane(pilot)
        assert "The answer is an error" not in pane(pilot)


async def test_high_findings_must_be_typed(opened: Opener) -> None:
    plan = apply_patch(TORCH, {"bind.inference.scope": "all"})
    async with opened(plan) as pilot:
        await go(pilot, "review")
        assert "Every machine that can reach this one" in form(pilot)
        await press(pilot, "enter")
        assert here(pilot) == "review"
        for _ in range(4):
            waiting = [w for w in pilot.app.screen.query("Confirmation") if w.is_attached]
            if not waiting:
                break
            waiting[0].line.focus()
            await write(pilot, waiting[0].fact.word)
            await press(pilot, "enter")
        assert "BIND-NO-TLS@inference" in pilot.app.session.plan.accepted
        if here(pilot) == "review":
            await press(pilot, "enter")
        assert here(pilot) == "write"
        files = {file.path: file.text for file in pilot.app.session.view_of(pilot.app.session.plan).files}
        accepted = files["EXPOSURE.md"].partition("## Risks you accepted")[2].partition("\n## ")[0]
        assert "BIND-NO-TLS" in accepted


async def test_what_cannot_work_stops_the_review(opened: Opener) -> None:
    plan = apply_patch(TORCH, {"cors.inference.origins": ["*"], "cors.inference.credentials": True})
    async with opened(plan) as pilot:
        await go(pilot, "review")
        assert "✗ WILL NOT WORK" in screen_text(pilot)
        await press(pilot, "enter")
        assert here(pilot) == "review"


async def test_files_that_would_be_replaced_are_shown_and_kept(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "serving-half_plus_two"
    folder.mkdir()
    (folder / "compose.yaml").write_text("mine\n")
    async with opened(TENSOR) as pilot:
        await go(pilot, "write")
        assert "~ replaced" in screen_text(pilot)
        assert "- mine" in screen_text(pilot)
        await press(pilot, "enter")
        assert here(pilot) == "try"
    kept = list((folder / ".serving-wizard-backup").rglob("compose.yaml"))
    assert [path.read_text() for path in kept] == ["mine\n"]


@pytest.mark.parametrize("size", [(80, 24), (60, 16)], ids=["80x24", "60x16"])
async def test_on_a_small_terminal_the_files_are_listed_once_and_the_way_on_is_in_sight(
    opened: Opener, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pane beneath lists them; the form says how many there are, and names those that will differ."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "serving-half_plus_two"
    folder.mkdir()
    (folder / "compose.yaml").write_text("mine\n")
    async with opened(TENSOR, size=size) as pilot:
        await go(pilot, "write")
        said = form(pilot)
        assert "Files 8 new · 1 replaced: compose.yaml" in said
        assert "models.config" not in said
        assert "models.config" in screen_text(pilot)
        assert f"{pilot.app.screen.next_words()} ▸" in screen_text(pilot)


async def test_why_the_plan_refused_a_value_stays_until_the_next_one(
    opened: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, "cors.inference")
        await press(pilot, "down", "enter")
        assert pilot.app.focused is pilot.app.screen.query_one("#field-origins").line
        monkeypatch.setattr(pilot.app.session, "propose", lambda answer, step: "There is no room for another page.")
        await write(pilot, "https://one.example")
        await press(pilot, "enter")
        assert "There is no room for another page." in form(pilot)
        await write(pilot, "h")
        assert "There is no room for another page." not in form(pilot)


async def test_a_conflict_can_be_refused(opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "serving-half_plus_two"
    folder.mkdir()
    (folder / "compose.yaml").write_text("mine\n")
    async with opened(TENSOR) as pilot:
        await go(pilot, "write")
        await press(pilot, "down", "right", "enter")
        assert here(pilot) == "write"
        assert "exist and differ" in keys(pilot)
    assert (folder / "compose.yaml").read_text() == "mine\n"
    assert not (folder / "wizard.toml").exists()


async def test_without_docker_the_trial_says_so_and_goes_on_with_the_emulation(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    plan = apply_patch(TENSOR, {"bind.inference.port": 18501, "bind.inference.scope": "loopback"})
    async with opened(plan) as pilot:
        await go(pilot, "try")
        await press(pilot, "enter")
        assert "There is no Docker engine here" in form(pilot)
        await press(pilot, "enter")
        assert "An emulation ran, not the real server" in form(pilot)
        assert "probes found what was predicted" in form(pilot)
        assert "The report is in" not in form(pilot), "no files were written that it could lie beside"
        await press(pilot, "enter")
        assert here(pilot) == "done"


async def test_a_taken_port_puts_the_cursor_on_another_and_leads_back_to_writing(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        changes = {"run.how": "native", "bind.inference.port": port, "bind.inference.scope": "loopback"}
        async with opened(apply_patch(TENSOR, changes)) as pilot:
            await go(pilot, "try")
            await press(pilot, "enter")
            assert f"Port {port} is taken" in form(pilot)
            await press(pilot, "enter")
            assert here(pilot) == "write"
            listener = pilot.app.session.plan.bind.inference
            assert listener is not None
            assert listener.port not in (None, port)


async def test_a_trial_of_written_files_leaves_its_report_beside_them(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    plan = apply_patch(TENSOR, {"bind.inference.port": 18502, "bind.inference.scope": "loopback"})
    async with opened(plan) as pilot:
        await go(pilot, "write")
        await press(pilot, "enter")
        assert here(pilot) == "try"
        await press(pilot, "enter")
        await press(pilot, "enter")
        assert "The report is in" in " ".join(form(pilot).split())
    (text,) = tmp_path.rglob("trial-report.md")
    assert (text.parent / "wizard.toml").exists()
    assert "| Changed for this trial | without Docker |" in text.read_text()
    assert "not what was tried" not in text.read_text()


async def test_the_pane_turns_to_reach_and_files(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "end")
        await press(pilot, "ctrl+t")
        assert "✓→·" in screen_text(pilot)
        await press(pilot, "ctrl+t")
        assert "~ compose.yaml" in screen_text(pilot)
        await press(pilot, "f6", "space")
        await settle(pilot)
        assert "▸ ~" in screen_text(pilot)


async def test_help_explains_the_option_under_the_cursor(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        await go(pilot, "bind.inference")
        await press(pilot, "end", "up", "f1")
        text = screen_text(pilot)
        assert "Other containers only" in text
        assert "internal network" in text
        assert "Why it matters:" in text
        await press(pilot, "escape")
        assert here(pilot) == "bind.inference"


async def test_a_long_input_scrolls_with_its_cursor(opened: Opener) -> None:
    async with opened(Plan(server="tensorflow-serving"), size=(80, 24)) as pilot:
        await go(pilot, "model")
        await write(pilot, "/" + "middle/" * 14 + "end")
        assert "middle/end" in part(pilot, "#field-path Line")
        line = pilot.app.focused
        assert line.scroll_x > 0
        await press(pilot, "home")
        assert line.scroll_x == 0
        assert "middle/end" not in part(pilot, "#field-path Line")
        await pilot.press("end", *["backspace"] * 90)
        await settle(pilot)
        assert line.scroll_x == 0
        assert line.value == "/middle/midd"
        assert part(pilot, "#field-path Line").startswith("/middle/midd")


async def test_who_does_it_is_named_once(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, "bind.inference")
        assert "How it is done: Docker opens the port" in form(pilot)
