"""Answers that came from a file are never changed by a proposal nobody took."""

from __future__ import annotations

import pytest

from tests.support.examples import most
from tests.support.random_plans import random_plans
from wizard.host import Host
from wizard.plan import Plan
from wizard.session.beginning import Beginning
from wizard.session.session import Session
from wizard.session.steps.edit import chosen
from wizard.widgets.choices import Choices


def opened(plan: Plan, host: Host) -> Session:
    session = Session(plan)
    session.begin(Beginning(plan, host, {}))
    return session


@pytest.mark.parametrize("seed", range(8))
def test_enter_to_the_end_changes_nothing(seed: int) -> None:
    """Enter chooses what is under the cursor: on a page that was just opened that is the present answer, everywhere."""
    for plan, host in random_plans(most(250), seed):
        session = opened(plan, host)
        for step in session.steps:
            for field in session.fields(step):
                if field.kind == "choice" and field.shown:
                    under = field.options[Choices.first_chosen(field)]
                    assert under.id in field.chosen, (step.id, field.chosen, plan)


@pytest.mark.parametrize("seed", range(4))
def test_ticking_who_calls_changes_who_calls_alone(seed: int) -> None:
    for number, (plan, host) in enumerate(random_plans(most(500), seed)):
        session = opened(plan, host)
        (field,) = session.fields(session.step("who"))
        problem = session.propose(chosen(field, field.options[number % len(field.options)]), "who")
        assert session.plan.model_copy(update={"audiences": plan.audiences}) == plan, problem
