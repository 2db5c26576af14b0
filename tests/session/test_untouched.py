"""Answers that came from a file are never changed by a proposal nobody took."""

from __future__ import annotations

from random import Random

import pytest

from tests.support.examples import most
from tests.support.random_plans import random_plans
from wizard.host import Host
from wizard.plain.ask import ask
from wizard.plain.talk import Talk
from wizard.plain.terminal import Terminal
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


class Enter(Terminal):
    """Somebody who presses Enter at every prompt, and is told nothing."""

    def say(self, text: str = "", indent: str = "") -> None:
        pass

    def ask(self, prompt: str) -> str:
        return ""


@pytest.mark.parametrize("seed", range(8))
def test_enter_at_every_line_prompt_changes_nothing(seed: int) -> None:
    """Also at the question who calls, where something else than the answers may be proposed."""
    some = Random(seed)
    for plan, host in random_plans(most(250), seed):
        session = opened(plan, host)
        talk = Talk(Enter(), session)
        for step in (session.step("who"), some.choice(session.steps)):
            for field in session.fields(step):
                if field.shown:
                    assert ask(talk, step, field) == "next"
                    assert session.plan == plan, (step.id, field.id)


@pytest.mark.parametrize("seed", range(4))
def test_ticking_who_calls_changes_who_calls_alone(seed: int) -> None:
    for number, (plan, host) in enumerate(random_plans(most(500), seed)):
        session = opened(plan, host)
        (field,) = session.fields(session.step("who"))
        problem = session.propose(chosen(field, field.options[number % len(field.options)]), "who")
        assert session.plan.model_copy(update={"audiences": plan.audiences}) == plan, problem
