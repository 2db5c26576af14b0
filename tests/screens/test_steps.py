"""The flow as data, without a screen."""

from __future__ import annotations

import itertools

import pytest

from tests.screens.driving import TENSOR, TORCH
from wizard.host import Host, Interface
from wizard.placement.defaults import complete
from wizard.plan import Plan, apply_patch
from wizard.session.steps.base import Field
from wizard.session.steps.callers import proposals
from wizard.session.steps.edit import change_of, try_changes
from wizard.session.steps.flow import fields, flow, following, index_of, preceding

HOST = Host(
    interfaces=(
        Interface("lo", "127.0.0.1", 8, "loopback"),
        Interface("lo", "::1", 128, "loopback"),
        Interface("eth0", "10.0.0.5", 24, "private"),
    )
)
BOTH = pytest.mark.parametrize("plan", [TENSOR, TORCH], ids=["tensorflow-serving", "torchserve"])


@BOTH
def test_every_option_of_every_step_is_a_valid_change(plan: Plan) -> None:
    whole = complete(plan)
    seen = 0
    for step in flow(whole):
        for field in fields(step, whole, HOST):
            for option in field.options:
                changed, problem = try_changes(plan, option.changes)
                assert changed is not None, (step.id, field.id, option.id, problem)
                seen += 1
    assert seen > 30


@BOTH
def test_the_chosen_option_changes_nothing_that_counts(plan: Plan) -> None:
    whole = complete(plan)
    for step in flow(whole):
        for field in fields(step, whole, HOST):
            for option in field.options:
                if field.kind == "choice" and option.id in field.chosen and option.changes:
                    changed, _ = try_changes(plan, option.changes)
                    assert changed is not None and complete(changed) == whole, (step.id, field.id, option.id)


@BOTH
def test_next_and_previous_are_each_others_opposite(plan: Plan) -> None:
    steps = flow(complete(plan))
    for one, two in itertools.pairwise(steps):
        assert following(steps, one.id) == two
        assert preceding(steps, two.id) == one
    assert preceding(steps, steps[0].id) is None
    assert following(steps, steps[-1].id) is None


def test_a_step_that_went_away_stands_at_its_group() -> None:
    steps = flow(complete(TENSOR))
    assert steps[index_of(steps, "bind.management")].group == "bind"


def test_management_over_grpc_is_asked_only_where_grpc_is_on() -> None:
    assert "bind.grpc_management" not in {s.id for s in flow(complete(TORCH))}
    opened = apply_patch(TORCH, {"bind.grpc": {"scope": "loopback"}})
    assert "bind.grpc_management" in {s.id for s in flow(complete(opened))}


@pytest.mark.parametrize(
    ("audiences", "scope", "token", "tls"),
    [
        (("me",), "loopback", None, "off"),
        (("containers",), "internal", None, "off"),
        (("me", "containers"), "loopback", None, "off"),
        (("lan",), "interface", "server-token", "self-signed"),
        (("browser", "lan"), "interface", "gateway-token", "self-signed"),
        (("internet",), "all", "server-token", "self-signed"),
        (("web-app", "internet"), "all", "gateway-token", "self-signed"),
    ],
)
def test_proposals_fit_the_audience(audiences: tuple[str, ...], scope: str, token: str | None, tls: str) -> None:
    found = {p.field: dict(p.changes) for p in proposals(complete(TORCH), HOST, audiences)}
    assert found["bind.inference"]["bind.inference"]["scope"] == scope
    assert found["auth.inference"]["auth.inference"] == token
    assert found["tls"]["tls"].get("mode", "off") == tls


def test_typed_values() -> None:
    port = Field("port", "text", key="bind.inference.port", number=True)
    assert change_of(port, " 9000 ") == (("bind.inference.port", 9000),)
    with pytest.raises(ValueError, match="whole number"):
        change_of(port, "٣")
    words = Field("methods", "text", key="cors.inference.methods", words=True)
    assert change_of(words, "GET, post") == (("cors.inference.methods", ["GET", "post"]),)


def test_a_refusal_is_one_sentence() -> None:
    changed, problem = try_changes(TORCH, (("bind.inference", {"scope": "interface"}),))
    assert changed is None
    assert problem.startswith('Scope = "interface" needs an address')
