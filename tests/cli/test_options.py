"""What is given as an option is looked at as the same thing in the answers is, before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.cli.main import main
from wizard.servers.sample import sample_path
from wizard.trial import runner, sweep


@pytest.mark.parametrize(
    "words",
    [
        ("try", "--timeout", "nan"),
        ("try", "--timeout", "-1"),
        ("try", "--timeout", "inf"),
        ("try", "--timeout", "soon"),
        ("try", "--timeout", "1e9"),
        ("try", "--image", "a b"),
        ("try", "--timeout", "٣"),
        ("try", "--timeout", "1_0"),
        ("try", "--image", "-v"),
        ("try", "--image", "a@sha256:zz"),
        ("try", "--image", "UPPER/x"),
        ("serve", "--port", "٣"),
        ("try", "--image", "\x1b]0;x\x07"),
        ("serve", "--port", "65536"),
        ("serve", "--port", "9" * 5_000),
    ],
    ids=" ".join,
)
def test_bad_options_are_refused_before_anything_is_started(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def started(*_: object) -> None:
        raise AssertionError("a trial was started")

    monkeypatch.setattr(runner, "run", started)
    (tmp_path / "wizard.toml").write_text(
        f'schema = 1\nserver = "torchserve"\n[[models]]\nname = "m"\npath = "{sample_path("torchserve")}"\n'
    )
    command, option, value = words
    assert main([command, str(tmp_path), f"{option}={value}"]) == 2
    said = capsys.readouterr().err
    assert option in said and "Traceback" not in said and "\x1b" not in said


@pytest.mark.parametrize(
    ("written", "more", "place"),
    [
        ("0.13.0", (), "wizard.toml, line 3: version: "),
        ("0.12.0", ("--set", "version=0.13.0"), "--set version=0.13.0: version: "),
    ],
)
def test_an_unknown_version_is_refused_with_the_place_it_was_given_at(
    written: str, more: tuple[str, ...], place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = tmp_path / "wizard.toml"
    answers.write_text(f'schema = 1\nserver = "torchserve"\nversion = "{written}"\n')
    assert main(["reach", str(answers), *more]) == 2
    said = capsys.readouterr().err
    assert f"{place}Nothing is known about TorchServe 0.13.0." in said and "0.12.0" in said


@pytest.mark.parametrize(
    ("server", "version"),
    [
        ("torchserve", "v0.12.0"),
        ("tensorflow-serving", "v2.19.1"),
        ("llama-server", "11669"),
        ("llama-server", "b11669"),
    ],
)
def test_harmless_spellings_of_a_version_are_taken(
    server: str, version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sample_path(server)
    answers = tmp_path / "wizard.toml"
    answers.write_text(f'server = "{server}"\nversion = "{version}"\nmodels = [{{ name = "m", path = "{path}" }}]\n')
    assert main(["generate", str(answers), "--out", str(tmp_path / "out"), "--fail-on", "none"]) == 0
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("removed", "said"),
    [(0, "No trial left anything behind.\n"), (2, "Removed 2 containers, networks, images and folders of trials.\n")],
)
def test_down_says_what_there_was(
    removed: int, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sweep, "sweep", lambda *_, **__: sweep.Swept(removed))
    assert main(["down"]) == 0
    assert capsys.readouterr().out == said
