"""Recorded requests: how they are read, and the command that answers them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import command
from wizard.errors import WizardError
from wizard.servers import exchanges

TENSORFLOW: dict[str, Any] = {
    "id": "a",
    "server": "tensorflow-serving",
    "version": "2.20.0",
    "flags": ["--rest_api_enable_cors_support"],
    "env": {},
    "request": {"method": "OPTIONS", "path": "/v1/x", "headers": [["Origin", "https://app.example"]]},
}
TORCH: dict[str, Any] = {
    "id": 2,
    "server": "torchserve",
    "version": "0.12.0",
    "flags": ["--disable-token-auth", "--ts-config=my.properties"],
    "env": {"TS_CORS_ALLOWED_METHODS": "GET"},
    "files": {"my.properties": "cors_allowed_origin=https://a.example\n"},
    "setting": "left alone",
    "request": {"method": "POST", "path": "/predictions/echo", "headers": {"Content-Type": "text/plain"}, "body": "x"},
}


def test_the_command_prints_one_answer_a_line(tmp_path: Path) -> None:
    file = tmp_path / "exchanges.json"
    file.write_text(json.dumps([TENSORFLOW, TORCH]))
    done = command("cors", "--exchanges", str(file))
    first, second = map(json.loads, done.stdout.splitlines())
    assert first == {
        "id": "a",
        "status": 200,
        "headers": {
            "access-control-allow-origin": "*",
            "access-control-allow-methods": "POST, GET",
            "access-control-allow-headers": "Content-Type",
        },
        "ran": False,
    }
    assert second == {
        "id": 2,
        "status": 200,
        "headers": {"access-control-allow-origin": "https://a.example"},
        "ran": True,
    }
    piped = command("cors", "--exchanges", "-", stdin=file.read_text())
    assert piped.stdout == done.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ('{"id": 1}', "no list"),
        ("[1]", "number 1"),
        ('[{"server": "x"}]', "server: 'x' is not one of"),
        ('[{"id": "q", "server": "torchserve"}]', "Exchange q"),
        ('[{"server": "torchserve", "request": {"method": "GET"}}]', "path is missing"),
        ('[{"server": "torchserve", "request": {"method": 1, "path": "/"}}]', "method is no text"),
        ('[{"server": "torchserve", "flags": "x", "request": {"method": "GET", "path": "/"}}]', "flags is no list"),
        ('[{"server": "torchserve", "env": {"A": 1}, "request": {"method": "GET", "path": "/"}}]', "1 is no text"),
        ('[{"server": "torchserve", "request": {"method": "GET", "path": "/", "headers": [1]}}]', "headers"),
        ('[{"server": "torchserve", "request": {"method": "GET", "path": "/", "headers": "x"}}]', "headers"),
        (
            '[{"server": "torchserve", "request": {"method": "GET", "path": "/", "headers": [["a", 1]]}}]',
            "1 is no text",
        ),
        ('[{"server": "torchserve", "request": {"method": "GET", "path": "/", "token": "x"}}]', "token"),
        ('[{"server": "torchserve", "version": "9.9", "request": {"method": "GET", "path": "/"}}]', "9.9"),
        ('[{"server": "tensorflow-serving", "version": "9.9", "request": {"method": "GET", "path": "/"}}]', "9.9"),
    ],
)
def test_what_is_malformed_is_named(text: str, says: str) -> None:
    with pytest.raises(WizardError) as caught:
        list(exchanges.answer_all(text))
    assert says in str(caught.value)


def test_headers_come_as_pairs_or_as_an_object() -> None:
    pairs, mapping = exchanges.read(TENSORFLOW), exchanges.read(TORCH)
    assert pairs.request.headers == (("origin", "https://app.example"),)
    assert mapping.request.headers == (("content-type", "text/plain"),)
    assert mapping.request.body == b"x"


@pytest.mark.parametrize("headers", [{"Host": None, "Origin": "null"}, [["Host", None], ["Origin", "null"]]])
def test_a_header_that_is_null_was_left_out(headers: Any) -> None:
    found = exchanges.read({"server": "torchserve", "request": {"method": "GET", "path": "/", "headers": headers}})
    assert found.request.headers == (("origin", "null"),)
    assert found.left_out == {"host"}


@pytest.mark.parametrize(
    ("authorization", "token"),
    [(None, "none"), ("Bearer abc", "right"), ("Bearer wrong-token", "wrong")],
)
def test_a_token_that_is_presented_is_taken_for_the_right_one(authorization: str | None, token: str) -> None:
    headers = [] if authorization is None else [["Authorization", authorization]]
    item = {"server": "torchserve", "request": {"method": "GET", "path": "/ping", "headers": headers}}
    assert exchanges.read(item).request.token == token


@pytest.mark.parametrize(
    ("kept", "whole"),
    [
        ("GET /aaa... (90 bytes)", b"GET /aaa HTTP/1.1\r\n\r\n"),
        ("GET / HTTP/1.1\r\nHost: x\r\nX: aaa... (90 bytes)", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
        ("GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"),
    ],
)
def test_a_request_that_was_not_kept_whole_is_ended(kept: str, whole: bytes) -> None:
    item = {"server": "torchserve", "request": {"method": "GET", "path": "/", "raw": kept}}
    assert exchanges.read(item).raw == whole


def test_a_character_of_a_body_is_a_byte_where_it_can_be() -> None:
    for body, data in (("\xff\xfe", b"\xff\xfe"), ("\u20ac", "\u20ac".encode())):
        item = {"server": "torchserve", "request": {"method": "POST", "path": "/", "body": body}}
        assert exchanges.read(item).request.body == data
