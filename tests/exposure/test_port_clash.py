"""Two APIs that need one port: on this machine, in the gateway's container, or behind a gateway."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest

from tests.support.examples import most
from tests.support.plans import plan
from tests.support.random_plans import HOSTS, workable_plan, works
from wizard.deployment import Deployment
from wizard.deployment.finding import Finding
from wizard.exposure.findings.contradictions import find
from wizard.gateway import config_files
from wizard.gateway.layout import CONFIG
from wizard.placement.resolve import resolve
from wizard.plan import Plan, apply_patch

HOST = HOSTS[1]
HERE: dict[str, Any] = {"scope": "loopback", "port": 1033}
THERE: dict[str, Any] = {"scope": "interface", "address": "10.0.0.5", "port": 1033}
GATED: dict[str, Any] = {"gateway": {"kind": "nginx"}, "auth": {"inference": "gateway-token"}}
NATIVE: dict[str, Any] = {"run": {"how": "native"}}


def clashes(deployment: Deployment) -> list[Finding]:
    return [found for found in find(deployment) if found.id == "PORT-CLASH"]


CLASHING: dict[str, Plan] = {
    "published, and on the network alone": plan(
        "tensorflow-serving", bind={"inference": HERE, "grpc": {"scope": "internal", "port": 1033}}, **GATED
    ),
    "on the network alone": plan(
        bind={api: {"scope": "internal", "port": 1033} for api in ("inference", "metrics")}, **GATED
    ),
    "published at different addresses": plan("llama-server", bind={"inference": HERE, "metrics": THERE}, **GATED),
    "servers behind a native gateway": plan(bind={"inference": HERE, "management": THERE}, **NATIVE, **GATED),
    "a server and the gateway before it": plan(
        bind={"inference": {"scope": "loopback", "port": 8080}, "metrics": {"scope": "loopback", "port": 18080}},
        **NATIVE,
        **GATED,
    ),
    "an isolated server": plan("tensorflow-serving", bind={"inference": HERE, "grpc": THERE}, **NATIVE, **GATED),
    "what listens though it is off": plan(
        bind={"inference": HERE, "grpc": {"scope": "off", "port": 1033}}, run={"how": "native"}
    ),
}


@pytest.mark.parametrize("name", CLASHING)
def test_two_sockets_of_one_address_are_a_contradiction_with_a_fix(name: str) -> None:
    asked = CLASHING[name]
    (found,) = clashes(resolve(asked, HOST))
    assert found.severity == "functional"
    assert not clashes(resolve(apply_patch(asked, found.remedies[0].patch), HOST))


@pytest.mark.parametrize(
    "fitting",
    [
        plan("llama-server", bind={"inference": HERE, "metrics": HERE}),
        plan("tensorflow-serving", bind={"inference": HERE, "grpc": {"scope": "internal", "port": 1033}}),
        plan(bind={"inference": HERE, "management": THERE}),
        plan(bind={"inference": HERE, "management": THERE}, run={"how": "native"}),
        plan("tensorflow-serving", bind={"inference": {"scope": "loopback"}, "metrics": THERE}, **NATIVE, **GATED),
    ],
)
def test_a_port_of_two_addresses_and_one_that_the_server_shares_are_none(fitting: Plan) -> None:
    assert not clashes(resolve(fitting, HOST))


def test_no_gateway_of_a_plan_that_works_listens_twice_at_one_address() -> None:
    random, seen = Random(11), 0
    while seen < most(150):
        host = random.choice(HOSTS)
        made = resolve(workable_plan(random, host), host)
        if not made.has_gateway or not works(made):
            continue
        text = next(each.text for each in config_files(made) if each.path == CONFIG)
        listens = re.findall(r"listen ([^\s;]+)", text)
        assert len(listens) == len(set(listens)), made.plan
        # Two APIs of one port of the server may share it; the gateway's own is never one of the server's.
        assert made.plan.bridged or not set(listens) & set(re.findall(r"server (127[^\s;]+);", text)), made.plan
        seen += 1
