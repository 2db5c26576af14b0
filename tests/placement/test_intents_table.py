"""The design's table of intents, row by row: which layer grants what, per server, version and way of running."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.support.examples import most
from tests.support.plans import plan, plans
from wizard import registry
from wizard.deployment.finding import Finding
from wizard.exposure.findings import assess
from wizard.placement import intents
from wizard.placement.resolve import resolve
from wizard.plan import Intent, Plan, apply_patch

BESIDE = {"I14": "publish", "I15": "native", "I16": "impossible", "I17": "impossible"}
"""What is alike for every server whose files are read."""
DOCKER = {
    "llama-server": {
        "I1": "publish", "I2": "publish", "I3": "publish", "I4": "publish", "I5": "native", "I6": "native",
        "I7": "gateway", "I8": "native", "I9": "impossible", "I10": "native", "I11": "native", "I12": "impossible",
        "I13": "native", **BESIDE,
    },
    "tensorflow-serving": {
        "I1": "publish", "I2": "publish", "I3": "publish", "I4": "publish", "I5": "native", "I6": "gateway",
        "I7": "gateway", "I8": "native", "I9": "impossible", "I10": "gateway", "I11": "gateway", "I12": "publish",
        "I13": "native", **BESIDE,
    },
    "torchserve": {
        "I1": "publish", "I2": "publish", "I3": "publish", "I4": "publish", "I5": "native", "I6": "native",
        "I7": "gateway", "I8": "native", "I9": "gateway", "I10": "gateway", "I11": "native", "I12": "publish",
        "I13": "native", **BESIDE,
    },
}  # fmt: skip


@pytest.mark.parametrize("server", registry.names())
def test_every_version_grants_every_intent_by_the_layer_of_the_table(server: str) -> None:
    for version in registry.adapter(server).versions:
        found = {row.intent: row.layer for row in intents.rows(server, version)}
        assert found == DOCKER[server], version


@pytest.mark.parametrize("server", registry.names())
@pytest.mark.parametrize("how", ["docker", "native"])
def test_every_row_has_a_reason_and_a_fact(server: str, how: str) -> None:
    for row in intents.rows(server, how=how):
        assert row.reason.endswith("."), row
        assert row.fact, row


def test_the_table_has_every_intent_once() -> None:
    for server in registry.names():
        for how in ("docker", "native"):
            assert [row.intent for row in intents.rows(server, how=how)] == list(Intent)


def test_a_native_torchserve_binds_what_is_asked() -> None:
    found = {row.intent: row.layer for row in intents.rows("torchserve", how="native")}
    assert found[Intent("I1")] == found[Intent("I2")] == found[Intent("I3")] == "native"


@given(plans())
@settings(max_examples=most(300), deadline=None)
def test_every_plan_resolves_and_its_layers_are_consistent(made: Plan) -> None:
    deployment = resolve(made)
    for endpoint in deployment.endpoints:
        assert (endpoint.served_by == "gateway") <= deployment.has_gateway
        if endpoint.scope == "off" and deployment.networks:
            assert not endpoint.published
    internal = {n.name for n in deployment.networks if n.internal}
    for process in deployment.processes:
        if process.publishes:
            assert not set(process.networks) <= internal, "Docker would publish nothing from there"


@given(plans())
@settings(max_examples=most(150), deadline=None)
def test_applying_remedies_leaves_no_contradiction(made: Plan) -> None:
    for _ in range(12):
        functional = [f for f in assess(resolve(made)) if f.severity == "functional"]
        if not functional:
            return
        fixable = [f for f in functional if f.remedies]
        assert fixable, [(f.id, f.message) for f in functional]
        made = apply_patch(made, fixable[0].remedies[0].patch)
    raise AssertionError("no end of contradictions")


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (plan(auth={"inference": "server-token"}, cors={"inference": {"origins": ["https://a.example"]}},
              gateway={"kind": "none"}), "TS-PREFLIGHT-TOKEN"),
        (plan(cors={"inference": {"origins": ["*"], "credentials": True}}, auth={"inference": "none"}),
         "CORS-WILDCARD-CREDS"),
        (plan(cors={"inference": {"origins": ["https://a.example", "https://b.example"]}}, auth={"inference": "none"},
              gateway={"kind": "none"}), "NEEDS-GATEWAY"),
        (plan("tensorflow-serving", cors={"inference": {"origins": ["https://a.example"]}}, gateway={"kind": "none"}),
         "NEEDS-GATEWAY"),
        (plan("tensorflow-serving", auth={"inference": "server-token"}), "CANNOT-BE-HAD"),
        (plan("tensorflow-serving", bind={"management": {"scope": "loopback"}}), "CANNOT-BE-HAD"),
        (plan(bind={"inference": {"scope": "interface", "address": "10.0.0.5"}}, auth={"inference": "none"},
              cors={"inference": {"origins": ["https://a.example"]}}), "CORS-MIXED"),
        (plan(bind={api: {"scope": "loopback", "port": 8081} for api in ("inference", "management")}),
         "PORT-CLASH"),
        (plan(bind={"management": {"scope": "loopback"}}, auth={"inference": "none", "management": "server-token"}),
         "TOKEN-SPLIT"),
    ],
)  # fmt: skip
def test_each_contradiction_is_found_with_a_fix_that_works(made: Plan, expected: str) -> None:
    found: dict[str, Finding] = {f.id: f for f in assess(resolve(made))}
    assert found[expected].severity == "functional"
    remedy = found[expected].remedies[0]
    after = {f.id for f in assess(resolve(apply_patch(made, remedy.patch))) if f.severity == "functional"}
    assert expected not in after


def test_loopback_with_the_servers_token_needs_no_confirmation() -> None:
    assert not [f for f in assess(resolve(plan())) if f.severity in ("high", "critical", "functional")]


def test_an_old_server_beside_its_native_gateway_has_a_fix() -> None:
    made = plan(
        version="0.8.1",
        run={"how": "native"},
        bind={"grpc": {"scope": "all"}, "grpc_management": {"scope": "all"}},
        auth={"inference": "none", "management": "none"},
        gateway={"kind": "nginx"},
    )
    (found,) = {f.id: f for f in assess(resolve(made)) if f.id == "BESIDE-GATEWAY"}.values()
    mended = apply_patch(made, found.remedies[0].patch)
    assert not [f for f in assess(resolve(mended)) if f.severity == "functional"]
