"""A finding belongs to an API: two APIs with the same risk are two findings, each accepted for itself."""

from __future__ import annotations

import pytest

from tests.support.examples import most
from tests.support.plans import plan as make
from tests.support.random_plans import HOSTS, openings, random_plans
from wizard.comparison.plans import compare
from wizard.comparison.view import look, view
from wizard.deployment.finding import Finding
from wizard.exposure.findings import assess, at_least, callers, contradictions, waiting
from wizard.host import Host
from wizard.placement.resolve import resolve
from wizard.plan import Plan, apply_patch

EVERYWHERE = {"scope": "all"}


def found(plan: Plan, host: Host = HOSTS[1]) -> tuple[Finding, ...]:
    return assess(resolve(plan, host))


def open_inference() -> Plan:
    return make("tensorflow-serving", bind={"inference": EVERYWHERE})


def test_opening_a_second_api_raises_its_own_findings() -> None:
    after = found(apply_patch(open_inference(), {"bind.grpc": EVERYWHERE}))
    assert {f.api for f in after if f.id == "BIND-ALL"} == {"inference", "grpc"}


def test_what_was_accepted_for_one_api_still_waits_for_another() -> None:
    plan = open_inference()
    names = [f.name for f in waiting(found(plan), plan.accepted)]
    plan = apply_patch(plan, {"accepted": names})
    assert not waiting(found(plan), plan.accepted)
    wider = apply_patch(plan, {"bind.grpc": EVERYWHERE})
    left = waiting(found(wider), wider.accepted)
    assert "BIND-ALL@grpc" in {f.name for f in left}
    assert {f.api for f in left} == {"grpc"}
    assert set(left) <= set(at_least(found(wider), "high", wider.accepted)), (
        "generate and check count them the same way"
    )
    assert not at_least(found(plan), "high", plan.accepted)


def test_opening_a_second_api_is_not_shown_as_only_gains() -> None:
    before = look(open_inference(), HOSTS[1])
    after = look(apply_patch(open_inference(), {"bind.grpc": EVERYWHERE}), HOSTS[1])
    difference = compare(before, after)
    assert [change.finding.severity for change in difference.losses if change.finding][:1] == ["critical"]


def test_closing_one_api_is_a_gain_of_that_api() -> None:
    both = apply_patch(open_inference(), {"bind.grpc": EVERYWHERE})
    closed = compare(look(both, HOSTS[1]), look(apply_patch(both, {"bind.inference": {"scope": "loopback"}}), HOSTS[1]))
    gone = {(c.finding.id, c.finding.api) for c in closed.gains if c.finding}
    assert ("BIND-NO-TLS", "inference") in gone
    assert not {api for _, api in gone} - {"inference", None}


def test_each_finding_has_a_name_of_its_own() -> None:
    for plan, host in random_plans(most(400)):
        keys = [f.key for f in found(plan, host)]
        assert len(keys) == len(set(keys)), plan


def test_a_wider_scope_never_lowers_what_waits_for_a_confirmation() -> None:
    """Unless the wider scope needs a gateway that was not there: then it protects the other APIs, too."""
    for before, after, api in openings(most(2000)):
        was, now = waiting(assess(before), ()), waiting(assess(after), ())
        if after.has_gateway and not before.has_gateway:
            was, now = tuple(f for f in was if f.api == api), tuple(f for f in now if f.api == api)
        assert len(now) >= len(was), (api, before.plan, {f.name for f in was} ^ {f.name for f in now})


def test_a_wider_scope_is_never_shown_as_only_gains() -> None:
    for before, after, api in openings(most(2000), seed=2):
        difference = compare(view(before), view(after))
        assert difference.losses or not difference.gains, (api, before.plan, difference.gains)


def test_what_mends_a_finding_is_tried_when_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make("tensorflow-serving", gateway={"kind": "none"}, auth={"inference": "gateway-token"}, audiences=["lan"])
    tried: list[object] = []
    for module in (contradictions, callers):
        monkeypatch.setattr(module, "patched", lambda *change: tried.append(change))
    needs, shut_out = (f for f in found(plan) if f.id in ("NEEDS-GATEWAY", "CALLERS-SHUT-OUT"))
    assert not tried
    assert not needs.remedies and len(tried) > 1
    before = len(tried)
    assert not shut_out.remedies and len(tried) > before
