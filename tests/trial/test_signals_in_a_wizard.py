"""A signal while the wizard tries what it wrote: nothing of the trial stays, and the terminal is as before."""

from __future__ import annotations

import re
import signal
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.plain.talking import Talk
from tests.support.waiting import until
from tests.trial.conftest import answers_file
from tests.trial.test_cleanup import NATIVE, group_on_record, members, of_folder

SERVER = "tensorflow-serving"
SIGNALS = pytest.mark.parametrize(
    "number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name
)
FACES = pytest.mark.parametrize("face", ["full screen", "lines"])
_USUAL = {"7": "h", "25": "h"}
"""What a terminal does before anybody tells it otherwise: lines wrap, the cursor is shown; everything else is off."""


class Face:
    """One face of the wizard in a terminal of its own, on the way to a running trial."""

    def __init__(self, face: str, folder: Path, tables: str) -> None:
        (folder / "temporary").mkdir()
        path = answers_file(folder, SERVER, tables)
        more = ["--plain"] if face == "lines" else []
        self.lines = face == "lines"
        self.folder = folder
        self.talk = Talk(folder, str(path), *more, TMPDIR=str(folder / "temporary"), TEXTUAL_ANIMATIONS="none")
        self.before = termios.tcgetattr(self.talk.slave)

    def tries(self) -> None:
        """Write and try, by one key."""
        self.talk.until("What to do: " if self.lines else "Can call it")
        self.talk.press("t\n" if self.lines else "t")

    def signalled(self, number: signal.Signals) -> int:
        self.talk.process.send_signal(number)
        return self.talk.end(240)

    def assert_as_before(self) -> None:
        """The terminal reads lines and shows them, on its usual page, as if the wizard had not been there."""
        assert termios.tcgetattr(self.talk.slave) == self.before
        left = dict(re.findall(r"\x1b\[\?(\d+)([hl])", self.talk.text))
        assert {mode: to for mode, to in left.items() if to != _USUAL.get(mode, "l")} == {}

    def assert_nothing_left(self) -> None:
        trials = self.folder / "state" / "serving-wizard" / "trials"
        assert list((self.folder / "temporary").iterdir()) == list(trials.iterdir()) == []
        assert (self.folder / "EXPOSURE.md").is_file(), "what was written stays"
        assert "Traceback" not in self.talk.text

    def assert_code(self, number: signal.Signals, code: int) -> None:
        """Ctrl-C in the lines stops the trial and no more, as it says; everything else ends the program."""
        stopped = self.lines and number == signal.SIGINT
        assert code == (0 if stopped else 130), self.talk.text
        assert ("Stopped; what it started was removed." in self.talk.text) == stopped


@pytest.fixture
def faced(tmp_path: Path) -> Any:
    made: list[Talk] = []

    def start(face: str, tables: str = "") -> Face:
        one = Face(face, tmp_path, tables)
        made.append(one.talk)
        return one

    yield start
    for talk in made:
        talk.__exit__(None, None, None)


@pytest.mark.live  # a terminal and a server
@SIGNALS
@FACES
def test_a_trial_of_processes_is_ended(
    faced: Callable[..., Face], own_state: Path, face: str, number: signal.Signals
) -> None:
    wizard = faced(face, NATIVE)
    wizard.tries()
    group = until(lambda: group_on_record(own_state), "the record of the processes")
    until(lambda: len(members(group)) >= 2, "the server beside its script")
    code = wizard.signalled(number)
    assert members(group) == []
    wizard.assert_nothing_left()
    wizard.assert_as_before()
    wizard.assert_code(number, code)


@pytest.mark.images("tensorflow/serving:2.19.1")
@SIGNALS
@FACES
def test_a_trial_of_containers_is_removed(
    faced: Callable[..., Face], tmp_path: Path, docker_client: Any, face: str, number: signal.Signals
) -> None:
    wizard = faced(face)
    wizard.tries()
    until(lambda: len(of_folder(docker_client, tmp_path)) >= 2, "a container and a network")
    code = wizard.signalled(number)
    assert of_folder(docker_client, tmp_path) == []
    wizard.assert_nothing_left()
    wizard.assert_as_before()
    wizard.assert_code(number, code)
