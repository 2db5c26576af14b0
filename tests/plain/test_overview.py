"""The overview as lines: one Enter writes, a number changes one decision, `a` keeps the rest."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.plain.talking import CONTROL, piped
from tests.support.model_builders import HALF_PLUS_TWO
from wizard.plan import Plan, answers

pytestmark = pytest.mark.live


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(HALF_PLUS_TWO, tmp_path / "half")
    return tmp_path


def plan(folder: Path) -> Plan:
    path = folder / "serving-half" / "wizard.toml"
    return answers.load(path.read_text("utf-8"), str(path))


def test_one_enter_from_a_model_to_its_files(folder: Path) -> None:
    done = piped("\n", folder, "half", "--plain")
    assert done.returncode == 0, done.stderr
    assert not CONTROL & set(done.stderr)
    assert "Overview: half → TensorFlow Serving" in done.stderr
    assert "Can call it: you" in done.stderr
    assert plan(folder).models[0].name == "half"


def off(folder: Path) -> str:
    """The number of "off" among those who may connect: each address of this machine has one before it."""
    asked = piped("5\nq\n", folder, "half", "--plain").stderr
    found = re.search(r"^  (\d+)\. Off;", asked, re.M)
    assert found, asked
    return found[1]


def test_it_begins_with_the_question_that_was_named(folder: Path) -> None:
    done = piped(f"{off(folder)}\n\n", folder, "half", "--plain", "--at", "bind.inference")
    assert done.returncode == 0, done.stderr
    before, _, after = done.stderr.partition("Overview: half")
    assert "Bind, inference" in before and "Inference: off (you)" in after
    assert plan(folder).listener("inference").scope == "off"  # type: ignore[union-attr]


def test_a_question_that_nobody_asks_is_refused(folder: Path) -> None:
    done = piped("", folder, "half", "--plain", "--at", "colour")
    assert done.returncode == 2
    assert "There is no step colour." in done.stderr and "bind, cors" in done.stderr


@pytest.mark.parametrize(
    ("keys", "most"),
    [("\n", 1), ("t\n", 2), ("82\n\n", 4)],
    ids=["defaults", "with a trial", "one change"],
)
def test_how_many_keys_lead_to_files(keys: str, most: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every character counts, Enter too: the number of the line, that of the answer, and Enter to write."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/no.sock")
    done = piped(keys, folder, "half", "--plain")
    assert len(keys) == most
    assert (folder / "serving-half" / "compose.yaml").exists(), done.stderr
    if most == 4:
        assert plan(folder).auth.inference == "gateway-token"


def test_two_digits_that_are_no_line_and_answer_change_nothing(folder: Path) -> None:
    done = piped("59\n99\n19\n\n", folder, "half", "--plain")
    assert done.stderr.count("A number from 1 to ") == 3
    listener = plan(folder).bind.inference
    assert listener is not None
    assert listener.scope == "loopback"


def test_who_calls_is_answered_with_two_digits_too(folder: Path) -> None:
    done = piped("15\n\n", folder, "half", "--plain")
    assert "Who calls it: Other machines in the same network" in done.stderr
    assert plan(folder).audiences == ("lan",)


def test_what_is_missing_for_a_trial_is_said_before_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/no.sock")
    done = piped("\n", folder, "half", "--plain")
    assert "Here: there is no Docker engine here: the files can be written, but not tried." in done.stderr


def test_a_number_changes_one_line_and_only_what_is_new_is_told_again(folder: Path) -> None:
    done = piped(f"5\n{off(folder)}\n\n\n", folder, "half", "--plain")
    assert done.returncode == 0, done.stderr
    _, _, after = done.stderr.partition("In the overview now:")
    assert "Inference: off (you)" in after
    assert "Encryption" not in after
    listener = plan(folder).bind.inference
    assert listener is not None
    assert listener.scope == "off"


def test_the_rest_is_kept_from_a_question_on(folder: Path) -> None:
    done = piped("\n" * 9 + "half\n\n\n\na\n\n", folder, "--plain")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("Overview:") == 1
    assert (folder / "serving-half" / "compose.yaml").exists()


def test_what_cannot_work_is_asked_first(folder: Path) -> None:
    (folder / "web.toml").write_text('server = "tensorflow-serving"\n', "utf-8")
    done = piped("\nhalf\n\n\n\n\n\n", folder, "web.toml", "--plain")
    assert "Enter: fix: Model." in done.stderr
    assert "Step 3 of" in done.stderr
    assert (folder / "wizard.toml").exists()


def test_what_must_be_confirmed_is_asked_before_it_is_written(folder: Path) -> None:
    lines = ['server = "tensorflow-serving"', "[[models]]", 'name = "h"', 'path = "half"', "[bind.inference]"]
    (folder / "open.toml").write_text("\n".join([*lines, 'scope = "all"']), "utf-8")
    done = piped("\nno\n", folder, "open.toml", "--plain")
    assert done.returncode == 130
    assert "To accept this, type" in done.stderr
    assert not (folder / "wizard.toml").exists()


def test_a_line_of_the_files_takes_another_folder(folder: Path) -> None:
    done = piped("11\nelsewhere\n\n", folder, "half", "--plain")
    assert done.returncode == 0, done.stderr
    assert (folder / "elsewhere" / "compose.yaml").exists()


def test_what_will_be_different_is_said_first(folder: Path) -> None:
    lines = ["inference_address=http://127.0.0.1:8080", "cors_allowed_origin=https://a.example"]
    (folder / "config.properties").write_text("\n".join(lines), "utf-8")
    done = piped("q\n", folder, "config.properties", "--plain")
    assert done.returncode == 0, done.stderr
    assert "Different: The CORS keys counted" in " ".join(done.stderr.split())


def test_bare_names_are_read_out_only_when_asked_for_and_a_low_port_only_when_given_twice(folder: Path) -> None:
    done = piped("2\n\nl\n2.18.0\n\n5\n1\n4\n4\n\n", folder, "half", "--plain")
    assert done.returncode == 0, done.stderr
    before, _, after = done.stderr.partition("Version, or l [2.19.1]:")
    assert "2.18.0" not in before
    assert "2.18.0" in after
    assert "Ports below 1024" in after
    listener = plan(folder).bind.inference
    assert listener is not None
    assert (plan(folder).version, listener.port) == ("2.18.0", 4)


def test_help_names_what_can_be_typed_at_the_overview(folder: Path) -> None:
    helped = piped("?\nq\n", folder, "half", "--plain").stderr.partition("What to do:")[2]
    assert "A number opens that line" in helped and "Enter keeps the answer" not in helped
