"""The emulator against what the server's own HTTP code answered: status, headers, body, and whether it then closes."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_port

from .conftest import entry, models_config
from .harness import ROOT, Launcher, Server, converse

RECORDED: list[dict[str, Any]] = json.loads((ROOT / "tests/data/tensorflow_serving_exchanges.json").read_text("utf-8"))
DIFFERENCES = tomllib.loads(Path(__file__).with_name("exchange_differences.toml").read_text("utf-8"))
CORS = tuple(f"access-control-allow-{part}" for part in ("origin", "methods", "headers"))
KEPT = ("content-type", "content-length", "connection", *CORS)
CUT = re.compile(r"\.\.\. \((\d+) bytes\)\Z")
BODY = '{"instances":[[1.0]]}'


def about(case: dict[str, Any]) -> str:
    return str(case["about"].partition(": ")[2])


def sent(case: dict[str, Any]) -> bytes:
    """The bytes of a recorded request; what was too large to keep is made again."""
    request = case["request"]
    if "raw" in request:
        return whole(request["raw"]).encode("utf-8")
    fields = [("Host", "localhost:8501"), *request["headers"], ("Connection", "close")]
    body = large(request["body"]) if "body" in request else b""
    if "body" in request:
        fields.append(("Content-Length", str(len(body))))
    lines = [f"{request['method']} {request['path']} HTTP/1.1", *(f"{name}: {value}" for name, value in fields)]
    return "\r\n".join([*lines, "", ""]).encode("utf-8") + body


def large(text: str) -> bytes:
    made = {
        "<10015 bytes>": b'{"instances":' + b"[" * 5000 + b"1" + b"]" * 5000 + b"}",
        "<200000 bytes>": b"[" * 200000,
    }
    return made.get(text, text.encode("latin-1"))


def whole(raw: str) -> str:
    mark = CUT.search(raw)
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


def answers(case: dict[str, Any]) -> int | None:
    """How many answers came on a connection that then stayed open; None where it was closed."""
    recorded = case["response"]
    if recorded["then"] == "closed":
        return None
    return len(recorded.get("statuses", ())) or int(recorded["status"] is not None)


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


def different(case: dict[str, Any], got: dict[str, Any]) -> set[str]:
    """The parts of an answer that are not as recorded. A stub's content is its own."""
    recorded = case["response"]
    found = {key for key in ("status", "status_line", "statuses", "then") if recorded.get(key, got[key]) != got[key]}
    stub = case["real_layer"] == "stub"
    known = DIFFERENCES.get(about(case), {}).get("parts", ())
    for name in KEPT:
        skipped = name == "content-length" and (stub or "body" in known)
        if recorded["headers"].get(name) != got["headers"].get(name) and not skipped:
            found.add(name)
    its_own = stub and not recorded["body_start"].startswith('{\n    "error"')
    if not its_own and not got["body"].startswith(recorded["body_start"]):
        found.add("body")
    return found


@pytest.fixture(scope="module")
def ports(launcher: Launcher, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """The REST port of a server for each set of recorded flags."""
    folder = tmp_path_factory.mktemp("exchanges")
    policy = 'model_version_policy { all {} } version_labels { key: "stable" value: 1 }'
    (folder / "models.config").write_text(models_config(entry("m", models, policy)))
    (folder / "monitoring.config").write_text("prometheus_config { enable: true }")
    servers: dict[str, Server] = {}
    for flags in dict.fromkeys(tuple(case["flags"]) for case in RECORDED):
        port, rest = free_port(), free_port()
        placed = [flag.replace("_file=", f"_file={folder}/") for flag in flags if "_port=" not in flag]
        placed += [f"--port={port}", f"--rest_api_port={rest}", "--allow_version_labels_for_unavailable_models"]
        servers[str(flags)] = launcher.start(*placed, port=port, rest=rest, version="2.20.0")
    for server in servers.values():
        server.wait_output("Exporting HTTP/REST API at:localhost:")
    yield {flags: server.rest for flags, server in servers.items()}
    for server in servers.values():
        server.stop()


@pytest.mark.row("recorded-exchanges")
def test_every_exchange_is_answered_alike_or_named(ports: dict[str, int]) -> None:
    wrong = []
    for case in RECORDED:
        known = set(DIFFERENCES.get(about(case), {}).get("parts", ()))
        if "not sent" in known:
            continue
        port = ports[str(tuple(case["flags"]))]
        found = different(case, observed(*converse(port, sent(case), answers(case))))
        if found != known:
            wrong.append((case["about"], sorted(found), sorted(known)))
    assert not wrong, f"{len(wrong)} differ: {wrong[:10]}"


def test_the_differences_that_are_named_exist() -> None:
    assert set(DIFFERENCES) <= {about(case) for case in RECORDED}
    assert all(case["why"] and case["parts"] for case in DIFFERENCES.values())
