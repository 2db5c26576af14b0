"""The overview: one page from which everything is written, and to which every step comes back."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.screens.driving import TORCH, Driver, Opener, form, go, here, keys, part, press, screen_text, settle
from tests.support.model_builders import HALF_PLUS_TWO
from wizard.screens.overview import OverviewScreen
from wizard.screens.trial import TrialScreen
from wizard.servers.sample import sample_path
from wizard.session import decisions
from wizard.session.opening import open_path
from wizard.session.steps.base import Answer

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 16)], ids=["120x40", "80x24", "60x16"])


@pytest.fixture(autouse=True)
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(HALF_PLUS_TWO, tmp_path / "half_plus_two")
    return tmp_path / "half_plus_two"


@pytest.fixture
def no_trial(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """A trial that is only asked for."""
    asked: list[object] = []

    def start(screen: TrialScreen, without_docker: bool = False, keep: bool = False) -> None:
        asked.append(screen)

    monkeypatch.setattr(TrialScreen, "start", start)
    return asked


def at_overview(pilot: Driver) -> bool:
    return isinstance(pilot.app.screen, OverviewScreen)


def rows(pilot: Driver) -> dict[str, str]:
    """Title -> its line of the list, ended by a blank."""
    found = {}
    for line in screen_text(pilot).splitlines():
        bare = line.lstrip("▌ ✗▲")
        for title in TITLES:
            if bare.startswith(f"{title} "):
                found[title] = f"{line} "
    return found


LINES = ("Server", "Runs", "Model", "Inference", "Other APIs", "Web pages", "Token", "Encryption", "Gateway")
TITLES = (*LINES, "Metrics", "Files")


def written(folder: Path) -> bool:
    return (folder / "serving-half_plus_two" / "wizard.toml").exists()


@SIZES
async def test_one_key_from_a_model_to_its_files(opened: Opener, size: tuple[int, int], tmp_path: Path) -> None:
    async with opened(opened=open_path("./half_plus_two"), size=size) as pilot:
        assert at_overview(pilot)
        assert not written(tmp_path)
        await press(pilot, "enter")
        assert written(tmp_path)
        assert here(pilot) == "done"
        await press(pilot, "escape")
        assert at_overview(pilot)
        assert "as they are" in screen_text(pilot) or size[0] < 80
        assert pilot.app.session.outcome is not None


def heading(pilot: Driver) -> str:
    return screen_text(pilot).splitlines()[0]


async def test_the_heading_says_whether_the_files_are_as_the_answers_are(opened: Opener, tmp_path: Path) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        assert "not written" in heading(pilot)
        await press(pilot, "enter", "escape")
        assert re.search(r"  written", heading(pilot))
        await press(pilot, "4")
        assert "changed since written" in heading(pilot)
        await go(pilot, "done")
        assert "The answers have changed since." in screen_text(pilot)
        await press(pilot, "escape", "4")
        assert re.search(r"  written", heading(pilot))
    async with opened(opened=open_path("serving-half_plus_two")) as pilot:
        assert re.search(r"  written", heading(pilot))
        await press(pilot, "4")
        assert "changed since written" in heading(pilot)


async def test_what_was_asked_for_and_is_not_got_is_told_at_the_end_too(opened: Opener) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        await press(pilot, "2", "enter")
        assert here(pilot) == "done"
        assert "will call it, but no origin is listed. → List the page's origin" in form(pilot)


async def test_an_audience_that_is_taken_back_takes_along_what_was_proposed_for_it(opened: Opener) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        before = rows(pilot)
        for number in "456":
            await press(pilot, number)
            assert rows(pilot)["Inference"] != before["Inference"]
            await press(pilot, number, "up", "down")
            assert rows(pilot) == before, "nobody calls from elsewhere any more"


async def test_one_key_before_anything_is_loaded_writes_too(opened: Opener, tmp_path: Path) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        pilot.app.screen.known = None
        await pilot.press("enter")
        await settle(pilot)
        assert written(tmp_path)


async def test_one_key_writes_and_tries(opened: Opener, tmp_path: Path, no_trial: list[object]) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        await press(pilot, "t")
        assert written(tmp_path)
        assert here(pilot) == "try"
        assert len(no_trial) == 1


@SIZES
async def test_four_keys_with_one_change(opened: Opener, size: tuple[int, int], tmp_path: Path) -> None:
    """The cursor begins at the answer that is changed most often."""
    async with opened(opened=open_path("half_plus_two"), size=size) as pilot:
        await press(pilot, "right")
        assert here(pilot) == "bind.inference"
        await press(pilot, "end", "enter")
        assert at_overview(pilot)
        assert pilot.app.session.plan.bind.inference.scope == "off"
        assert not written(tmp_path)
        await press(pilot, "enter")
        assert written(tmp_path)


async def test_a_line_opens_its_step_and_escape_comes_back_with_nothing_changed(opened: Opener) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        before = pilot.app.session.plan
        for _ in range(3):
            await press(pilot, "up")
        for title in LINES:
            assert f"▌  {title}" in screen_text(pilot)
            await press(pilot, "right")
            assert not at_overview(pilot), title
            await press(pilot, "escape")
            assert at_overview(pilot), title
            await press(pilot, "down")
        assert pilot.app.session.plan == before
        await press(pilot, "right")
        assert here(pilot) == "write"
        await press(pilot, "escape")
        assert at_overview(pilot)


@pytest.mark.parametrize(
    ("asked", "shown", "line"),
    [
        ("cors.inference", "cors.inference", "Web pages"),
        ("model", "model", "Model"),
        ("bind.grpc", "bind.grpc", "Other"),
    ],
)
async def test_it_opens_at_the_question_that_was_named_and_comes_back(
    asked: str, shown: str, line: str, opened: Opener
) -> None:
    async with opened(opened=replace(open_path("half_plus_two"), at=asked)) as pilot:
        assert here(pilot) == shown
        await press(pilot, "escape")
        assert at_overview(pilot)
        assert f"▌  {line}" in screen_text(pilot)
        await press(pilot, "right", "escape")
        assert at_overview(pilot), "once only"


async def test_the_lesser_apis_are_asked_one_after_the_other(opened: Opener) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        await press(pilot, "down", "right")
        assert here(pilot) == "bind.grpc"
        assert "Next: Bind, metrics" in screen_text(pilot)
        await press(pilot, "enter")
        assert here(pilot) == "bind.metrics"
        await press(pilot, "home", "enter")
        assert at_overview(pilot)
        assert pilot.app.session.plan.bind.metrics.scope == "loopback"
        assert " you " in rows(pilot)["Metrics"]


async def test_where_an_answer_comes_from_is_said(opened: Opener) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        found = rows(pilot)
        assert " you " in found["Model"]
        assert " proposed " in found["Inference"]
        await press(pilot, "right", "end", "enter")
        assert " you " in rows(pilot)["Inference"]


async def test_what_a_file_leaves_out_does_not_come_from_it(opened: Opener, tmp_path: Path) -> None:
    text = 'server = "tensorflow-serving"\n[[models]]\nname = "h"\npath = "half_plus_two"\n[auth]\ninference = "none"\n'
    (tmp_path / "web.toml").write_text(text, "utf-8")
    async with opened(opened=open_path("web.toml")) as pilot:
        found = rows(pilot)
        assert "your file" in found["Token"]
        assert "proposed" in found["Encryption"]


async def test_switching_who_calls_marks_what_followed_and_nothing_else(opened: Opener) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        await press(pilot, "3")
        assert pilot.app.session.plan.audiences == ("web-app",)
        assert "3 [x] a web app" in screen_text(pilot)
        found = rows(pilot)
        assert "◂" in found["Token"]
        assert "◂" in found["Encryption"]
        assert "◂" not in found["Server"]
        await press(pilot, "down")
        assert "◂" not in screen_text(pilot)


async def test_switching_who_calls_leaves_what_somebody_answered(opened: Opener) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        await press(pilot, "down", "down", "down", "right")
        assert here(pilot) == "protect.inference"
        await press(pilot, "down", "enter")
        assert pilot.app.session.plan.auth.inference == "gateway-token"
        await press(pilot, "1")
        assert pilot.app.session.plan.auth.inference == "gateway-token"


async def test_what_cannot_work_is_where_enter_leads(opened: Opener, tmp_path: Path) -> None:
    (tmp_path / "web.toml").write_text('server = "torchserve"\n', "utf-8")
    async with opened(opened=open_path("web.toml")) as pilot:
        assert "✗ Model" in screen_text(pilot)
        assert "enter fix: Model" in keys(pilot)
        await press(pilot, "enter")
        assert here(pilot) == "model"


async def test_what_must_be_confirmed_is_where_enter_leads_and_enter_comes_back(opened: Opener, tmp_path: Path) -> None:
    lines = ['server = "tensorflow-serving"', "[[models]]", 'name = "h"', 'path = "half_plus_two"']
    (tmp_path / "open.toml").write_text("\n".join([*lines, "[bind.inference]", 'scope = "all"']), "utf-8")
    async with opened(opened=open_path("open.toml")) as pilot:
        assert "▲ " in rows(pilot)["Inference"]
        assert "confirm" in keys(pilot)
        await press(pilot, "enter")
        assert here(pilot) == "review"
        while pilot.app.session.waiting:
            word = pilot.app.session.waiting[0].word
            await pilot.press(*("minus" if char == "-" else char for char in word), "enter")
            await settle(pilot)
        if not at_overview(pilot):
            await press(pilot, "enter")
        assert at_overview(pilot)
        await press(pilot, "enter")
        assert (tmp_path / "EXPOSURE.md").exists()


async def test_the_fix_of_the_line_is_named_and_applied(opened: Opener, tmp_path: Path) -> None:
    lines = ['server = "tensorflow-serving"', "[[models]]", 'name = "h"', 'path = "half_plus_two"']
    (tmp_path / "open.toml").write_text("\n".join([*lines, "[bind.inference]", 'scope = "all"']), "utf-8")
    async with opened(opened=open_path("open.toml")) as pilot:
        before = pilot.app.session.plan
        assert "f5 fix" in keys(pilot)
        await press(pilot, "f")
        assert pilot.app.session.plan != before
        await press(pilot, "u")
        assert pilot.app.session.plan == before


async def test_the_files_are_shown_before_they_are_written(opened: Opener) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        await press(pilot, "d")
        assert "+ compose.yaml" in screen_text(pilot)
        await press(pilot, "space", "escape")
        assert at_overview(pilot)


async def test_the_tour_is_one_key_away_and_the_rest_as_proposed_another(opened: Opener) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        await press(pilot, "s")
        assert here(pilot) == "start"
        await press(pilot, "g")
        assert here(pilot) == "start", "too early: nothing is known yet"
        await press(pilot, "enter", "enter", "enter")
        assert here(pilot) == "who"
        assert "f8 rest" in keys(pilot)
        await press(pilot, "g")
        assert at_overview(pilot)


async def test_a_newcomer_takes_the_tour_and_the_rest_as_proposed(opened: Opener, tmp_path: Path) -> None:
    async with opened(demo="tensorflow-serving") as pilot:
        assert here(pilot) == "start"
        await press(pilot, "enter", "enter", "enter", "down", "space", "g")
        assert at_overview(pilot)
        assert "[x] a page here" in screen_text(pilot)
        await press(pilot, "escape")
        assert here(pilot) == "who"
        await press(pilot, "g", "enter")
        assert here(pilot) == "done"


async def test_what_no_answer_changes_is_listed_or_one_key_away(opened: Opener) -> None:
    for size in ((120, 40), (80, 24)):
        async with opened(TORCH, size=size) as pilot:
            pilot.app.open_overview()
            await settle(pilot)
            said = screen_text(pilot)
            assert "No concerns" not in said
            assert "Nothing to change here; 3 things to know" in part(pilot, "#around")
            assert ("MEDIUM  Loading a model archive" in said) or size == (80, 24), said
            await press(pilot, "i")
            assert "MEDIUM  Loading a model archive" in screen_text(pilot)
            await press(pilot, "escape")
            assert at_overview(pilot)


async def test_on_eighty_columns_nothing_is_cut_while_lines_are_empty(opened: Opener, tmp_path: Path) -> None:
    origins = ", ".join(f'"https://app-{n}.example"' for n in range(5))
    pages = f"[cors.inference]\norigins = [{origins}]\ncredentials = true\n"
    (tmp_path / "team.toml").write_text(f"{ANSWERS}\n{pages}")
    async with opened(opened=open_path("team.toml"), size=(80, 24)) as pilot:
        assert "https://app-0.example and 4 more, with cookies" in rows(pilot)["Web pages"]
    (tmp_path / "none.toml").write_text('server = "torchserve"\n', "utf-8")
    async with opened(opened=open_path("none.toml"), size=(80, 24)) as pilot:
        assert "none before there is a model" in rows(pilot)["Files"]
        assert "--set" not in screen_text(pilot), "there is no command line in the wizard"


async def test_up_and_down_stay_in_the_list(opened: Opener) -> None:
    async with opened(opened=open_path("half_plus_two"), size=(60, 16)) as pilot:
        await press(pilot, *["up"] * 12)
        assert "▌  Server" in screen_text(pilot)
        await press(pilot, *["down"] * 15)
        assert "▌  Files" in screen_text(pilot)
        assert pilot.app.focused.id == "rows"


async def test_a_draft_of_that_path_is_offered(opened: Opener) -> None:
    async with opened(opened=open_path("half_plus_two"), drafts=True) as pilot:
        await press(pilot, "right", "end", "enter")
        pilot.app.session.autosave.save()
    async with opened(opened=open_path("half_plus_two"), drafts=True) as pilot:
        assert pilot.app.session.origins.of("bind.inference") == "default"
        assert "r resume the draft" in keys(pilot) or "r draft" in keys(pilot)
        assert "were not written: r takes them." in " ".join(screen_text(pilot).split())
        await press(pilot, "r")
        assert "were not written" not in screen_text(pilot)
        assert pilot.app.session.plan.bind.inference.scope == "off"
        assert at_overview(pilot)


async def test_what_another_wizard_wrote_meanwhile_is_not_replaced_unseen(opened: Opener, tmp_path: Path) -> None:
    async with opened(opened=open_path("half_plus_two")) as pilot:
        there = tmp_path / "serving-half_plus_two"
        there.mkdir()
        (there / "run.sh").write_text("another's", "utf-8")
        await press(pilot, "enter")
        assert "The files there have changed since" in keys(pilot) and (there / "run.sh").read_text() == "another's"
        assert not (there / "EXPOSURE.md").exists()
        await press(pilot, "enter")
        assert (there / "EXPOSURE.md").exists() and list(there.glob(".serving-wizard-backup/*/run.sh"))


async def test_a_folder_that_cannot_be_made_is_told_and_nothing_is_lost(opened: Opener, tmp_path: Path) -> None:
    (tmp_path / "serving-half_plus_two").write_text("a file", "utf-8")
    async with opened(opened=open_path("half_plus_two")) as pilot:
        await press(pilot, "enter")
        assert at_overview(pilot)
        assert "✗" in keys(pilot)
        assert (tmp_path / "serving-half_plus_two").read_text("utf-8") == "a file"


async def test_what_could_not_be_carried_over_is_on_the_overview_and_in_the_review(
    opened: Opener, tmp_path: Path
) -> None:
    compose = "services: {ts: {image: 'pytorch/torchserve:0.12.0-cpu', environment: {FOO: a, BAR: b}}}"
    (tmp_path / "compose.yml").write_text(compose, "utf-8")
    async with opened(opened=open_path("compose.yml")) as pilot:
        assert "not carried over:" in screen_text(pilot)
        await go(pilot, "review")
        assert "Compared with what was there: the same." in " ".join(form(pilot).split())
        assert "FOO, BAR: there is no answer for this variable." in " ".join(form(pilot).split())


ANSWERS = """schema = 1
server = "tensorflow-serving"
audiences = ["web-app", "lan"]

