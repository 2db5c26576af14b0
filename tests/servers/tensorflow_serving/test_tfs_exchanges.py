"""Predictions against what the server's own HTTP code answered (2.20.0, built with the libevent it carries)."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.servers.tensorflow_serving.plans import ADAPTER
from wizard.servers import exchanges
from wizard.servers.requests import ExpectedAnswer
from wizard.servers.tensorflow_serving import libevent

PATH = Path(__file__).parents[2] / "data" / "tensorflow_serving_exchanges.json"
RECORDED: list[dict[str, Any]] = json.loads(PATH.read_text("utf-8"))
STUBBED = {
    "body deep": "the body was not kept",
    "body 8 MB": "the body was not kept",
    "host very long POST": "the request was not kept whole",
    "body classify example": "a stub stood in for classify",
    "body regress example": "a stub stood in for regress",
}
"""Answers that say nothing about the server: part of a request is missing, or a stub made the status."""
CORS = "--rest_api_enable_cors_support"
METRICS = "--monitoring_config_file=monitoring.config"


def test_every_recorded_answer_is_predicted() -> None:
    wrong = []
    for case, found in zip(RECORDED, exchanges.answer_all(PATH.read_text("utf-8")), strict=True):
        response = case["response"]
        cors = {name: value for name, value in response["headers"].items() if name.startswith("access-control-")}
        assert found["id"] == case["id"]
        if (found["status"], found["headers"]) != (response["status"], cors) and what(case) not in STUBBED:
            wrong.append((case["about"], response["status"], found))
    assert not wrong, f"{len(wrong)} differ: {wrong[:10]}"
    assert len(RECORDED) == 1485


def what(case: dict[str, Any]) -> str:
    return str(case["about"].partition(": ")[2])


def test_what_is_left_out_rests_on_a_stub() -> None:
    assert {case["real_layer"] for case in RECORDED if what(case) in STUBBED} == {"stub"}


def test_the_model_ran_where_a_prediction_came_back() -> None:
    for case, found in zip(RECORDED, exchanges.answer_all(PATH.read_text("utf-8")), strict=True):
        body = case["response"]["body_start"]
        if what(case) not in STUBBED:
            assert found["ran"] == ('"predictions"' in body or '"outputs"' in body), case["about"]


def ask(raw: str | bytes, *flags: str, version: str = "2.20.0") -> ExpectedAnswer:
    text = raw if isinstance(raw, str) else raw.decode("latin-1")
    request = {"method": "GET", "path": "/", "raw": text}
    item = {"server": "tensorflow-serving", "version": version, "flags": [*flags], "request": request}
    return ADAPTER.replay(exchanges.read(item))


def status(raw: str | bytes, *flags: str, version: str = "2.20.0") -> int:
    return ask(raw, *flags, version=version).status


GET = "GET /v1/models/m HTTP/1.1\r\n"
OPTIONS = "OPTIONS /v1/models/m HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
PREDICT = "POST /v1/models/m:predict HTTP/1.1\r\n"
BODY = '{"instances":[[1.0]]}'


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("X / HTTP/1.1\r\n\r\n", 400),  # shorter than any request line can be
        ("FOO / HTTP/1.1\r\n\r\n", 501),
        ("GET :x/v1/models/m HTTP/1.1\r\n\r\n", 400),
        ("FOO :x/v1/models/m HTTP/1.1\r\n\r\n", 400),  # the target is read before the method is looked up
        ("FOO /v1/<models> HTTP/1.1\r\n\r\n", 501),  # but only roughly
        ("GET //h:65536/v1/models/m HTTP/1.1\r\n\r\n", 400),
        ("GET //h:/v1/models/m HTTP/1.1\r\n\r\n", 200),
        ("GET //a b/v1/models/m HTTP/1.1\r\n\r\n", 400),
        ("GET //[v1.x]/v1/models/m HTTP/1.1\r\n\r\n", 200),
        ("GET //[::g]/v1/models/m HTTP/1.1\r\n\r\n", 400),
        ("GET /v1/models/m#a#b HTTP/1.1\r\n\r\n", 400),
        ("GET /v1/models/m?a?b HTTP/1.1\r\n\r\n", 404),
        (GET + " folded: first\r\n\r\n", 400),
        (GET + "X: a\r b\r\n\r\n", 200),  # as if the line were folded there
        (GET + "X: a\r\r\tb\r\n\r\n", 200),
        (GET + "X: a\rb\r\n\r\n", 400),
        (GET + "X\r : a\r\n\r\n", 400),
        ("CONNECT h\x05:1 HTTP/1.1\r\n\r\n", 400),  # what it begins with is no host
        ("CONNECT h:1/\x05 HTTP/1.1\r\n\r\n", 501),
        (OPTIONS + "\r\n0\r\n\r\n", 400),
        (OPTIONS + "\r\n0\r\nOrigin: https://app.example\r\n\r\n", 200),  # what follows the last chunk is a header
        (OPTIONS + "Origin:\r\n\r\n0\r\n https://app.example\r\n\r\n", 200),  # and goes on with the last one before it
        (OPTIONS + "\r\n0\r\nbroken\r\n\r\n", 413),
        (GET + "X: a\r\r\n\r\n", 400),
        (GET + "Content-Length: 3\r\nExpect: x\r\n\r\nabc", 417),
        (GET + "Content-Length: 0\r\nExpect: x\r\n\r\n", 200),
        ("TRACE / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 501),  # it has no body, so its length is not read
        ("PUT / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
        (PREDICT + f"Transfer-Encoding: chunked\r\n\r\n15 ;a=b\r\n{BODY}\r\n0\r\n\r\n", 200),
        (PREDICT + f"Transfer-Encoding: chunked\r\n\r\n+15\r\n{BODY}\r\n\r\n0\r\n\r\n", 200),
        (PREDICT + f"Transfer-Encoding: chunked\r\n\r\n15\r\n{BODY}\r\n0\r\n", 0),
        (PREDICT + "Content-Length: 99999\r\n\r\n{", 0),
        ("", 0),
        (GET, 0),
    ],
)
def test_the_first_lines(raw: str, expected: int) -> None:
    assert status(raw) == expected


def predict(body: str | bytes, *, method: str = "predict", model: str = "m", head: str = "") -> int:
    data = body.encode() if isinstance(body, str) else body
    line = f"POST /v1/models/{model}:{method} HTTP/1.1\r\n{head}Content-Length: {len(data)}\r\n\r\n"
    return status(line.encode() + data)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"instances":[1.0,2]}', 200),
        ('{"instances":[[1.0],[2.0,3.0]]}', 400),
        ('{"instances":[[1.0],2.0]}', 400),
        ('{"instances":[16777216]}', 400),  # no float holds the next whole number
        ('{"instances":[20000000000000000000]}', 200),  # too long for a whole number, so it is a decimal one
        ('{"instances":[3.5e38]}', 400),
        ('{"instances":[-Infinity,NaN]}', 200),
        ('{"instances":[{"x":1.0},{"x":2.0}]}', 200),
        ('{"instances":[{"x":1.0},{"y":2.0}]}', 400),
        ('{"instances":[{"x":1.0},2.0]}', 400),
        ('{"inputs":{"x":[1.0]}}', 200),
        ('{"inputs":{"y":[1.0]}}', 400),
        ('{"inputs":1.0}', 200),
        ('{"signature_name":"","instances":[1.0]}', 200),
        ('{"instances":[1.8e308]}', 200),  # infinite; what is too large is told by its exponent
        ('{"instances":[1e309]}', 400),
        ('{"instances":[0e309]}', 400),
        ('{"instances":[1.5e309]}', 200),
        ('{"instances":[1.0],"a":"\\ude00"}', 200),
        ('{"instances":[1.0,]}', 400),
        ('{"instances":[01]}', 400),
        ('{"instances":[1.]}', 400),
        ('{"instances":[+1]}', 400),
        ('{"instances":[1.0]', 400),
        ("{'instances':[1.0]}", 400),
        ('{"instances":[1.0],"a":"\t"}', 400),
        ('{"instances":[1.0],"a":"\\x"}', 400),
        ('{"instances":[1.0],"a":"\\ud83d"}', 400),
        ('{"instances":[1.0],"a":"\\ud83d\\ude00 \\u00e9"}', 200),
        ('{"\\u0069nstances":[1.0]}', 200),
        ('{"instances":[1.0]} and more', 200),
        ('{"instances":' + "[" * 5000 + "1.0" + "]" * 5000 + "}", 200),
        ("[" * 200000, 400),
        ('{"instances":[' + "9" * 5000 + "]}", 400),
    ],
)
def test_bodies(body: str, expected: int) -> None:
    assert predict(body) == expected


def test_a_body_is_read_before_its_model_is_looked_up() -> None:
    assert predict("{", model="nope") == 400
    assert predict('{"instances":1}', model="nope") == 404


@pytest.mark.parametrize(
    ("body", "known", "unknown"),
    [
        ('{"examples":[{"x":1.0,"y":["a",{"b64":"AA=="}]}]}', 400, 404),
        ('{"examples":[{"x":[1,true]}],"context":{"a":1.0}}', 400, 404),
        ('{"examples":[]}', 400, 400),
        ('{"examples":[1]}', 400, 400),
        ('{"examples":[{"x":[1,1.0]}]}', 400, 400),
        ('{"examples":[{"x":null}]}', 400, 400),
        ('{"examples":[{"x":1}],"context":1}', 400, 400),
        (BODY, 400, 400),
    ],
)
def test_examples(body: str, known: int, unknown: int) -> None:
    for method in ("classify", "regress"):
        assert predict(body, method=method) == known
        assert predict(body, method=method, model="nope") == unknown


def test_packed_bodies() -> None:
    head = "Content-Encoding: x-gzip\r\n"
    packed = gzip.compress(BODY.encode())
    assert predict(packed, head=head) == 200
    for broken in (packed + packed, packed + b"x", packed[:-1], packed[:-4] + b"\xff" * 4, b"no"):
        assert predict(broken, head=head) == 400
    assert predict(packed, head="Content-Encoding: GZIP\r\n") == 400


def test_an_old_release_reads_requests_by_an_older_library() -> None:
    for version, old in (("2.16.1", True), ("2.17.1", False)):
        assert status("GET /v1/models/m HTTP/1.1 \r\n\r\n", version=version) == (400 if old else 200)
        assert status(PREDICT + "Content-Length: 99999999999999999999\r\n\r\n{", version=version) == (413 if old else 0)
        assert status(GET + "Content-Length: 3\r\n\r\n", version=version) == (200 if old else libevent.WAITS)
    patch = "PATCH /v1/models/m HTTP/1.1\r\n\r\n"
    assert [status(patch, version=version) for version in ("2.5.1", "2.6.5")] == [501, 400]


def test_flags_are_read_as_the_server_reads_them() -> None:
    ask_ = GET + "\r\n"
    for flags, on in (
        ((CORS,), True),
        ((f"{CORS}=true",), True),
        ((f"{CORS}=TRUE",), True),
        ((f"{CORS}=1",), True),
        ((CORS, f"{CORS}=false"), False),
        ((CORS.removeprefix("-"),), False),
        ((f"{CORS}_x",), False),
    ):
        assert bool([name for name, _ in ask(ask_, *flags).headers if name.startswith("access-")]) == on, flags
    assert ask(ask_, "--rest_api_port=0").status == 0
    assert [ask(ask_, f"--rest_api_num_threads={n}").status for n in (1, 2)] == [0, 200]
    metrics = "GET /monitoring/prometheus/metrics HTTP/1.1\r\n\r\n"
    assert [ask(metrics, *flags).status for flags in ((), (METRICS,))] == [404, 200]
    named = ("--model_name=a", "--model_base_path=/a")
    assert [ask(f"GET /v1/models/{n} HTTP/1.1\r\n\r\n", *named).status for n in "am"] == [200, 404]
