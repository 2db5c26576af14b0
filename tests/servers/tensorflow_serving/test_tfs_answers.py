"""What the server is predicted to answer, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from tests.servers.tensorflow_serving.plans import ADAPTER, deploy
from tests.support.each import each
from wizard.deployment import Deployment
from wizard.plan import Api
from wizard.servers.requests import ExpectedAnswer, Request

MODELS: list[dict[str, Any]] = [
    {"name": "half", "path": "/half", "versions": [1, 2], "labels": {"stable": 1, "gone": 7}},
    {"name": "open", "path": "/open"},
]
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, GET",
    "access-control-allow-headers": "Content-Type",
}
METRICS = "/monitoring/prometheus/metrics"
PAGE = "https://app.example"
OFF = deploy(models=MODELS, bind__metrics={"scope": "loopback"})
ON = deploy(models=MODELS, bind__metrics={"scope": "loopback"}, cors__inference__origins=["*"])
BOTH = pytest.mark.parametrize("deployment", [OFF, ON], ids=["cors off", "cors on"])


def ask(deployment: Deployment, method: str, path: str, *, api: Api = "inference", **headers: str) -> ExpectedAnswer:
    endpoint = deployment.endpoint(api)
    assert endpoint is not None
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return ADAPTER.answer(deployment, endpoint, Request(method, path, named))


def cors(answer: ExpectedAnswer) -> dict[str, str]:
    return {name: value for name, value in answer.headers if name.startswith("access-control-")}


def test_the_switch_is_where_it_should_be() -> None:
    inference = ON.endpoint("inference")
    assert inference is not None and inference.cors.layer == "native"
    assert not ON.has_gateway


@each(
    (deployment, *row)
    for deployment in (OFF, ON)
    for row in [
        ("GET", "/v1/models/half", 200, False),
        ("GET", "/v1/models/half/metadata", 200, False),
        ("GET", "/v1/models/half/versions/1", 200, False),
        ("GET", "/v1/models/half/versions/1/metadata", 200, False),
        ("GET", "/v1/models/half/labels/stable", 200, False),
        ("GET", "/v1/models", 400, False),
        ("GET", "/v1/models/", 400, False),
        ("GET", "/v1/", 400, False),
        ("GET", "/v1/models/half:predict", 400, False),
        ("GET", "/v1/models/none", 404, False),
        ("GET", "/v1/models/none/metadata", 404, False),
        ("GET", "/v1/models/half/versions/3", 404, False),
        ("GET", "/v1/models/half/labels/none", 200, False),
        ("GET", "/v1/models/none/labels/stable", 404, False),
        ("GET", "/v1/models/half/labels/stable/metadata", 200, False),
        ("GET", "/v1/models/half/labels/none/metadata", 400, False),
        ("GET", "/v1/models/half/labels/gone/metadata", 404, False),
        ("GET", "/v1/models/half/METADATA", 200, False),
        ("GET", "/v1/models/half/labels/none/METADATA", 200, False),
        ("GET", "/v1/models/half?x=1", 404, False),
        ("POST", "/v1/models/half:predict", 200, True),
        ("POST", "/V1/Models/half:predict", 200, True),
        ("POST", "/v1/models/half:PREDICT", 400, False),
        ("POST", "/v1/models/%68alf:predict", 200, True),
        ("POST", "/v1/models/Half:predict", 404, False),
        ("POST", "/v1/models/half/versions/2:predict", 200, True),
        ("POST", "/v1/models/half/versions/02:predict", 200, True),
        ("POST", "/v1/models/half/versions/3:predict", 404, False),
        ("POST", "/v1/models/half/versions/9223372036854775808:predict", 400, False),
        ("POST", "/v1/models/half/labels/stable:predict", 200, True),
        ("POST", "/v1/models/half/labels/gone:predict", 404, False),
        ("POST", "/v1/models/half/labels/none:predict", 400, False),
        ("POST", "/v1/models/open/versions/5:predict", 200, True),
        ("POST", "/v1/models/none:predict", 404, False),
        ("POST", "/v1/models/half:predict?x=1", 400, False),
        ("POST", "/v1/models/half:predict?", 400, False),
        ("POST", "/v1/models/half", 400, False),
        ("POST", "/v1/models/half:train", 400, False),
        ("PUT", "/v1/models/half:predict", 400, False),
        ("DELETE", "/v1/models/half", 400, False),
        ("PATCH", "/v1/models/half", 400, False),
        ("HEAD", "/v1/models/half", 400, False),
    ]
)
def test_below_v1(deployment: Deployment, method: str, path: str, status: int, ran: bool) -> None:
    answer = ask(deployment, method, path, origin=PAGE)
    assert (answer.status, answer.ran) == (status, ran)
    assert cors(answer) == (CORS if deployment is ON else {})
    assert ("content-type", "application/json") in answer.headers
    assert answer.fact


@each(
    (deployment, *row, path)
    for deployment in (OFF, ON)
    for path in ["/v1/models/half:predict", "/v1/models/none:predict", "/v1/whatever"]
    for row in [
        (PAGE, 200),
        ("http://localhost:3000", 200),
        ("x-http://anything", 200),
        ("null", 400),
        ("", 400),
        ("chrome-extension://abc", 400),
        ("HTTPS://APP.EXAMPLE", 400),
    ]
)
def test_options(deployment: Deployment, origin: str, status: int, path: str) -> None:
    answer = ask(deployment, "OPTIONS", path, origin=origin)
    assert answer.status == status
    assert cors(answer) == (CORS if deployment is ON else {})
    assert not answer.ran


@BOTH
def test_options_without_an_origin_is_refused(deployment: Deployment) -> None:
    assert ask(deployment, "OPTIONS", "/v1/models/half:predict").status == 400


@each(
    (deployment, method, path)
    for deployment in (OFF, ON)
    for method in ["GET", "POST", "OPTIONS", "PUT", "HEAD"]
    for path in ["/", "/v1", "/v2/models/half", "/metrics", "/monitoring/prometheus", "//v1/models/half"]
)
def test_outside_v1_there_is_a_page_of_libevent(deployment: Deployment, method: str, path: str) -> None:
    answer = ask(deployment, method, path, origin=PAGE)
    assert answer.status == 404
    assert answer.headers == (("content-type", "text/html"),)


@each(
    (deployment, method, api)
    for deployment in (OFF, ON)
    for method in ["GET", "POST", "OPTIONS", "PUT", "DELETE", "HEAD"]
    for api in ["metrics", "inference"]
)
def test_metrics_answer_any_method_without_cors(deployment: Deployment, method: str, api: Api) -> None:
    answer = ask(deployment, method, METRICS, api=api, origin=PAGE)
    assert answer.status == 200
    assert answer.headers == (("content-type", "text/plain"),)
    assert not answer.ran


def test_metrics_take_no_query_string_and_are_off_by_default() -> None:
    assert ask(OFF, "GET", METRICS + "?x=1").status == 400
    assert ask(OFF, "GET", METRICS + "?").status == 400
    assert ask(OFF, "GET", METRICS.upper()).status == 404
    assert ask(deploy(), "GET", METRICS).status == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"host": "attacker.example"},
        {"authorization": "Bearer wrong"},
        {"origin": "https://attacker.example", "content_type": "text/plain"},
        {"origin": "null"},
        {},
    ],
)
@BOTH
def test_no_header_keeps_a_prediction_from_running(deployment: Deployment, headers: dict[str, Any]) -> None:
    answer = ask(deployment, "POST", "/v1/models/half:predict", **headers)
    assert (answer.status, answer.ran) == (200, True)


def test_a_single_version_is_served_alone() -> None:
    deployment = deploy(models=[{"name": "m", "path": "/m", "as_version": 4}])
    assert ask(deployment, "POST", "/v1/models/m/versions/4:predict").status == 200
    assert ask(deployment, "POST", "/v1/models/m/versions/5:predict").status == 404


def test_without_rest_nothing_answers() -> None:
    deployment = deploy(bind__inference={"scope": "off"}, bind__grpc={"scope": "loopback"})
    assert ask(deployment, "GET", "/v1/models/half").status == 0


PREDICT = "/tensorflow.serving.PredictionService/Predict"
RELOAD = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


@pytest.mark.parametrize(
    ("version", "path", "status", "ran"),
    [
        ("2.19.1", PREDICT, "0", True),
        ("2.19.1", "/tensorflow.serving.PredictionService/GetModelMetadata", "0", False),
        ("2.19.1", "/tensorflow.serving.ModelService/GetModelStatus", "0", False),
        ("2.19.1", RELOAD, "0", True),
        ("2.5.1", RELOAD, "0", True),
        ("2.19.1", REFLECTION, "0", False),
        ("2.13.1", REFLECTION, "12", False),
        ("2.19.1", "/grpc.health.v1.Health/Check", "12", False),
        ("2.19.1", "/tensorflow.ProfilerService/Profile", "12", False),
        ("2.19.1", "/v1/models/half", "12", False),
    ],
)
def test_grpc(version: str, path: str, status: str, ran: bool) -> None:
    answer = ask(deploy(version=version, bind__grpc={"scope": "loopback"}), "POST", path, api="grpc")
    assert (dict(answer.headers)["grpc-status"], answer.ran) == (status, ran)


def test_routes_of_a_gateway_match_what_the_server_runs_and_never_the_reload() -> None:
    import re

    deployment = deploy(models=MODELS, bind__grpc={"scope": "loopback"}, bind__metrics={"scope": "loopback"})
    routes = ADAPTER.gateway_routes(deployment)

    def found(api: Api, method: str, path: str) -> Any:
        return next((r for r in routes if r.api == api and method in r.methods and re.search(r.pattern, path)), None)

    for path in ("half:predict", "half/versions/2:classify", "half/labels/stable:regress", "a.b-c_d:predict"):
        route = found("inference", "POST", f"/v1/models/{path}")
        assert route is not None and route.json_body
    for path in ("half", "half/metadata", "half/versions/1", "half/labels/stable/metadata"):
        assert found("inference", "GET", f"/v1/models/{path}")
    assert found("grpc", "POST", PREDICT).grpc
    assert found("grpc", "POST", "/tensorflow.serving.ModelService/GetModelStatus").grpc
    assert found("metrics", "GET", METRICS)
    for api in ("inference", "grpc", "metrics"):
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
            for path in (
                RELOAD,
                REFLECTION,
                "/tensorflow.ProfilerService/Profile",
                "/v1/models",
                "/",
                "/v1/models/a/b",
            ):
                assert found(api, method, path) is None, (api, method, path)
    assert found("inference", "POST", METRICS) is None
    assert not [r for r in ADAPTER.gateway_routes(deploy()) if r.api == "metrics"]
    assert re.search(routes[0].pattern, ADAPTER.predict_path("half"))
