"""What the server answers to a request over REST: its rules for paths, methods, OPTIONS, CORS headers and bodies.

Measured on the server's own HTTP code (2.20.0, built with the libevent it carries); other releases by their source.
Of the headers only Origin and Content-Encoding are ever read: a text/plain POST of a web page runs the model, and a
request under a foreign host name is answered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from wizard.fast_start import regex
from wizard.servers.requests import ExpectedAnswer, Request
from wizard.servers.tensorflow_serving import body, target
from wizard.servers.tensorflow_serving.running import Running, Served

CORS_HEADERS = (
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "POST, GET"),
    ("access-control-allow-headers", "Content-Type"),
)
_JSON = (("content-type", "application/json"),)
_TEXT = (("content-type", "text/plain"),)
_HTML = (("content-type", "text/html"),)

_LISTED = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")
_PATCH_SINCE = (2, 6)
# Matched against the whole path with its query string, so any query string breaks them (http_rest_api_util.cc:31-34).
_REST = regex(r"/v1/.*", re.IGNORECASE | re.DOTALL)
_RUN = regex(
    r"/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>[0-9]+)|/labels/(?P<label>[^/:]+))?"
    r":(?P<method>classify|regress|predict)",
    re.IGNORECASE,
)
_STATUS = regex(
    r"/v1/models(?:/(?P<name>[^/:]+))?(?:/versions/(?P<version>[0-9]+)|/labels/(?P<label>[^/:]+))?"
    r"(?:/(?P<part>metadata))?",
    re.IGNORECASE,
)
_WEB_ORIGIN = regex(r"https?://")
_INT64_MAX = 2**63 - 1
_DEFAULT_SIGNATURE = "serving_default"

UNREACHABLE = ExpectedAnswer(0, fact="Nothing listens for this API.")
"""Status 0: the process has no open port for the API."""
_NEVER = ExpectedAnswer(
    0, fact="The event loop takes one REST thread, so with one alone no request is answered (measured)."
)
_MALFORMED = ExpectedAnswer(400, fact="http_rest_api_handler.cc:74-105: malformed request.")
_BAD_BODY = ExpectedAnswer(400, fact="json_tensor.cc: the body is read, and refused, before the model is looked up.")


def answer(running: Running, request: Request) -> ExpectedAnswer:
    """The server's answer to a request; a missing body is assumed to fit the path.

    If nothing determines whether a version or label exists (policy "latest" or "all"), it is assumed to be loaded.
    """
    if not running.rest:
        return UNREACHABLE
    if running.rest_threads == 1:
        return _NEVER
    listed = request.method in _LISTED or (request.method == "PATCH" and running.version >= _PATCH_SINCE)
    if not listed:
        return ExpectedAnswer(
            501, _HTML, fact="libevent: a method that is not in the server's list is 501 on every path."
        )
    place = target.parse(request.path)
    if place is None:
        return ExpectedAnswer(
            400, _HTML, fact="evhttp_request.cc: a target with a character that no URI has is refused."
        )
    if running.metrics_path and place.path == running.metrics_path:
        return _metrics(place)
    if not _REST.fullmatch(place.full):
        return ExpectedAnswer(404, _HTML, fact="evhttp_server.cc:175-178: there is nothing outside /v1/.")
    cors = CORS_HEADERS if running.cors else ()
    if request.method == "OPTIONS":
        return _options(request, cors)
    found = _MALFORMED
    if request.method == "POST":
        found = _run(running, place.full, request)
    elif request.method == "GET":
        found = _status(running, place.full)
    return ExpectedAnswer(found.status, (*_JSON, *cors), found.ran, found.fact)


def _metrics(place: target.RequestTarget) -> ExpectedAnswer:
    if place.full != place.path:
        return ExpectedAnswer(
            400, _TEXT, fact="http_server.cc:89-117: the metrics path has no query string or fragment."
        )
    return ExpectedAnswer(
        200, _TEXT, fact="http_server.cc:89-117: any listed method gets the metrics, without CORS headers."
    )


def _options(request: Request, cors: tuple[tuple[str, str], ...]) -> ExpectedAnswer:
    if _WEB_ORIGIN.search(request.header("origin") or ""):
        return ExpectedAnswer(
            200, cors, fact="http_server.cc:170-177: OPTIONS from a web origin is answered on any path."
        )
    return ExpectedAnswer(400, cors, fact="http_server.cc:171-177: OPTIONS without a web origin is refused.")


def _run(running: Running, path: str, request: Request) -> ExpectedAnswer:
    match = _RUN.fullmatch(path)
    # The path is matched in any case, the method then compared in lower case.
    if match is None or match["method"] != match["method"].lower():
        return _MALFORMED
    if _too_large(match):
        return _NO_INT64
    document = None
    if request.body is not None:
        document = body.document(body.unpacked(request.body, request.header("content-encoding")))
        if document is None or not isinstance(document.get("signature_name", ""), str):
            return _BAD_BODY
    if match["method"] == "predict":
        return _predict(running, match, document)
    if document is not None and not body.has_examples(document):
        return _BAD_BODY
    _, problem = _find(running, match, labels=True)
    return problem or ExpectedAnswer(
        400, fact=f"{match['method']} needs a signature made for it, which few models have; it is taken to be missing."
    )


def _predict(running: Running, match: re.Match[str], document: Mapping[str, Any] | None) -> ExpectedAnswer:
    model, problem = _find(running, match, labels=True)
    if model is None or problem is not None:
        return problem or _MALFORMED
    if document is not None:
        name = document.get("signature_name") or _DEFAULT_SIGNATURE
        inputs = None if model.inputs is None else model.inputs.get(name, ())
        if inputs == () or not body.fits(document, inputs):
            return ExpectedAnswer(400, fact="json_tensor.cc: the body does not fit the model's signature.")
    return ExpectedAnswer(200, ran=True, fact="http_rest_api_handler.cc: the model runs; no header is looked at.")


def _status(running: Running, path: str) -> ExpectedAnswer:
    match = _STATUS.fullmatch(path)
    if match is None:
        return _MALFORMED
    if _too_large(match):
        return _NO_INT64
    if match["name"] is None:
        return ExpectedAnswer(400, fact="http_rest_api_handler.cc: missing model name, models cannot be listed.")
    # The status of a label is the status of every version: the label is not looked at (get_model_status_impl.cc).
    # "metadata" in another case is matched and then not recognised, which leaves the status.
    _, problem = _find(running, match, labels=match["part"] == "metadata")
    return problem or ExpectedAnswer(200, fact="http_rest_api_handler.cc: status or metadata of a model.")


_NO_INT64 = ExpectedAnswer(400, fact="http_rest_api_util.cc: the version is no 64-bit number; the body stays empty.")


def _too_large(match: re.Match[str]) -> bool:
    digits = _digits(match)
    # Compared by length first: a number of many thousand digits is not read.
    return len(digits) > len(str(_INT64_MAX)) or int(digits) > _INT64_MAX


def _digits(match: re.Match[str]) -> str:
    return (match["version"] or "").lstrip("0") or "0"


def _find(running: Running, match: re.Match[str], labels: bool) -> tuple[Served | None, ExpectedAnswer | None]:
    """The model a path means, or the error if the model, its version or its label does not exist."""
    model = running.models.get(unquote(match["name"], errors="surrogateescape"))
    version = int(_digits(match)) if match["version"] else None
    if match["label"] and labels:
        version = None if model is None else model.labels.get(unquote(match["label"], errors="surrogateescape"))
        if version is None:
            return model, ExpectedAnswer(400, fact="server_core.cc: unrecognized servable version label.")
    if model is None:
        return None, ExpectedAnswer(404, fact="server_core.cc, get_model_status_impl.cc: no such model.")
    if version is None or model.versions is None or version in model.versions:
        return model, None
    return model, ExpectedAnswer(404, fact="get_model_status_impl.cc: could not find that version of the model.")
