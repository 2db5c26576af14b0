"""Review, write, try, done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wizard.errors import ExitCode, WizardError
from wizard.plain.ask import Move, Typed, prompt
from wizard.prediction.values import place
from wizard.session import ending, engine, trying
from wizard.session.writing import Planned, Policy, look, trial_project, usual_target
from wizard.session.writing import write as write_files

if TYPE_CHECKING:
    from wizard.exposure.findings import Finding
    from wizard.exposure.findings.facts import Fact
    from wizard.plain.talk import Talk
    from wizard.session.steps.base import Step
    from wizard.session.written import Outcome
    from wizard.trial.events import Event
    from wizard.trial.report import Report

ACTIONS = {
    "create": "new",
    "update": "replaced",
    "unchanged": "unchanged",
    "remove": "no longer needed",
    "left": "no longer needed, stays",
}


def review(talk: Talk, step: Step) -> Move:
    """The whole in one paragraph; what cannot work must be fixed, what is dangerous confirmed by its word."""
    from wizard.exposure.summary import paragraph

    session, view = talk.session, talk.session.view
    talk.terminal.say(paragraph(view.deployment))
    _say_compared(talk)
    for folded in view.folded:
        accepted = " (accepted by you)" if session.is_accepted(folded) else ""
        talk.terminal.say(f"{folded.finding.word}{accepted}: {folded.sentence}", "  ")
    for finding in session.broken:
        return _mend(talk, step, finding)
    for fact in session.waiting:
        move = _confirm(talk, step, fact)
        if move != "next":
            return move
    _show_command(talk)
    typed = prompt(talk, "Enter goes on to writing:", step)
    return typed.move or "next"


def _say_compared(talk: Talk) -> None:
    """What there was before, compared with what will be."""
    from wizard.session import there

    comparison = there.compared(talk.session)
    if comparison is None:
        return
    talk.terminal.say(f"Compared with what was there:{' the same.' if comparison.nothing else ''}")
    for word, changes in (("Better", comparison.gains), ("Worse", comparison.losses)):
        for change in changes:
            talk.terminal.say(f"{word}: {change.text}", "  ")
    for each in there.unlike(talk.session):
        talk.terminal.say(f"{each.head.capitalize()}: {each.sentence}", "  ")


def _mend(talk: Talk, step: Step, finding: Finding) -> Move:
    talk.terminal.say(f"This will not work: {finding.message} {finding.why}")
    for number, remedy in enumerate(finding.remedies, 1):
        talk.terminal.say(f"{number}. {remedy.label}", "  ")
    if not finding.remedies:
        talk.terminal.say(f"Instead: {finding.instead}")
    words = "Number of the fix, or b to answer otherwise:" if finding.remedies else "b goes back to answer otherwise:"
    while True:
        typed = prompt(talk, words, step)
        if typed.move:
            return typed.move
        number = int(typed.text[:6]) if typed.text.isascii() and typed.text.isdigit() else 0
        if not 0 < number <= len(finding.remedies):
            talk.terminal.say("It has to be mended before anything is written.")
            continue
        remedy = finding.remedies[number - 1]
        problem = talk.apply(remedy, step)
        if problem:
            talk.terminal.say(problem)
            continue
        return "again"


def _confirm(talk: Talk, step: Step, fact: Fact) -> Move:
    word = fact.word
    if len(fact.sides) > 1:
        talk.terminal.say(f"{fact.finding.word}: {fact.sentence} {len(fact.sides)} sides of it, one word:")
    for side in fact.sides:
        talk.terminal.say(f"{side.finding.word}: {side.sentence} {side.finding.why}")
        talk.terminal.say(f"Instead: {side.finding.instead}", "  ")
    while True:
        typed = prompt(talk, f"To accept this, type {word}; b goes back to choose otherwise:", step)
        if typed.move:
            return typed.move
        try:
            problem = talk.propose(talk.session.acceptance(fact, typed.text), step)
        except ValueError:
            problem = f"It is accepted by typing {word}, and by nothing else."
        if not problem:
            return "next"
        talk.terminal.say(problem)


def _show_command(talk: Talk) -> None:
    from wizard.exposure.summary import command
    from wizard.formats.shell import sh

    words = command(talk.session.plan, "DIR")
    talk.terminal.say("The same without the wizard:")
    talk.terminal.exactly("  " + " ".join(map(sh, words)))


def write(talk: Talk, step: Step) -> Move:
    """Where the files go, what would happen to each, and writing them."""
    target = usual_target(talk.session)
    while True:
        typed = prompt(talk, f"Folder, made if it is not there [{target}]:", step)
        if typed.move:
            return typed.move
        target = typed.text or target
        try:
            planned = look(talk.session, target)
            policy = _policy(talk, step, planned)
            if isinstance(policy, Typed):
                return policy.move or "again"
            if policy is not None:
                _write(talk, planned, policy)
                return "next"
        except (WizardError, OSError) as error:
            talk.terminal.say(str(error))


def write_to(talk: Talk, step: Step, planned: Planned) -> bool:
    """Write what was planned, after asking about files that would be replaced; whether it was written."""
    try:
        policy = _policy(talk, step, planned)
        if policy is None or isinstance(policy, Typed):
            return False
        _write(talk, planned, policy)
    except (WizardError, OSError) as error:
        talk.terminal.say(str(error))
        return False
    return True


def _policy(talk: Talk, step: Step, planned: Planned) -> Policy | Typed | None:
    """Say what would happen to each file; ask only if files would be replaced. None = another folder."""
    for file in planned.files:
        changed = f", {_changed(planned, file.path)}" if file.action == "update" else ""
        talk.terminal.say(f"{ACTIONS[file.action]}: {file.path}, {file.bytes} bytes{changed}", "  ")
    if not planned.replaced:
        return "backup"
    talk.terminal.say(f"{len(planned.replaced)} files are there and differ, or are no longer needed.")
    for line in (
        "1. Replace or move them away, and keep a copy of each (now)",
        "2. Write nothing, and choose another folder",
        "3. Show the differences",
    ):
        talk.terminal.say(line, "  ")
    while True:
        typed = prompt(talk, "Number, 1 to 3 [1]:", step)
        if typed.move:
            return typed
        if typed.text in ("", "1"):
            return "backup"
        if typed.text == "2":
            return None
        if typed.text == "3":
            for path in planned.replaced:
                talk.terminal.exactly("\n".join(difference(planned, path)))
        else:
            talk.terminal.say("A number from 1 to 3, please.")


def difference(planned: Planned, path: str) -> list[str]:
    """What would change in a file that is there."""
    from difflib import unified_diff

    change = next(change for change in planned.changes if change.path == path)
    old, new = (file.text.splitlines() if file else [] for file in (change.before, change.after))
    return list(unified_diff(old, new, f"{path} (there)", f"{path} (new)", lineterm=""))


def _changed(planned: Planned, path: str) -> str:
    lines = difference(planned, path)[2:]
    more = sum(line.startswith("+") for line in lines)
    return f"{more} lines more, {sum(line.startswith('-') for line in lines)} fewer"


def _write(talk: Talk, planned: Planned, policy: Policy) -> None:
    outcome = write_files(planned, policy)
    talk.session.written(outcome)
    _show_tokens(talk, outcome)
    talk.terminal.say(f"{len(outcome.written)} files are in {outcome.target}.")
    if outcome.backup:
        talk.terminal.say(f"The former files are in {outcome.backup}.")
    for remark in outcome.remarks:
        talk.terminal.say(remark)


def _show_tokens(talk: Talk, outcome: Outcome) -> None:
    """A new token is shown once, and only where a person looks on; elsewhere it would end up in a log."""
    from wizard import console
    from wizard.machine import tokens

    talk.session.outcome = replace(outcome, new_tokens=())
    if not console.interactive():
        for path in outcome.new_tokens:
            talk.terminal.say(f"A new token is in {outcome.target / path}.")
        return
    for path, token in tokens.reveal(outcome.target, outcome.new_tokens).items():
        talk.terminal.say(f"New token, shown this once; it is kept in {path}:")
        talk.terminal.exactly(f"  {token}")


def trial(talk: Talk, step: Step) -> Move:
    """Start what was planned, probe it, and say how it went."""
    failed = False
    engine.ask(talk.session)
    while True:
        options = trying.options(talk.session, failed)
        for number, option in enumerate(options, 1):
            now = " (now)" if option.id == trying.SKIP else ""
            talk.terminal.say(f"{number}. {option.label}{now}; {option.hint}", "  ")
        typed = prompt(talk, f"Number, 1 to {len(options)} [{len(options)}]:", step)
        if typed.move:
            return typed.move
        at = int(typed.text[:6]) if typed.text.isascii() and typed.text.isdigit() else 0 if typed.text else len(options)
        if not 0 < at <= len(options):
            talk.terminal.say(f"A number from 1 to {len(options)}, please.")
        elif options[at - 1].id == trying.SKIP:
            return "next"
        else:
            failed = not start_trial(talk, without_docker=options[at - 1].id == trying.NATIVE) or failed


def start_trial(talk: Talk, without_docker: bool = False) -> bool:
    """Run a trial and say how it went; False = there is no result."""
    from wizard.machine.signals import Ended
    from wizard.trial import runner
    from wizard.trial.backend import Options

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
            return True
        talk.terminal.say(str(error))
        _first_aid(talk, str(error))
    else:
        _say_report(talk, report)
        return not report.problem
    return False


def _say_event(talk: Talk, event: Event) -> None:
    from wizard.trial.events import LogLine, StageEvent

    if isinstance(event, StageEvent):
        # Progress in steps would be hundreds of lines; beginning and end say enough.
        if event.progress is None or event.progress in (0.0, 1.0):
            talk.terminal.say(f"{event.stage}: {event.text}")
    elif isinstance(event, LogLine):
        talk.terminal.exactly(f"  | {event.text}")
    else:
        probe = event.result.probe
        verdict = {True: ", as predicted", False: f", predicted {probe.predicted}", None: ""}[event.result.agrees]
        where = probe.page or place(probe)
        talk.terminal.say(f"From {where}, {probe.request}: {event.result.measured}{verdict}.")


def _say_report(talk: Talk, report: Report) -> None:
    terminal = talk.terminal
    if report.problem:
        terminal.say(report.problem)
        _first_aid(talk, "\n".join((report.problem, *report.log_tail)))
        return
    if report.emulated:
        terminal.say(trying.EMULATED)
    terminal.say(trying.verdict(report))
    for result in report.differing:
        probe = result.probe
        where = probe.page or place(probe)
        terminal.say(f"From {where}, {probe.request}: predicted {probe.predicted}, measured {result.measured}.", "  ")
        if result.detail:
            terminal.say(result.detail, "    ")


def _first_aid(talk: Talk, text: str) -> None:
    from wizard.help.firstaid import diagnose
    from wizard.help.lines import aid_lines

    for aid in diagnose(text, talk.session.plan, 3):
        for line in aid_lines(aid):
            talk.terminal.say(line.strip(), "  ")


def done(talk: Talk, step: Step) -> Move:
    """The last words; Enter leaves. The commands are said when the program ends."""
    if talk.session.outcome is None:
        talk.terminal.say("Nothing was written. b goes back to do so.")
    else:
        last_words(talk)
    return prompt(talk, "Enter leaves:", step).move or "next"


def last_words(talk: Talk) -> None:
    """Where to read on; the commands are said when the program ends."""
    if talk.session.outcome is not None:
        talk.terminal.say(ending.READ_FIRST)
        talk.terminal.say(f"To change something later: {ending.change(talk.session.outcome.target)}")
