"""Which step a finding about a file leads to."""

from __future__ import annotations

import pytest

from wizard.check.findings import every_rule
from wizard.session.question import step_id
from wizard.session.steps.groups import ASKED

PLACES = {
    "bind.inference": "compose.yaml:7",
    "bind.management.scope": "compose.yaml:8",
    "cors.inference.origins": "config.properties:4",
    "auth.inference": "config.properties:9",
    "models": "config.properties:5",
}


@pytest.mark.parametrize(
    ("rule", "api", "line", "step"),
    [
        ("RUN-PUBLISHED", "inference", "compose.yaml:7", "bind.inference"),
        ("RUN-PUBLISHED", "management", "compose.yaml:8", "bind.management"),
        ("TS-KEY-UNKNOWN", "", "config.properties:4", "cors.inference"),
        ("TS-CORS-TOKEN", "", "config.properties:4", "cors.inference"),
        ("TS-TOKEN-OFF", "", "config.properties:9", "protect.inference"),
        ("TS-LOAD-ALL", "", "config.properties:5", "model"),
        ("TFS-PATH-HOME", "", "models.config:4", "model"),
        ("RUN-IMAGE-FLOATS", "", "compose.yaml:3", "start.run"),
        ("TS-CORS-ANY", "", "config.properties:9", "cors.inference"),
        ("TS-URLS-UNSET", "management", "config.properties:None", ""),
    ],
)
def test_by_the_answer_on_its_line_or_by_what_it_is_about(rule: str, api: str, line: str, step: str) -> None:
    assert step_id(rule, api, line, PLACES) == step


def test_every_rule_leads_to_a_step_or_to_none() -> None:
    led = {step_id(rule, "", "", {}).partition(".")[0] for rule in every_rule()}
    assert led - {""} <= set(ASKED)
    assert {"bind", "cors", "protect", "model", "start"} <= led
