"""A server from elsewhere, found by its entry point, goes through everything without a line changed in the product."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import command
from tests.support.ports import free_port
from tests.support.requires import ROOT

TOY = Path(__file__).with_name("toy")
BEAR = TOY / "toy_server" / "sample" / "bear.toy"
ANSWERS = """
server = "toy"
version = "7-beta"
[[models]]
name = "bear"
path = "{model}"
[run]
how = "{how}"
[bind.inference]
scope = "loopback"
port = {port}
[bind.notes]
scope = "loopback"
port = {notes}
"""
PAGES = '[cors.inference]\norigins = ["https://app.example"]\n'


def environment(home: Path) -> dict[str, str]:
    path = os.pathsep.join((str(ROOT / "src"), str(TOY)))
    return {**os.environ, "PYTHONPATH": path, "XDG_STATE_HOME": str(home / "state")}


def wizard(home: Path, *arguments: str, typed: str = "") -> tuple[int, str, str]:
    done = command(*arguments, cwd=home, stdin=typed, env={"XDG_STATE_HOME": str(home / "state")}, packages=TOY)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "wizard.toml"
    path.write_text(ANSWERS.format(model=BEAR, how="docker", port=free_port(), notes=free_port()))
    return path


def as_json(home: Path, *arguments: str) -> Any:
    code, out, said = wizard(home, *arguments, "--format", "json")
    assert code == 0, (out, said)
    return json.loads(out)


def test_files_are_written_and_both_apis_are_published(answers: Path) -> None:
    home = answers.parent
    files = {f["path"] for f in as_json(home, "generate", str(answers), "--out", "out")["files"]}
    assert {"toy.conf", "compose.yaml", "run.sh", "wizard.toml", "EXPOSURE.md"} <= files
    compose = (home / "out" / "compose.yaml").read_text()
    assert "example/toy:7-beta" in compose and compose.count("127.0.0.1:") == 2
    assert "[bind.notes]" in (home / "out" / "wizard.toml").read_text()
    assert as_json(home, "generate", "out", "--out", "out", "--dry-run")["files"] != []


def test_reach_has_a_row_for_its_own_api_and_cors_needs_a_gateway(answers: Path) -> None:
    home = answers.parent
    cells = as_json(home, "reach", str(answers))["cells"]
    assert {cell["api"] for cell in cells} == {"inference", "notes"}
    page = ("--page", "https://app.example", "--header", "content-type", "--api", "inference")
    assert as_json(home, "cors", str(answers), *page)["verdict"] == "blocked"
    answers.write_text(answers.read_text() + PAGES)
    found = as_json(home, "cors", str(answers), *page)
    assert (found["verdict"], found["layer"]) == ("allowed", "gateway")


def test_its_model_settings_and_wishes_are_known(answers: Path) -> None:
    home = answers.parent
    seen = as_json(home, "inspect", str(BEAR))
    assert (seen["servers"], seen["sample"]["path"]) == (["toy"], "/predict")
    rows = as_json(home, "intents", "--server", "toy")["intents"]
    assert {row["server"] for row in rows} == {"toy"}
    lacking = {row["intent"]: row["reason"] for row in rows if row["layer"] == "impossible"}
    assert lacking.keys() == {"I9", "I12", "I15", "I16", "I17"}
    assert lacking["I9"] == "Toy Server has no management API."
    assert lacking["I12"] == "Toy Server has no gRPC API."
    assert lacking["I15"] == "Nothing here reads the files of Toy Server."
    assert {row["layer"] for row in rows if row["intent"] == "I8"} == {"gateway"}, "it knows no CORS at all"
    code, out, _ = wizard(home, "explain", "Toy flag:--model")
    assert code == 0 and "The file with the line." in out
    code, out, _ = wizard(home, "compare", str(answers), "--server", "torchserve", "--format", "json")
    compared = json.loads(out)
    assert compared["lost"] and code == (1 if compared["problems"] else 0)


def test_an_api_that_it_does_not_have_is_refused(answers: Path) -> None:
    answers.write_text(answers.read_text().replace("[bind.notes]", "[bind.nots]"))
    code, _, said = wizard(answers.parent, "generate", str(answers), "--out", "out")
    assert code == 2 and "unknown key 'nots'" in said and "line 12" in said


SETTINGS = '[settings]\ncopies = 3\nloud = true\ngreeting = "./hello.txt"\n'


def test_settings_that_it_declares_need_nothing_elsewhere(answers: Path) -> None:
    home = answers.parent
    (home / "hello.txt").write_text("hello")
    plain = answers.read_text()
    answers.write_text(plain + SETTINGS)
    assert as_json(home, "generate", str(answers), "--out", "out")["files"]
    compose = (home / "out" / "compose.yaml").read_text()
    assert '- "--copies"\n      - "3"\n      - "--loud"\n      - "--greeting"\n      - "/greeting"' in compose
    assert f'source: "{home}/hello.txt"' in compose and "copies = 3" in (home / "out" / "wizard.toml").read_text()
    code, out, _ = wizard(home, "explain", "settings.copies")
    assert code == 0 and "How often the line is answered." in out and "from 1 to 9" in out
    for wrong, why in (
        ("copes=3", "Did you mean 'copies'?"),
        ("copies=10", "from 1 to 9"),
        ("loud=1", "true or false"),
    ):
        code, _, said = wizard(home, "generate", str(answers), "--out", "out", "--set", f"settings.{wrong}")
        assert code == 2 and why in said, said
    (home / "hello.txt").unlink()
    code, _, said = wizard(home, "generate", str(answers), "--out", "out2")
    assert code == 1 and "There is no file at" in said and not (home / "out2").exists()


@pytest.mark.live
def test_settings_hold_in_a_trial_without_a_container(answers: Path) -> None:
    answers.write_text(ANSWERS.format(model=BEAR, how="native", port=free_port(), notes=free_port()) + SETTINGS)
    (answers.parent / "hello.txt").write_text("hello")
    report = as_json(answers.parent, "try", str(answers))
    assert report["started"] and report["summary"]["differ"] == 0


@pytest.mark.live
def test_a_trial_without_a_container_measures_what_was_predicted(answers: Path) -> None:
    answers.write_text(ANSWERS.format(model=BEAR, how="native", port=free_port(), notes=free_port()))
    report = as_json(answers.parent, "try", str(answers))
    assert report["started"] and report["summary"]["differ"] == 0 and report["summary"]["agree"] > 8
    assert {p["measured"] for p in report["probes"] if p["id"].startswith("notes-loopback-v4")} == {"200"}


def test_the_line_prompts_offer_it_and_write_its_files(answers: Path) -> None:
    code, out, said = wizard(answers.parent, str(answers), "--plain", typed="\n" * 60)
    assert "Toy Server" in out + said
    assert code in (0, 1), (out[-2000:], said)


SCREEN = """
import asyncio
from wizard.app import WizardApp
from wizard.session.session import Session

async def main():
    app = WizardApp(Session(None))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        lines = [strip.text for strip in app.screen._compositor.render_strips()]
        assert any("Toy Server" in line for line in lines), lines

asyncio.run(main())
"""


def test_the_first_screen_offers_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCREEN], env=environment(tmp_path), capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
