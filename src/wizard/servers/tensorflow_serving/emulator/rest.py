"""The REST interface: paths, answers and CORS (http_server.cc, http_rest_api_handler.cc, http_rest_api_util.cc)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_to_bytes

from . import jsonwrite, outputs, tensorjson
from .core import ModelSpec, ServerCore
from .http import HttpRequest, HttpResponse
from .metadata import metadata_json, status_json
from .metrics import Metrics
from .status import Code, StatusError, invalid

_API = re.compile(r"/v1/.*", re.IGNORECASE)
_VERSION = r"(?:(?:/versions/([0-9]+))|(?:/labels/([^/:]+)))?"
_PREDICTION = re.compile(rf"/v1/models/([^/:]+){_VERSION}:(classify|regress|predict)", re.IGNORECASE)
_STATUS = re.compile(rf"/v1/models(?:/([^/:]+))?{_VERSION}(?:/(metadata))?", re.IGNORECASE)
_WEB_ORIGIN = re.compile(rb"https?://")

CORS_HEADERS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "POST, GET"),
    ("Access-Control-Allow-Headers", "Content-Type"),
)


class Rest:
    """Answers HTTP requests; None means that libevent's own 404 page is due."""

    def __init__(self, core: ServerCore, cors: bool, metrics: Metrics) -> None:
        self._core = core
        self._cors = cors
        self._metrics = metrics

    def __call__(self, request: HttpRequest) -> HttpResponse | None:
        if self._metrics.path == request.path:
            return self._metrics.answer(request)
        if not _API.fullmatch(request.full_path):
            return None
        headers: list[tuple[str, str]] = []
        body = ""
        status = 200
        if request.method == "OPTIONS":
            # Any text with http:// or https:// in it passes; it is not asked who the origin is.
            status = 200 if _WEB_ORIGIN.search(request.header("Origin")) else 400
        else:
            headers.append(("Content-Type", "application/json"))
            try:
                body = self._process(request)
            except StatusError as problem:
                status = problem.http_status
                body = outputs.error_body(problem.message) if problem.message else ""
        if self._cors:
            headers += CORS_HEADERS
        return HttpResponse(status, tuple(headers), jsonwrite.encode(body))

    def _process(self, request: HttpRequest) -> str:
        if request.method == "POST":
            match = _PREDICTION.fullmatch(request.full_path)
            if match is not None:
                spec = _spec(match[1], match[2], match[3])
                # The path is matched without regard to case, the method is then compared with it.
                if match[4] in ("predict", "classify", "regress"):
                    return self._infer(spec, match[4], request.body)
        elif request.method == "GET":
            match = _STATUS.fullmatch(request.full_path)
            if match is not None:
                return self._describe(match)
        raise invalid(f"Malformed request: {request.method} {request.full_path}")

    def _infer(self, spec: ModelSpec, method: str, body: bytes) -> str:
        if method == "predict":
            return self._metrics.counted(spec.name, lambda: self._predict(spec, body))
        tensorjson.check_examples(tensorjson.parse_body(body))
        self._core.servable(spec)
        raise StatusError(
            Code.UNIMPLEMENTED,
            f"This is the Serving Wizard emulator, not TensorFlow Serving: it does not emulate :{method}.",
        )

    def _predict(self, spec: ModelSpec, body: bytes) -> str:
        request = tensorjson.parse_body(body)
        model, name, signature = self._core.signature(spec, request.signature_name)
        inputs, as_rows = tensorjson.read_inputs(request, signature)
        return outputs.write_outputs(model.predict(name, inputs), as_rows)

    def _describe(self, match: re.Match[str]) -> str:
        spec = _spec(match[1] or "", match[2], match[3])
        if not spec.name:
            raise invalid("Missing model name in request.")
        if match[4] == "metadata":
            model, version = self._core.model(spec)
            return metadata_json(spec.name, version, model)
        return status_json(self._core.status(spec))


def _spec(name: str, version: str | None, label: str | None) -> ModelSpec:
    number = None
    if version is not None:
        digits = version.lstrip("0") or "0"
        if len(digits) > 19 or int(digits) >= 2**63:
            raise invalid("")  # the handler returns before it writes the error
        number = int(digits)
    return ModelSpec(_decode(name), number, None if label is None else _decode(label))


def _decode(text: str) -> str:
    data: Any = unquote_to_bytes(text.encode("latin-1"))
    return str(data.decode("utf-8", "surrogateescape"))
