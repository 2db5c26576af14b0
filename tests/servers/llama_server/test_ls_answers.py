"""Predicted answers against recorded exchanges, every one of them, and against what the real builds answer now.

The exchanges of build 10001, which is older than the flags for CORS, were recorded from a program compiled from its
sources without the web interface; they are there to be predicted only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest

from tests.servers.llama_server import record
from tests.servers.llama_server.real import Server
from tests.support import requires
from tests.support.each import each
from wizard.servers.exchanges import read
from wizard.servers.llama_server import recorded, running
from wizard.servers.llama_server.knowledge import build_of
from wizard.servers.requests import ExpectedAnswer

DATA = requires.ROOT / "tests" / "data"
RECORDED: list[dict[str, Any]] = [
    exchange
    for name in (
        "llama_server_exchanges.json",
        "llama_server_exchanges_b10001.json",
        "llama_server_exchanges_own.json",
        "llama_server_exchanges_random.json",
    )
    for exchange in json.loads((DATA / name).read_text("utf-8"))
]
NO_SENSE = "The model produced output that does not match"
"""What the server says, with status 500, when a model of random weights wrote something that is no answer."""


def predicted(exchange: dict[str, Any]) -> ExpectedAnswer:
    return recorded.answer(read({**exchange, "server": "torchserve"}))


def shown(exchange: dict[str, Any]) -> str:
    request = exchange["request"]
    return f"{exchange['id']}-{exchange['version']}-{request['method']}-{request['path']}"


@each((exchange,) for exchange in RECORDED)
def test_every_recorded_exchange_is_predicted(exchange: dict[str, Any]) -> None:
    found, got = predicted(exchange), exchange["response"]
    assert dict(found.headers) == {k: v for k, v in got["headers"].items() if k.startswith("access-control-")}
    if NO_SENSE in got["body_start"]:
        assert found.ran and found.status == 200
    else:
        assert found.status == got["status"]


def _sparing(exchange: dict[str, Any]) -> dict[str, Any]:
    """The exchange as recorders keep it that leave out the model and a body that was empty."""
    flags = exchange["flags"][2:] if exchange["flags"][:1] == ["--model"] else exchange["flags"]
    request = {name: value for name, value in exchange["request"].items() if value != ""}
    return {**exchange, "flags": flags, "request": request}


def test_a_recording_that_names_no_model_is_of_a_server_with_one() -> None:
    assert [shown(each) for each in RECORDED if predicted(_sparing(each)) != predicted(each)] == []


def _settings(build: str) -> list[tuple[str, list[dict[str, Any]]]]:
    mine = [exchange for exchange in RECORDED if exchange["version"] == build]
    return [(build, group) for group in record.groups(mine)]


@requires.needs_llama_server
@pytest.mark.parametrize(
    ("build", "group"),
    [pair for build in requires.LLAMA_SERVER_BUILDS for pair in _settings(build)],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[0]["flags"]) or "no flags",
)
def test_the_real_builds_answer_so_today(build: str, group: list[dict[str, Any]], free_port: Callable[[], int]) -> None:
    differ = [
        (shown(exchange), (found.status, found.headers), (reply.status, reply.cors))
        for exchange, reply in record.record(group, build, repeat(free_port()))
        if (found := predicted(exchange)) and (found.status, dict(found.headers)) != (reply.status, reply.cors)
    ]
    assert differ == []


KEYS: list[tuple[list[str], dict[str, str], dict[str, str], str]] = [
    (["--api-key", "a"], {"LLAMA_API_KEY": "b"}, {}, "ab"),
    (["--api-key", "a", "--api-key", "b"], {}, {}, "ab"),
    (["--api-key", "a,,b"], {}, {}, "ab"),
    (["--api-key", ""], {"LLAMA_API_KEY": "b"}, {}, "b"),
    (["--api-key", "a"], {"LLAMA_API_KEY": ""}, {}, "a"),
    ([], {"LLAMA_API_KEY": ""}, {}, ""),
    (["--api-key", "a", "--api-key-file", "f"], {"LLAMA_API_KEY": "b"}, {"f": "c\n#d\n"}, "abc"),
    (["--api-key-file", "f", "--api-key-file", "g"], {}, {"f": "c\n", "g": "d\n"}, "cd"),
    (["--api-key-file", "f"], {"LLAMA_ARG_API_KEY_FILE": "g"}, {"f": "c\n", "g": "d\n"}, "cd"),
]
"""Flags, variables, files by name, and the keys of which each opens the server; "" = it asks for none."""


@pytest.mark.parametrize(("flags", "env", "files", "keys"), KEYS, ids=lambda value: str(value))
def test_keys_add_up(flags: list[str], env: dict[str, str], files: dict[str, str], keys: str) -> None:
    for build in map(build_of, requires.LLAMA_SERVER_BUILDS):
        assert set(running.of_settings(build, flags, env, files).keys) == set(keys)


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
@pytest.mark.parametrize(("flags", "env", "files", "keys"), KEYS, ids=lambda value: str(value))
def test_the_real_builds_add_them_up(
    flags: list[str], env: dict[str, str], files: dict[str, str], keys: str, build: str, tmp_path: Path,
    free_port: Callable[[], int],
) -> None:  # fmt: skip
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with Server(build, free_port(), tmp_path, ["--no-warmup", *flags], env) as server:
        opens = [key for key in "abcd" if server.ask("GET", "/props", {"Authorization": f"Bearer {key}"}).status == 200]
    assert opens == list(keys or "abcd")
