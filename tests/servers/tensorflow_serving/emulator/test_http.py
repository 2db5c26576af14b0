"""The HTTP server against recorded answers of libevent 2.1.12, and against what no client should send."""

from __future__ import annotations

import gzip
import json
import re
import socket
from collections.abc import Callable
from typing import Any

import pytest

from .harness import Launcher, Server, converse, parse_reply
from .record import HTTP, spoken

CASES = json.loads(HTTP.read_text())
Running = Callable[[str], Server]


def normal(reply: dict[str, Any]) -> list[str]:
    """Return the head without what depends on the application: its status and the length of its JSON."""
    lines = [re.sub(r"^(Content-Length): [1-9][0-9]*", r"\1: N", line) for line in reply["head"]]
    if "Content-Type: application/json" in lines:
        lines[0] = re.sub(r" .*", " status", lines[0])
    return lines


@pytest.mark.row("http-manners")
@pytest.mark.parametrize("case", CASES, ids=[repr(case["request"])[1:50] for case in CASES])
def test_answers_as_libevent(case: dict[str, Any], running: Running) -> None:
    recorded = case["reply"]
    answers = None if recorded["closed"] else "\n".join([*recorded["head"], recorded["body"]]).count("HTTP/1.")
    reply = spoken(*converse(running("plain").rest, case["request"].encode("latin-1"), answers))
    assert normal(reply) == normal(recorded)
    assert reply["closed"] == recorded["closed"]
    if recorded["body"].startswith("<HTML>") or not recorded["body"]:
        assert reply["body"] == recorded["body"]
    assert reply["body"].count("HTTP/1.1 ") == recorded["body"].count("HTTP/1.1 ")


def test_header_order_with_cors(running: Running) -> None:
    reply = spoken(*converse(running("cors").rest, b"GET /v1/models/m HTTP/1.1\r\n\r\n", 1))
    names = [line.partition(":")[0] for line in reply["head"][1:]]
    cors = [f"Access-Control-Allow-{what}" for what in ("Origin", "Methods", "Headers")]
    assert names == ["Content-Type", *cors, "Date", "Content-Length"]


def test_two_requests_on_one_connection(running: Running) -> None:
    body = b'{"instances": [1.0]}'
    post = b"POST /v1/models/m:predict HTTP/1.1\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    reply = running("plain").exchange(post + b"GET /v1/models/m HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert reply.count(b"HTTP/1.1 200 OK") == 2
    assert b"2.5" in reply
    assert b"AVAILABLE" in reply


def test_expect_continue_and_chunks(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running("plain").rest), timeout=10) as connection:
        connection.sendall(
            b"POST /v1/models/m:predict HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
            b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b'e\r\n{"instances": \r\n6\r\n[1.0]}\r\n0\r\n\r\n')
        data = b""
        while chunk := connection.recv(1 << 16):
            data += chunk
    assert json.loads(parse_reply(data).body) == {"predictions": [2.5]}


@pytest.mark.row("host-absent")
def test_no_host_header_is_needed(running: Running) -> None:
    assert b'"AVAILABLE"' in running("plain").exchange(b"GET /v1/models/m HTTP/1.0\r\n\r\n")


@pytest.mark.row("gzip-body")
def test_gzip_bodies(running: Running) -> None:
    server = running("plain")
    packed = gzip.compress(b'{"instances": [1.0, 2.0]}')
    headers = {"Content-Encoding": "gzip"}
    reply = server.request("POST", "/v1/models/m:predict", headers, packed)
    assert json.loads(reply.body) == {"predictions": [2.5, 3.0]}
    for broken in (packed[:-9], b"not packed at all"):
        reply = server.request("POST", "/v1/models/m:predict", headers, broken)
        assert reply.status == 400
        assert "JSON Parse error" in reply.text


def test_a_large_body_is_taken(running: Running) -> None:
    rows = 200_000
    reply = running("plain").request(
        "POST", "/v1/models/m:predict", body=json.dumps({"instances": [1.0] * rows}).encode()
    )
    assert json.loads(reply.body)["predictions"] == [2.5] * rows


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\x00" * 64 + b"\r\n\r\n",
        b"GET /v1/models/m HTTP/1.1\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
        b"POST /v1/models/m:predict HTTP/1.1\r\nContent-Length: 100000000000000000\r\n\r\nx",
        b"POST /v1/models/m:predict HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\nx",
        b"POST /v1/models/m:predict HTTP/1.1\r\nContent-Length: 6\r\n\r\n\xff\xfe\xfd\x00{}",
        b"POST /v1/models/m:predict HTTP/1.1\r\nContent-Length: 200000\r\n\r\n" + b"[" * 200000,
        b"GET /v1/models/%ff%00%0a HTTP/1.1\r\n\r\n",
        b"GET /v1/models/" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /v1/models/m/versions/99999999999999999999 HTTP/1.1\r\n\r\n",
    ],
    ids=range(10),
)
def test_hostile_input_never_shows_a_traceback(data: bytes, launcher: Launcher, running: Running) -> None:
    server = running("plain")
    with socket.create_connection(("127.0.0.1", server.rest), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(1 << 16):
            received += chunk
    assert b"Traceback" not in received
    assert "Traceback" not in server.output
    if launcher.is_emulator:
        assert "request failed inside the emulator" not in server.output
    assert server.request("GET", "/v1/models/m").status == 200
