"""Requests that tell whether predictions and a running server agree, and the comparison itself."""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.servers.tensorflow_serving.plans import ADAPTER
from tests.support.waiting import PATIENCE, until
from wizard.deployment import Deployment
from wizard.servers.requests import ExpectedAnswer, Request

PAGES = (None, "https://app.example", "http://localhost:3000", "null", "chrome-extension://abc", "HTTPS://APP.EXAMPLE")
METHODS = ("GET", "POST", "OPTIONS", "PUT", "DELETE", "PATCH", "HEAD")
METRICS = "/monitoring/prometheus/metrics"
PATHS = (
    "/", "/v1", "/v1/", "/v2/models/half", "//v1/models/half", "/metrics", METRICS, METRICS + "?x=1", METRICS + "?",
    METRICS + "/", "/v1/models", "/v1/models/", "/v1/models/half", "/v1/models/half/", "/V1/MODELS/half",
    "/v1/models/Half", "/v1/models/%68alf", "/v1/models/none", "/v1/models/half?x=1", "/v1/models/half/metadata",
    "/v1/models/half/METADATA", "/v1/models/none/metadata", "/v1/models/half/metadata?x=1",
    "/v1/models/half/versions/1", "/v1/models/half/versions/01", "/v1/models/half/versions/3",
    "/v1/models/half/versions/x", "/v1/models/half/versions/9223372036854775808",
    "/v1/models/half/versions/2/metadata", "/v1/models/half/versions/3/metadata", "/v1/models/half/labels/stable",
    "/v1/models/half/labels/none", "/v1/models/half/labels/gone", "/v1/models/half/labels/stable/metadata",
    "/v1/models/half/labels/none/metadata", "/v1/models/half/labels/gone/metadata", "/v1/models/none/labels/stable",
    "/v1/models/half:predict", "/V1/models/half:predict", "/v1/models/half:PREDICT", "/v1/models/half:train",
    "/v1/models/half:predict?x=1", "/v1/models/half:predict?", "/v1/models/half:predict/", "/v1/models/none:predict",
    "/v1/models/half/versions/2:predict", "/v1/models/half/versions/02:predict", "/v1/models/half/versions/3:predict",
    "/v1/models/half/versions/9223372036854775808:predict", "/v1/models/half/labels/stable:predict",
    "/v1/models/half/labels/none:predict", "/v1/models/half/labels/gone:predict", "/v1/models/none/labels/a:predict",
)  # fmt: skip
"""`half` serves versions 1 and 2; its label `stable` is version 1, `gone` version 7, which is not there."""

HEADERS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("content-type", "text/plain"),),
    (("content-type", "application/x-www-form-urlencoded"),),
    (("content-type", "application/json"), ("authorization", "Bearer wrong")),
    (("host", "attacker.example"),),
    (("host", ""),),
    (("origin", "https://attacker.example"), ("content-type", "text/plain"), ("cookie", "a=b")),
)


@dataclass(frozen=True, slots=True)
class Seen:
    """What an answer shows of itself: status, CORS headers, kind of content, and whether the model ran."""

    status: int
    cors: frozenset[tuple[str, str]]
    content: str
    ran: bool


def requests() -> Iterator[Request]:
    """Every method on every path from every page, and header variations of one prediction."""
    for path in PATHS:
        for method in METHODS:
            for page in PAGES:
                yield Request(method, path, () if page is None else (("origin", page),))
    for headers in HEADERS:
        yield Request("POST", "/v1/models/half:predict", headers)
        yield Request("GET", "/v1/models/half", headers)


def predicted(deployment: Deployment, request: Request) -> Seen:
    """What the adapter says."""
    endpoint = deployment.endpoint("inference")
    assert endpoint is not None
    return _seen(ADAPTER.answer(deployment, endpoint, request))


def _seen(answer: ExpectedAnswer) -> Seen:
    return Seen(answer.status, _cors(answer.headers), dict(answer.headers).get("content-type", ""), answer.ran)


def measured(connection: http.client.HTTPConnection, request: Request) -> Seen:
    """What the server says. The model ran when a prediction came back."""
    headers = dict(request.headers)
    body = b'{"instances": [1.0, 2.0, 5.0]}' if request.method == "POST" else b""
    try:
        connection.putrequest(request.method, request.path, skip_host="host" in headers, skip_accept_encoding=True)
        for name, value in headers.items():
            if value:
                connection.putheader(name, value)
        if body or request.method in ("PUT", "PATCH"):
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body or None)
        reply = connection.getresponse()
        text = reply.read()
    finally:
        connection.close()
    fields = tuple((name.lower(), value) for name, value in reply.getheaders())
    content = dict(fields).get("content-type", "").partition(";")[0]
    return Seen(reply.status, _cors(fields), content, reply.status == 200 and b'"predictions": [' in text)


def _cors(headers: tuple[tuple[str, str], ...]) -> frozenset[tuple[str, str]]:
    return frozenset((name, value) for name, value in headers if name.startswith("access-control-"))


def disagreements(deployment: Deployment, host: str, port: int) -> list[str]:
    """Every request whose answer differs from the prediction, as one line each."""
    found = []
    for request in requests():
        said = predicted(deployment, request)
        got = measured(http.client.HTTPConnection(host, port, timeout=PATIENCE), request)
        if request.method == "OPTIONS" or request.method == "HEAD":
            # An empty body has no kind; a client does not look for a body in an answer to HEAD.
            got, said = (Seen(s.status, s.cors, "", s.ran) for s in (got, said))
        if got != said:
            found.append(f"{request.method} {request.path} {dict(request.headers)}: predicted {said}, got {got}")
    return found


def wait_for_model(host: str, port: int, log: Callable[[], str]) -> None:
    """Until the model is AVAILABLE; the port opens only after the first load. `log` is what the server said."""
    until(lambda: _has_model(host, port), lambda: f"the model on {host}:{port}\n{log()}", pause=0.1)


def _has_model(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", "/v1/models/half")
        return b"AVAILABLE" in connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
