"""The same edits through both faces give the same Plan, the same findings and the same refusals."""

from __future__ import annotations

from random import Random

import pytest

from tests.support.random_plans import random_plans
from wizard.host import Host
from wizard.plain.ask import ask
from wizard.plain.talk import Talk
from wizard.plain.terminal import Terminal
from wizard.plan import Plan
from wizard.session.beginning import Beginning
from wizard.session.session import Session
from wizard.session.steps.base import Field, Step
from wizard.session.steps.edit import chosen, typed

TEXTS = ("", "9000", "99999", "x y", "a,b", "https://app.example", "GET POST", "content-type", "/tmp/a.sock", "ä")


class Script(Terminal):
    """Answers with what is given, then goes on."""

    def __init__(self, *lines: str) -> None:
        super().__init__()
        self.lines = list(lines)
        self.said: list[str] = []

    def say(self, text: str = "", indent: str = "") -> None:
        self.said.append(text)

    def ask(self, prompt: str) -> str:
        return self.lines.pop(0) if self.lines else "b"


def opened(plan: Plan, host: Host) -> Session:
    session = Session(plan)
    session.begin(Beginning(plan, host, {}))
    return session


def edit(session: Session, random: Random) -> tuple[Step, Field, str]:
    """A random question and what is typed at it: the number of an option, or a text."""
    step = random.choice([step for step in session.steps if [f for f in session.fields(step) if f.shown]])
    field = random.choice([field for field in session.fields(step) if field.shown])
    if field.kind in ("choice", "cycle"):
        return step, field, str(random.randrange(len(field.options)) + 1)
    return step, field, random.choice(TEXTS)


def by_fields(session: Session, step: Step, field: Field, line: str) -> str:
    """As a widget gives it."""
    try:
        if field.options:
            return session.propose(chosen(field, field.options[int(line) - 1]), step.id)
        return session.propose(typed(field, line), step.id)
    except ValueError as error:
        return str(error)


@pytest.mark.parametrize("seed", range(8))
def test_lines_and_widgets_agree(seed: int) -> None:
    random = Random(seed)
    for plan, host in random_plans(250, seed):
        one, two = opened(plan, host), opened(plan, host)
        for _ in range(2):
            step, field, line = edit(one, random)
            if field.kind in ("list", "many") or (field.kind == "text" and not line.strip()):
                continue
            refused = by_fields(one, step, field, line)
            script = Script(f"={line}" if field.kind == "text" else line)
            ask(Talk(script, two), step, field)
            assert one.plan == two.plan, (step.id, field.id, line)
            assert one.view.findings == two.view.findings
            assert one.history.now.label == two.history.now.label
            said = any(refused in each for each in script.said) if refused else True
            assert said, (refused, script.said)
            assert bool(refused) is any("Not accepted" in each or each == refused for each in script.said if each)
