"""What `generate` says to a person, and looking at files without writing them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.ports import own_ports
from wizard import registry
from wizard.cli.main import main
from wizard.plan import answers
from wizard.servers.sample import sample_path


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    text = f'server = "torchserve"\n[[models]]\nname = "echo"\npath = "{sample_path("torchserve")}"\n'
    Path("answers.toml").write_text(answers.dump(own_ports(answers.load(text))))
    return "answers.toml"


def test_it_ends_with_what_to_type(file: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["generate", file, "--out", "out"]) == 0
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("echo            a TorchServe archive → TorchServe")
    assert said[1].startswith("answers at      http://127.0.0.1:") and said[1].endswith("   token")
    assert any(line.startswith("gets in") and "with the token" in line for line in said)
    (following,) = (line for line in said if line.startswith("next"))
    assert following.endswith(f"&& {tmp_path / 'out' / 'call.sh'}")
    subprocess.run(["sh", "-nc", following.removeprefix("next")], check=True)
    assert "exit 0" in next(line for line in said if line.startswith("wrote"))


def test_what_counts_as_failure_is_told_in_full_and_named_last(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    wide = ("--set", "bind.inference.scope=all", "--set", "auth.inference=none")
    assert main(["generate", file, "--out", "out", *wide]) == 1
    said = capsys.readouterr().err
    assert "HIGH BIND-ALL [inference]" in said and "--fail-on high: exit 1" in said


def test_a_file_can_be_looked_at_alone(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["generate", file, "--print", "run.sh"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("#!/bin/sh\n") and shown.endswith("esac\n")
    assert sorted(path.name for path in Path().iterdir()) == ["answers.toml"]
    assert main(["generate", file, "--print", "runn.sh"]) == 2
    assert "run.sh" in capsys.readouterr().err


def test_diff_shows_what_writing_would_change_and_patch_can_read_it(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", file, "--out", "out"]) == 0
    before = {path.name: path.read_bytes() for path in Path("out").iterdir() if path.is_file()}
    capsys.readouterr()
    other = ("--out", "out", "--set", "bind.inference.port=9001")
    assert main(["generate", file, *other, "--diff"]) == 0
    shown = capsys.readouterr().out
    assert before == {path.name: path.read_bytes() for path in Path("out").iterdir() if path.is_file()}
    subprocess.run(["git", "apply", "-p1", "--unsafe-paths", "-"], cwd="out", input=shown, text=True, check=True)
    assert main(["generate", file, *other, "--on-conflict=fail"]) == 0  # nothing is left to change
    assert main(["generate", file, *other, "--diff"]) == 0
    assert capsys.readouterr().out.count("@@") == 0


def test_reach_has_no_line_for_what_nobody_reaches(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reach", file]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].startswith("inference  http://127.0.0.1:")
    assert "nobody reaches: management, metrics, gRPC, gRPC management" in shown
    assert "other users of this machine, without" in shown
    assert main(["reach", file, "--all"]) == 0
    assert "nobody reaches" not in (everything := capsys.readouterr().out)
    assert "gRPC management" in everything


@pytest.mark.parametrize("how", ["docker", "native"])
@pytest.mark.parametrize("server", registry.names())
def test_a_bundled_model_is_copied_beside_the_files(
    server: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sample = sample_path(server)
    assert main(["generate", str(sample), "--out", "out", "--set", f"run.how={how}"]) == 0
    there = tmp_path / "out" / sample.name
    for path in [there, *there.rglob("*")]:
        assert path.is_dir() or path.read_bytes() == (sample / path.relative_to(there)).read_bytes()
    for path in (tmp_path / "out").iterdir():
        assert not path.is_file() or path == there or str(sample) not in path.read_text()
    before = (tmp_path / "out" / "wizard.toml").read_bytes()
    assert main(["generate", "out", "--on-conflict=fail"]) == 0, "the copy is found again"
    assert (tmp_path / "out" / "wizard.toml").read_bytes() == before


def test_the_answers_beside_written_files_are_written_there_again(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["generate", file, "--out", "out"]) == 0
    Path("out/EXPOSURE.md").unlink()
    assert main(["generate", "out/wizard.toml"]) == 0
    assert Path("out/EXPOSURE.md").is_file() and not Path("EXPOSURE.md").exists()
    capsys.readouterr()
    assert main(["generate", file]) == 2
    assert "Add --out DIR" in capsys.readouterr().err


def test_a_socket_is_named_by_its_path_on_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    where = ("--set", "bind.inference.scope=socket", "--set", f"bind.inference.address={tmp_path}/s.sock")
    main(["generate", str(sample_path("llama-server")), "--out", "out", *where])
    (line,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("answers at"))
    assert f"unix socket {tmp_path}/s.sock" in line
    assert f"| the unix socket {tmp_path}/s.sock (" in Path("out/EXPOSURE.md").read_text()


def test_compose_is_started_only_after_the_model_is_beside_the_dockerfile(file: str) -> None:
    for packaging, first in (
        ("image", "Start: ./run.sh build, then docker compose"),
        ("mount", "Start: docker compose"),
    ):
        assert main(["generate", file, "--out", packaging, "--set", f"run.packaging={packaging}"]) == 0
        assert first in Path(packaging, "compose.yaml").read_text().splitlines()[0]
