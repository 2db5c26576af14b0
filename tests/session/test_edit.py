"""What is said of a typed answer that cannot stand: in words for whoever typed it, not for whoever wrote a file."""

from __future__ import annotations

import pytest

from wizard.plan import Plan
from wizard.session.steps.edit import try_changes

PLAN = Plan.model_validate({"schema": 1, "server": "llama-server", "models": []})


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("bind.inference", {"scope": "loopback", "port": 0}, "0 is too small: 1 is the least"),
        ("bind.inference", {"scope": "loopback", "port": 70000}, "70000 is too large: 65535 is the most"),
        (
            "settings",
            {"context": "abc"},
            "'abc' is the wrong type: a whole number is expected. Write digits only.",
        ),
    ],
)
def test_why_a_typed_answer_cannot_stand(key: str, value: object, said: str) -> None:
    assert try_changes(PLAN, ((key, value),)) == (None, said)
