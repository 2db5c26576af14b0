"""call.sh and call.ps1: what they say, and call.sh sent to a listener that stands in for a server."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support import private
from tests.support.plans import plan
from tests.support.ports import own_ports
from wizard import artifacts
from wizard.artifacts import calling
from wizard.machine import project
from wizard.placement.resolve import resolve
from wizard.plan import Plan
from wizard.servers.torchserve.adapter import TorchServe

KEYS = {
    "management": {"key": "hu1MFriM", "expiration time": "2026-11-26T22:00:06Z"},
    "inference": {"key": "qIn-CW8yR", "expiration time": "2026-11-26T22:00:06Z"},
    "API": {"key": "uTZ-DDXp"},
}
TOKEN = {"inference": "gateway-token", "management": "none"}
OPEN = {"inference": "none", "management": "none"}


class Listener:
    """Answers each request with the next of some statuses, the last one for ever, and keeps what it was sent."""

    def __init__(self) -> None:
        outer = self
        self.statuses = [200]
        self.endless, self.sent = False, 0
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(outer.statuses.pop(0) if len(outer.statuses) > 1 else outer.statuses[0])
                self.end_headers()
                self.wfile.write(b"answer")
                with suppress(OSError):  # the caller had enough
                    while outer.endless:
                        outer.sent += self.wfile.write(bytes(1 << 16))

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.http = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_port
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    found = Listener()
    yield found
    found.http.shutdown()
    found.http.server_close()


Written = Callable[..., project.Project]


@pytest.fixture
def written(tmp_path: Path, listener: Listener) -> Written:
    def write(**parts: Any) -> project.Project:
        wanted = own_ports(plan(**{"auth": OPEN, **parts}))
        data = wanted.model_dump(by_alias=True, exclude_none=True, mode="json")
        data["bind"]["inference"]["port"] = listener.port
        made = project.prepare(Plan.model_validate(data), tmp_path, tmp_path / 'it\'s $HOME, "my" files')
        project.write(made, "fail")
        return made

    return write


def call(made: project.Project, *arguments: str, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
    script = str(made.target / "call.sh")
    return subprocess.run([script, *arguments], cwd=cwd, capture_output=True, text=True, timeout=100)


def pasted(done: subprocess.CompletedProcess[str], after: str) -> list[str]:
    """What a shell would read if the command printed after these words were pasted."""
    return shlex.split(done.stderr.partition(after)[2].partition("\n")[0])


def test_it_sends_the_sample_and_prints_the_answer(written: Written, listener: Listener) -> None:
    done = call(written())
    assert (done.returncode, done.stdout, done.stderr) == (0, "answer", "")
    path, headers, body = listener.requests[0]
    assert path == "/predictions/m" and headers["content-type"] == "application/json"
    assert "authorization" not in headers
    assert json.loads(body)


@pytest.mark.parametrize("body", ["", "{}", 'it\'s $HOME `x` "y" \\ %s', "@", "é\t"])
def test_a_sample_of_any_text_arrives_as_it_is(written: Written, listener: Listener, body: str) -> None:
    made = written(models=[{"name": "m", "path": "m.mar", "sample": body}])
    assert call(made).returncode == 0
    expected = body or calling.call(made.deployment, {}).body  # type: ignore[union-attr]
    assert listener.requests[0][2].decode() == expected


def test_another_body_can_be_given_as_text_or_file(written: Written, listener: Listener, tmp_path: Path) -> None:
    made = written()
    (tmp_path / "a picture").write_bytes(b"\x89PNG\r\n\x00")
    assert call(made, '{"own": 1}').returncode == 0
    assert call(made, "@a picture", cwd=tmp_path).returncode == 0
    assert [body for _, _, body in listener.requests] == [b'{"own": 1}', b"\x89PNG\r\n\x00"]


def test_the_gateways_token_is_sent_and_stands_in_no_argument(
    written: Written, listener: Listener, tmp_path: Path
) -> None:
    # The listener stands in for the gateway as well: what counts here is what the script sends, and how.
    made = written(auth=TOKEN)
    token = (made.target / "secrets" / "inference.token").read_text().strip()
    seen = tmp_path / "arguments"
    own = tmp_path / "bin"
    own.mkdir()
    curl = own / "curl"
    curl.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>{seen}\nexec {shutil.which("curl")} "$@"\n')
    curl.chmod(0o755)
    environment = {**os.environ, "PATH": f"{own}:{os.environ['PATH']}"}
    done = subprocess.run([made.target / "call.sh"], env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "answer")
    assert listener.requests[0][1]["authorization"] == f"Bearer {token}"
    assert "--noproxy" in seen.read_text() and token not in seen.read_text()
    assert token not in (made.target / "call.sh").read_text()


@pytest.mark.parametrize("chain", [False, True], ids=["leaf", "chain"])
def test_a_certificate_of_ones_own_authority_is_named(
    written: Written, listener: Listener, tmp_path: Path, chain: bool
) -> None:
    files = private.pair(tmp_path, chain)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    listener.http.socket = context.wrap_socket(listener.http.socket, server_side=True)
    own = {"mode": "files", "certificate": files[0].name, "key": files[1].name}
    done = call(written(tls=own, gateway={"kind": "nginx"}))
    assert (done.returncode, done.stdout) == (0, "answer"), done.stderr


def test_a_certificate_for_another_name_is_told_with_what_helps(
    written: Written, listener: Listener, tmp_path: Path
) -> None:
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=models.example", "-days", "9"),
            *("-addext", "subjectAltName=DNS:models.example", "-keyout", "key.pem", "-out", "cert.pem"),
        ],
        cwd=tmp_path,
        capture_output=True,
    )
    assert made.returncode == 0, made.stderr
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    listener.http.socket = context.wrap_socket(listener.http.socket, server_side=True)
    done = call(written(tls={"mode": "files", "certificate": "cert.pem", "key": "key.pem"}))
    assert done.returncode == 1
    assert "it is not for 127.0.0.1, or its signer is not known here" in done.stderr
    assert f"--resolve NAME:{listener.port}:ADDRESS https://NAME:{listener.port}/" in done.stderr


def test_an_error_is_printed_and_is_the_exit_code(written: Written, listener: Listener) -> None:
    listener.statuses = [404]
    done = call(written())
    assert (done.returncode, done.stdout, done.stderr) == (1, "answer", "HTTP 404\n")


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_an_answer_that_never_ends_fills_no_disk(
    shell: str, written: Written, listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "MOST_MB", 1)
    script = written().target / "call.sh"
    listener.endless = True
    (tmp_path / "tmp").mkdir()
    env = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run([shell, str(script)], env=env, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (1, "") and "too long to keep" in done.stderr
    assert listener.sent < 16 << 20 and not list((tmp_path / "tmp").iterdir())


def test_it_waits_for_a_server_that_is_starting(written: Written, listener: Listener) -> None:
    listener.statuses = [503, 200]
    made = written()
    done = call(made)
    assert (done.returncode, done.stdout) == (0, "answer")
    assert "Waiting" in done.stderr and pasted(done, "started: ") == [str(made.target / "run.sh"), "up"]
    assert len(listener.requests) == 2


@pytest.mark.docker
@pytest.mark.parametrize("token", ["none", "server-token"])
def test_a_container_that_is_not_there_is_told_at_once(written: Written, listener: Listener, token: str) -> None:
    listener.http.shutdown()
    listener.http.server_close()
    models = [{"name": f"gone-{os.getpid()}", "path": "/models/m.mar"}]
    made = written(auth={"inference": token, "management": token}, models=models)
    began = time.monotonic()
    done = call(made)
    assert (done.returncode, done.stdout) == (1, "") and time.monotonic() - began < calling.WAIT_S / 2
    assert "not running" in done.stderr and "Waiting" not in done.stderr
    assert pasted(done, "Start it: ") == [str(made.target / "run.sh"), "up"]


def test_the_pattern_finds_the_key_of_the_api_in_the_servers_own_file(tmp_path: Path) -> None:
    adapter = TorchServe()
    for text in (json.dumps(KEYS, indent=2), json.dumps(KEYS), json.dumps(dict(reversed(KEYS.items())), indent=2)):
        (tmp_path / "key_file.json").write_text(text)
        for api, name in (("inference", "inference"), ("grpc", "inference"), ("management", "management")):
            pattern = adapter.token_pattern(api)
            place = calling.TokenPlace("key_file.json", pattern=pattern)
            command = calling.posix_token(place, ".")
            done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
            match = re.search(pattern, text.replace("\n", ""))
            assert match and done.stdout.strip() == match.group(1) == KEYS[name]["key"]


CASES = {
    "plain": plan(auth=OPEN),
    "the server's token": plan(),
    "gateway": plan(auth=TOKEN, tls={"mode": "self-signed"}),
    "socket": plan(auth=OPEN, bind={"inference": {"scope": "socket", "address": "/run/x/ts.sock"}}),
    "native": plan(run={"how": "native"}),
    "tensorflow": plan("tensorflow-serving"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_scripts_are_sound(name: str, tmp_path: Path) -> None:
    files = {f.path: f for f in artifacts.render(resolve(CASES[name]))}
    assert files["call.sh"].executable
    (tmp_path / "call.sh").write_text(files["call.sh"].text)
    assert subprocess.run(["sh", "-n", "call.sh"], cwd=tmp_path, timeout=60).returncode == 0
    if shutil.which("shellcheck"):
        done = subprocess.run(["shellcheck", "call.sh"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout
    assert ("call.ps1" in files) == (name not in ("socket", "native"))


def test_what_gives_no_answer_is_named_and_how_to_start_it_from_any_folder(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "none.sock")
    binds = {
        f"unix socket {nowhere}": {"scope": "socket", "address": nowhere},
        "http://127.0.0.1:9/predictions/m": {"scope": "loopback", "port": 9},
    }
    for number, (where, bind) in enumerate(binds.items()):
        wanted = plan(auth=OPEN, run={"how": "native"}, bind={"inference": bind})
        files = {f.path: f for f in artifacts.render(resolve(wanted))}
        script = tmp_path / str(number) / "call.sh"
        script.parent.mkdir()
        script.write_text(files["call.sh"].text.replace(f"left={calling.WAIT_S} ", "left=0 "))
        done = subprocess.run(["sh", str(script)], cwd="/", capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert f"an answer from {where}. If it was not started: {script.parent}/run.sh" in done.stderr


def test_what_only_containers_reach_has_no_call_from_here() -> None:
    files = [f.path for f in artifacts.render(resolve(plan(bind={"inference": {"scope": "internal"}})))]
    assert "run.sh" in files and not [path for path in files if path.startswith("call")]


@pytest.mark.parametrize("name", ["the server's token", "gateway"])
def test_call_ps1_too_looks_for_a_trial_that_is_kept_in_place_of_the_containers(name: str) -> None:
    text = next(f.text for f in artifacts.render(resolve(CASES[name])) if f.path == "call.ps1")
    found = text.index("$trial = docker ps --filter label=serving-wizard.trial --filter publish=8080")
    token = next(line for line in text.splitlines() if line.strip().startswith("$token ="))
    assert found < text.index(token)
    assert "docker exec $server cat" in token if name != "gateway" else "Join-Path $here 'secrets" in token
    assert not re.search(r"\$(here|server)\b", text.replace(token, "").split("$request = @{")[1])
