"""Predicted answers against what running servers of every release answered (data/answers.json)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.torchserve.plans import ADAPTER, ALL_LOOPBACK, MODEL, NO_TOKEN, PAGE, deploy, recorded
from wizard.deployment import Deployment
from wizard.plan import Api
from wizard.servers import exchanges
from wizard.servers.requests import ExpectedAnswer, Request

RECORDED = recorded()
CORS = {"cors__inference__origins": [PAGE], "cors__management__origins": [PAGE], "gateway__kind": "none"}
TOKENS = {"none": "none", "right": "right", "wrong": "wrong", "other": "wrong", "lower": "wrong"}


def exposed(version: str, *, token: bool, **more: Any) -> Deployment:
    """Every HTTP API on this machine, with the server's own CORS."""
    kind = {"auth__inference": "server-token", "auth__management": "server-token"} if token else NO_TOKEN
    return deploy(version=version, **ALL_LOOPBACK, **kind, **{**CORS, **more})


def ask(deployment: Deployment, api: Api, method: str, path: str, **more: Any) -> ExpectedAnswer:
    endpoint = deployment.endpoint(api)
    assert endpoint is not None
    return ADAPTER.answer(deployment, endpoint, Request(method, path, **more))


def rows(table: dict[str, Any]) -> Iterator[tuple[str, Api, str, str, int, bool]]:
    for kind, apis in table.items():
        for api, statuses in apis.items():
            for line, paths in statuses.items():
                for path in paths:
                    for method, cell in zip(RECORDED["methods"], line.split(), strict=True):
                        yield kind, api, path, method, int(cell.rstrip("*")), cell.endswith("*")


@pytest.mark.parametrize("measured", RECORDED["measured"])
def test_every_recorded_answer_is_predicted(measured: str) -> None:
    version, token = measured.split()
    deployment = exposed(version, token=token == "on")
    compared = 0
    wrong = []
    for kind, api, path, method, status, ran in rows(RECORDED["tables"][RECORDED["measured"][measured]]):
        if "9.9" in path:
            continue  # which versions a model has is not in a Plan: one that is named is taken to be loaded
        foreseen = ask(deployment, api, method, path, token=TOKENS[kind])
        if foreseen.status != status or (api == "inference" and foreseen.ran != ran):
            wrong.append((kind, api, method, path, status, ran, foreseen))
        compared += 1
    assert not wrong, wrong[:10]
    assert compared >= 700


@pytest.mark.parametrize("measured", [each for each in RECORDED["measured"] if each.endswith(" on")])
def test_what_needs_no_token_is_what_is_said(measured: str) -> None:
    table = rows(RECORDED["tables"][RECORDED["measured"][measured]])
    said = ADAPTER.abilities(measured.split()[0]).token_leaves
    open_ = {path for kind, api, path, _, status, _ in table if (kind, status) == ("none", 200) and api != "metrics"}
    assert open_ - {"/"} == {"/api-description", "/api-description/"} and "(/api-description)" in said


@pytest.mark.parametrize("version", ADAPTER.versions)
def test_cors_headers_are_the_same_on_every_answer_whoever_asks(version: str) -> None:
    deployment = exposed(version, token=False)
    expected = (
        ("access-control-allow-origin", PAGE),
        ("access-control-allow-methods", "GET, POST"),
        ("access-control-allow-headers", "content-type"),
    )
    for api in ("inference", "management", "metrics"):
        for path in ("/", "/ping", "/predictions/echo", "/predictions/nope", "/models", "/metrics", "/unknown"):
            for method in ("GET", "POST", "OPTIONS", "DELETE"):
                for origin in ((), (("origin", PAGE),), (("origin", "https://other.example"),)):
                    assert ask(deployment, api, method, path, headers=origin).headers == expected


def test_no_cors_rule_no_headers() -> None:
    deployment = deploy(version="0.12.0", **NO_TOKEN)
    assert ask(deployment, "inference", "OPTIONS", "/predictions/echo", headers=(("origin", PAGE),)) == ExpectedAnswer(
        200, (), False, ask(deployment, "inference", "OPTIONS", "/predictions/echo").fact
    )


