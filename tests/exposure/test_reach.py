"""The map of reach has words for every way in which anybody can come to a door."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import get_args

import pytest

from tests.support.plans import plan
from wizard.artifacts import render
from wizard.deployment import CALLERS, Access, Deployment, Door, Endpoint, Way
from wizard.deployment.access import Listening
from wizard.exposure.reach import AUDIENCES, reach, reach_of
from wizard.exposure.token_rows import rows
from wizard.host import Host
from wizard.placement.resolve import resolve
from wizard.plan import TokenKind
from wizard.registry import names

LISTED = {"inference": {"origins": ["https://a.example"], "headers": ["authorization"]}}


def with_door(endpoint: Endpoint, door: Door) -> Endpoint:
    return replace(endpoint, access=Access((door,)))


def machines() -> list[Deployment]:
    """Docker and Podman, with a container's network and without, with pages listed and with none."""
    found = []
    for server, run, cors in itertools.product(names(), ({"how": "docker"}, {"how": "native"}), ({}, LISTED)):
        found += [resolve(plan(server, run=run, cors=cors), Host(engine=engine)) for engine in ("docker", "podman")]
    return found


@pytest.mark.parametrize("way", get_args(Way))
def test_every_way_of_every_audience_has_words(way: Way) -> None:
    """A Door is a value: whoever makes it, no combination of its parts may be without a cell."""
    tokens: tuple[TokenKind, ...] = get_args(TokenKind)
    processes: tuple[Listening, ...] = get_args(Listening)
    for deployment, process, token, front in itertools.product(machines(), processes, tokens, (True, False)):
        callers = tuple((who, way) for who in CALLERS)
        door = Door(process, "0.0.0.0", 8080, ("",), 8080, callers, token, front)
        endpoint = with_door(deployment.endpoints[0], door)
        found = {cell.audience: cell for cell in reach_of(deployment, endpoint)}
        pages = {"page-allowed"} if endpoint.cors.origins in ((), ("*",)) else set()
        assert set(found) == set(AUDIENCES) - pages
        assert all(cell.why.endswith(".") and "port 0" not in cell.why for cell in found.values()), found
        known = replace(deployment, endpoints=(endpoint, *deployment.endpoints[1:]))
        assert rows(known, tuple(found.values()), endpoint.api)


@pytest.mark.parametrize("way", get_args(Way))
def test_a_way_past_the_gateway_names_what_is_passed_through(way: Way) -> None:
    deployment = resolve(plan("llama-server"), Host())
    door = Door("server", "unix:/run/x.sock", 0, (), 0, tuple((who, way) for who in CALLERS), "none", front=False)
    found = {cell.audience: cell.why for cell in reach_of(deployment, with_door(deployment.endpoints[0], door))}
    word = {"address": "port", "container-address": "container's own", "docker-network": "network"}.get(way, "socket")
    for audience in ("local-users", "containers", "lan", "internet"):
        assert found[audience].startswith("Past the gateway, ") and word in found[audience], found


def test_a_server_that_fetches_its_model_with_podman_behind_a_gateway_for_its_metrics_alone_can_be_written() -> None:
    """Its inference is off and asks for a token, but containers of other networks come to it all the same."""
    asked = plan(
        "llama-server",
        version="b10434",
        models=[{"name": "m", "id": "ggml-org/x-GGUF:Q4"}],
        bind={"inference": {"scope": "off"}, "metrics": {"scope": "all", "port": 8081}},
        gateway={"kind": "nginx"},
    )
    deployment = resolve(asked, Host(engine="podman"))
    front = deployment.endpoints[0].access.front
    assert front is not None
    assert (front.token, front.way("containers")) == ("server-token", "container-address")
    (cell,) = (c for c in reach(deployment) if (c.audience, c.api) == ("containers", "inference"))
    assert cell.why == "They can connect, but without the token they are refused."
    assert "EXPOSURE.md" in {file.path for file in render(deployment)}


@pytest.mark.parametrize("scope", ["internal", "loopback"])
def test_a_page_cannot_call_a_gateway_by_its_container_s_address(scope: str) -> None:
    """The browser sends that address as the host name, which the gateway answers with 421."""
    answers = {"bind": {"inference": {"scope": scope}}, "cors": {"inference": {"origins": ["*"]}}}
    deployment = resolve(plan("tensorflow-serving", gateway={"kind": "nginx"}, **answers), Host())
    cells = {cell.audience: cell for cell in reach(deployment) if cell.api == "inference"}
    read = "prompt" if scope == "loopback" else "no"
    assert cells["page-other"].read == read, cells["page-other"]
    assert cells["local-users"].send == "yes"
