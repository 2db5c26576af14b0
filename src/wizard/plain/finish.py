"""Review, write, try, done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wizard.errors import WizardError
from wizard.plain.ask import Move, prompt
from wizard.plain.session import WORDS

if TYPE_CHECKING:
    from wizard.exposure.findings import Finding
    from wizard.exposure.findings.folding import Folded
    from wizard.machine.project import Project
    from wizard.plain.session import Session
    from wizard.plan import Plan
    from wizard.session.steps.base import Step
    from wizard.trial.runner import Event, Report


def review(session: Session, step: Step) -> Move:
    """The whole in one paragraph; what cannot work must be mended, what is dangerous confirmed by its word."""
    from wizard.exposure.findings import waiting
    from wizard.exposure.findings.folding import fold
    from wizard.exposure.summary import paragraph

    view = session.view()
    session.terminal.say(paragraph(view.deployment))
    for folded in view.folded:
        accepted = " (accepted by you)" if set(folded.names) <= set(session.plan.accepted) else ""
        word = WORDS.get(folded.finding.severity, folded.finding.severity)
        session.terminal.say(f"{word}{accepted}: {folded.sentence}", "  ")
    for finding in view.findings:
        if finding.severity == "functional":
            return _mend(session, step, finding)
    for folded in fold(waiting(view.findings, session.plan.accepted), view.several):
        move = _confirm(session, step, folded)
        if move != "next":
            return move
    _show_command(session)
    typed = prompt(session, "Enter goes on to writing:", step)
    return typed.move or "next"


def _mend(session: Session, step: Step, finding: Finding) -> Move:
    session.terminal.say(f"This will not work: {finding.message} {finding.why}")
    for number, remedy in enumerate(finding.remedies, 1):
        session.terminal.say(f"{number}. {remedy.label}", "  ")
    if not finding.remedies:
        session.terminal.say(f"Instead: {finding.instead}")
    words = "Number of the fix, or b to answer otherwise:" if finding.remedies else "b goes back to answer otherwise:"
    while True:
        typed = prompt(session, words, step)
        if typed.move:
            return typed.move
        number = int(typed.text[:6]) if typed.text.isascii() and typed.text.isdigit() else 0
        if not 0 < number <= len(finding.remedies):
            session.terminal.say("It has to be mended before anything is written.")
            continue
        remedy = finding.remedies[number - 1]
        problem = session.propose(remedy.patch, remedy.label, step.id)
        if problem:
            session.terminal.say(problem)
            continue
        return "again"


def _confirm(session: Session, step: Step, folded: Folded) -> Move:
    finding = folded.finding
    word = finding.id.lower()
    session.terminal.say(f"{finding.severity}: {folded.sentence} {finding.why}")
    session.terminal.say(f"Instead: {finding.instead}")
    while True:
        typed = prompt(session, f"To accept this, type {word}; b goes back to choose otherwise:", step)
        if typed.move:
            return typed.move
        if typed.text.casefold() != word:
            session.terminal.say(f"It is accepted by typing {word}, and by nothing else.")
            continue
        changes = (("accepted", [*session.plan.accepted, *folded.names]),)
        problem = session.propose(changes, f"Accepted {finding.id}", step.id)
        if not problem:
            return "next"
        session.terminal.say(problem)


def _show_command(session: Session) -> None:
    from wizard.exposure.summary import command
    from wizard.formats.shell import sh

    words = command(session.plan, "DIR")
    session.terminal.say("The same without the wizard:")
    session.terminal.exactly("  " + " ".join(map(sh, words)))


def write(session: Session, step: Step) -> Move:
    """Where the files go, what would happen to each, and writing them."""
    target = _usual_target(session)
    while True:
        typed = prompt(session, f"Folder, made if it is not there [{target}]:", step)
        if typed.move:
            return typed.move
        target = typed.text or target
        try:
            made = _prepared(session, target)
            policy = _policy(session, step, made)
            if policy in ("again", "back", "quit", "jump"):
                if policy == "again":
                    continue
                return policy  # type: ignore[return-value]
            _write(session, made, "fail" if policy == "fail" else "backup")
        except (WizardError, OSError) as error:
            session.terminal.say(str(error))
            continue
        return "next"


def _usual_target(session: Session) -> str:
    if session.outcome:
        return str(session.outcome.target)
    if session.source:
        return str(session.source.parent)
    models = session.plan.models
    return f"./serving-{models[0].name}" if models else "./serving"


def _prepared(session: Session, target: str) -> Project:
    from wizard.machine import project

    folder = (session.base / Path(target).expanduser()).absolute()
    return project.prepare(session.plan, session.base, folder, session.host)


def _policy(session: Session, step: Step, made: Project) -> str:
    """Say what would happen to each file; ask only if files would be replaced."""
    from wizard.machine import project

    planned = project.planned(made)
    words = {"create": "new", "update": "replaced", "unchanged": "unchanged"}
    for file in planned:
        changed = f", {_changed(made, file.path)}" if file.action == "update" else ""
        session.terminal.say(f"{words[file.action]}: {file.path}, {file.bytes} bytes{changed}", "  ")
    replaced = [file.path for file in planned if file.action == "update"]
    if not replaced:
        return "backup"
    session.terminal.say(f"{len(replaced)} files are there and differ.")
    for line in (
        "1. Replace them, and keep a copy of each (now)",
        "2. Write nothing, and choose another folder",
        "3. Show the differences",
    ):
        session.terminal.say(line, "  ")
    while True:
        typed = prompt(session, "Number, 1 to 3 [1]:", step)
        if typed.move:
            return typed.move
        if typed.text in ("", "1"):
            return "backup"
        if typed.text == "2":
            return "again"
        if typed.text == "3":
            for path in replaced:
                session.terminal.exactly(_difference(made, path))
        else:
            session.terminal.say("A number from 1 to 3, please.")


def _texts(made: Project, path: str) -> tuple[list[str], list[str]]:
    from wizard.machine.files import read_set

    new = next(file.text for file in made.files if file.path == path)
    return read_set([path], made.target).get(path, "").splitlines(), new.splitlines()


def _difference(made: Project, path: str) -> str:
    from difflib import unified_diff

    old, new = _texts(made, path)
    return "\n".join(unified_diff(old, new, f"{path} (there)", f"{path} (new)", lineterm=""))


def _changed(made: Project, path: str) -> str:
    lines = _difference(made, path).splitlines()[2:]
    more = sum(line.startswith("+") for line in lines)
    return f"{more} lines more, {sum(line.startswith('-') for line in lines)} fewer"


def _write(session: Session, made: Project, policy: Literal["backup", "fail"]) -> None:
    from wizard.machine import project
    from wizard.session.written import Outcome

    result = project.write(made, policy)
    paths = tuple(file.path for file in result.files)
    session.outcome = Outcome(made.plan, made.target, paths, _next_commands(made))
    _show_tokens(session, made.target, result.new_tokens)
    session.forget()
    session.terminal.say(f"{len(paths)} files are in {made.target}.")
    if result.backup:
        session.terminal.say(f"The former files are in {result.backup}.")


def _show_tokens(session: Session, target: Path, paths: tuple[str, ...]) -> None:
    """A new token is shown once, and only where a person looks on; elsewhere it would end up in a log."""
    from wizard import console
    from wizard.machine import tokens

    if not console.interactive():
        for path in paths:
            session.terminal.say(f"A new token is in {target / path}.")
        return
    for path, token in tokens.reveal(target, paths).items():
        session.terminal.say(f"New token, shown this once; it is kept in {path}:")
        session.terminal.exactly(f"  {token}")


def _next_commands(made: Project) -> tuple[str, ...]:
    from wizard.formats.shell import sh

    folder = sh(str(made.target))
    start = f"cd {folder} && docker compose up" if made.plan.run.how == "docker" else f"{folder}/run.sh"
    return (start, f"serving-wizard try {folder}")


def trial(session: Session, step: Step) -> Move:
    """Start what was planned, probe it, and say how it went."""
    session.terminal.say("1. Try it", "  ")
    session.terminal.say("2. Not now; serving-wizard try does the same later (now)", "  ")
    while True:
        typed = prompt(session, "Number, 1 or 2 [2]:", step)
        if typed.move:
            return typed.move
        if typed.text in ("", "2"):
            return "next"
        if typed.text == "1":
            session.terminal.say("Ctrl-C stops it; what it started is removed.")
            _try(session, session.plan)
        else:
            session.terminal.say("1 or 2, please.")


def _try(session: Session, plan: Plan) -> None:
    from wizard.machine import project
    from wizard.trial import runner as trials

    try:
        made = project.prepare(plan, session.base, session.base, session.host)
        report = trials.run(made, trials.Options(), lambda event: _say_event(session, event))
    except KeyboardInterrupt:
        session.terminal.say("Stopped; what it started was removed.")
    except WizardError as error:
        session.terminal.say(str(error))
        _first_aid(session, str(error))
    else:
        _say_report(session, report)


def _say_event(session: Session, event: Event) -> None:
    from wizard.trial.runner import LogLine, StageEvent

    if isinstance(event, StageEvent):
        # Progress in steps would be hundreds of lines; beginning and end say enough.
        if event.progress is None or event.progress in (0.0, 1.0):
            session.terminal.say(f"{event.stage}: {event.text}")
    elif isinstance(event, LogLine):
        session.terminal.exactly(f"  | {event.text}")
    else:
        probe = event.result.probe
        verdict = {True: ", as predicted", False: f", predicted {probe.predicted}", None: ""}[event.result.agrees]
        where = probe.page or probe.address or probe.vantage
        session.terminal.say(f"From {where}, {probe.request}: {event.result.measured}{verdict}.")


def _say_report(session: Session, report: Report) -> None:
    terminal = session.terminal
    if report.problem:
        terminal.say(report.problem)
        _first_aid(session, "\n".join((report.problem, *report.log_tail)))
        return
    if report.agrees:
        open_ = len(report.results) - len(report.agreeing)
        terminal.say(f"All {len(report.agreeing)} measured probes agree with what was predicted.")
        if open_:
            terminal.say(f"{open_} could not be measured.")
        return
    terminal.say(f"{len(report.differing)} of {len(report.results)} probes differ from what was predicted:")
    for result in report.differing:
        probe = result.probe
        where = probe.page or probe.address or probe.vantage
        terminal.say(f"From {where}, {probe.request}: predicted {probe.predicted}, measured {result.measured}.", "  ")
        if result.detail:
            terminal.say(result.detail, "    ")


def _first_aid(session: Session, text: str) -> None:
    from wizard.help.firstaid import diagnose
    from wizard.help.lines import aid_lines

    for aid in diagnose(text, session.plan, 3):
        for line in aid_lines(aid):
            session.terminal.say(line.strip(), "  ")


def done(session: Session, step: Step) -> Move:
    """The last words; Enter leaves. The commands are said when the program ends."""
    if session.outcome is None:
        session.terminal.say("Nothing was written. b goes back to do so.")
    else:
        session.terminal.say("Read EXPOSURE.md first: who can reach what, and how to call it.")
        session.terminal.say(f"To change something later: serving-wizard {session.outcome.target}")
    return prompt(session, "Enter leaves:", step).move or "next"
