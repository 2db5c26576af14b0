"""The same edits through every face give the same Plan, the same findings and the same refusals."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from textual._compositor import Compositor

from tests.screens.driving import Driver, go, settle, type_ahead
from tests.support.examples import FACTOR, most
from tests.support.plans import plan as make
from tests.support.random_plans import random_plans
from wizard.app import WizardApp
from wizard.host import Host
from wizard.plain.ask import ask
from wizard.plain.talk import Talk
from wizard.plain.terminal import Terminal
from wizard.plan import Plan
from wizard.screens.cors import judge_origin
from wizard.session.beginning import Beginning, inspect
from wizard.session.session import Session
from wizard.session.steps.base import Field, Step
from wizard.session.steps.edit import chosen, listed, typed

TEXTS = ("", "9000", "99999", "x y", "a,b", "https://app.example", "GET POST", "content-type", "/tmp/a.sock", "ä")
PLANS, OF_THE_SCREEN = most(250), most(100)
"""Plans of each seed, through fields and lines, and through the full screen and lines."""
ELSEWHERE = ("start", "model", "review", "write", "try", "done")
"""Steps whose pages have keys of their own."""


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


def begun(plan: Plan, host: Host) -> Session:
    session = Session(plan)
    session.begin(Beginning(plan, host, {}))
    return session


def edit(session: Session, random: Random) -> tuple[Step, Field, str]:
    """A random question and what is typed at it: the number of an option, or a text."""
    step = random.choice([step for step in session.steps if [f for f in session.fields(step) if f.shown]])
    field = random.choice([field for field in session.fields(step) if field.shown])
    if field.kind == "cycle":  # its keys reach the next value only
        ids = [option.id for option in field.options]
        now = next((place for place, id_ in enumerate(ids) if id_ in field.chosen), -1)
        return step, field, str((now + 1) % len(ids) + 1)
    if field.kind in ("choice", "many"):
        return step, field, str(random.randrange(len(field.options)) + 1)
    return step, field, random.choice(TEXTS)


def by_fields(session: Session, step: Step, field: Field, line: str) -> str:
    """As a widget gives it."""
    try:
        if field.options:
            option = field.options[int(line) - 1]
            stays = field.kind != "many" and option.id in field.chosen
            return "" if stays else session.propose(chosen(field, option), step.id)
        return session.propose(typed(field, line), step.id)
    except ValueError as error:
        return str(error)


def by_lines(talk: Talk, step: Step, field: Field, line: str) -> list[str]:
    """As it is typed at a line prompt; everything that is said to it."""
    talk.terminal = script = Script({"text": f"={line}", "many": toggled(field, line)}.get(field.kind, line))
    ask(talk, step, field)
    return script.said


def toggled(field: Field, line: str) -> str:
    """The numbers of all options that are chosen once the one with this number is ticked, or no longer is."""
    if not line.isdigit() or not field.options:
        return line
    ticked = {place for place, option in enumerate(field.options, 1) if option.id in field.chosen} ^ {int(line)}
    return " ".join(map(str, sorted(ticked))) or "0"


def loading(plan: Plan, host: Host) -> Session:
    """A Session that is about to load what it needs to know of this Plan and this machine."""
    session = Session(plan)
    reports = {(m.path, plan.server): inspect(m.path, plan.server, session.base) for m in plan.models}
    session.load = lambda: Beginning(plan, host, reports)  # type: ignore[method-assign]
    return session


def refusals(said: list[str], refused: str) -> bool:
    """Whether something was refused among what was said; with this sentence, where there is one."""
    assert not refused or any(refused in each for each in said), (refused, said)
    return any("Not accepted" in each or each == refused for each in said if each)


def asked_alike(field: Field, line: str) -> bool:
    """Lists are asked differently, and an empty line means to go on."""
    return field.kind != "list" and not (field.kind == "text" and not line.strip())


@pytest.mark.parametrize("seed", range(8))
def test_lines_and_widgets_agree(seed: int) -> None:
    random = Random(seed)
    for plan, host in random_plans(PLANS, seed):
        one, two = begun(plan, host), begun(plan, host)
        for _ in range(2):
            step, field, line = edit(one, random)
            if not asked_alike(field, line):
                continue
            refused = by_fields(one, step, field, line)
            said = by_lines(Talk(Script(), two), step, field, line)
            assert one.plan == two.plan, (step.id, field.id, line)
            assert one.view.findings == two.view.findings
            assert one.history.now.label == two.history.now.label
            assert bool(refused) is refusals(said, refused)


ORIGINS = ("https://a.example", "a.example", "HTTPS://A.example:443/", "localhost:5173", "*", "null", "ftp://a", "x y")
SEVERAL = ("https://a.example, https://b.example", "https://*.example", "https://user@a.example", "https://ä.example")


@pytest.mark.parametrize("typed_at", ORIGINS + SEVERAL)
def test_a_typed_origin_is_the_same_in_lines_and_in_its_list(typed_at: str) -> None:
    plan = make("torchserve", cors={"inference": {"origins": ["https://z.example"]}})
    one, two = begun(plan, Host()), begun(plan, Host())
    step, field = next((s, f) for s in one.steps for f in one.fields(s) if f.kind == "list")
    verdict = judge_origin(typed_at)
    answer = listed(field, (*field.value.splitlines(), *(value for value, _, _ in verdict.kept)))
    refused = one.propose(answer, step.id) if verdict.kept else verdict.note
    said = by_lines(Talk(Script(), two), step, field, typed_at)
    assert one.plan == two.plan
    assert bool(refused) is any("Not accepted" in each for each in said)


async def by_keys(pilot: Driver, step: Step, field: Field, line: str) -> str:
    """As it is done at the keyboard of the full screen; the refusal that is shown."""
    await go(pilot, step.id)
    screen: Any = pilot.app.screen
    widget = screen.query_one(f"#field-{field.id}")
    (widget.line if field.kind == "text" else widget).focus()
    await settle(pilot)
    if field.kind in ("choice", "many"):
        await type_ahead(pilot, "home", *["down"] * (int(line) - 1), "space")
    elif field.kind == "cycle":
        await type_ahead(pilot, "right")
    else:
        await type_ahead(pilot, "end", "ctrl+u", *line, "enter")
    assert pilot.app.is_running, "the program was ended by a signal from outside, or by a fault"
    if pilot.app.screen is not screen:
        return ""
    if field.kind != "text":
        return str(screen.said)
    problem = str(widget._problem)  # what keeps one from going on, once the answer is set, is told elsewhere
    if problem:
        widget.line.value = field.value  # a text that cannot stand holds the page until it is mended
        await settle(pilot)
    return problem


def put(session: Session, plan: Plan, host: Host) -> None:
    """Other answers and another machine, as for one who begins with them."""
    reports = {(m.path, plan.server): inspect(m.path, plan.server, session.base) for m in plan.models}
    session.uncommitted.clear()
    session.begin(Beginning(plan, host, reports))


@pytest.fixture
def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages are laid out, but not drawn, which would take as long as all the rest; no engine is asked for images.

    What is drawn and what an engine has is no part of an answer.
    """
    monkeypatch.setattr(Compositor, "render_update", lambda self, **_: self._dirty_regions.clear())
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")


