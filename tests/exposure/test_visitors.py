"""Browsers of visitors: whether they find the server, and whether they trust it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.plans import plan as make
from tests.support.random_plans import HOSTS
from wizard.deployment.finding import Finding
from wizard.exposure.findings import assess
from wizard.placement.resolve import resolve
from wizard.plan import Plan, apply_patch

PAGE = {"inference": {"origins": ["https://app.example"]}}


def told(plan: Plan) -> dict[str, Finding]:
    return {f.name: f for f in assess(resolve(plan, HOSTS[1]))}


@pytest.mark.parametrize("parts", [{"audiences": ["web-app"]}, {"audiences": ["internet"]}, {"cors": PAGE}], ids=str)
def test_visitors_refuse_the_certificate_for_the_trial(parts: dict[str, Any]) -> None:
    open_: dict[str, Any] = {"bind": {"inference": {"scope": "all"}}, "auth": {"inference": "gateway-token"}}
    name = "VISITORS-TRIAL-CERTIFICATE@inference"
    assert (
        "refuse the self-signed certificate" in told(make(tls={"mode": "self-signed"}, **open_, **parts))[name].message
    )
    assert name not in told(make(tls={"certificate": "/c.pem", "key": "/k.pem"}, **open_, **parts))


def test_pages_of_the_web_cannot_call_what_is_bound_to_this_machine() -> None:
    name = "VISITORS-ELSEWHERE@inference"
    plan = make(cors={"inference": {"origins": ["https://app.example", "http://localhost:5173"]}})
    found = told(plan)[name]
    assert "https://app.example" in found.message and "localhost" not in found.message
    for each in found.remedies:
        assert name not in told(apply_patch(plan, each.patch))
    for origins in (["http://localhost:5173"], ["*"], []):
        assert name not in told(make(cors={"inference": {"origins": origins}}))
    assert name not in told(apply_patch(plan, {"bind.inference.scope": "all"}))
