from __future__ import annotations

import http.server
import json
import shlex
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from wizard.prediction.values import Probe
from wizard.trial import request_console
from wizard.trial.probes import ProbeResult

NASTY = '{"a": "it\'s $HOME `id` \\\\ \u2019 é"}'


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with what it was sent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        told = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body.decode()}
        data = json.dumps(told).encode()
        self.send_response(404 if self.path == "/missing" else 200)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_PUT = do_POST  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def probe(port: int, **more: Any) -> Probe:
    values: dict[str, Any] = {
        "method": "POST",
        "path": "/predictions/echo",
        "headers": (("content-type", "text/plain"),),
        "body": "hi",
    }
    return Probe("p", "loopback-v4", "127.0.0.1", port, "inference", "http", "200", **{**values, **more})


def told(answer: request_console.ConsoleReply) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body)
    found["headers"] = {name.lower(): value for name, value in found["headers"].items()}
    return found


def test_the_sample_of_a_trial_is_sent_with_its_token(port: int) -> None:
    results = [
        ProbeResult(probe(port, page="https://evil.example"), "200 readable", "", 0.1),
        ProbeResult(probe(port, token="wrong"), "400", "", 0.1),
        ProbeResult(probe(port, method="GET", path="/ping", body=""), "200", "", 0.1),
        ProbeResult(probe(port, token="right"), "200", "", 0.1),
    ]
    chosen = request_console.sample(results)
    assert chosen == results[3].probe
    answer = request_console.send(request_console.begin(chosen, "secret"))
    assert answer.status == 200
    assert 0 < answer.seconds < 30
    assert told(answer)["body"] == "hi"
    assert told(answer)["headers"]["authorization"] == "Bearer secret"
    assert request_console.sample(results[:2]) is None


def test_an_error_and_no_answer_are_told(port: int) -> None:
    assert request_console.send(request_console.begin(probe(port, path="/missing"), "")).status == 404
    nobody = request_console.send(request_console.begin(probe(1), ""))
    assert (nobody.status, bool(nobody.problem)) == (0, True)


def test_lines_that_are_no_headers_are_refused() -> None:
    assert request_console.headers_of("X-A: 1\n\nhost:x:1\n") == (("x-a", "1"), ("host", "x:1"))
    for bad in ("nonsense", ": x", "a b: c"):
        with pytest.raises(ValueError, match="name: value"):
            request_console.headers_of(bad)


def request(port: int) -> request_console.ConsoleRequest:
    return request_console.ConsoleRequest(
        probe(port), "PUT", "/predictions/echo?a=1&b='", (("x-note", "it's $HOME"),), NASTY
    )


def assert_arrived(text: str) -> None:
    start = text.index("{")
    found = json.loads(text[start:])
    headers = {name.lower(): value for name, value in found["headers"].items()}
    assert (found["method"], found["body"], headers["x-note"]) == ("PUT", NASTY, "it's $HOME")


def test_what_is_copied_as_curl_sends_the_same(port: int) -> None:
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    done = subprocess.run(
        ["sh", "-c", request_console.as_curl(request(port))], capture_output=True, text=True, check=True
    )
    assert_arrived(done.stdout.partition("\n\n")[2])


def test_what_is_copied_as_python_sends_the_same(port: int) -> None:
    program = request_console.as_python(request(port))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert_arrived(done.stdout.rpartition("\n\n")[2])


def test_what_is_copied_as_fetch_is_json_inside(port: int) -> None:
    text = request_console.as_fetch(request(port))
    url, options = json.JSONDecoder().raw_decode(text.partition("fetch(")[2])[0], text.partition(", ")[2]
    assert url == request(port).url
    assert json.JSONDecoder().raw_decode(options)[0] == {
        "method": "PUT",
        "headers": {"x-note": "it's $HOME"},
        "body": NASTY,
    }


def test_what_is_copied_for_powershell_doubles_every_kind_of_apostrophe(port: int) -> None:
    text = request_console.as_powershell(request(port))
    assert "it''s $HOME" in text
    assert "\u2019\u2019" in text
    assert shlex.split(text)[0] == "Invoke-WebRequest"
