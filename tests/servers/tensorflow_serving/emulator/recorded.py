"""The recorded exchanges: their requests as bytes, what an answer shows, and servers with the recorded flags."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.ports import free_port

from .conftest import entry, models_config
from .harness import ROOT, Launcher, Server

RECORDED: list[dict[str, Any]] = json.loads((ROOT / "tests/data/tensorflow_serving_exchanges.json").read_text("utf-8"))
CORS = tuple(f"access-control-allow-{part}" for part in ("origin", "methods", "headers"))
Ports = dict[tuple[str, ...], int]
"""Recorded flags -> the REST port of a server that has them."""
KEPT = ("content-type", "content-length", "connection", *CORS)
BODY = '{"instances":[[1.0]]}'
_CUT = re.compile(r"\.\.\. \((\d+) bytes\)\Z")


def about(case: dict[str, Any]) -> str:
    return str(case["about"].partition(": ")[2])


def sent(case: dict[str, Any]) -> bytes:
    """The bytes of a recorded request; what was too large to keep is made again."""
    request = case["request"]
    if "raw" in request:
        return _whole(request["raw"]).encode("utf-8")
    fields = [("Host", "localhost:8501"), *request["headers"], ("Connection", "close")]
    body = _large(request["body"]) if "body" in request else b""
    if "body" in request:
        fields.append(("Content-Length", str(len(body))))
    lines = [f"{request['method']} {request['path']} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + body


def _large(text: str) -> bytes:
    made = {
        "<10015 bytes>": b'{"instances":' + b"[" * 5000 + b"1" + b"]" * 5000 + b"}",
        "<200000 bytes>": b"[" * 200000,
    }
    return made.get(text, text.encode("latin-1"))


def _whole(raw: str) -> str:
    mark = _CUT.search(raw)
    if mark is None:
        return raw
    size, kept = int(mark[1]), raw[: mark.start()]
    if "X0: y" in kept:
        count = 100 if size < 1000 else 5000
        lines = "".join(f"X{number}: y\r\n" for number in range(count))
        made = f"GET /v1/models/m HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"
    else:
        tail = "\r\nConnection: close\r\n\r\n" if "\r\n" in kept else " HTTP/1.1\r\nConnection: close\r\n\r\n"
        if kept.startswith("POST"):
            tail = f"\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}"
        made = kept + kept[-1] * (size - len(kept) - len(tail)) + tail
    assert len(made) == size
    return made


def observed(data: bytes, closed: bool) -> dict[str, Any]:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return {
        "status": int(first.split(" ")[1]) if first else None,
        "status_line": first,
        "statuses": [int(code) for code in re.findall(rb"HTTP/1\.\d (\d+) ", data)],
        "headers": {name: fields[name] for name in KEPT if name in fields},
        "body": body.decode("utf-8", "replace"),
        "then": "closed" if closed else "open",
    }


@contextmanager
def serving(launcher: Launcher, models: Path, folder: Path, version: str = "2.20.0") -> Iterator[Ports]:
    """A server for each set of recorded flags, with the model `m` in versions 1 (`stable`) and 2."""
    policy = 'model_version_policy { all {} } version_labels { key: "stable" value: 1 }'
    (folder / "models.config").write_text(models_config(entry("m", models, policy)))
    (folder / "monitoring.config").write_text("prometheus_config { enable: true }")
    servers: dict[tuple[str, ...], Server] = {}
    for flags in dict.fromkeys(tuple(case["flags"]) for case in RECORDED):
        port, rest = free_port(), free_port()
        placed = [flag.replace("_file=", f"_file={folder}/") for flag in flags if "_port=" not in flag]
        placed += [f"--port={port}", f"--rest_api_port={rest}", "--allow_version_labels_for_unavailable_models"]
        servers[flags] = launcher.start(*placed, port=port, rest=rest, version=version)
    try:
        for server in servers.values():
            server.wait_output("Exporting HTTP/REST API at:localhost:")
        yield {flags: server.rest for flags, server in servers.items()}
    finally:
        for server in servers.values():
            server.stop()
