"""Of several fixes that move an API, the one with the smallest reach that lets in whom the Plan names comes first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.support.examples import most
from tests.support.plans import plan as make
from tests.support.random_plans import HOSTS, random_plans
from wizard import registry
from wizard.deployment import Deployment
from wizard.deployment.finding import Remedy
from wizard.exposure.findings import assess
from wizard.placement.resolve import resolve
from wizard.plan import apply_patch

_REACHES = ("none", "loopback", "lan", "public", "all")
"""From the smallest to the largest."""
_FROM_ELSEWHERE = {"web-app", "lan", "internet"}


def moves(deployment: Deployment, remedies: Sequence[Remedy]) -> Iterator[tuple[bool, int]]:
    """For each fix that opens an API at another place: whether it shuts out who was named, and how far it reaches."""
    for remedy in remedies:
        for key, value in remedy.patch:
            if key.startswith("bind.") and key.endswith(".scope") and value != "off":
                yield _outcome(deployment, remedy, key.split(".")[1])


def _outcome(deployment: Deployment, remedy: Remedy, api: str) -> tuple[bool, int]:
    before = deployment.endpoint(api)
    after = resolve(apply_patch(deployment.plan, remedy.patch), deployment.host).endpoint(api)
    assert before is not None
    assert after is not None
    predicts = any(spec.api == api and "predict" in spec.does for spec in registry.adapter(deployment.plan.server).apis)
    named = predicts and bool(set(deployment.plan.audiences) & _FROM_ELSEWHERE)
    lost = "lan" in before.access.callers and "lan" not in after.access.callers
    return named and lost, _REACHES.index(after.exposure)


def test_narrower_comes_before_wider() -> None:
    compared = 0
    for plan, host in random_plans(most(400)):
        deployment = resolve(plan, host)
        for finding in assess(deployment):
            found = list(moves(deployment, finding.remedies))
            assert found == sorted(found), (finding.name, finding.remedies, deployment.plan)
            compared += len(set(found)) > 1
    assert compared


def test_this_machine_is_offered_first_unless_others_were_named() -> None:
    for audiences in ([], ["me"], ["lan"]):
        plan = make("torchserve", audiences=audiences, run={"how": "native"}, bind={"inference": {"scope": "all"}})
        found = next(f for f in assess(resolve(plan, HOSTS[1])) if f.id == "BIND-ALL")
        assert found.remedies[0].label == ("Only on 10.0.0.5 (eth0)" if "lan" in audiences else "Only this machine")
