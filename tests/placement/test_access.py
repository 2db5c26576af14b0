"""Who can reach what is decided once: every reader of a deployment says the same of every small Plan."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from tests.support.examples import share
from tests.support.plans import plan
from wizard import registry
from wizard.artifacts import exposure as page
from wizard.artifacts import render
from wizard.comparison.plans import callers
from wizard.deployment import CALLERS, Deployment, Endpoint
from wizard.exposure import summary
from wizard.exposure.findings import assess
from wizard.exposure.reach import Cell, reach
from wizard.host import Host, Interface
from wizard.placement.resolve import resolve
from wizard.plan import scope_intent
from wizard.prediction.probes import predict
from wizard.prediction.reachability import reachability_probes, shares_listener
from wizard.prediction.values import UNREACHABLE
from wizard.servers.titles import api_title

HOST = Host(interfaces=(*Host().interfaces, Interface("eth0", "10.0.0.5", 24, "private")))
VERSIONS = {"torchserve": ("0.9.0", "0.12.0"), "tensorflow-serving": ("2.19.1",), "llama-server": ("b10434", "b11669")}
RUNS = ({"how": "docker"}, {"how": "docker", "network": "host"}, {"how": "native"})
SCOPES = ("loopback", "all", "interface", "internal", "off", "socket")
AUDIENCES = {"you": "this-process", "local-users": "local-users", "containers": "containers", "lan": "lan"}


def small_plans() -> Iterator[tuple[str, Deployment]]:
    for server, versions in VERSIONS.items():
        for version, run, scope, kind, token in itertools.product(
            versions, RUNS, SCOPES, ("auto", "nginx", "none"), ("none", "server-token", "gateway-token")
        ):
            address = {"interface": "10.0.0.5", "socket": "/tmp/x/y.sock"}.get(scope, "")
            for spec in registry.adapter(server).apis:
                asked = {spec.api: {"scope": scope, "address": address}}
                made = plan(
                    server,
                    version=version,
                    run=run,
                    bind=asked,
                    auth={"inference": token, "management": token},
                    gateway={"kind": kind},
                )
                yield f"{server} {version} {run} {spec.api}={scope} {kind} {token}", resolve(made, HOST)


@cache
def plans() -> list[tuple[str, Deployment]]:
    """Worked out once, by the tests that ask."""
    return list(small_plans())


def endpoints() -> Iterator[tuple[str, Deployment, Endpoint]]:
    for name, deployment in plans():
        for endpoint in deployment.endpoints:
            yield f"{name}: {endpoint.api}", deployment, endpoint


def test_there_are_many() -> None:
    assert len(plans()) > 1_500


def test_the_layer_of_an_endpoint_is_that_of_its_decision() -> None:
    for name, deployment, endpoint in endpoints():
        if endpoint.scope == "off":
            continue
        intent = scope_intent(deployment.plan, endpoint.api)
        found = [d for d in deployment.decisions if d.api == endpoint.api and d.intent is intent]
        assert found[0].layer == endpoint.layer, name


def test_the_map_of_reach_knows_whom_a_door_lets_in() -> None:
    for name, deployment in plans():
        cells: dict[tuple[str, str], Cell] = {(c.audience, c.api): c for c in reach(deployment)}
        for endpoint in deployment.endpoints:
            for caller, audience in AUDIENCES.items():
                doors = [d for d in endpoint.access.doors if d.way(caller)]  # type: ignore[arg-type]
                open_ = any(caller == "you" or d.token == "none" for d in doors)
                cell = cells[audience, endpoint.api]
                assert (cell.send == "yes") == open_, (name, endpoint.api, audience, cell)


def test_the_predictions_connect_where_a_door_is_and_nowhere_else() -> None:
    for name, deployment in plans():
        doors = [d for e in deployment.endpoints for d in e.access.doors]
        for endpoint in deployment.endpoints:
            if endpoint.scope == "socket" or shares_listener(deployment, endpoint):
                continue
            for probe in reachability_probes(deployment, endpoint, {}):
                if probe.vantage in ("peer-container", "other-container"):
                    continue
                reached = any(d.answers_at(probe.address) for d in doors if d.host_port == probe.port)
                assert (probe.predicted != UNREACHABLE) == reached, (name, probe)


def test_a_container_connects_where_a_door_lets_containers_in_and_nowhere_else() -> None:
    for name, deployment, endpoint in endpoints():
        for probe in reachability_probes(deployment, endpoint, {}):
            if probe.id == f"{endpoint.api}-peer-container":
                assert endpoint.access.front
                by_network = endpoint.access.front.way("containers") == "docker-network"
                assert (probe.predicted != UNREACHABLE) == by_network, (name, probe)


def test_nobody_connects_past_the_gateway_to_a_container_that_has_no_published_port() -> None:
    """Its metrics alone are let through: the server itself is on the network behind the gateway."""
    for server in ("tensorflow-serving", "llama-server"):
        deployment = resolve(plan(server, bind={"inference": {"scope": "off"}, "metrics": {"scope": "all"}}), HOST)
        inference, metrics = deployment.endpoint("inference"), deployment.endpoint("metrics")
        assert inference and metrics and metrics.served_by == "gateway"
        assert not inference.access.callers
        assert {c.send for c in reach(deployment) if c.api == "inference" and c.audience != "this-process"} == {"no"}


def test_what_has_no_door_of_its_own_has_no_address_and_no_finding() -> None:
    """Metrics that are off on the port of inference: the port is open, and whoever comes for them gets nothing."""
    seen = set()
    for name, deployment, endpoint in endpoints():
        if endpoint.access.doors:
            continue
        found = [f.id for f in assess(deployment) if f.api == endpoint.api and f.cause.startswith("bind.")]
        assert not endpoint.host_addresses and not found, (name, endpoint.host_addresses, found)
        seen.add((deployment.plan.server, endpoint.api))
    assert seen >= {("llama-server", "metrics"), ("tensorflow-serving", "metrics")}


def test_metrics_that_are_off_add_nothing_to_an_open_native_server() -> None:
    for server in ("tensorflow-serving", "llama-server"):
        bind = {"inference": {"scope": "all"}, "metrics": {"scope": "off"}}
        off = assess(resolve(plan(server, run={"how": "native"}, bind=bind), HOST))
        assert {f.api for f in off} >= {"inference"}
        assert not [f.name for f in off if f.api == "metrics"]
        bind["metrics"] = {"scope": "all"}
        on = {f.id for f in assess(resolve(plan(server, run={"how": "native"}, bind=bind), HOST)) if f.api == "metrics"}
        assert on >= {"BIND-ALL"}, server


def test_comparisons_and_the_paragraph_speak_of_the_same_callers() -> None:
    for name, deployment, endpoint in endpoints():
        kinds = callers(deployment, endpoint)
        access = endpoint.access
        assert ("machines" in kinds) == ("lan" in access.callers), name
        assert ("containers" in kinds) == ("containers" in access.callers), name
        assert ("here" in kinds) == ("you" in access.address_callers), name
        text = summary.paragraph(deployment)
        if endpoint.api == "inference":
            assert ("Only this machine can ask" in text) == (
                "you" in access.address_callers and "lan" not in access.callers
            ), (name, text)
            assert ("Every machine" in text) == ("internet" in access.callers), (name, text)


def test_the_page_of_exposure_says_nowhere_only_of_what_nobody_reaches() -> None:
    for name, deployment in share(plans(), 0):
        text = page.render(deployment, {}).text
        for endpoint in deployment.endpoints:
            head = f"| {api_title(endpoint.api)} | "
            off = not endpoint.access.callers - {"you"} and endpoint.scope == "off"
            mine = off and any(door.way("you") == "socket-file" for door in endpoint.access.doors)
            assert (f"{head}a socket file that only you can open |" in text) == mine, (name, endpoint.api)
            assert (f"{head}nowhere outside the server itself |" in text) == (off and not mine), (name, endpoint.api)


def test_every_caller_is_known() -> None:
    seen = {who for _, _, endpoint in endpoints() for door in endpoint.access.doors for who, _ in door.callers}
    assert seen == set(CALLERS)


@pytest.mark.parametrize("server", list(VERSIONS))
def test_a_container_behind_a_gateway_is_reached_by_nobody_else(server: str) -> None:
    deployment = resolve(plan(server, auth={"inference": "gateway-token", "management": "gateway-token"}), HOST)
    (inference,) = [e for e in deployment.endpoints if e.api == "inference"]
    front, behind = inference.access.doors
    assert (front.process, front.token, behind.process, behind.callers) == ("gateway", "gateway-token", "server", ())
    assert not any(e.access.past_the_gateway for e in deployment.endpoints)


@pytest.mark.parametrize("token", ["none", "gateway-token"])
def test_nobody_passes_the_gateway_of_a_native_server_that_asks_for_a_token_of_its_own(token: str) -> None:
    """Its own token stays on, also for callers who need none: the gateway presents it."""
    asked = plan(
        "torchserve",
        run={"how": "native"},
        bind={"management": {"scope": "loopback"}},
        cors={"inference": {"origins": ["https://a.example", "https://b.example"]}},
        auth={"inference": token, "management": token},
    )
    deployment = resolve(asked, HOST)
    assert deployment.presented and deployment.server_token
    for endpoint in deployment.endpoints:
        assert all(door.token == "server-token" for door in endpoint.access.doors if door.process == "server"), endpoint
    cells = {(c.audience, c.api): c for c in reach(deployment)}
    for endpoint in deployment.endpoints:
        assert cells["page-other", endpoint.api].send == "no"
        through = token == "none" and endpoint.served_by == "gateway"
        assert cells["local-users", endpoint.api].send == ("yes" if through else "no"), endpoint.api
    behind = [p for p in predict(deployment) if p.id.endswith("-behind")]
    assert {p.predicted for p in behind if p.kind == "http"} == {"400"}


@pytest.mark.parametrize(
    ("server", "version", "left"),
    [
        ("torchserve", "", ["/api-description"]),
        ("llama-server", "", ["/health", "/"]),
        ("llama-server", "b10434", ["/v1/models", "/health", "/"]),
    ],
)
def test_what_the_servers_own_token_leaves_open_behind_the_gateway_is_said(
    server: str, version: str, left: list[str]
) -> None:
    asked = plan(
        server,
        **({"version": version} if version else {}),
        run={"how": "native"},
        cors={"inference": {"origins": ["https://a.example", "https://b.example"]}},
        auth={"inference": "gateway-token"},
    )
    deployment = resolve(asked, HOST)
    assert deployment.presented
    page = next(f.text for f in render(deployment) if f.path == "EXPOSURE.md")
    for text in (summary.paragraph(deployment), page):
        sentence = next(part for part in re.split(r"[.\n] |\n", text) if "without its token only" in part)
        assert re.findall(r"\((/[^)]*)\)", sentence) == left


def test_what_an_old_release_leaves_open_behind_a_gateway_is_said() -> None:
    asked = plan(
        "torchserve",
        version="0.9.0",
        run={"how": "native"},
        cors={"inference": {"origins": ["https://a.example", "https://b.example"]}},
        auth={"inference": "gateway-token"},
    )
    deployment = resolve(asked, HOST)
    assert not deployment.presented
    cells = {(c.audience, c.api): c for c in reach(deployment)}
    assert cells["local-users", "inference"].send == "yes"
    assert "pass the gateway" in summary.paragraph(deployment)


@pytest.mark.parametrize(("uid", "connects"), [(1000, False), (0, True)])
def test_the_relays_socket_asks_for_the_gateways_token_where_others_may_open_it(uid: int, connects: bool) -> None:
    """nginx makes its sockets for everybody; as root its workers must get through the folder, and so can others."""
    asked = plan(
        "tensorflow-serving",
        run={"how": "native"},
        bind={"inference": {"scope": "loopback"}},
        cors={"inference": {"origins": ["https://a.example", "https://b.example"]}},
        auth={"inference": "gateway-token"},
    )
    deployment = resolve(asked, replace(HOST, uid=uid))
    (relay,) = [d for d in deployment.endpoints[0].access.doors if d.process == "relay"]
    assert (relay.token, relay.way("local-users") is not None) == ("gateway-token", connects)
    cells = {(c.audience, c.api): c for c in reach(deployment)}
    assert cells["local-users", "inference"].send == "no"
    script = next(f.text for f in render(deployment) if f.path == "run.sh")
    line = next(line for line in script.splitlines() if "chmod 700 run/relay" in line)
    assert line.startswith('[ "$(id -u)" = 0 ] || ')
