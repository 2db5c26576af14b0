"""An answer that was given has an effect, or a finding says why it has none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.each import each
from tests.support.plans import plan as make
from wizard import presets, registry
from wizard.deployment.finding import Finding
from wizard.exposure.findings import assess
from wizard.host import Host
from wizard.placement.defaults import complete
from wizard.placement.resolve import resolve
from wizard.plan import Plan, answers, apply_patch

OWN = {"certificate": "/c.pem", "key": "/k.pem"}
PAGES = {"inference": {"origins": ["https://app.example"]}}


def unused(plan: Plan) -> list[Finding]:
    return [found for found in assess(resolve(plan, Host())) if found.id == "ANSWER-UNUSED"]


def test_a_certificate_of_ones_own_is_used_unless_the_mode_says_otherwise() -> None:
    assert make("torchserve", tls=OWN).tls.mode == "files"
    for mode in ("off", "self-signed"):
        found = unused(make("torchserve", tls={**OWN, "mode": mode}))
        assert [(each.cause, each.severity) for each in found] == [("tls.certificate", "medium")]
        assert mode in found[0].message


def test_a_certificate_without_its_key_is_told() -> None:
    (found,) = unused(make("torchserve", tls={"certificate": "/c.pem"}))
    assert found.message.startswith("tls.certificate is given and does nothing") and "tls.key" in found.message


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "names": ({"gateway": {"names": ["models.example"]}}, "gateway.names"),
    "limits": ({"gateway": {"max_body_mib": 9, "requests_per_second": 5}}, "gateway.max_body_mib"),
    "image": ({"run": {"how": "native", "image": "a/b:1", "gpu": True}}, "run.image"),
    "cookies": ({"cors": {"inference": {"credentials": True}}}, "cors.inference.credentials"),
    "headers": ({"cors": {"management": {"headers": ["x-own"], "max_age": 5}}}, "cors.management.headers"),
    "pages of what is off": ({"bind": {"inference": {"scope": "off"}}, "cors": PAGES}, "cors.inference.origins"),
    "port": ({"bind": {"metrics": {"scope": "off", "port": 9999}}}, "bind.metrics.port"),
}


@each((case,) for case in CASES)
def test_what_is_switched_off_is_told(case: str) -> None:
    parts, key = CASES[case]
    plan = make("torchserve", **parts)
    (found,) = unused(plan)
    assert found.cause == key
    for remedy in found.remedies:
        assert key not in [one.cause for one in unused(apply_patch(plan, remedy.patch))], remedy.label


@pytest.mark.parametrize("how", ["docker", "native"])
def test_answers_that_nobody_gave_are_none(how: str) -> None:
    """Nor those of a file that was written from them, where every default stands."""
    for server in registry.names():
        for parts in ({}, {"cors": PAGES}, {"gateway": {"kind": "nginx", "names": ["a.example"]}}):
            plan = make(server, run={"how": how}, **parts)
            assert not unused(plan), (server, parts)
            assert not unused(answers.load(answers.dump(complete(plan)))), (server, parts)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"auth": {"metrics": "gateway-token"}}, "that API has no token of its own: it can ask for none"),
        ({"auth": {"grpc": "gateway-token"}}, "that API has no token of its own: auth.inference holds for it"),
        ({"cors": {"metrics": {"origins": ["https://app.example"]}}}, "that API has no rule for web pages of its own"),
    ],
    ids=["token", "token of another", "pages"],
)
def test_a_guard_that_an_api_cannot_have_is_told_and_can_be_taken_back(answers: dict[str, Any], said: str) -> None:
    bind = {"metrics": {"scope": "loopback"}, "grpc": {"scope": "loopback"}}
    plan = make("torchserve", bind=bind, **answers)
    (found,) = unused(plan)
    assert found.severity == "functional" and said in found.message
    assert found.remedies and all(not unused(apply_patch(plan, each.patch)) for each in found.remedies)


@pytest.mark.parametrize("server", registry.names())
@pytest.mark.parametrize("preset", presets.names())
def test_no_preset_answers_what_does_nothing(server: str, preset: str) -> None:
    data = presets.merged(make(server).model_dump(exclude_unset=True), presets.load(preset))
    assert unused(answers.validate(data)) == []
