"""What a page is predicted to read follows from the answer's own headers, for every Origin and every policy."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.support.plans import plan
from wizard.deployment import Deployment
from wizard.placement.resolve import resolve
from wizard.prediction.answer import answer
from wizard.prediction.probes import predict
from wizard.prediction.values import Probe
from wizard.servers.requests import Request
from wizard.trial.probes import RawAnswer, preflight_passes, readable

POLICIES: dict[str, dict[str, Any]] = {
    "none": {},
    "any": {"origins": ["*"]},
    "any, every header": {"origins": ["*"], "headers": ["*"]},
    "any, token": {"origins": ["*"], "headers": ["content-type", "authorization"]},
    "one": {"origins": ["https://app.example"]},
    "one with a port": {"origins": ["http://localhost:3000"], "headers": ["content-type", "authorization"]},
    "several with cookies": {"origins": ["https://app.example", "http://127.0.0.1:8000"], "credentials": True},
    "another scheme": {"origins": ["chrome-extension://" + "a" * 32]},
}
WAYS = list(
    itertools.product(
        ("torchserve", "tensorflow-serving"),
        (("docker", "auto"), ("docker", "none"), ("native", "nginx")),
        ("none", "server-token", "gateway-token"),
    )
)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_prediction_is_what_the_headers_of_the_answer_permit(policy: str) -> None:
    """The trial's own reading of raw headers is the judge; it shares no code with the predictions."""
    judged = 0
    for server, (how, kind), token in WAYS:
        made = plan(
            server,
            run={"how": how},
            cors={"inference": POLICIES[policy]},
            auth={"inference": token, "management": token},
            gateway={"kind": kind},
        )
        deployment = resolve(made)
        for probe in predict(deployment):
            if probe.page:
                judged += 1
                assert probe.predicted == _by_headers(deployment, probe), (made, probe)
    assert judged > 400


def _by_headers(deployment: Deployment, probe: Probe) -> str:
    endpoint = deployment.endpoint(probe.api)
    assert endpoint is not None
    found = answer(deployment, endpoint, Request(probe.method, probe.path, probe.headers, probe.token))
    raw = RawAnswer(found.status, found.headers, b"")
    if probe.kind == "preflight":
        return f"{raw.status} {'passes' if preflight_passes(raw, probe) else 'fails'}"
    return f"{raw.status} {'readable' if readable(raw, probe.page) else 'unreadable'}"


@pytest.mark.parametrize("server", ["torchserve", "tensorflow-serving"])
@pytest.mark.parametrize("token", ["none", "gateway-token"])
def test_with_any_origin_every_value_of_origin_reads(server: str, token: str) -> None:
    rule = {"origins": ["*"], "headers": ["content-type", "authorization"]}
    auth = {"inference": token, "management": token}
    found = [p for p in predict(resolve(plan(server, cors={"inference": rule}, auth=auth))) if p.page]
    assert {"file://", "null", "tauri://localhost", "https://evil.example"} <= {p.page for p in found}
    asked = [p for p in found if p.kind == "http" and p.api == "inference"]
    assert asked and all(p.predicted.endswith(" readable") for p in asked)
