"""What somebody types who does not know the commands yet: each answer says what to type instead."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from wizard.cli.main import main
from wizard.servers.sample import sample_path

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", ["generate", "inspect", "reach"])
def test_an_empty_path_is_no_model(command: str, tmp_path: Path, capsys: Capture) -> None:
    assert main([command, ""]) == 2
    assert "Which model? An empty path was given." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_misspelt_command_is_asked_back_unless_it_is_a_path(tmp_path: Path, capsys: Capture) -> None:
    assert main(["chek"]) == 2
    assert "Did you mean the command check?" in capsys.readouterr().err
    (tmp_path / "chek").mkdir()
    assert main(["chek"]) == 2
    assert "the command" not in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["generatee", "x"], ["generatee", "--out", "x"]])
def test_a_misspelt_command_is_asked_back_whatever_follows_it(arguments: list[str], capsys: Capture) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.rstrip().endswith("Did you mean the command generate?")


def test_line_prompts_that_nobody_answers_are_no_interruption(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Capture
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["--plain"]) == 2
    assert "Standard input ended before the first answer." in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("?\n"))
    assert main(["--plain"]) == 130


def test_an_option_of_a_command_may_come_before_it(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert main(["--plain", "demo"]) == 2
    assert "Standard input ended before the first answer." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        (["generate", "model.mar", "--tokens"], "unknown to serving-wizard generate: --tokens; did you mean --token?"),
        (["doctor", "--zzz"], "unknown to serving-wizard doctor: --zzz"),
        (["try", "--timeout", "abc"], "argument --timeout: 'abc' is not a number of seconds between 0 and 86400"),
        (["inspect"], "the following arguments are required: PATH"),
        (["doctor", "\x1b]0;x\x07"], "unknown to serving-wizard doctor: \ufffd]0;x\ufffd"),
    ],
)
def test_what_a_command_does_not_take_is_said_with_the_way_to_what_it_takes(
    typed: list[str], title: str, capsys: Capture
) -> None:
    assert main(typed) == 2
    said = capsys.readouterr().err.splitlines()
    assert said == [f"serving-wizard: {title}", f"  serving-wizard {typed[0]} --help lists what it takes."]


def test_a_preset_is_shown_by_its_name_alone(capsys: Capture) -> None:
    assert main(["presets", "show", "lan-team"]) == 0
    shown = capsys.readouterr().out
    assert main(["presets", "lan-team"]) == 0 and capsys.readouterr().out == shown
    assert main(["presets"]) == 0 and "--preset NAME" in capsys.readouterr().out
    assert main(["presets", "nothing"]) == 2


@pytest.mark.parametrize("command", [["generate", "--dry-run"], ["reach"]])
def test_a_preset_alone_asks_for_a_model_or_a_server(command: list[str], capsys: Capture) -> None:
    assert main([*command, "--preset", "lan-team"]) == 2
    said = capsys.readouterr().err
    assert "Name a model, or use --set server=NAME" in said and "is missing" not in said


def test_a_dry_run_of_an_answers_file_needs_no_folder(tmp_path: Path, capsys: Capture) -> None:
    text = f'schema = 1\nserver = "torchserve"\n[[models]]\nname = "m"\npath = "{sample_path("torchserve")}"\n'
    (tmp_path / "one.toml").write_text(text)
    assert main(["generate", "one.toml", "--fail-on", "none"]) == 2
    assert main(["generate", "one.toml", "--fail-on", "none", "--dry-run"]) == 0
    assert "config.properties" in capsys.readouterr().out and [p.name for p in tmp_path.iterdir()] == ["one.toml"]


def test_a_model_that_the_other_server_cannot_load_is_a_finding_of_compare(capsys: Capture) -> None:
    model = str(sample_path("tensorflow-serving"))
    assert main(["compare", model, "--server", "torchserve", "--format", "json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert problem["severity"] == "functional" and "SavedModel" in problem["message"]
    assert main(["compare", model, "--server", "tensorflow-serving", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []


def test_a_pytorch_file_is_first_of_all_something_for_an_archive(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "m.pt").write_bytes(b"x")
    assert main(["inspect", "m.pt"]) == 1
    assert (
        "TorchServe can serve it after one step. Make an archive of it: torch-model-archiver" in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Failed to fetch", "The browser says only that the request failed"),
        ("TypeError: Failed to fetch", "The browser says only that the request failed"),
        ("Load failed", "The browser says only that the request failed"),
        ("Permission denied", "The server may not read the model (message)"),
        ("--for", "--for (option of serving-wizard)\n  Who will call it"),
        ("layer", "layer\n  The part that does what you want"),
        ("slot", "slot\n  One of the places"),
    ],
)
def test_what_newcomers_ask_first_is_known(asked: str, answer: str, capsys: Capture) -> None:
    assert main(["explain", asked]) == 0
    assert answer in capsys.readouterr().out


def test_cookies_are_allowed_only_together_with_the_page_that_sends_them(capsys: Capture) -> None:
    said = "must not be the wildcard '*' when the request's credentials mode is 'include'."
    end = (
        f"has been blocked by CORS policy: The value of the 'Access-Control-Allow-Origin' header in the response {said}"
    )
    assert main(["explain", f"... header {said}"]) == 0
    out = capsys.readouterr().out
    assert "Fix:" not in out and "cors.inference.origins" in out and "cors.inference.credentials" in out
    page = "Access to fetch at 'http://127.0.0.1:8080/' from origin 'http://localhost:5173'"
    assert main(["explain", f"{page} {end}"]) == 0
    out = capsys.readouterr().out
    assert "Fix: --set 'cors.inference.origins=[\"http://localhost:5173\"]'" in out
    assert "Fix: --set cors.inference.credentials=true" in out
