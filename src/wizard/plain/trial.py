"""The Try step: what can be tried, what happens meanwhile, and the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wizard.errors import ExitCode, WizardError
from wizard.formats.decimals import counted
from wizard.help.firstaid import diagnose
from wizard.help.lines import aid_lines
from wizard.machine.signals import Ended
from wizard.plain.ask import Move, prompt
from wizard.prediction.values import place
from wizard.session import engine, trying
from wizard.session.writing import trial_project
from wizard.trial import runner
from wizard.trial.backend import Options
from wizard.trial.events import StageEvent

if TYPE_CHECKING:
    from wizard.plain.talk import Talk
    from wizard.session.steps.base import Answer, Step
    from wizard.trial.events import Event
    from wizard.trial.report import Report


def trial(talk: Talk, step: Step) -> Move:
    """Start what was planned, probe it, and say how it went."""
    engine.ask(talk.session)
    tried = TrialEnd(False)
    while True:
        options = trying.options(talk.session, tried.failed, tried.elsewhere)
        for number, option in enumerate(options, 1):
            now = " (now)" if option.id == trying.SKIP else ""
            talk.terminal.say(f"{number}. {option.label}{now}; {option.hint}", "  ")
        typed = prompt(talk, f"Number, 1 to {len(options)} [{len(options)}]:", step)
        if typed.move:
            return typed.move
        at = counted(typed.text, len(options)) if typed.text else len(options)
        if not at:
            talk.terminal.say(f"A number from 1 to {len(options)}, please.")
        elif options[at - 1].id == trying.SKIP:
            return "next"
        elif options[at - 1].id == trying.MOVE and tried.elsewhere is not None:
            problem = talk.propose(tried.elsewhere, step)
            talk.jump = "" if problem else "write"
            if talk.jump:
                return "jump"
            talk.terminal.say(problem)
        else:
            ended = start_trial(talk, without_docker=options[at - 1].id == trying.NATIVE)
            tried = TrialEnd(ended.failed or tried.failed, ended.elsewhere)


class TrialEnd(NamedTuple):
    """How a trial went."""

    failed: bool
    """There is no result, and another way of trying may have one."""
    elsewhere: Answer | None = None
    """The answer that avoids the reason."""


def start_trial(talk: Talk, without_docker: bool = False) -> TrialEnd:
    """Run a trial and say how it went."""
    talk.terminal.say("Ctrl-C stops it; what it started is removed.")
    try:
        made = trial_project(talk.session, without_docker)
        report = runner.run(made, Options(), lambda event: _say_event(talk, event))
    except Ended:
        raise
    except KeyboardInterrupt:
        talk.terminal.say("Stopped before anything was started.")
    except WizardError as error:
        if error.exit_code == ExitCode.INTERRUPTED:
            talk.terminal.say("Stopped; what it started was removed.")
            return TrialEnd(False)
        talk.terminal.say(str(error))
        _first_aid(talk, str(error))
        return TrialEnd(not trying.runs_already(error), trying.at_another_port(talk.session, error))
    else:
        _say_report(talk, report)
        for line in trying.leave_report(talk.session, made, report):
            talk.terminal.say(line)
        return TrialEnd(bool(report.problem), trying.at_another_port(talk.session, report.problem))
    return TrialEnd(True)


def _say_event(talk: Talk, event: Event) -> None:
    """Say which stage it is in.

    Probes that are as predicted, and the server's log, would take minutes to be read aloud.
    """
    # Progress in steps would be hundreds of lines; beginning and end say enough.
    if isinstance(event, StageEvent) and (event.progress is None or event.progress in (0.0, 1.0)):
        talk.terminal.say(f"{event.stage}: {event.text}")


def _say_report(talk: Talk, report: Report) -> None:
    terminal = talk.terminal
    if report.problem:
        for line in report.log_tail:
            terminal.exactly(f"  | {line}")
        terminal.say(report.problem)
        _first_aid(talk, "\n".join((report.problem, *report.log_tail)))
        return
    if report.caution:
        terminal.say(report.caution)
    terminal.say(report.verdict)
    for result in report.differing:
        probe = result.probe
        where = probe.page or place(probe)
        terminal.say(f"From {where}, {probe.request}: predicted {probe.predicted}, measured {result.measured}.", "  ")
        if result.detail:
            terminal.say(result.detail, "    ")


def _first_aid(talk: Talk, text: str) -> None:
    for aid in diagnose(text, talk.session.plan, 3):
        for line in aid_lines(aid, width=talk.terminal.width):
            talk.terminal.exactly(line)
