"""A file is opened and Enter is pressed to the end: the answers that are written are those that were read."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.support.examples import most
from tests.support.random_plans import HOSTS, workable_plan
from wizard import registry
from wizard.host import Host
from wizard.placement.defaults import complete
from wizard.plain.talk import Talk
from wizard.plain.terminal import Terminal
from wizard.plain.walk import walk
from wizard.plan import Plan, answers, apply_patch
from wizard.servers.sample import sample_path
from wizard.session.beginning import Beginning, inspect
from wizard.session.opening import open_path
from wizard.session.session import Session

PLANS = most(25)
"""Plans of each seed."""
WORD = re.compile(r"To accept this, type (\S+);|type ([a-z-]+) to accept")


class EndError(Exception):
    """The walk got as far as this test looks: written, or where nothing can be written."""


class Enter(Terminal):
    """Presses Enter at every prompt; only where a word has to be typed to accept something, types it."""

    def __init__(self) -> None:
        super().__init__()
        self.prompts: list[str] = []
        self.session: Session | None = None

    def say(self, text: str = "", indent: str = "") -> None:
        pass

    def exactly(self, text: str) -> None:
        pass

    def ask(self, prompt: str) -> str:
        self.prompts.append(prompt)
        assert len(self.prompts) < 300, self.prompts[-5:]
        if (
            (self.session and self.session.outcome)
            or re.search("^(Number of the fix|b goes back)", prompt)
            or prompt.startswith("Enter: fix")
        ):
            raise EndError
        if prompt.startswith("Type write"):  # what lies there from the Plan before was better protected
            return "write"
        found = WORD.search(prompt)
        return next(filter(None, found.groups())) if found else ""


def walked(session: Session) -> None:
    terminal = Enter()
    terminal.session = session
    with suppress(EndError):
        walk(Talk(terminal, session))


def file_of(random: Random, folder: Path, host: Host) -> tuple[Path, Plan]:
    """An answers file about a model that is there, beside it."""
    plan = workable_plan(random, host)
    name = registry.adapter(plan.server).sample.name
    model = folder / sample_path(plan.server).name
    if not model.exists():
        there = sample_path(plan.server)
        (shutil.copytree if there.is_dir() else shutil.copy)(there, model)
    plan = apply_patch(plan, {"models": [{"name": name, "path": f"./{model.name}"}]})
    path = folder / "answers.toml"
    path.write_text(answers.dump(plan), "utf-8")
    return path, answers.load(path.read_text("utf-8"))


def accepted_aside(plan: Plan) -> Plan:
    """The Plan without what was accepted: that is what was typed on the way."""
    return plan.model_copy(update={"accepted": ()})


@pytest.mark.usefixtures("one_key")
@pytest.mark.parametrize("seed", range(8))
def test_the_written_answers_are_those_that_were_read(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of them by the overview, half question by question; both end with files wherever files can be written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    random, written = Random(seed), 0
    for number in range(PLANS):
        host = random.choice(HOSTS)
        path, plan = file_of(random, tmp_path, host)
        session = Session(opened=open_path(str(path))) if number % 2 else Session(plan, source=path)
        reports = {(m.path, plan.server): inspect(m.path, plan.server, session.base) for m in plan.models}
        session.load = lambda plan=plan, host=host, reports=reports: Beginning(plan, host, reports)  # type: ignore
        walked(session)
        assert accepted_aside(session.plan) == accepted_aside(plan), (seed, number)
        if session.outcome is None:
            assert session.broken or session.waiting, (seed, number, "nothing was written, and nothing kept it")
            continue
        written += 1
        target = session.outcome.target
        found = answers.load((target / answers.FILE_NAME).read_text("utf-8"))
        expected = complete(answers.rebase(plan, tmp_path, target))  # written out in full
        assert answers.dump(accepted_aside(found)) == answers.dump(accepted_aside(expected)), (seed, number)
        if target != tmp_path:
            shutil.rmtree(target)
    assert written > PLANS // 3, f"{written} of {PLANS}"
