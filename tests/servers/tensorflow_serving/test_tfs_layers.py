"""Which layer grants each intent, and what cannot be had."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from tests.servers.tensorflow_serving.plans import ADAPTER, deploy, layers, plan
from wizard.deployment import Decision, Deployment
from wizard.exposure.findings import assess
from wizard.host import Host, Interface
from wizard.placement.defaults import complete
from wizard.prediction.probes import predict


def decision(deployment: Deployment, intent: str, api: str | None = "inference") -> Decision:
    return next(d for d in deployment.decisions if d.intent == intent and d.api == api)


def refusals(*, models: list[dict[str, Any]] | None = None, **patch: Any) -> list[str]:
    """Intents that cannot be granted, in order."""
    return [fact.intent for fact in ADAPTER.impossible(complete(plan(models=models, **patch)))]


@pytest.mark.parametrize(
    ("intent", "listener"),
    [
        ("I1", {"scope": "loopback"}),
        ("I2", {"scope": "interface", "address": "10.0.0.5"}),
        ("I3", {"scope": "all"}),
        ("I4", {"scope": "internal"}),
    ],
)
def test_docker_publishes_what_is_meant(intent: str, listener: dict[str, str]) -> None:
    deployment = deploy(bind__inference=listener)
    assert decision(deployment, intent).layer == "publish"
    assert not deployment.has_gateway
    where = {"I1": ("127.0.0.1", "::1"), "I2": ("10.0.0.5",), "I3": ("",), "I4": ()}[intent]
    inference = deployment.endpoint("inference")
    assert inference is not None and inference.host_addresses == where


def test_cors_off_and_any_origin_are_native() -> None:
    assert layers(deploy())["I5"] == "native"
    anyone = deploy(cors__inference__origins=["*"])
    assert layers(anyone)["I8"] == "native"
    assert not anyone.has_gateway


@pytest.mark.parametrize(
    ("intent", "rule"),
    [
        ("I6", {"origins": ["https://a.example"]}),
        ("I7", {"origins": ["https://a.example", "https://b.example"]}),
        ("I7", {"origins": ["https://a.example"], "credentials": True}),
        ("I8", {"origins": ["*"], "headers": ["content-type", "authorization"]}),
    ],
)
def test_everything_else_about_cors_needs_the_gateway(intent: str, rule: dict[str, Any]) -> None:
    deployment = deploy(cors__inference=rule)
    assert decision(deployment, intent).layer == "gateway"
    assert deployment.has_gateway
    assert not any("cors" in word for word in deployment.processes[0].command)


def test_a_list_of_origins_without_a_gateway_is_refused_and_not_half_granted() -> None:
    deployment = deploy(cors__inference__origins=["https://a.example"], gateway__kind="none")
    assert decision(deployment, "I6").layer == "impossible"
    inference = deployment.endpoint("inference")
    assert inference is not None and inference.cors.layer == "none"


def test_tokens_and_tls_come_from_the_gateway() -> None:
    assert layers(deploy(auth__inference="gateway-token"))["I10"] == "gateway"
    assert layers(deploy(tls__mode="self-signed"))["I11"] == "gateway"
    only_grpc = deploy(tls__mode="self-signed", bind__inference={"scope": "off"}, bind__grpc={"scope": "loopback"})
    assert layers(only_grpc)["I11"] == "gateway"


def test_metrics_apart_from_inference_need_the_gateway() -> None:
    apart = deploy(bind__inference={"scope": "all"}, bind__metrics={"scope": "loopback", "port": 9100})
    assert decision(apart, "I9", "metrics").layer == "gateway"
    metrics, inference = apart.endpoint("metrics"), apart.endpoint("inference")
    assert metrics is not None and inference is not None
    assert metrics.backend_port == inference.backend_port == 8501
    assert (metrics.host_port, inference.host_port) == (9100, 8501)


def test_behind_a_gateway_metrics_get_the_next_port() -> None:
    """Two APIs of the gateway cannot listen on one port."""
    deployment = deploy(bind__metrics={"scope": "loopback"}, auth__inference="gateway-token")
    metrics, inference = deployment.endpoint("metrics"), deployment.endpoint("inference")
    assert metrics is not None and inference is not None
    assert (inference.host_port, metrics.host_port) == (8501, 8502)
    assert metrics.backend_port == inference.backend_port == 8501
    both: dict[str, Any] = {f"bind__{api}": {"scope": "loopback", "port": 8501} for api in ("inference", "metrics")}
    asked = deploy(**both, auth__inference="gateway-token")
    assert "PORT-CLASH" in {found.id for found in assess(asked)}
    assert not [found for found in assess(deployment) if found.severity == "functional"]


def test_natively_metrics_keep_the_inference_port_behind_the_gateway() -> None:
    apart = deploy(
        run__how="native", bind__inference={"scope": "loopback"}, bind__metrics={"scope": "loopback", "port": 9100}
    )
    metrics, inference = apart.endpoint("metrics"), apart.endpoint("inference")
    assert metrics is not None and inference is not None
    assert metrics.backend_port == inference.backend_port == 18501


def test_metrics_without_inference_leave_the_rest_port_open_behind_the_gateway() -> None:
    """The page has no port of its own, so predictions answer beside it; only the gateway keeps them apart."""
    deployment = deploy(bind__inference={"scope": "off"}, bind__metrics={"scope": "loopback"})
    metrics, inference = deployment.endpoint("metrics"), deployment.endpoint("inference")
    assert metrics is not None and inference is not None
    assert deployment.has_gateway
    assert inference.host_addresses == () and metrics.host_addresses
    assert (inference.backend_address, inference.backend_port) == ("0.0.0.0", 8501)
    assert "--rest_api_port=8501" in deployment.processes[0].command


def test_without_metrics_and_inference_rest_is_closed() -> None:
    deployment = deploy(bind__inference={"scope": "off"}, bind__grpc={"scope": "all"})
    inference = deployment.endpoint("inference")
    assert inference is not None and inference.backend_address == ""


def test_grpc_on_off_and_socket() -> None:
    closed = deploy().endpoint("grpc")
    assert closed is not None and closed.scope == "off" and closed.backend_address.startswith("unix:")
    opened = deploy(bind__grpc={"scope": "loopback"}).endpoint("grpc")
    assert opened is not None and opened.host_addresses == ("127.0.0.1", "::1")
    socket = deploy(bind__grpc={"scope": "socket", "address": "/run/user/1000/tfs/grpc.sock"})
    assert decision(socket, "I12", "grpc").layer == "native"


def test_rest_on_a_unix_socket_cannot_be_had() -> None:
    socket = deploy(bind__inference={"scope": "socket", "address": "/run/user/1000/tfs/rest.sock"})
    found = decision(socket, "I12")
    assert found.layer == "impossible"
    assert "unix socket" in found.reason


@pytest.mark.parametrize("how", ["native", "docker"])
def test_the_hosts_own_network_hides_nothing(how: str) -> None:
    """On the host's network the server would listen beside the gateway, too."""
    network: dict[str, Any] = {} if how == "native" else {"run__network": "host"}
    wide = deploy(run__how=how, bind__inference={"scope": "all"}, **network)
    assert decision(wide, "I3").layer == "native"
    local = deploy(run__how=how, bind__inference={"scope": "loopback"}, **network)
    assert decision(local, "I1").layer == ("gateway" if how == "native" else "impossible")


