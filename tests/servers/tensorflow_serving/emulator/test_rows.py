"""Every row of the emulator's behaviour table, against a running server."""

from __future__ import annotations

import ast
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_port

from .conftest import ROWS
from .harness import CORS, Launcher, Server, is_open

HERE = Path(__file__).parent
EXCHANGES = [row for row in ROWS.values() if "request" in row]
STARTS = [row for row in ROWS.values() if "start" in row]


def _ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


@pytest.mark.parametrize("row", EXCHANGES, ids=_ids(EXCHANGES))
def test_exchange(row: dict[str, Any], running: Callable[[str], Server]) -> None:
    request, expected = row["request"], row["reply"]
    reply = running(row["server"]).request(
        request.get("method", "GET"),
        request["path"],
        request.get("headers"),
        request.get("body", "").encode(),
    )
    assert reply.status == expected["status"], reply
    if "json" in expected:
        assert json.loads(reply.body) == expected["json"]
    if "text" in expected:
        assert reply.text == expected["text"]
    for text in expected.get("contains", ()):
        assert text in reply.text
    for name, value in expected.get("headers", {}).items():
        assert reply.headers[name.lower()] == value
    sent = {name: value for name, value in reply.headers.items() if name.startswith("access-control-")}
    if expected.get("cors"):
        assert sent == CORS
    if expected.get("no_cors"):
        assert sent == {}
    assert set(reply.headers) - set(sent) <= {"content-type", "date", "content-length", "connection"}


@pytest.mark.parametrize("row", STARTS, ids=_ids(STARTS))
def test_start(
    row: dict[str, Any], launcher: Launcher, models: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    case = row["start"]
    with socket.socket(socket.AF_INET6) as busy:
        busy.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        busy.bind(("::", 0))
        busy.listen()
        words = {"models": models, "tmp": tmp_path, "port": free_port(), "rest": free_port()}
        words["busy"] = busy.getsockname()[1]

        def fill(text: str) -> str:
            for name, value in words.items():
                text = text.replace(f"{{{name}}}", str(value))
            return text

        for name, content in case.get("files", {}).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(fill(content))
        server = launcher.start(*map(fill, case["args"]))
        request.addfinalizer(server.stop)
        if "exit" in case:
            assert server.wait_exit() == case["exit"], server.output
        else:
            server.wait_output("Running gRPC ModelServer")
        for text in case.get("stdout", ()):
            assert fill(text) in server.stdout
        for text in case.get("output", ()):
            if "exit" in case:
                assert fill(text) in server.output
            else:
                server.wait_output(fill(text))
        for name in case.get("open", ()):
            assert is_open(int(str(words[name])))
        for text in case.get("output_lacks", ()):
            assert fill(text) not in server.output


def test_every_row_is_tested() -> None:
    named: list[str] = []
    for path in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.row":
                named += [str(argument.value) for argument in node.args if isinstance(argument, ast.Constant)]
    assert len(named) == len(set(named)), "a row with two tests"
    own = {row["id"] for row in ROWS.values() if "request" not in row and "start" not in row}
    assert own == set(named)


def test_every_row_says_what_and_whence() -> None:
    for row in ROWS.values():
        assert row["says"] and row["source"], row
        assert row["evidence"] in {"compiled", "source", "measured", "issue", "believed"}, row
        assert ("request" in row) == ("reply" in row) == ("server" in row), row
