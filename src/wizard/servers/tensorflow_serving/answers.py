"""What the server answers to a request: its rules for paths, methods, OPTIONS and CORS headers.

Only method, path and Origin count. Content-Type, Host and Authorization are never read, so a text/plain POST of a web
page runs the model, and a request under a foreign host name is answered (http_server.cc, 2.20.0).
"""

from __future__ import annotations

import re

from wizard.deployment import Deployment, Endpoint
from wizard.plan import Model
from wizard.servers.base import Answer, Request
from wizard.servers.tensorflow_serving import layout
from wizard.servers.tensorflow_serving.knowledge import release

CORS_HEADERS = (
    ("access-control-allow-origin", "*"),
    ("access-control-allow-methods", "POST, GET"),
    ("access-control-allow-headers", "Content-Type"),
)
_JSON = (("content-type", "application/json"),)
_TEXT = (("content-type", "text/plain"),)
_HTML = (("content-type", "text/html"),)

# Matched against the whole path with its query string, so any query string breaks them (http_rest_api_util.cc:31-34).
_REST = re.compile(r"/v1/.*", re.IGNORECASE | re.DOTALL)
_RUN = re.compile(
    r"/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>[0-9]+)|/labels/(?P<label>[^/:]+))?"
    r":(?P<method>classify|regress|predict)",
    re.IGNORECASE,
)
_METHODS = ("classify", "regress", "predict")
"""Matched in any case, then compared in lower case (http_rest_api_handler.cc)."""
_STATUS = re.compile(
    r"/v1/models(?:/(?P<name>[^/:]+))?(?:/versions/(?P<version>[0-9]+)|/labels/(?P<label>[^/:]+))?"
    r"(?:/(?P<part>metadata))?",
    re.IGNORECASE,
)
_WEB_ORIGIN = re.compile(r"https?://")
_INT64_MAX = 2**63 - 1

PREDICTION_METHODS = ("Predict", "Classify", "Regress", "MultiInference", "GetModelMetadata")
_PREDICTION = "/tensorflow.serving.PredictionService/"
_STATUS_CALL = "/tensorflow.serving.ModelService/GetModelStatus"
_RELOAD_CALL = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"
_REFLECTION = re.compile(r"/grpc\.reflection\.v1(?:alpha)?\.ServerReflection/ServerReflectionInfo")
_REFLECTION_SINCE = (2, 15)

UNREACHABLE = Answer(0, fact="Nothing listens for this API.")
"""Status 0: the process has no open port for the API."""


def answer(deployment: Deployment, endpoint: Endpoint, request: Request) -> Answer:
    """The server's answer to a request whose body, if it needs one, fits the model.

    A version or label that the Plan does not settle (policy "latest" or "all") is taken to be loaded.
    """
    if endpoint.protocol == "grpc":
        return _grpc(deployment, request)
    if not layout.rest_port(deployment):
        return UNREACHABLE
    path, _, query = request.path.partition("?")
    if layout.metrics_on(deployment) and path == layout.METRICS_PATH:
        if query or request.path.endswith("?"):
            return Answer(400, _TEXT, fact="evhttp_request.cc:105-136: the metrics path has no query string.")
        return Answer(200, _TEXT, fact="http_server.cc:89-117: any method gets the metrics, without CORS headers.")
    if not _REST.fullmatch(request.path):
        return Answer(404, _HTML, fact="evhttp_server.cc:175-178: there is nothing outside /v1/.")
    cors = CORS_HEADERS if layout.cors_on(deployment) else ()
    if request.method == "OPTIONS":
        return _options(request, cors)
    if request.method == "POST":
        found = _run(deployment, request.path)
    elif request.method == "GET":
        found = _status(deployment, request.path)
    else:
        found = Answer(400, fact=f"http_rest_api_handler.cc:74-105: {request.method} is a malformed request.")
    return Answer(found.status, (*_JSON, *cors), found.ran, found.fact)


def _options(request: Request, cors: tuple[tuple[str, str], ...]) -> Answer:
    origin = request.header("origin")
    if origin is not None and _WEB_ORIGIN.search(origin):
        return Answer(200, cors, fact="http_server.cc:170-177: OPTIONS from a web origin is answered on any path.")
    return Answer(400, cors, fact="http_server.cc:171-177: OPTIONS without a web origin is refused.")


def _run(deployment: Deployment, path: str) -> Answer:
    match = _RUN.fullmatch(path)
    if match is None or match["method"] not in _METHODS:
        return Answer(400, fact="http_rest_api_handler.cc:74-105: malformed request.")
    problem = _missing(deployment, match, labels=True)
    return problem or Answer(200, ran=True, fact="http_rest_api_handler.cc: the model runs; no header is looked at.")


def _status(deployment: Deployment, path: str) -> Answer:
    match = _STATUS.fullmatch(path)
    if match is None:
        return Answer(400, fact="http_rest_api_handler.cc:74-105: malformed request.")
    if match["name"] is None:
        return Answer(400, fact="http_rest_api_handler.cc: missing model name, models cannot be listed.")
    # The status of a label is the status of every version: the label is not looked at (get_model_status_impl.cc).
    problem = _missing(deployment, match, labels=match["part"] == "metadata")
    return problem or Answer(200, fact="http_rest_api_handler.cc: status or metadata of a model.")


def _missing(deployment: Deployment, match: re.Match[str], labels: bool) -> Answer | None:
    """The error for a model, version or label that is not there."""
    if match["version"] and int(match["version"]) > _INT64_MAX:
        return Answer(400, fact="http_rest_api_util.cc: the version is no 64-bit number.")
    from urllib.parse import unquote

    name = unquote(match["name"])
    model = next((each for each in deployment.plan.models if each.name == name), None)
    if match["label"] and labels:
        number = None if model is None else model.labels.get(unquote(match["label"]))
        if model is None or number is None:
            return Answer(400, fact="server_core.cc: unrecognized servable version label.")
        return _absent(deployment, model, number)
    if model is None:
        return Answer(404, fact="server_core.cc, get_model_status_impl.cc: no such model.")
    return _absent(deployment, model, int(match["version"])) if match["version"] else None


def _absent(deployment: Deployment, model: Model, version: int) -> Answer | None:
    served = layout.served_versions(deployment.plan, model)
    if served is None or version in served:
        return None
    return Answer(404, fact="get_model_status_impl.cc: could not find that version of the model.")


def _grpc(deployment: Deployment, request: Request) -> Answer:
    """A gRPC call; a status of gRPC's own comes in the trailer grpc-status (0 done, 12 no such method)."""
    done, unknown = (("grpc-status", "0"),), (("grpc-status", "12"),)
    service, _, method = request.path.rpartition("/")
    if f"{service}/" == _PREDICTION and method in PREDICTION_METHODS:
        return Answer(200, done, ran=method != "GetModelMetadata", fact="server.cc:392-430: PredictionService.")
    if request.path == _STATUS_CALL:
        return Answer(200, done, fact="server.cc:392-430: ModelService.")
    if request.path == _RELOAD_CALL:
        return Answer(200, done, ran=True, fact="model_service_impl.cc:44-82: anybody may replace the list of models.")
    if _REFLECTION.fullmatch(request.path) and release(deployment.plan.version)[:2] >= _REFLECTION_SINCE:
        return Answer(200, done, fact="model_servers/BUILD:560: reflection is built in since 2.15.")
    return Answer(200, unknown, fact="server.cc:392-430: no such service; profiler and health are off.")
