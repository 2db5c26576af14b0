"""A step has one name, whether it is asked just now or only spoken of."""

from __future__ import annotations

import pytest

from tests.support.plans import plan
from wizard import registry
from wizard.host import Host
from wizard.session.beginning import Beginning
from wizard.session.session import Session
from wizard.session.steps.progress import title_of, title_of_id


@pytest.mark.parametrize("server", registry.names())
def test_an_id_has_the_name_of_its_step(server: str) -> None:
    answers = plan(server, bind={"management": {"scope": "all"}} if server == "torchserve" else {})
    session = Session(answers)
    session.begin(Beginning(answers, Host(), {}))
    assert {step.id: title_of_id(step.id) for step in session.steps} == {s.id: title_of(s) for s in session.steps}