def test_an_empty_list_sends_no_header() -> None:
    deployment = exposed("0.12.0", token=False, cors__inference__headers=[], cors__management__headers=[])
    names = [name for name, _ in ask(deployment, "inference", "GET", "/ping").headers]
    assert names == ["access-control-allow-origin", "access-control-allow-methods"]


@pytest.mark.parametrize("version", ["0.11.1", "0.12.0"])
def test_every_preflight_is_refused_while_the_token_is_on(version: str) -> None:
    deployment = exposed(version, token=True)
    preflight = (("origin", PAGE), ("access-control-request-method", "POST"))
    for api in ("inference", "management"):
        for path in ("/ping", "/predictions/echo", "/models", "/models/echo", "/nothing"):
            assert ask(deployment, api, "OPTIONS", path, headers=preflight).status == 400
        assert ask(deployment, api, "OPTIONS", "/", headers=preflight).status == 200
    assert ask(deployment, "metrics", "OPTIONS", "/metrics", headers=preflight).status == 200


def test_token_anywhere_in_a_management_request_asks_for_the_third_key() -> None:
    deployment = exposed("0.12.0", token=True)
    assert ask(deployment, "management", "GET", "/models", token="right").status == 200
    for headers in ((("referer", "http://x/token"),), (("x-a", "b"), ("cookie", "a=/token/b"))):
        assert ask(deployment, "management", "GET", "/models", token="right", headers=headers).status == 400
    assert ask(deployment, "management", "GET", "/models?a=/token", token="right").status == 400
    assert ask(deployment, "inference", "GET", "/ping?a=/token", token="right").status == 200


def test_invocations_need_a_name_unless_one_model_runs() -> None:
    two = [MODEL, {"name": "other", "path": "/models/other.mar"}]
    deployment = deploy(models=two, version="0.12.0", **NO_TOKEN)
    assert ask(deployment, "inference", "POST", "/invocations").status == 400
    assert ask(deployment, "inference", "OPTIONS", "/invocations").status == 400
    assert ask(deployment, "inference", "POST", "/invocations?model_name=other").ran
    assert ask(deployment, "inference", "POST", "/predictions/other").ran


@pytest.mark.parametrize(("version", "status"), [("0.9.0", 200), ("0.11.1", 405), ("0.12.0", 405)])
def test_models_can_be_removed_over_the_network_before_0_11_1(version: str, status: int) -> None:
    deployment = exposed(version, token=False)
    assert ask(deployment, "management", "DELETE", "/models/echo").status == status
    assert ask(deployment, "management", "DELETE", "/models/echo").ran == (status == 200)


def test_metrics_that_are_off_answer_nothing() -> None:
    assert ask(deploy(version="0.12.0"), "metrics", "GET", "/metrics").status == 0


def test_scaling_waits_only_when_asked() -> None:
    deployment = exposed("0.12.0", token=False)
    assert ask(deployment, "management", "PUT", "/models/echo?min_worker=0").status == 202
    assert ask(deployment, "management", "PUT", "/models/echo?synchronous=true").status == 200


GRPC = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/"
GRPC_MANAGEMENT = "/org.pytorch.serve.grpc.management.ManagementAPIsService/"


@pytest.mark.parametrize(
    ("api", "path", "token", "status"),
    [
        ("grpc", GRPC + "Ping", "none", "7"),
        ("grpc", GRPC + "Ping", "wrong", "7"),
        ("grpc", GRPC + "Ping", "right", "0"),
        ("grpc", GRPC + "Predictions", "right", "0"),
        ("grpc", GRPC + "Nope", "none", "12"),
        ("grpc", GRPC_MANAGEMENT + "ListModels", "right", "12"),
        ("grpc", "/grpc.health.v1.Health/Check", "right", "12"),
        ("grpc_management", GRPC_MANAGEMENT + "ListModels", "none", "7"),
        ("grpc_management", GRPC_MANAGEMENT + "ListModels", "right", "0"),
        ("grpc_management", GRPC_MANAGEMENT + "RegisterModel", "right", "7"),
        ("grpc_management", GRPC_MANAGEMENT + "UnregisterModel", "right", "7"),
        ("grpc_management", GRPC + "Ping", "right", "12"),
    ],
)
def test_grpc_status(api: Api, path: str, token: Any, status: str) -> None:
    found = ask(exposed("0.12.0", token=True), api, "POST", path, token=token)
    assert (found.status, found.headers) == (200, (("grpc-status", status),))
    assert found.ran == (status == "0" and not path.endswith("Ping"))


