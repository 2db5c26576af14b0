"""Several models, versions and labels as line prompts, and the draft that is saved as one goes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.plain.talking import Talk
from wizard.plan import answers
from wizard.servers.sample import sample_path

pytestmark = pytest.mark.live

PLAN = """schema = 1
server = "tensorflow-serving"
[[models]]
name = "a"
path = "./half"
[[models]]
name = "b"
path = "./half"
"""


def folder_of(tmp_path: Path) -> Path:
    shutil.copytree(sample_path("tensorflow-serving"), tmp_path / "half")
    (tmp_path / "wizard.toml").write_text(PLAN)
    return tmp_path


def test_models_are_removed_edited_and_added_with_versions_and_labels(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.answer("What to do:", "s")
        assert "Model 1 of 2: a." in talk.enter_until("= removes this model")
        talk.type("=")
        assert "Model 1 of 2" not in talk.answer("Path [./half]:")
        talk.answer("Name (part of the URL that clients call) [b]:")
        talk.answer("3. only these", "only these")
        talk.answer("Numbers (there: 1, 2) [2]:", "1 x")
        talk.answer("Not accepted: numbers of version folders", "1, 2")
        talk.answer("Labels (", "stable")
        talk.answer("is not of the form label=version", "stable=1 canary=2")
        talk.answer("Path of another model, or Enter for no more [none]:", "half")
        talk.answer("It is served as half.")
        talk.answer("Versions:", "2")
        talk.answer("Labels (", "b")
        talk.answer("Model 1 of 2: b.", "")
        talk.answer("Name", "")
        talk.answer("Versions:", "")
        talk.answer("Numbers", "")
        talk.answer("[stable=1 canary=2]", "=")
        talk.answer("Model 2 of 2: half.", "")
        talk.enter_until("Folder, created if it does not exist")
        talk.type("out")
        talk.enter_until("Enter leaves:")
        talk.type("")
        assert talk.end() == 0
    plan = answers.load((folder / "out" / "wizard.toml").read_text())
    assert [(m.name, m.versions, m.labels) for m in plan.models] == [("b", (1, 2), {}), ("half", "all", {})]


def test_a_wizard_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.answer("What to do:", "s")
        talk.enter_until("Name (part of the URL that clients call) [a]:")
        talk.type("first")
        talk.question()
    kept = list((folder / "state").rglob("draft-*.json"))
    assert [path.stat().st_mode & 0o777 for path in kept] == [0o600]
    with Talk(folder, "wizard", "wizard.toml", "--plain") as talk:
        talk.answer("TensorFlow Serving, first, b", "1")
        talk.answer("What to do:", "s")
        assert "Model 1 of 2: first." in talk.enter_until("= removes this model")
        talk.type("u")
        assert "Undone: the draft of" in talk.answer("Model 1 of 2: a.", "q")
        talk.answer("Keep the answers as a draft?", "2")
        assert talk.end() == 0


def test_a_path_that_cannot_work_is_asked_for_again_and_a_first_model_is_no_gain(tmp_path: Path) -> None:
    with Talk(folder_of(tmp_path), "wizard", "--plain") as talk:
        talk.enter_until("Path [empty:")
        talk.type("./nothing")
        told = talk.answer("Another path, or Enter to keep this one all the same [./nothing]:", "./half")
        assert "Will not work: There is nothing at" in told
        assert "No model has been chosen" not in told
        talk.answer("Name (part of the URL")
