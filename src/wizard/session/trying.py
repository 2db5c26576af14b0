"""What can be tried, and the result of a trial, in words: the same on the screen and in the line prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard import registry
from wizard.errors import WizardError
from wizard.machine import project
from wizard.machine.ports import free_beside
from wizard.plan import answers
from wizard.session import ending, engine
from wizard.session.steps.base import Option
from wizard.session.steps.edit import typed
from wizard.trial import before_start, written_report

if TYPE_CHECKING:
    from wizard.machine.project import Project
    from wizard.session.session import Session
    from wizard.session.steps.base import Answer
    from wizard.trial.report import Report

RUN, NATIVE, MOVE, SKIP = "run", "native", "move", "skip"
"""Ids of the options: as the answers say, without Docker, on another port, and not at all."""
_IN_DOCKER = "in Docker, on networks of its own"
_NATIVE = "on this machine, in a folder of its own"


def options(session: Session, failed: bool = False, elsewhere: Answer | None = None) -> tuple[Option, ...]:
    """What can be done.

    `failed`: a trial in Docker could not be started, so that one without it is worth offering. `elsewhere`: the
    proposal of `at_another_port` if a port was taken; it helps with and without Docker.
    """
    native = session.plan.native
    found = [Option(RUN, "Try it", _NATIVE if native else _in_docker(session))]
    if elsewhere is not None:
        found.append(Option(MOVE, f"Use {elsewhere.label.lower()} instead", "it is free; the files are written again"))
    elif failed and not native:
        found.append(Option(NATIVE, "Try it without Docker", registry.adapter(session.plan.server).native_hint))
    return (*found, Option(SKIP, "Not now", "serving-wizard try does the same later"))


def runs_already(problem: WizardError) -> bool:
    """Whether this deployment itself is in the way, so that it has to be stopped, and no other way of trying helps."""
    return isinstance(problem, before_start.PortHeldError) and problem.runs_already


def at_another_port(session: Session, problem: WizardError | str) -> Answer | None:
    """The answer that avoids a taken port by using the next free one; None if that is not the problem.

    Nor is it if the deployment runs already: a second one would be tried beside it, and its files replaced. Asks the
    system for ports: may run in another thread.
    """
    if isinstance(problem, WizardError) and runs_already(problem):
        return None
    try:
        before_start.ports(session.view.deployment)
    except before_start.PortHeldError as found:
        held = found
    except WizardError:
        return None
    else:
        return None
    if str(held.port) not in str(problem):
        return None
    used = {endpoint.host_port for endpoint in session.view.deployment.endpoints}
    port = free_beside(held.address, held.port, used)
    step = next((each for each in session.steps if each.id == f"bind.{held.api}"), None)
    fields = session.fields(step) if step is not None and port else ()
    return next((typed(each, str(port)) for each in fields if each.id == "port" and each.shown), None)


def _in_docker(session: Session) -> str:
    here = engine.in_a_sentence(session)
    return f"{_IN_DOCKER}. Here: {here}" if here else f"{_IN_DOCKER}; takes a few seconds once the image is here"


def leave_report(session: Session, made: Project, report: Report) -> tuple[str, ...]:
    """Leave the report next to files that were written for the present answers; () if there are none.

    `made` is what was tried. Returns what to tell a person. Touches the disk: may run in another thread.
    """
    outcome = session.outcome
    if outcome is None or not session.up_to_date:
        return ()
    try:
        there = project.prepare(outcome.plan, outcome.target, outcome.target, session.host)
    except WizardError as problem:
        return (f"No report was left: {problem.title}",)
    changed = ("without Docker",) if made.plan.run.how != outcome.plan.run.how else ()
    return written_report.leave(report, there, outcome.target / answers.FILE_NAME, changed)


def written_call(session: Session, without_docker: bool) -> str:
    """The command in the written files that calls a trial of these answers; call.sh finds only trials in Docker."""
    found = session.outcome.ending if session.outcome else None
    fits = session.up_to_date and session.plan.contained and not without_docker
    return found.command(ending.CALL) if found and fits else ""