def test_grpc_of_old_releases_lets_everybody_register() -> None:
    found = ask(exposed("0.9.0", token=False), "grpc_management", "POST", GRPC_MANAGEMENT + "RegisterModel")
    assert found.ran and found.headers == (("grpc-status", "0"),)


CONFIG = (
    "allowed_urls=none\ncors_allowed_origin=https://app.example\ncors_allowed_methods=GET, POST\n"
    "cors_allowed_headers=content-type\nload_models=echo=echo.mar\n"
)


@pytest.mark.parametrize("measured", RECORDED["measured"])
def test_every_recorded_answer_is_given_to_a_recorded_request_too(measured: str) -> None:
    version, token = measured.split()
    flags = [] if token == "on" or version < "0.11.1" else ["--disable-token-auth"]
    wrong = []
    for kind, api, path, method, status, ran in rows(RECORDED["tables"][RECORDED["measured"][measured]]):
        request = {"method": method, "path": path, "token": TOKENS[kind]}
        item = {"server": "torchserve", "version": version, "flags": flags, "api": api, "request": request}
        found = ADAPTER.replay(exchanges.read({**item, "files": {"config.properties": CONFIG}}))
        if "9.9" not in path and (found.status != status or (api == "inference" and found.ran != ran)):
            wrong.append((kind, api, method, path, status, ran, found))
        assert [name for name, _ in found.headers] == [
            f"access-control-allow-{n}" for n in ("origin", "methods", "headers")
        ]
    assert not wrong, wrong[:10]


def replay(**more: Any) -> ExpectedAnswer:
    item = {"server": "torchserve", "version": "0.12.0", "request": {"method": "GET", "path": "/ping"}}
    return ADAPTER.replay(exchanges.read({**item, **more}))


def test_recorded_settings_count_as_the_server_counts_them() -> None:
    env = {"TS_CORS_ALLOWED_ORIGIN": "*", "TS_DISABLE_TOKEN_AUTHORIZATION": "true"}
    assert replay().status == 400
    assert replay(flags=["--disable-token-auth"]).status == 200
    assert replay(env=env).headers == (("access-control-allow-origin", "*"),)
    silent = replay(env=env, files={"config.properties": "disable_token_authorization=true\n"})
    assert (silent.status, silent.headers) == (200, ())
    counted = replay(env=env, files={"config.properties": "enable_envvars_config=true\n"})
    assert (counted.status, counted.headers) == (200, (("access-control-allow-origin", "*"),))
    header = [["Authorization", "bearer key"]]
    assert replay(request={"method": "GET", "path": "/ping", "headers": header}).status == 400


def test_a_line_break_in_a_cors_value_leaves_every_request_without_an_answer() -> None:
    assert replay(files={"config.properties": "cors_allowed_origin=https://a\\n\n"}).status == 0


RANDOM: list[dict[str, Any]] = json.loads((Path(__file__).parent / "data" / "random.json").read_text("utf-8"))
"""Exchanges with TorchServe 0.12.0, of random requests: broken escapes, no slash in front, impossible header names."""


@pytest.mark.parametrize("exchange", RANDOM, ids=lambda exchange: exchange["id"])
def test_what_random_requests_were_answered_is_predicted(exchange: dict[str, Any]) -> None:
    (found,) = exchanges.answer_all(json.dumps([exchange]))
    assert (found["status"], found["headers"]) == tuple(exchange["response"].values())