@pytest.mark.timeout(900 * max(1, FACTOR))
@pytest.mark.parametrize("seed", range(2))
async def test_lines_and_the_full_screen_agree(seed: int, nobody_looks: None) -> None:
    """The real app, its keys (as fast as they can be pressed) and its pages; one app for all Plans of a seed."""
    random = Random(seed)
    plans = list(random_plans(OF_THE_SCREEN, seed + 100))
    one, two = loading(*plans[0]), loading(*plans[0])
    talk = Talk(Script(), two)
    talk.begin()
    app = WizardApp(one)
    tried = 0
    async with app.run_test(size=(80, 24)):
        pilot = Driver(app)
        for plan, host in plans:
            for session in (one, two):
                put(session, plan, host)
            await settle(pilot)
            step, field, line = edit(one, random)
            while step.id in ELSEWHERE or not asked_alike(field, line):
                step, field, line = edit(one, random)
            refused = await by_keys(pilot, step, field, line)
            said = by_lines(talk, step, field, line)
            assert one.plan == two.plan, (step.id, field.id, line, refused, said)
            assert one.view.findings == two.view.findings
            assert one.history.now.label == two.history.now.label
            assert bool(refused) is refusals(said, refused), (step.id, field.id, line, refused, said)
            tried += 1
    assert tried == OF_THE_SCREEN