def test_a_gateway_on_the_hosts_network_does_not_hide_the_server() -> None:
    deployment = deploy(run__network="host", bind__inference={"scope": "all"}, auth__inference="gateway-token")
    found = decision(deployment, "I3")
    assert found.layer == "impossible"
    assert "beside the gateway" in found.reason


def test_several_models_versions_and_labels_are_native() -> None:
    models = [{"name": "a", "path": "/a"}, {"name": "b", "path": "/b"}]
    assert layers(deploy(models=models))["I13"] == "native"
    assert layers(deploy(models=[{"name": "a", "path": "/a", "versions": "all"}]))["I13"] == "native"
    assert "I13" not in layers(deploy())


def test_nothing_is_refused_by_default() -> None:
    assert refusals() == []


@pytest.mark.parametrize(
    ("intents", "patch"),
    [
        (["I9"], {"bind__management": {"scope": "loopback"}}),
        (["I9"], {"bind__grpc_management": {"scope": "all"}}),
        ([], {"bind__management": {"scope": "off"}}),
        (["I9"], {"cors__management__origins": ["https://a.example"]}),
        (["I10"], {"auth__inference": "server-token"}),
        (["I10"], {"auth__management": "server-token"}),
        (["I12"], {"bind__grpc": {"scope": "socket", "address": "/tfs.sock"}}),
        ([], {"bind__grpc": {"scope": "socket", "address": "/run/tfs.sock"}}),
    ],
)
def test_what_the_server_does_not_have(intents: list[str], patch: dict[str, Any]) -> None:
    assert refusals(**patch) == intents


