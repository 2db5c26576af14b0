"""run.sh of a native run ends as its server does, with its exit code, and takes the gateway along."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.artifacts.test_files import LISTED, rendered
from tests.support.plans import plan
from tests.support.processes import popen
from tests.support.requires import needs_nginx
from tests.support.waiting import until
from wizard.placement.resolve import resolve
from wizard.plan import Plan

NATIVE = {"how": "native"}
ALONE = plan(run=NATIVE, auth={"inference": "none", "management": "none"})
GATEWAY = plan(run=NATIVE, cors=LISTED, auth={"inference": "none", "management": "none"})
ISOLATED = plan("tensorflow-serving", run=NATIVE)
PROGRAMS = {
    "nginx": "echo $$ >>nginx.pid; exec sleep 600",
    "ip": "exit 0",
    "unshare": 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
}
KEYS = """printf '{"inference": {"key": "a"}, "management": {"key": "b"}}' >key_file.json"""
"""What the gateway is given at the start, where the server makes its own."""
CASES = pytest.mark.parametrize(
    ("wanted", "server"),
    [(ALONE, "torchserve"), (GATEWAY, "torchserve"), (ISOLATED, "tensorflow_model_server")],
    ids=["server alone", "behind a gateway", "in a network of its own"],
)


def started(files: dict[str, str], folder: Path, programs: dict[str, str]) -> subprocess.Popen[str]:
    """run.sh with these programs in place of the real ones."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for name, text in programs.items():
        program = folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    return popen(
        ["sh", str(folder / "run.sh")],
        cwd=folder,
        env={**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@needs_nginx
@pytest.mark.parametrize("wanted", [GATEWAY, ISOLATED], ids=["behind a gateway", "in a network of its own"])
def test_nginx_is_found_where_the_path_of_an_ordinary_user_does_not_lead(wanted: Plan, tmp_path: Path) -> None:
    text = rendered(wanted)["run.sh"]
    begun = text[: text.index("\npids=\n")]
    bare = {**os.environ, "PATH": "/usr/bin:/bin"}
    found = subprocess.run(
        ["sh", "-c", f"{begun}\ncommand -v nginx"], cwd=tmp_path, env=bare, capture_output=True, text=True, timeout=60
    )
    assert found.stdout.endswith("/nginx\n"), found.stderr
    assert 'PATH="$PATH' not in rendered(ALONE)["run.sh"]


@pytest.mark.parametrize("how", ["docker", "native"])
@pytest.mark.parametrize("name", ["run.sh", "call.sh"])
def test_a_script_finds_its_own_folder_where_cd_looks_into_others_first(name: str, how: str, tmp_path: Path) -> None:
    text = rendered(plan(run={"how": how}, cors=LISTED, auth={"inference": "gateway-token"}))[name]
    begun = text[: text.index("\n", text.index("\nhere=") + 1)]
    for folder in (tmp_path / "other" / "deploy", tmp_path / "deploy"):
        folder.mkdir(parents=True)
        (folder / name).write_text(f'{begun}\nprintf %s "$here"\n')
    env = {**os.environ, "CDPATH": str(tmp_path / "other")}
    found = subprocess.run(["sh", f"deploy/{name}"], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60)
    assert found.stdout == str(tmp_path / "deploy"), found.stderr


@CASES
def test_a_word_of_a_run_in_docker_starts_no_second_server(wanted: Plan, server: str, tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text(rendered(wanted)["run.sh"])
    done = subprocess.run(["sh", "run.sh", "down"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (2, "usage: ./run.sh (Ctrl-C stops all it started)\n"), server
    assert [path.name for path in tmp_path.iterdir()] == ["run.sh"]


def running(folder: Path) -> list[int]:
    """The stand-ins for nginx that are still there."""
    noted = folder / "nginx.pid"
    pids = [int(line) for line in noted.read_text().split()] if noted.exists() else []
    return [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@CASES
@pytest.mark.parametrize("code", [0, 7])
def test_it_ends_with_the_exit_code_of_the_server(wanted: Plan, server: str, code: int, tmp_path: Path) -> None:
    begun = "until [ -s nginx.pid ]; do sleep 0.1; done; " if wanted is not ALONE else ""
    script = started(rendered(wanted), tmp_path, {**PROGRAMS, server: f"{KEYS}; {begun}exit {code}"})
    _, said = script.communicate(timeout=120)
    assert script.returncode == code, said
    assert not running(tmp_path), "the gateway was left behind"


@pytest.mark.parametrize(
    ("wanted", "server", "first"),
    [
        (GATEWAY, "torchserve", "gateway/nginx.conf"),
        (ISOLATED, "tensorflow_model_server", "gateway/nginx.conf"),
        (ISOLATED, "tensorflow_model_server", "gateway/relay.conf"),
    ],
)
def test_whatever_ends_first_stops_the_others(wanted: Plan, server: str, first: str, tmp_path: Path) -> None:
    """A server that nobody reaches any more does not go on, be it the gateway that ended or the relay behind it."""
    ends = f'case "$*" in *{first}*) until [ -e ready ]; do sleep 0.1; done; exit 7;; esac; {PROGRAMS["nginx"]}'
    stays = f"{KEYS}; echo $$ >>nginx.pid; >ready; exec sleep 600"
    script = started(rendered(wanted), tmp_path, {**PROGRAMS, "nginx": ends, server: stays})
    _, said = script.communicate(timeout=60)
    assert script.returncode == 7 and "the others are stopped" in said, said
    assert not running(tmp_path)


@CASES
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
def test_a_signal_ends_all_of_it_at_once(wanted: Plan, server: str, number: signal.Signals, tmp_path: Path) -> None:
    """Sent to all of them, as a terminal does; nginx stays for HUP."""
    stays = {"nginx": "trap : HUP; echo $$ >>nginx.pid; while :; do sleep 0.1; done"}
    script = started(rendered(wanted), tmp_path, {**PROGRAMS, **stays, server: f"{KEYS}; >ready; exec sleep 600"})
    until((tmp_path / "ready").exists, lambda: "the server to start")
    if wanted is not ALONE:
        until(lambda: running(tmp_path), lambda: "the gateway to start")
    os.killpg(script.pid, number)
    script.communicate(timeout=120)
    assert script.returncode == 128 + number
    until(lambda: not running(tmp_path), lambda: "the gateway, which was sent the signal too, to be gone")


def places(script: str) -> Iterator[str]:
    """The script with a signal behind each start of something, at once or when it is noted what was started.

    The script alone is signalled; the shell in the namespace with all others, as by a terminal.
    """
    for at in re.finditer(r"(?<=[^&]&)[\n ](?=\S)|(?<=\$!; )|(?<=both \$!.; )", script):
        whom = "$$" if at.group() == "\n" else "0"
        yield f"{script[: at.end()]}kill -HUP {whom}; {script[at.end() :]}"


def left(session: int) -> list[str]:
    """The processes of a session that have not ended."""
    done = subprocess.run(["ps", "-s", str(session), "-o", "stat=,args="], text=True, capture_output=True, check=False)
    return [line for line in done.stdout.splitlines() if not line.startswith("Z")]


@CASES
def test_a_signal_between_two_starts_leaves_nothing(wanted: Plan, server: str, tmp_path: Path) -> None:
    """nginx takes HUP for a request to read its configuration again, so it has to be asked to end in another way."""
    stays = {"nginx": "trap : HUP; while :; do sleep 0.1; done", server: f"{KEYS}; exec sleep 600"}
    files = rendered(wanted)
    hits = list(places(files["run.sh"]))
    assert len(hits) >= len(resolve(wanted).processes)
    for hit in hits:
        script = started({**files, "run.sh": hit}, tmp_path, {**PROGRAMS, **stays})
        try:
            script.wait(60)
            until(lambda: not left(script.pid), lambda: f"everything to be gone, signalled here:\n{hit}")  # noqa: B023
        finally:
            with suppress(ProcessLookupError):
                os.killpg(script.pid, signal.SIGKILL)
            script.communicate()


def test_further_signals_leave_no_server_that_does_not_listen(tmp_path: Path) -> None:
    quick = {"sleep": "exec /bin/sleep 0.01"}
    deaf = f"{KEYS}; trap '' HUP TERM; echo $$ >nginx.pid; >ready; while :; do sleep 1; done"
    script = started(rendered(ALONE), tmp_path, {**quick, "torchserve": deaf})
    until((tmp_path / "ready").exists, lambda: "the server to start")
    script.send_signal(signal.SIGTERM)
    while script.poll() is None:
        os.killpg(script.pid, signal.SIGHUP)
        script.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            script.wait(0.05)
    assert script.returncode in (129, 130, 143)
    assert not running(tmp_path)


def test_a_server_that_does_not_end_when_it_is_asked_is_killed(tmp_path: Path) -> None:
    """llama-server b10434 hung in 1 of 120 tries when it was asked twice within 4 ms."""
    quick = {"sleep": "exec /bin/sleep 0.01"}
    deaf = f"{KEYS}; trap '' TERM; echo $$ >nginx.pid; >ready; while :; do sleep 1; done"
    script = started(rendered(ALONE), tmp_path, {**quick, "torchserve": deaf})
    until((tmp_path / "ready").exists, lambda: "the server to start")
    script.send_signal(signal.SIGTERM)
    script.communicate(timeout=60)
    assert script.returncode == 143
    assert not running(tmp_path)
