"""What a path on the command line stands for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.model_builders import HALF_PLUS_TWO, mar, put
from wizard.errors import WizardError
from wizard.servers.sample import sample_path
from wizard.session import decisions
from wizard.session.opening import open_path
from wizard.session.session import Session
from wizard.session.steps.base import Answer


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "typed", ["half_plus_two", "./half_plus_two", "half_plus_two/1", "half_plus_two/1/saved_model.pb"]
)
def test_a_saved_model_says_its_server_and_name_from_any_level(here: Path, typed: str) -> None:
    shutil.copytree(HALF_PLUS_TWO, here / "half_plus_two")
    opened = open_path(typed)
    plan = opened.plan()
    assert (opened.kind, plan.server, plan.models[0].name) == ("model", "tensorflow-serving", "half_plus_two")
    assert (opened.base / plan.models[0].path).resolve() == here / "half_plus_two"
    assert opened.words == "a SavedModel with numbered versions (1, 2)"


def test_a_saved_model_without_a_number_is_mounted_as_one(here: Path) -> None:
    put(here / "exported")
    model = open_path("exported").plan().models[0]
    assert (model.as_version, model.name) == (1, "exported")


def test_an_archive_is_for_the_server_that_reads_archives(here: Path) -> None:
    mar(here / "echo.mar")
    opened = open_path("echo.mar")
    assert (opened.kind, opened.plan().server, opened.plan().models[0].path) == ("model", "torchserve", "echo.mar")
    assert list(opened.reports) == [("echo.mar", "torchserve")]


def test_a_folder_of_models_becomes_several_with_names_of_their_own(here: Path) -> None:
    for name in ("first", "second"):
        mar(here / "store" / f"{name}.mar")
    models = open_path("store").plan().models
    assert [Path(model.path).name for model in models] == ["first.mar", "second.mar"]
    assert len({model.name for model in models}) == 2


def test_models_beside_it_that_another_server_serves_are_named(here: Path) -> None:
    mar(here / "mixed" / "echo.mar")
    shutil.copytree(HALF_PLUS_TWO, here / "mixed" / "half_plus_two")
    shutil.copy(sample_path("llama-server"), here / "mixed" / "small.gguf")
    opened = open_path("mixed")
    assert [Path(model.path).name for model in opened.plan().models] == ["echo.mar"]
    assert [sentence.partition(". ")[0] for sentence in opened.lost] == [
        "small.gguf, for llama-server",
        "half_plus_two, for TensorFlow Serving",
    ]
    assert not open_path("mixed/echo.mar").lost and not open_path("mixed/half_plus_two").lost


def test_an_answers_file_and_the_folder_it_was_written_to(here: Path) -> None:
    (here / "out").mkdir()
    (here / "out" / "wizard.toml").write_text('schema = 1\nserver = "torchserve"\n', "utf-8")
    for typed, kind in (("out", "written"), ("out/wizard.toml", "answers")):
        opened = open_path(typed)
        assert (opened.kind, opened.base, opened.source) == (kind, here / "out", here / "out" / "wizard.toml")


def test_the_files_of_a_server_come_before_the_models_beside_them(here: Path) -> None:
    mar(here / "deploy" / "store" / "echo.mar")
    compose = "services:\n  s:\n    image: pytorch/torchserve:0.12.0-cpu\n    ports: ['127.0.0.1:9090:8080']\n"
    (here / "deploy" / "compose.yaml").write_text(compose, "utf-8")
    for typed in ("deploy", "deploy/compose.yaml"):
        opened = open_path(typed)
        assert opened.kind == "setup"
        listener = opened.plan().bind.inference
        assert listener is not None
        assert (listener.scope, listener.port) == ("loopback", 9090)


def test_the_files_of_a_server_come_before_a_model_in_the_same_folder(here: Path) -> None:
    mar(here / "echo.mar")
    (here / "config.properties").write_text("model_store=.\nload_models=echo.mar\ndisable_token_authorization=true\n")
    assert open_path(".").kind == "setup"


def test_what_a_set_up_says_and_no_answer_can_is_told(here: Path) -> None:
    lines = ["inference_address=http://127.0.0.1:8080", "cors_allowed_origin=https://a.example"]
    (here / "config.properties").write_text("\n".join(lines), "utf-8")
    assert any("CORS" in each for each in open_path("config.properties").different)


def test_a_path_that_leads_nowhere_says_what_may_be_meant(here: Path) -> None:
    put(here / "half_plus_two" / "1")
    with pytest.raises(WizardError) as told:
        open_path("half_plus_tow")
    assert told.value.hint == f"Did you mean {here / 'half_plus_two'}?"


def test_a_file_that_is_nothing_of_all_this_says_what_can_be_given(here: Path) -> None:
    (here / "notes.md").write_text("nothing", "utf-8")
    (here / "empty").mkdir()
    for typed in ("notes.md", "empty"):
        with pytest.raises(WizardError, match="no model, answers file or set-up"):
            open_path(typed)


def test_answers_that_cannot_be_read_name_the_line(here: Path) -> None:
    (here / "web.toml").write_text('schema = 1\nservr = "torchserve"\n', "utf-8")
    with pytest.raises(WizardError) as told:
        open_path("web.toml").plan()
    assert "line 2" in str(told.value)


def test_answers_for_an_unknown_version_are_refused_with_their_line(here: Path) -> None:
    (here / "wizard.toml").write_text('schema = 1\nserver = "torchserve"\n\nversion = "0.13.0"\n', "utf-8")
    with pytest.raises(WizardError, match=r"wizard\.toml, line 4: version: Nothing is known about TorchServe 0\.13\.0"):
        Session(opened=open_path("wizard.toml")).load()


def test_a_model_named_from_here_is_served_without_docker_as_generate_does_it(
    here: Path,
) -> None:
    """Files are written with whole paths: that a server refuses others is no trouble of the answers."""
    shutil.copytree(HALF_PLUS_TWO, here / "half_plus_two")
    session = Session(opened=open_path("./half_plus_two"))
    session.begin(session.load())
    assert session.propose(Answer((("run.how", "native"),), "without Docker")) == ""
    assert session.broken == ()
    assert {session.plan.models[0].path, session.complete.models[0].path} == {"./half_plus_two"}, "as it was typed"


def test_the_model_stands_on_the_overview_as_one_would_type_it_here(here: Path) -> None:
    """A whole path is cut where the room ends, and its end is what tells it apart."""
    (here / "store").mkdir()
    shutil.copy(sample_path("torchserve"), here / "store" / "echo.mar")
    session = Session(opened=open_path(str(here / "store" / "echo.mar")))
    session.begin(session.load())
    model = next(row.value for row in decisions.rows(session) if row.title == "Model")
    assert model.startswith("./store/echo.mar  ")


@pytest.mark.parametrize("text", [b"root:x:0:0:root:/root:/bin/sh\n", b"a = 1 = 2\n", b"\x7fELF\xd0\xff", b""])
def test_a_file_of_another_kind_is_not_blamed_for_what_answers_need(here: Path, text: bytes) -> None:
    (here / "passwd").write_bytes(text)
    with pytest.raises(WizardError, match=r"There is no model, answers file or set-up of a server at .*passwd"):
        open_path("passwd")


@pytest.mark.parametrize(
    "text", ["server = torchserve\n", "[[models]\nname = 1\n", "a = 1\n [ bind.inference\n[bind . x]"]
)
def test_answers_with_a_mistake_are_told_what_it_is(here: Path, text: str) -> None:
    (here / "mine").write_text(text)
    with pytest.raises(WizardError, match=r"mine is not valid TOML"):
        open_path("mine")


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("model.pt", "torchserve"),
        ("model.keras", "tensorflow-serving"),
        ("model.safetensors", "llama-server"),
    ],
)
@pytest.mark.parametrize("folder", [False, True], ids=["the file", "its folder"])
def test_a_model_that_needs_a_step_first_is_for_the_server_that_can_have_it_then(
    here: Path, name: str, server: str, folder: bool
) -> None:
    (here / "export").mkdir()
    (here / "export" / name).write_bytes(b"\x80\x02" * 99)
    opened = open_path("export" if folder else f"export/{name}")
    (report,) = opened.reports.values()
    assert opened.plan().server == server and [fix for fix in report.fixes if fix.kind == "server"] == []
