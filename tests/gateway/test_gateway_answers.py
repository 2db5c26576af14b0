"""What `wizard.gateway.answer` predicts is what nginx answers: status and every CORS header, request by request."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway.conftest import LISTED, Emulate, Start, guarded, listed, managed, straight
from tests.gateway.harness import ADMIN, APP, EVIL, UI, Gate
from wizard.gateway import answer
from wizard.gateway.expected_responses import FACT
from wizard.servers.requests import Request

pytestmark = pytest.mark.nginx

COMPARED = (
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-expose-headers",
    "access-control-max-age",
    "vary",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "POST")
ORIGINS = (
    None,
    None,
    "",
    "null",
    APP,
    APP,
    UI,
    ADMIN,
    EVIL,
    APP.upper(),
    f"{APP}/",
    f"{APP}:443",
    f"{APP}|x",
    f"x|{APP}",
)
HOSTS = (
    *(None,) * 6,
    "localhost",
    "LOCALHOST:80",
    "localhost.",
    "localhost..",
    "127.0.0.1:1",
    "[::1]",
    "[::1]:80",
    "[::2]",
    "evil.example",
    "evil.example:localhost",
    "a/b",
    "",
    ":80",
    "_",
)
KINDS = (
    "application/json",
    "application/json",
    "application/json;charset=utf-8",
    "application/json ; x=y",
    "APPLICATION/json",
    "text/plain",
    "application/jsonp",
    "text/plain;application/json",
    "",
    None,
)
TOKENS = ("none", "right", "right", "right")
SITES = (None, None, None, "cross-site", "same-site", "same-origin", "none", "Cross-Site", "cross-site|x")
ASKED = (None, None, "POST", "DELETE", "", "a|b")
LENGTHS = (None, None, None, None, "0", str((1 << 20) + 1), str(1 << 20))
PATHS = {
    "tensorflow-serving": (
        "/v1/models/half_plus_two:predict",
        "/v1/models/half_plus_two:predict",
        "/v1/models/half_plus_two/versions/1:predict",
        "/v1/models/half_plus_two/labels/a:classify",
        "/v1/models/half_plus_two:Predict",
        "/v1/models/half_plus_two",
        "/v1/models/half_plus_two/metadata",
        "/v1/models",
        "/v1/models/",
        "/v1/config",
        "/monitoring/prometheus/metrics",
    ),
    "torchserve": (
        "/ping",
        "/predictions/echo",
        "/predictions/echo",
        "/predictions/echo/1.0",
        "/predictions/echo/",
        "/predictions",
        "/explanations/echo",
        "/invocations",
        "/models/echo",
        "/token",
        "/models",
    ),
}
SPELLINGS = (
    *(lambda p: p,) * 6,
    lambda p: p + "?a=b",
    lambda p: p + "?a=//..%2f",
    lambda p: p + "?",
    lambda p: p + "#x",
    lambda p: p + "?x#y",
    lambda p: p + "/",
    lambda p: p + "/.",
    lambda p: p + "/..",
    lambda p: p + "/../x",
    lambda p: "/x/.." + p,
    lambda p: "/.." + p,
    lambda p: "/." + p,
    lambda p: "/" + p,
    lambda p: p.replace("/", "//", 2),
    lambda p: p.replace("e", "%65", 1),
    lambda p: p.replace("e", "%C3%A9", 1),
    lambda p: p.replace("/", "%2f"),
    lambda p: p.replace("/", "/%2e/", 1),
    lambda p: p + "%00",
    lambda p: p + "%0a",
    lambda p: p + "%zz",
    lambda p: p + "%",
    lambda p: p + "%3fx",
    lambda p: p + "%23x",
    lambda p: p + "%25",
    lambda p: p + "\\x",
    lambda p: p + "é",
    lambda p: p + "\x01",
    lambda p: p.removeprefix("/"),
    lambda p: "*",
    lambda p: "/",
    lambda p: "/_token",
    lambda p: "http://localhost" + p,
    lambda p: "http://evil.example" + p,
    lambda p: "http://localhost:80" + p + "?x",
    lambda p: "HTTP://LOCALHOST" + p,
)


def requests(server: str, seed: int, count: int) -> Iterator[Request]:
    """Half of them vary everything, the others one thing of an ordinary request."""
    rng = random.Random(seed)
    paths = PATHS[server]
    for number in range(count):
        wild = number % 2 == 0
        pick: dict[str, Any] = {
            "method": (METHODS, "POST"),
            "path": (paths, paths[1]),
            "spelling": (SPELLINGS, SPELLINGS[0]),
            "origin": (ORIGINS, APP),
            "host": (HOSTS, None),
            "content-type": (KINDS, "application/json"),
            "token": (TOKENS, "right"),
            "sec-fetch-site": (SITES, None),
            "access-control-request-method": (ASKED, None),
            "content-length": (LENGTHS, None),
        }
        varied = set(pick) if wild else {rng.choice(list(pick)), rng.choice(list(pick))}
        chosen = {key: rng.choice(values) if key in varied else usual for key, (values, usual) in pick.items()}
        fields = ("host", "origin", "content-type", "sec-fetch-site", "access-control-request-method", "content-length")
        headers = tuple((name, chosen[name]) for name in fields if chosen[name] is not None)
        yield Request(chosen["method"], chosen["spelling"](chosen["path"]), headers, chosen["token"])


def send(gate: Gate, request: Request, api: str, sample: bytes = b"") -> tuple[int, dict[str, list[str]]]:
    lines = [("Host", "localhost")] if request.header("host") is None else []
    lines += [(name, value) for name, value in request.headers]
    if request.token == "right":
        lines.append(("Authorization", f"Bearer {gate.tokens.get(api, 'key')}"))
    size = int(request.header("content-length") or 0)
    body = b"x" * size if size <= 1 << 20 else b""
    if sample and request.method == "POST" and request.header("content-length") is None:
        body = sample
        lines.append(("Content-Length", str(len(body))))
    got = gate.raw(request.method, request.path, lines, body, api)
    return got.status, {name: got.values(name) for name in COMPARED if got.values(name)}


def compare(gate: Gate, wanted: Iterator[Request], api: str = "inference") -> int:
    """How many requests were compared. The stand-in answers 200, so what is forwarded is compared without a status."""
    different, forwarded = [], 0
    endpoint = gate.endpoint(api)
    for request in wanted:
        foreseen = answer(gate.deployment, endpoint, request)
        before = gate.seen()
        status, headers = send(gate, request, api)
        named: dict[str, list[str]] = {}
        for name, value in foreseen.headers:
            named.setdefault(name, []).append(value)
        reached = gate.seen() > before
        forwarded += reached
        expected = 200 if foreseen.fact != FACT else foreseen.status
        should_reach = foreseen.fact != FACT
        if (status, headers, reached) != (expected, named, should_reach):
            different.append((request, (foreseen.status, named), (status, headers), reached))
    assert not different, (len(different), different[:8])
    return forwarded


FAST = {"requests_per_second": 100_000, "max_body_mib": 1}
PLANS = {
    "a list with cookies": listed(gateway=FAST),
    "a list and a token": guarded(gateway=FAST),
    "one page": {"cors": {"inference": {"origins": [APP], "headers": [], "max_age": 0}}, "gateway": FAST},
    "any page": {"cors": {"inference": {**LISTED, "origins": ["*"]}}, "gateway": FAST},
    "no page": {"cors": {"inference": {"origins": []}}, "gateway": FAST},
}


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("server", ["tensorflow-serving", "torchserve"])
def test_nginx_answers_as_predicted(start: Start, server: str, name: str) -> None:
    gate = start(server, **PLANS[name])
    assert compare(gate, requests(server, seed=len(name), count=400)) >= 5


def test_management_is_answered_as_predicted(start: Start) -> None:
    gate = start("torchserve", **managed(gateway=FAST))
    asked = (
        Request(r.method, r.path.replace("predictions", "models").replace("ping", "models"), r.headers, r.token)
        for r in itertools.chain(requests("torchserve", 3, 200), _as(ADMIN, requests("torchserve", 4, 200)))
    )
    assert compare(gate, asked, "management") >= 5


def _as(page: str, found: Iterator[Request]) -> Iterator[Request]:
    for each in found:
        headers = tuple((name, page if name == "origin" else value) for name, value in each.headers)
        yield Request(each.method, each.path, headers, each.token)


def test_in_front_of_the_emulator_every_answer_is_as_predicted(start: Start, emulator: Emulate) -> None:
    """Statuses of the server included: what it says to HEAD, to models and versions it does not have, to no body."""
    gate = start(**guarded(gateway=FAST), edit=straight, backends=False)
    emulator(gate.endpoint().backend_port, gate.endpoint("grpc").backend_port or 1)
    different, statuses = [], set()
    for each in requests("tensorflow-serving", 11, 500):
        kept = tuple(pair for pair in each.headers if pair[0] != "content-length")
        request = Request(each.method, each.path.replace("versions/1", "versions/2"), kept, each.token)
        foreseen = answer(gate.deployment, gate.endpoint(), request)
        status, headers = send(gate, request, "inference", b'{"instances": [1.0]}')
        statuses.add(status)
        named: dict[str, list[str]] = {}
        for name, value in foreseen.headers:
            named.setdefault(name, []).append(value)
        if (status, headers) != (foreseen.status, named):
            different.append((request, (foreseen.status, named), (status, headers)))
    assert not different, (len(different), different[:5])
    assert statuses >= {200, 400, 401, 403, 404, 405, 415, 421}