@pytest.mark.parametrize(
    ("count", "model", "how"),
    [
        (0, {"versions": [1, 2], "labels": {"stable": 1, "canary": 2}}, "docker"),
        (1, {"versions": [1, 2], "labels": {"stable": 3}}, "docker"),
        (0, {"labels": {"stable": 1}}, "docker"),
        (1, {"labels": {"stable": 1, "canary": 2}}, "docker"),
        (0, {"versions": "all", "labels": {"stable": 1, "canary": 2}}, "docker"),
        (1, {"versions": []}, "docker"),
        (1, {"versions": "all", "labels": {"a": -1}}, "docker"),
        (1, {"as_version": 2, "versions": [1]}, "docker"),
        (0, {"as_version": 2, "versions": [2], "labels": {"stable": 2}}, "docker"),
        (1, {"as_version": 2, "labels": {"stable": 1}}, "docker"),
        (0, {"path": "./m"}, "docker"),
        (1, {"path": "./m"}, "native"),
        (0, {"path": "/m"}, "native"),
        (1, {"path": "gs://bucket/m"}, "docker"),
        (1, {"path": "gs://bucket/m"}, "native"),
        (0, {"path": "/exports/today", "as_version": 3}, "docker"),
        (1, {"path": "/exports/today", "as_version": 3}, "native"),
        (0, {"path": "/exports/3", "as_version": 3}, "native"),
        (0, {"path": "/exports/003/", "as_version": 3}, "native"),
        (1, {"path": "/exports/4", "as_version": 3}, "native"),
    ],
)
def test_models_that_could_not_be_served_as_asked(count: int, model: dict[str, Any], how: str) -> None:
    models = [{"name": "m", "path": "/m", **model}]
    found = ADAPTER.impossible(complete(plan(models=models, run__how=how)))
    assert [fact.intent for fact in found] == ["I13"] * count
    for fact in found:
        assert fact.text.endswith(".") and "{" not in fact.text and fact.evidence


@pytest.mark.parametrize("label", ["a\n", "", "a b", "a/b", "a:b"])
def test_a_label_that_a_path_cannot_carry_is_refused(label: str) -> None:
    with pytest.raises(ValidationError):
        plan(models=[{"name": "m", "path": "/m", "labels": {label: 1}}])


def test_what_cannot_be_had_is_a_decision() -> None:
    deployment = deploy(auth__inference="server-token")
    found = decision(deployment, "I10", None)
    assert found.layer == "impossible"
    assert "gateway-token" in found.reason


LOOPBACK = (Interface("lo", "127.0.0.1", 8, "loopback"), Interface("lo", "::1", 128, "loopback"))
FOUR = Interface("eth0", "192.168.1.5", 24, "private")
LOCAL = Interface("eth0", "fe80::5", 64, "link-local")
EVERYWHERE = {"run__how": "native", "bind__inference": {"scope": "all"}, "bind__grpc": {"scope": "all"}}


def near(interfaces: tuple[Interface, ...], **patch: Any) -> dict[str, str]:
    """What is predicted over ::1 for each API."""
    found = predict(deploy(host=Host(interfaces=interfaces), **patch))
    return {each.api: each.predicted for each in found if each.id.endswith("-loopback-v6")}


def test_rest_is_not_on_ipv6_where_the_machine_has_no_ipv6_address_but_loopback() -> None:
    assert near((*LOOPBACK, FOUR), **EVERYWHERE) == {"inference": "unreachable", "grpc": "open"}
    assert near((*LOOPBACK, FOUR, LOCAL), **EVERYWHERE) == {"inference": "200", "grpc": "open"}
    assert near(LOOPBACK, **EVERYWHERE) == {"inference": "200", "grpc": "open"}


def test_docker_publishes_rest_on_ipv6_all_the_same() -> None:
    docker = {**EVERYWHERE, "run__how": "docker"}
    assert near((*LOOPBACK, FOUR), **docker)["inference"] == "200"
    assert near((*LOOPBACK, FOUR), **docker, run__network="host")["inference"] == "unreachable"


def test_a_gateway_listens_on_ipv6_all_the_same() -> None:
    asked = {**EVERYWHERE, "gateway__kind": "nginx", "bind__grpc": {"scope": "off"}}
    assert near((*LOOPBACK, FOUR), **asked)["inference"] == "200"
