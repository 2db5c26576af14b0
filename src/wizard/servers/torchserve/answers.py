"""What the server answers: its rules for paths, methods, OPTIONS, tokens and CORS headers, per release.

The CORS headers are the same on every answer of every HTTP API, whoever asks. OPTIONS has no rule of its own and is
handled like every other method, so a preflight needs a token if the token is on. Origin and Host are never checked;
Content-Type only decides where a registration is described. A model's version named in a path is assumed to be loaded.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, unquote

from wizard.fast_start import regex
from wizard.plan import Api
from wizard.servers.requests import ExpectedAnswer, Request
from wizard.servers.torchserve.running import Running

_RULES = "TorchServe 0.8.1 to 0.12.0, measured"
_TOKEN = "with the token on every call needs a key (TorchServe 0.11.1 and 0.12.0, measured)"
_NO_MODEL_API = "no models over the network (TorchServe 0.11.1 and 0.12.0, measured)"
UNREACHABLE = ExpectedAnswer(0, fact="Nothing listens for this API.")
"""Status 0: the process has no open port for the API."""
_NOT_FOUND = ExpectedAnswer(404, fact=_RULES)
_NOT_ALLOWED = ExpectedAnswer(405, fact=_RULES)
_BAD = ExpectedAnswer(400, fact=_RULES)
_REFUSED = ExpectedAnswer(400, fact=_TOKEN)
_FAILED = ExpectedAnswer(500, fact=_RULES)
_UNREADABLE = ExpectedAnswer(403, fact=_RULES)
_EXPECTS = ExpectedAnswer(417, fact=_RULES)
_PAGE = ExpectedAnswer(200, fact=_RULES)
_DONE = ExpectedAnswer(200, ran=True, fact=_RULES)

INFERENCE_SERVICE = "org.pytorch.serve.grpc.inference.InferenceAPIsService"
MANAGEMENT_SERVICE = "org.pytorch.serve.grpc.management.ManagementAPIsService"
_CALLS: dict[Api, set[str]] = {
    "grpc": {f"/{INFERENCE_SERVICE}/{name}" for name in ("Ping", "Predictions", "StreamPredictions")},
    "grpc_management": {
        f"/{MANAGEMENT_SERVICE}/{name}"
        for name in ("DescribeModel", "ListModels", "ScaleWorker", "SetDefault", "RegisterModel", "UnregisterModel")
    },
}
_MODEL_API_CALLS = frozenset({"RegisterModel", "UnregisterModel"})
_NAME = regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_BROKEN_ESCAPE = regex(r"%(?![0-9A-Fa-f]{2})")
_MANY = 2**31 - 1
_GRPC_DENIED = 7
_GRPC_UNKNOWN = 12


@dataclass(frozen=True, slots=True)
class _Call:
    """A request, parsed like the server does."""

    running: Running
    method: str
    parts: tuple[str, ...]
    """The decoded path split at its slashes, without the empty text before the first one."""
    query: dict[str, list[str]]
    content_type: str
    body: bytes | None
    broken_query: bool
    """The query has a percent sign that begins no escape, and fails where it is read."""

    def knows(self, model: str) -> bool:
        return model in self.running.models


def answer(running: Running, api: Api, request: Request) -> ExpectedAnswer:
    """The server's answer to a request whose body fits the model, once every model is loaded.

    gRPC answers have the HTTP status 200 and a `grpc-status` among their headers.
    """
    if api in _CALLS:
        return _grpc(running, api, request)
    if api == "metrics" and not running.metrics:
        return UNREACHABLE
    if (request.header("expect") or "100-continue").strip().lower() != "100-continue":
        return _EXPECTS
    return replace(_http(running, api, request), headers=running.cors)


def _http(running: Running, api: Api, request: Request) -> ExpectedAnswer:
    if not all(_NAME.fullmatch(name) for name, _ in request.headers):
        return _BAD
    path, _, query = request.path.partition("#")[0].partition("?")
    if _BROKEN_ESCAPE.search(path):
        return _UNREADABLE
    # What is empty at the end is dropped, as Java's split does.
    first, *parts = unquote(path).rstrip("/").split("/")
    kind = (request.header("content-type") or "").partition(";")[0].strip().lower()
    call = _Call(
        running, request.method, tuple(parts), parse_qs(query), kind, request.body, bool(_BROKEN_ESCAPE.search(query))
    )
    if not parts and not first:
        return _PAGE if path == "/" and call.method == "OPTIONS" else _NOT_ALLOWED
    if call.parts == ("api-description",):
        return _PAGE
    if api == "metrics":
        return _metrics(call)
    if running.token and not _accepted(api, request):
        return _REFUSED
    if not parts:
        # The part after the first slash is taken without a look at whether there is one.
        return _FAILED
    return _management(call) if api == "management" else _inference(call)


def _metrics(call: _Call) -> ExpectedAnswer:
    if call.parts[:1] != ("metrics",):
        return _NOT_FOUND
    return _UNREADABLE if call.broken_query else _PAGE


def _accepted(api: Api, request: Request) -> bool:
    """Whether the right key is presented.

    On the management port, `/token` anywhere in the request, even in a header, asks for the third key, which renews the
    others.
    """
    if api == "management" and any("/token" in text for text in (request.path, *dict(request.headers).values())):
        return False
    return request.token == "right"


def _inference(call: _Call) -> ExpectedAnswer:
    match call.parts:
        case ("ping", *_):
            return _PAGE
        case ("predictions" | "explanations", model, *_) | ("models", model, "invoke"):
            return _run(call, model)
        case ("invocations",):
            return _invocations(call)
        case ("predictions" | "explanations" | "invocations", *_) | ("models", _, _):
            return _NOT_FOUND
        case (model, "predict") | (model, _, "predict"):
            return _run(call, model)
        case ("v1", "models", name) if ":predict" in name or ":explain" in name:
            return _run(call, name.partition(":")[0])
        case ("v2", "models", model, "infer"):
            return _run(call, model)
        case _:
            return _NOT_FOUND


def _run(call: _Call, model: str) -> ExpectedAnswer:
    """Every method except OPTIONS, which describes the model, runs it."""
    if not call.knows(model):
        return _NOT_FOUND
    return _PAGE if call.method == "OPTIONS" else _DONE


def _invocations(call: _Call) -> ExpectedAnswer:
    models = call.running.models
    named = call.query.get("model_name", [*models] if len(models) == 1 else [])
    return _run(call, named[0]) if named else _BAD


def _management(call: _Call) -> ExpectedAnswer:
    match call.parts:
        case ("models",):
            return _DONE if call.method == "GET" else _register(call) if call.method == "POST" else _NOT_ALLOWED
        case ("models", model):
            return _model(call, model)
        case ("models", model, version):
            return _model(call, model, version)
        case ("models", model, _, "set-default"):
            done = _DONE if call.knows(model) else _NOT_FOUND
            return done if call.method == "PUT" else _model(call, model)
        case ("v1", "models", name):
            found = _DONE if call.knows(name.partition(":")[0]) else _NOT_FOUND
            return found if call.method == "GET" else _NOT_ALLOWED
        case ("workflows",):
            return _DONE if call.method == "GET" else _fetch(call) if call.method == "POST" else _NOT_ALLOWED
        case ("workflows", _):
            return _NOT_FOUND if call.method in ("GET", "DELETE") else _NOT_ALLOWED
        case _:
            return _NOT_FOUND


def _model(call: _Call, model: str, version: str = "") -> ExpectedAnswer:
    if call.method == "DELETE" and not call.running.model_api:
        return ExpectedAnswer(405, fact=_NO_MODEL_API)
    if call.method not in ("GET", "PUT", "DELETE", "OPTIONS"):
        return _NOT_ALLOWED
    if not call.knows(model) or version == "set-default" or (version == "all" and call.method != "GET"):
        return _NOT_FOUND
    if call.method == "OPTIONS":
        return _PAGE
    if call.broken_query:
        return _UNREADABLE
    if call.method == "PUT" and _number(call, "min_worker", 1) > _number(call, "max_worker", _MANY):
        return _BAD
    waiting = call.method == "PUT" and call.query.get("synchronous", [""])[0].lower() != "true"
    return replace(_DONE, status=202) if waiting else _DONE


def _number(call: _Call, name: str, default: int) -> int:
    """A number from the query. What is none counts as missing."""
    text = call.query.get(name, [""])[0]
    return int(text) if re.fullmatch("[+-]?[0-9]+", text) else default


def _register(call: _Call) -> ExpectedAnswer:
    if not call.running.model_api:
        return ExpectedAnswer(405, fact=_NO_MODEL_API)
    return _fetch(call)


def _fetch(call: _Call) -> ExpectedAnswer:
    """Registering a URL: none is allowed, and an archive that is not in the store is not found.

    A JSON body is read instead of the query; without `url` in it, nothing is searched for.
    """
    if call.content_type == "application/json":
        return _described(call.body or b"{}")
    if call.broken_query:
        return _UNREADABLE
    return _NOT_FOUND if call.query.get("url") else _BAD


def _described(body: bytes) -> ExpectedAnswer:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return _BAD
    if isinstance(found, dict):
        return _NOT_FOUND if found.get("url") else _BAD
    return _BAD if found is None else _FAILED


def _grpc(running: Running, api: Api, request: Request) -> ExpectedAnswer:
    if request.path not in _CALLS[api]:
        return ExpectedAnswer(200, (("grpc-status", str(_GRPC_UNKNOWN)),), fact=_RULES)
    if running.token and request.token != "right":
        return ExpectedAnswer(200, (("grpc-status", str(_GRPC_DENIED)),), fact=_TOKEN)
    name = request.path.rpartition("/")[2]
    if name in _MODEL_API_CALLS and not running.model_api:
        return ExpectedAnswer(200, (("grpc-status", str(_GRPC_DENIED)),), fact=_NO_MODEL_API)
    return ExpectedAnswer(200, (("grpc-status", "0"),), ran=name != "Ping", fact=_RULES)
