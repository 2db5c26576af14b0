"""Record how the real libraries behave, for the data files beside this one. Run by hand, not by the tests.

As `python -m tests.servers.tensorflow_serving.emulator.record`:
`http PORT` and `mutated PORT` against data/libevent_server.c (Debian's libevent 2.1.12), `text` with protoc, from
grpcio-tools. Debian's library refuses some requests with a Transfer-Encoding that the server's own one takes; those
are not recorded here but in tests/data/tensorflow_serving_exchanges.json. Record on a quiet machine: half a second of
silence is taken for no answer.
"""

from __future__ import annotations

import json
import random
import re
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
HTTP, TEXT = DATA / "http_cases.json", DATA / "text_format_cases.json"
MUTATED = DATA / "mutated_requests.json"
_MUTATED_COUNT = 800
HEAD = re.compile(rb"HTTP/\S+ (\d+)")
_PARTS = (
    "\r\n", "\n", " ", "\t", ":", "/", "//", "?", "#", "%", "%41", "@", "[", "]", "\0", "\r", "GET", "POST", "HEAD",
    "OPTIONS", "CONNECT", "TRACE", "PUT", "FOO", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "http:", "https://", "/v1/", "v1",
    "x", "-", "+", "0x", "5", "15", "Content-Length: 5", "Content-Length:", "Transfer-Encoding: chunked",
    "Expect: 100-continue", "Expect:", "Origin: http://a", ";", "<", "\xff", "a@b:80", "[::1]", "0\r\n\r\n", ".", "1",
    "99999999999999999999", "-1", "/1.",
)  # fmt: skip
_SEEDS = (
    "GET /v1/models/m HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /v1/models/m:predict HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde",
    "POST /v1/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n",
    "GET http://u@evil.example:80/v1/models/m?a=b#c HTTP/1.1\r\n\r\n",
    "OPTIONS //h:1/v1/x HTTP/1.1\r\nOrigin: http://a\r\n folded\r\n\r\n",
    "PUT /v1/x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
    "POST /v1/x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    "POST /v1/x HTTP/1.1\r\nContent-Length: 3\r\nExpect: something\r\n\r\nabc",
    "HEAD /v1/x HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
    "DELETE /v1/[x] HTTP/1.1\r\n\r\n",
)


def _converse(port: int, request: bytes) -> tuple[bytes, bool]:
    received, closed = b"", False
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        connection.settimeout(0.5)
        try:
            while chunk := connection.recv(1 << 16):
                received += chunk
            closed = True
        except TimeoutError:
            pass
        except ConnectionResetError:
            closed = True
    return received, closed


def spoken(received: bytes, closed: bool) -> dict[str, Any]:
    """The head of an answer, its body, and whether the server closed the connection."""
    head, _, body = re.sub(rb"Date: [^\r]*", b"Date: now", received).partition(b"\r\n\r\n")
    return {"head": head.decode("latin-1").split("\r\n"), "body": body.decode("latin-1"), "closed": closed}


def record_http(port: int) -> None:
    cases = json.loads(HTTP.read_text())
    for case in cases:
        case["reply"] = spoken(*_converse(port, case["request"].encode("latin-1")))
    HTTP.write_text(json.dumps(cases, indent=1) + "\n")


def mutated(count: int, seed: int = 1) -> list[str]:
    """Requests with a few things inserted, taken away or replaced."""
    chance = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        text = chance.choice(_SEEDS)
        for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 5))):
            at = chance.randrange(len(text) + 1)
            part, gone = chance.choice((("", 1), ("", 5), (chance.choice(_PARTS), 0), (chance.choice(_PARTS), 3)))
            text = text[:at] + part + text[at + gone :]
        encodings = re.findall(r"(?im)^transfer-encoding:(.*)$", text)
        patched = encodings and (len(encodings) > 1 or encodings[0].strip(" \r") != "chunked" or "ength" in text)
        if not patched:
            found[text] = None
    return list(found)


def outcome(port: int, request: bytes) -> str:
    """What comes back first; half a second of silence counts as waiting."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        connection.settimeout(0.5)
        try:
            # An answer comes in one piece here; a second one may follow it.
            while not HEAD.match(received):
                received += (chunk := connection.recv(1 << 16))
                if not chunk:
                    break
        except TimeoutError:
            return worded(None)
    return worded(received)


def worded(received: bytes | None) -> str:
    """A first answer: its status, with the number of bytes of the body where one was read; None = it waits."""
    if received is None:
        return "waits"
    head = HEAD.match(received)
    if head is None:
        return "closed"
    size = re.search(rb'^\{"body": (\d+)\}', received.partition(b"\r\n\r\n")[2])
    return head[1].decode() + (f" {size[1].decode()}" if size else "")


def record_mutated(port: int) -> None:
    requests = mutated(_MUTATED_COUNT)
    pairs = [[text, outcome(port, text.encode("latin-1"))] for text in requests]
    MUTATED.write_text("[\n" + ",\n".join(map(json.dumps, pairs)) + "\n]\n")


def record_text() -> None:
    from google.protobuf import descriptor_pb2

    from wizard.servers.tensorflow_serving.emulator import protos

    files = protos._files()
    for position, file in enumerate(files):
        file.dependency.extend(other.name for other in files[:position])
    cases = json.loads(TEXT.read_text())
    with tempfile.NamedTemporaryFile() as descriptors:
        descriptors.write(descriptor_pb2.FileDescriptorSet(file=files).SerializeToString())
        descriptors.flush()
        command = [sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={descriptors.name}"]
        command += ["--encode=tensorflow.serving.ModelServerConfig", "serving_wizard_emulator/tensorflow.serving.proto"]
        for case in cases:
            done = subprocess.run(command, input=case["text"].encode("latin-1"), capture_output=True, check=False)
            lines = done.stderr.decode("latin-1").splitlines()
            case["problems"] = [line.removeprefix("input:") for line in lines if line.startswith("input:")]
            case["encoded"] = done.stdout.hex() if done.returncode == 0 else None
    TEXT.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    {
        "http": lambda: record_http(int(sys.argv[2])),
        "mutated": lambda: record_mutated(int(sys.argv[2])),
        "text": record_text,
    }[sys.argv[1]]()