[[models]]
name = "half_plus_two"
path = "./half_plus_two"

[bind.inference]
scope = "all"
"""


async def test_a_fix_changes_its_own_line_and_no_other_becomes_the_files(opened: Opener, tmp_path: Path) -> None:
    (tmp_path / "team.toml").write_text(ANSWERS)
    async with opened(opened=open_path("team.toml")) as pilot:
        before = {row.id: row.origin for row in decisions.rows(pilot.app.session)}
        assert before["protect.tls"] == before["cors.inference"] == "proposed"
        pilot.app.screen.at = list(before).index("bind.inference")
        fix = pilot.app.screen._fix
        assert fix.patch and not fix.takes_back
        await press(pilot, "f5")
        after = {row.id: row.origin for row in decisions.rows(pilot.app.session)}
        assert {id_ for id_ in before if before[id_] != after[id_]} == {"bind.inference"}
        assert after["bind.inference"] == "you"
        assert "changed: Inference" in screen_text(pilot).splitlines()[-1]
        assert "◂ you" in rows(pilot)["Inference"], "what the fix changed is marked until the next move"


async def test_a_fix_is_offered_for_what_stands_on_the_page_only(opened: Opener, tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        shutil.copy(sample_path("llama-server"), tmp_path / name)
    async with opened(opened=open_path(".")) as pilot:
        assert "f5" not in keys(pilot)
        pilot.app.session.propose(Answer((("run.how", "native"),), "without Docker"))
        await settle(pilot)
        assert "Each model runs as a separate server" in part(pilot, "#around")
        assert "f5 fix: Run it in Docker" in keys(pilot)
    async with opened(TORCH) as pilot:
        await press(pilot, "enter", "enter", "enter", "g")
        assert at_overview(pilot)
        assert "MEDIUM TorchServe no longer gets security" in part(pilot, "#around")
        assert "f5" not in keys(pilot), "no answer changes that it is no longer maintained"


@SIZES
async def test_where_an_origin_is_missing_the_fix_goes_to_its_line(
    opened: Opener, size: tuple[int, int], tmp_path: Path
) -> None:
    """Nobody but a person knows the page; that it will not call after all is no fix."""
    (tmp_path / "team.toml").write_text(ANSWERS)
    async with opened(opened=open_path("team.toml"), size=size) as pilot:
        assert "will not call it" not in screen_text(pilot)
        pilot.app.screen.at = [row.id for row in decisions.rows(pilot.app.session)].index("cors.inference")
        pilot.app.screen.plan_changed()
        await settle(pilot)
        assert size[0] < 120 or "f5 fix: list the page's origin" in keys(pilot)
        await press(pilot, "f5")
        assert here(pilot) == "cors.inference"
        await pilot.press(*"https", "colon", "slash", "slash", *"app", "full_stop", *"example", "enter", "escape")
        await settle(pilot)
        assert at_overview(pilot)
        assert pilot.app.session.plan.cors.inference.origins == ("https://app.example",)
        origins = {row.id: row.origin for row in decisions.rows(pilot.app.session)}
        assert origins["cors.inference"] == "you", "though the token's header was proposed to it"
        assert pilot.app.session.plan.audiences == ("web-app", "lan")


async def test_where_there_is_little_room_a_line_says_less_and_still_where_it_comes_from(
    opened: Opener, tmp_path: Path
) -> None:
    pages = '[cors.inference]\norigins = ["https://app.example", "http://localhost:5173"]\ncredentials = true\n'
    (tmp_path / "team.toml").write_text(f"{ANSWERS}\n{pages}")
    async with opened(opened=open_path("team.toml"), size=(80, 24)) as pilot:
        assert re.search(r"https://app.example and 1 more, with cookies +your file", screen_text(pilot))
    long = pages.replace("app.", "an-app-with-a-rather-long-name.").replace("credentials = true", "")
    (tmp_path / "long.toml").write_text(f"{ANSWERS}\n{long}")
    async with opened(opened=open_path("long.toml"), size=(80, 24)) as pilot:
        assert "https://an-app-with-a-rather-long-name.example" in rows(pilot)["Web pages"]
    async with opened(opened=open_path("half_plus_two"), size=(60, 16)) as pilot:
        assert re.search(r"only this machine  127.0.0.1:8501 +proposed", screen_text(pilot))
