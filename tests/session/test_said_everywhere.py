"""What contradicts what was said of callers is silent in no face."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.screens.driving import Driver, go, pane, screen_text, settle
from wizard.app import WizardApp
from wizard.cli import main
from wizard.plain import review
from wizard.plain.talk import Talk
from wizard.plain.terminal import EndedError, Terminal
from wizard.plan import answers
from wizard.servers.sample import sample_path
from wizard.session.session import Session

SAID = "You said that other machines in the network will call it"
ANSWERS = """schema = 1
server = "torchserve"
audiences = ["lan"]
[[models]]
name = "echo"
path = "{path}"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "wizard.toml"
    path.write_text(ANSWERS.format(path=sample_path("torchserve")))
    return path


class Ear(Terminal):
    """Hears what is said and answers nothing."""

    heard = ""

    def say(self, text: str = "", indent: str = "") -> None:
        self.heard += text + "\n"

    def exactly(self, text: str) -> None:
        self.heard += text + "\n"

    def ask(self, prompt: str) -> str:
        raise EndedError


def session(file: Path) -> Session:
    return Session(answers.load(file.read_text(), str(file)), source=file)


async def test_the_full_screen_says_it_first(file: Path) -> None:
    app = WizardApp(session(file))
    async with app.run_test(size=(120, 40)):
        pilot = Driver(app)
        await settle(pilot)
        await go(pilot, "bind.inference")
        assert "other machines in the network" in pane(pilot).partition("LOW")[0], screen_text(pilot)
        await go(pilot, "review")
        before, said, _ = pane(pilot).partition("MEDIUM You said that other machines")
        assert said and not re.search("HIGH|MEDIUM|LOW", before), screen_text(pilot)


def test_the_line_prompts_say_it_first(file: Path) -> None:
    ear = Ear()
    talk = Talk(ear, session(file))
    talk.begin()
    with pytest.raises(EndedError):
        review.review(talk, talk.session.step("review"))
    found = [line for line in ear.heard.splitlines() if line.startswith(("medium", "low", "info", "high"))]
    assert SAID in found[0]


def test_the_command_line_and_the_report_say_it(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["generate", str(file), "--out", str(tmp_path / "out")]) == 0
    assert SAID in capsys.readouterr().err
    assert SAID in (tmp_path / "out" / "EXPOSURE.md").read_text("utf-8")
    assert main.main(["generate", str(file), "--out", str(tmp_path / "b"), "--fail-on", "medium", "--dry-run"]) == 1
