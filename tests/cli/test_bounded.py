"""Bad input, and a machine that refuses, end in a sentence: no traceback, no waiting, no gigabytes."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.support.commands import start
from tests.support.processes import popen
from tests.support.waiting import until
from wizard.cli import main as cli
from wizard.cli.commands import show
from wizard.deployment.finding import Finding
from wizard.machine import fault
from wizard.servers.sample import sample_path

KEPT = "state/serving-wizard/last-error.txt"
MEMORY = 512 << 20
"""Address space that a command gets besides what it begins with; reading without a bound needs more."""
PLAN = f'schema = 1\nserver = "torchserve"\n[[models]]\nname = "m"\npath = "{sample_path("torchserve")}"\n'


def run(*arguments: str, cwd: Path, text: bytes = b"") -> tuple[int, str]:
    """Exit code and everything that was said, within a bound of memory and of processor time."""

    def bounded() -> None:
        memory = psutil.Process().memory_info().vms + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))

    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as told:
        given.write(text)
        given.seek(0)
        files = (given.fileno(), told.fileno(), told.fileno())
        pid = start(*arguments, files=files, cwd=cwd, env={"XDG_STATE_HOME": str(cwd / "state")}, before=bounded)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        told.seek(0)
        return code, told.read().decode("utf-8", "replace")


READERS = [("reach",), ("cors", "--origins"), ("cors", "--cases"), ("cors", "--exchanges"), ("explain", "--log")]


@pytest.mark.parametrize("reader", READERS, ids=" ".join)
def test_a_device_and_a_pipe_are_refused(reader: tuple[str, ...], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("/dev/zero", "pipe"):
        code, said = run(*reader, name, cwd=tmp_path)
        assert code == 2 and "cannot be read" in said and "standard input" in said


@pytest.mark.parametrize("reader", READERS[:-1], ids=" ".join)
def test_a_huge_file_is_refused(reader: tuple[str, ...], tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(8 << 30)
    code, said = run(*reader, "huge", cwd=tmp_path)
    assert code == 2 and "too long" in said


def test_of_a_huge_log_the_ends_are_read(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(8 << 30)
    code, said = run("explain", "--log", "huge", cwd=tmp_path)
    assert code == 0 and "No known error" in said


BAD = {
    "dotted": "a" + ".a" * 20_000 + " = 1\n",
    "dotted in an inline table": "x = {a" + ".a" * 20_000 + " = 1}\n",
    "quoted and dotted": '"a"' + ' . "a"' * 20_000 + " = 1\n",
    "digits": "schema = " + "9" * 5_000 + "\n",
    "nested": "x = " + "[" * 20_000 + "]" * 20_000 + "\n",
    "models": "".join(f'[[models]]\nname = "m{n}"\npath = "/m"\n' for n in range(100_000)),
    "unknown keys": "".join(f"k{n} = 1\n" for n in range(500_000)),
    "home of nobody": PLAN.replace(str(sample_path("torchserve")), "~nosuchuser/m"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_answers(name: str, tmp_path: Path) -> None:
    (tmp_path / "wizard.toml").write_text(BAD[name])
    code, said = run("generate", "wizard.toml", "--out", "o", "--dry-run", cwd=tmp_path)
    assert code in (0, 1, 2) and "Traceback" not in said and not (tmp_path / KEPT).exists()


def test_a_model_beside_answers_about_one_in_the_home_of_nobody_is_opened(tmp_path: Path) -> None:
    """What earlier answers are about is compared by where it is."""
    shutil.copy(sample_path("torchserve"), tmp_path / "echo.mar")
    (tmp_path / "serving-echo").mkdir()
    (tmp_path / "serving-echo" / "wizard.toml").write_text(BAD["home of nobody"])
    code, said = run("wizard", "--plain", "echo.mar", cwd=tmp_path)
    assert code == 2 and "Nobody answers" in said and not (tmp_path / KEPT).exists(), said


@pytest.mark.parametrize(
    "arguments",
    [
        ("~nosuchuser/x.toml",),
        ("wizard.toml", "--out", "~nosuchuser/x"),
        ("wizard.toml", "--set", "models.².name=x"),
        ("wizard.toml", "--set", "models.٠.name=x"),
        ("wizard.toml", "--set", "models." + "9" * 5_000 + ".name=x"),
        ("wizard.toml", "--set", "version=" + "9" * 5_000),
        ("wizard.toml", "--set", "version=" + "[" * 20_000),
        ("wizard.toml", "--set", "tls.certificate=\udcff"),
        ("wizard.toml", "--dry-run", "--set", "tls.key=\udcff"),
    ],
    ids=lambda words: " ".join(words)[:50],
)
def test_bad_arguments(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "wizard.toml").write_text(PLAN)
    code, said = run("generate", *arguments, *(() if "--out" in arguments else ("--out", "o")), cwd=tmp_path)
    assert code == 2 and "Traceback" not in said and not (tmp_path / KEPT).exists()


PLACES = (
    "inner",
    "inner/wizard.toml",
    "wizard.toml",
    "model",
    "inner/" * 3,
    "a" * 300,
    "a/" * 3000,
    "nul\0",
    "~\0",
    "~nosuchuser/x",
)
"""Links that lead back to themselves, and names that no disk takes."""
COMMANDS = (
    ("generate", "{}", "--out", "o", "--dry-run"),
    ("generate", "good.toml", "--out", "{}", "--dry-run"),
    ("generate", "good.toml", "--set", "models.0.path={}", "--out", "o", "--dry-run"),
    (
        "generate",
        "good.toml",
        "--set",
        "tls.mode=files",
        "--set",
        "tls.key={}",
        "--set",
        "tls.certificate={}",
        "--out",
        "o",
    ),
    ("try", "good.toml", "--set", "models.0.path={}"),
    ("check", "{}"),
    ("fix", "{}"),
    ("inspect", "{}"),
    ("import", "{}", "--out", "o.toml"),
    ("import", "good.toml", "--out", "{}"),
    ("explain", "{}"),
    ("explain", "--log", "{}"),
    ("cors", "{}", "--page", "https://a.example"),
    ("wizard", "--plain", "{}"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_places_that_lead_nowhere(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "good.toml").write_text(PLAN)
    for name in ("inner", "wizard.toml", "model"):
        (tmp_path / name).symlink_to(tmp_path / f"{name}-back")
        (tmp_path / f"{name}-back").symlink_to(tmp_path / name)
    for place in PLACES:
        code = cli.main([word.replace("{}", place) for word in command])
        said = "".join(capsys.readouterr())
        assert code in (0, 1, 2, 3), (place, code, said)
        assert "Traceback" not in said and not (tmp_path / KEPT).exists(), (place, said)


NAMED = ("a\nb", "a\rb", "\x1b]0;x\a\u202e", "-x", "$(a)")


@pytest.mark.parametrize("command", ["inspect", "check", "explain", "generate --out o --dry-run"])
def test_places_with_any_name(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in NAMED:
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.mar").write_bytes(sample_path("torchserve").read_bytes())
        for place in (f"./{name}", f"./{name}/{name}.mar"):
            code = cli.main([*command.split(), place])
            said = "".join(capsys.readouterr())
            assert code in (0, 1, 2, 3), (place, code, said)
            assert "Traceback" not in said and not (tmp_path / KEPT).exists(), (place, said)


@pytest.mark.parametrize("place", [".", "/", "//", "..", "", "o/.."])
def test_a_folder_in_place_of_a_file_to_write(place: str, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {}\n")
    (tmp_path / "o").mkdir()
    for words in (
        ("check", "compose.yaml", "--write-baseline", place),
        ("import", "compose.yaml", "--out", place),
    ):
        code, said = run(*words, cwd=tmp_path)
        assert code in (0, 2, 3) and "Traceback" not in said and not (tmp_path / KEPT).exists(), (words, said)


def test_deep_cases(tmp_path: Path) -> None:
    code, said = run("cors", "--cases", "-", cwd=tmp_path, text=b"[" * 100_000)
    assert code == 2 and "not JSON" in said


def test_a_name_that_the_machine_refuses_is_said(tmp_path: Path) -> None:
    (tmp_path / "wizard.toml").write_text(PLAN)
    code, said = run("generate", "wizard.toml", "--out", "x" * 300, cwd=tmp_path)
    assert code == 3 and "File name too long" in said and "Traceback" not in said


@pytest.mark.parametrize(("raised", "code"), [(ValueError("odd"), 70), (OSError(28, "No space left", "/x"), 3)])
def test_what_nobody_foresaw_is_told_and_kept(
    raised: Exception, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(_: object) -> int:
        raise raised

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(cli, "_dispatch", fails)
    assert cli.main(["reach"]) == code
    said = capsys.readouterr().err
    assert str(fault.where()) in said and "Traceback" not in said
    assert "Traceback" in fault.where().read_text() and fault.where().stat().st_mode & 0o777 == 0o600


def test_a_pasted_message_may_be_longer_than_a_name(tmp_path: Path) -> None:
    message = "[emerg] bind() to 127.0.0.1:80 failed (98: Address already in use) " + "x" * 400
    code, said = run("explain", message, cwd=tmp_path)
    assert code == 0 and "port" in said, said


def test_thousands_of_findings_are_told_in_time(capsys: pytest.CaptureFixture[str]) -> None:
    one = Finding("X", "medium", "There is nothing.", "Nothing is served.", "Check the path.", ("measured",))
    found = [replace(one, message=f"There is nothing at {number}.") for number in range(10_000)]
    began = time.process_time()
    show.talk_summary(found, "high")
    assert time.process_time() - began < 5
    assert capsys.readouterr().err.count("There is nothing at") == len(found)


KERNEL_LOG = Path("/proc/kmsg")
"""Says that it is a regular file, and lets its reader wait for the next message."""


@pytest.mark.skipif(not os.access(KERNEL_LOG, os.R_OK), reason="needs root, who may read the kernel's log")
@pytest.mark.parametrize("words", [("check",), ("reach",), ("explain", "--log")], ids=" ".join)
def test_a_file_that_lets_its_reader_wait_is_not_waited_for(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "wizard", *words, str(KERNEL_LOG)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "Traceback" not in done.stderr and done.returncode in (0, 2)


@pytest.mark.skipif(not os.access(KERNEL_LOG, os.R_OK), reason="needs root, who may read the kernel's log")
def test_a_program_that_names_such_a_file_holds_nobody_up(tmp_path: Path) -> None:
    program = tmp_path / "torchserve"
    program.write_text("#!/usr/bin/env python3\nimport time\ntime.sleep(600)\n")
    program.chmod(0o755)
    with popen([str(program), "--start", "--ts-config", str(KERNEL_LOG)]) as process:
        until(lambda: "--ts-config" in psutil.Process(process.pid).cmdline(), "the start of the program")
        command = [sys.executable, "-m", "wizard", "check", "--running", str(process.pid), "--fail-on", "none"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        process.kill()
    assert done.returncode == 0 and str(process.pid) in done.stdout, done
