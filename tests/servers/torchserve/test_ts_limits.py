"""What cannot be had is said, and only that; and what a gateway may forward."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.servers.torchserve.plans import ADAPTER, ALL_LOOPBACK, deploy, plan
from wizard.exposure.findings import assess
from wizard.exposure.reach import reach
from wizard.placement.defaults import complete

NATIVE: dict[str, Any] = {"run__how": "native"}
HOST_NETWORK: dict[str, Any] = {"run__network": "host"}
LOCAL_GRPC: dict[str, Any] = {"bind__grpc__scope": "loopback", "bind__grpc_management__scope": "loopback"}
ALL_GRPC: dict[str, Any] = {"bind__grpc__scope": "all", "bind__grpc_management__scope": "all"}
SOCKET = {"scope": "socket", "address": "/run/me/a.sock"}


def refusals(*, models: list[dict[str, Any]] | None = None, **patch: Any) -> list[str]:
    found = ADAPTER.impossible(complete(plan(models=models, **patch)))
    assert all(fact.intent and fact.evidence and fact.text.endswith(".") for fact in found)
    return [fact.text for fact in found]


@pytest.mark.parametrize("version", ADAPTER.versions)
def test_the_defaults_of_a_container_can_be_had(version: str) -> None:
    assert refusals(version=version) == []


@pytest.mark.parametrize("version", ["0.11.0", "0.11.1", "0.12.0"])
@pytest.mark.parametrize("run", [NATIVE, HOST_NETWORK])
def test_the_defaults_on_the_machine_itself_can_be_had(version: str, run: dict[str, Any]) -> None:
    assert refusals(version=version, **run) == []


@pytest.mark.parametrize("version", ["0.8.1", "0.8.2", "0.9.0", "0.10.0"])
@pytest.mark.parametrize("run", [NATIVE, HOST_NETWORK])
def test_old_grpc_listens_everywhere_on_the_machine_itself(version: str, run: dict[str, Any]) -> None:
    texts = refusals(version=version, **run, **LOCAL_GRPC)
    assert len(texts) == 2 and all("every interface" in text for text in texts)
    assert refusals(version=version, **run, **ALL_GRPC) == []
    assert refusals(version=version, **run) == [], "where nothing was asked, it is shown as it is"
    assert refusals(version=version, **ALL_LOOPBACK) == []


@pytest.mark.parametrize("run", [NATIVE, HOST_NETWORK])
def test_that_old_grpc_is_open_is_said_once_and_shown_as_it_is(run: dict[str, Any]) -> None:
    assert any(f.severity == "critical" for f in assess(deploy(version="0.9.0", **run)))
    deployment = deploy(version="0.9.0", **run, **LOCAL_GRPC)
    assert not deployment.has_gateway, "a gateway for HTTP would not close gRPC"
    (only,) = (f for f in assess(deployment) if f.severity == "functional")
    assert "every interface" in only.message
    lan = {cell.api: cell for cell in reach(deployment) if cell.audience == "lan"}
    assert (lan["grpc_management"].send, lan["grpc_management"].run) == ("yes", "yes")
    assert lan["inference"].send == "no"


@pytest.mark.parametrize("api", ["inference", "management", "grpc", "grpc_management"])
def test_nothing_but_metrics_can_be_switched_off_on_the_machine_itself(api: str) -> None:
    off: dict[str, Any] = {f"bind__{api}__scope": "off"}
    for run in (NATIVE, HOST_NETWORK):
        (text,) = refusals(version="0.12.0", **run, **off)
        assert "cannot switch" in text
    assert refusals(version="0.12.0", **off) == []
    assert refusals(version="0.12.0", **NATIVE, bind__metrics__scope="off") == []


def test_ipv6_needs_a_gateway_or_docker() -> None:
    six: dict[str, Any] = {"bind__inference": {"scope": "interface", "address": "fd00::1"}, "version": "0.12.0"}
    assert len(refusals(**six, **NATIVE, gateway__kind="none")) == 1
    assert refusals(**six, **NATIVE) == []
    assert len(refusals(**six, **HOST_NETWORK)) == 1
    assert refusals(**six) == []


def test_the_highest_port() -> None:
    assert len(refusals(version="0.12.0", **NATIVE, bind__inference={"scope": "loopback", "port": 65535})) == 1
    assert refusals(version="0.12.0", **NATIVE, bind__inference={"scope": "loopback", "port": 65534}) == []
    assert refusals(version="0.12.0", bind__inference={"scope": "loopback", "port": 65535}) == []


def test_no_token_before_0_11_1() -> None:
    for version in ("0.8.1", "0.11.0"):
        (text,) = refusals(version=version, auth__inference="server-token")
        assert "gateway-token" in text
    assert refusals(version="0.11.1", auth__inference="server-token") == []


def test_sockets_of_one_container_share_a_folder() -> None:
    other = {"scope": "socket", "address": "/run/you/b.sock"}
    beside = {"scope": "socket", "address": "/run/me/b.sock"}
    assert len(refusals(version="0.12.0", bind__inference=SOCKET, bind__management=other)) == 1
    assert refusals(version="0.12.0", bind__inference=SOCKET, bind__management=beside) == []
    assert len(refusals(version="0.12.0", bind__inference={"scope": "socket", "address": "/a.sock"})) == 1
    assert refusals(version="0.12.0", **NATIVE, bind__inference=SOCKET, bind__management=other) == []


@pytest.mark.parametrize(
    ("second", "part"),
    [
        ("/else/b.mar", "one folder"),
        ("else/folder", "one folder"),
        ("/store/a,b.mar", "comma"),
        ("https://models.example/b.mar", "download"),
    ],
)
def test_native_models_that_cannot_be_loaded(second: str, part: str) -> None:
    models = [{"name": "a", "path": "/store/a.mar"}, {"name": "b", "path": second}]
    assert any(part in text for text in refusals(models=models, version="0.12.0", **NATIVE))
    if "://" not in second:
        assert refusals(models=models, version="0.12.0") == []


def test_native_models_that_can() -> None:
    for second in ("/store/b=c.mar", "/store/folder", "/else/folder"):
        models = [{"name": "a", "path": "/store/a.mar"}, {"name": "b", "path": second}]
        assert refusals(models=models, version="0.12.0", **NATIVE) == []
    relative = [{"name": "a", "path": "../store/a.mar"}, {"name": "b", "path": "../store/b.mar"}]
    assert refusals(models=relative, version="0.12.0", **NATIVE) == []


@pytest.mark.parametrize("folder", ["/a\\b", "/a/$$HOME$$", "/a "])
def test_native_stores_that_no_reader_agrees_on(folder: str) -> None:
    models = [{"name": "a", "path": f"{folder}/a.mar"}]
    assert any("model store" in text for text in refusals(models=models, version="0.12.0", **NATIVE))
    assert refusals(models=models, version="0.12.0") == []


@pytest.mark.parametrize("extra", [{"versions": "all"}, {"labels": {"stable": 1}}, {"as_version": 3}])
def test_versions_belong_to_the_archive(extra: dict[str, Any]) -> None:
    (text,) = refusals(models=[{"name": "a", "path": "/a.mar", **extra}], version="0.12.0")
    assert "version" in text


def allowed(deployment: Any, api: str, method: str, path: str) -> bool:
    routes = [route for route in ADAPTER.gateway_routes(deployment) if route.api == api]
    return any(re.search(route.pattern, path) and method in route.methods for route in routes)


GRPC = "/org.pytorch.serve.grpc.inference.InferenceAPIsService/"
GRPC_MANAGEMENT = "/org.pytorch.serve.grpc.management.ManagementAPIsService/"


@pytest.mark.parametrize(
    ("api", "method", "path", "expected"),
    [
        ("inference", "GET", "/ping", True),
        ("inference", "POST", "/predictions/echo", True),
        ("inference", "PUT", "/predictions/echo/1.0", True),
        ("inference", "GET", "/predictions/echo", False),
        ("inference", "DELETE", "/predictions/echo", False),
        ("inference", "POST", "/predictions/echo/1.0/x", False),
        ("inference", "POST", "/predictions/../models", False),
        ("inference", "POST", "/echo/predict", False),
        ("inference", "POST", "/models/echo/invoke", False),
        ("inference", "POST", "/invocations", False),
        ("inference", "POST", "/explanations/echo", False),
        ("inference", "POST", "/v1/models/echo:predict", False),
        ("management", "GET", "/models", True),
        ("management", "GET", "/models/echo", True),
        ("management", "PUT", "/models/echo/1.0", True),
        ("management", "POST", "/models", False),
        ("management", "DELETE", "/models/echo", False),
        ("management", "PUT", "/models/echo/1.0/set-default", False),
        ("management", "POST", "/workflows", False),
        ("management", "GET", "/workflows", False),
        ("management", "GET", "/token", False),
        ("metrics", "GET", "/metrics", True),
        ("metrics", "GET", "/metrics/x", False),
        ("grpc", "POST", GRPC + "Ping", True),
        ("grpc", "POST", GRPC + "Predictions", True),
        ("grpc", "POST", GRPC + "StreamPredictions", False),
        ("grpc", "POST", GRPC.replace(".", "x") + "Ping", False),
        ("grpc_management", "POST", GRPC_MANAGEMENT + "ListModels", True),
        ("grpc_management", "POST", GRPC_MANAGEMENT + "ScaleWorker", True),
        ("grpc_management", "POST", GRPC_MANAGEMENT + "RegisterModel", False),
        ("grpc_management", "POST", GRPC_MANAGEMENT + "UnregisterModel", False),
        ("grpc_management", "POST", GRPC_MANAGEMENT + "SetDefault", False),
    ],
)
def test_what_a_gateway_forwards(api: str, method: str, path: str, expected: bool) -> None:
    deployment = deploy(version="0.12.0", gateway__kind="nginx", **ALL_LOOPBACK)
    assert allowed(deployment, api, method, path) == expected


def test_a_gateway_forwards_only_what_stands_behind_it() -> None:
    routes = ADAPTER.gateway_routes(deploy(version="0.12.0", gateway__kind="nginx"))
    assert {route.api for route in routes} == {"inference"}
    assert ADAPTER.gateway_routes(deploy(version="0.12.0", gateway__kind="none")) == ()
