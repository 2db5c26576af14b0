"""`generate`: write the files of a Plan."""

from __future__ import annotations

import argparse
import difflib
from pathlib import Path
from typing import Literal

from wizard import console
from wizard.artifacts import scripts
from wizard.cli import deployment_lines, draw
from wizard.cli.commands.show import finding_json, talk_summary
from wizard.cli.commands.source import read_plan
from wizard.errors import ExitCode, WizardError
from wizard.exposure import findings
from wizard.machine import project, tokens
from wizard.machine.files import WriteResult, read_set
from wizard.machine.texts import expanded, real
from wizard.plan import Plan, answers
from wizard.session import ending


def run(options: argparse.Namespace) -> int:
    """Write (or plan) the files; functional findings stop it unless `--fail-on none`."""
    plan, base = read_plan(options)
    target = base if options.print else _target(options, plan)
    made = project.prepare(plan, base, target, bring=not options.print)
    failing = findings.at_least(made.findings, options.fail_on, made.plan.accepted)
    blocked = any(f.severity == "functional" for f in failing)
    if options.print:
        _print_file(made, options.print)
        return ExitCode.FINDINGS if failing else ExitCode.OK
    for sentence in project.lowered(made):
        console.talk(f"less protected than the files there now: {sentence}")
    if blocked:
        result = WriteResult(())
    elif options.dry_run or options.diff:
        result = WriteResult(project.planned(made))
    else:
        result = project.write(made, _conflict_policy(options, made))
    _report(options, made, result, blocked)
    return ExitCode.FINDINGS if failing else ExitCode.OK


def _print_file(made: project.Project, path: str) -> None:
    """Print one file as it would be written, and nothing else."""
    texts = project.texts(made)
    if path not in texts:
        raise WizardError(f"No file {path!r} would be written.", hint=f"One of: {', '.join(texts)}")
    console.out_document(texts[path])


def _print_diff(made: project.Project) -> None:
    """What writing would change in the existing files, as a unified diff."""
    texts = project.texts(made)
    there = read_set(list(texts), made.target)
    for path, text in texts.items():
        before = there.get(path, "").splitlines()
        for line in difflib.unified_diff(before, text.splitlines(), f"a/{path}", f"b/{path}", lineterm=""):
            console.out(line)


def _target(options: argparse.Namespace, plan: Plan) -> Path:
    """Where to write: the given folder, else that of a wizard.toml, else a new folder named after the model."""
    if options.out == "":
        raise WizardError("--out names no folder", hint="It is empty, perhaps because a variable is not set.")
    if options.out:
        return real(expanded(options.out))
    given = expanded(options.answers) if options.answers not in (None, "-") else None
    if given is not None and given.name == answers.FILE_NAME and given.is_file():
        return real(given).parent
    if given is not None and (given / answers.FILE_NAME).is_file():
        return real(given)
    if options.dry_run:
        return Path.cwd() / f"serving-{plan.models[0].name if plan.models else plan.server}"
    if given is None or given.suffix == ".toml" or not plan.models:
        raise WizardError("Where are the files to be written?", hint="Add --out DIR")
    return Path.cwd() / f"serving-{plan.models[0].name}"


def _conflict_policy(options: argparse.Namespace, made: project.Project) -> Literal["backup", "fail"]:
    if options.on_conflict != "ask":
        policy: Literal["backup", "fail"] = options.on_conflict
        return policy
    planned = project.planned(made)
    conflicts = [w.path for w in planned if w.action == "update"]
    former = [w.path for w in planned if w.action == "remove"]
    if not conflicts and not (former and console.interactive()):
        return "fail"
    if not console.interactive():
        raise WizardError(
            f"{len(conflicts)} file(s) exist and differ: {', '.join(conflicts)}",
            f"in {made.target}",
            "Use --on-conflict=backup to replace them and keep a copy of each, or choose another --out.",
        )
    if conflicts:
        console.talk(f"These files in {made.target} differ and would be replaced: {', '.join(conflicts)}")
    if former:
        console.talk(f"These files in {made.target} are no longer needed and would be removed: {', '.join(former)}")
    reply = input("Keep a copy of them and go on? [y/N] ")
    if reply.strip().lower() not in ("y", "yes"):
        raise WizardError("Nothing was written", hint="Choose another --out.", exit_code=ExitCode.INTERRUPTED)
    return "backup"


def _report(options: argparse.Namespace, made: project.Project, result: WriteResult, blocked: bool) -> None:
    """Print the result, and say what a person should know about it and do next."""
    _print(options, made, result)
    deployment_lines.talk(made)
    talk_summary(made.findings, options.fail_on)
    for source, name in made.copies:
        console.talk(f"{source} is part of this program: a copy of it, {name}, is written with the files.")
    for path in result.new_tokens:
        _show_token(made.target, path)
    if blocked:
        console.talk("Nothing was written: this cannot work (see ✗ above).")
        return
    for path in (w.path for w in result.files if w.action == "left"):
        console.talk(f"{path} is no longer part of these files. It stays; --on-conflict=backup moves it to the backup,")
        console.talk("  unless it was changed by hand: then remove it yourself.")
    for remark in (*result.remarks, *_on_powershell(made)):
        console.talk(remark)
    if result.backup:
        console.talk(f"The former files are in {result.backup}")
    done = "would write" if options.dry_run or options.diff else "wrote"
    deployment_lines.paragraph(done, _closing(options, made, result))
    if not options.dry_run and not options.diff:
        _say_next(made)


def _print(options: argparse.Namespace, made: project.Project, result: WriteResult) -> None:
    """The result, for a program or for a person who wants to see the files."""
    if options.format == "json":
        console.out_json(
            {
                "files": [{"path": w.path, "action": w.action, "bytes": w.bytes} for w in result.files],
                "findings": [finding_json(f) for f in made.findings],
                "capabilities": [
                    {"intent": d.intent, "api": d.api, "layer": d.layer, "reason": d.reason}
                    for d in made.deployment.decisions
                ],
            }
        )
    elif options.diff:
        _print_diff(made)
    elif options.dry_run or not draw.person():
        for written in result.files:
            console.out(f"{written.action:9} {written.path}  {written.bytes} bytes")


def _on_powershell(made: project.Project) -> tuple[str, ...]:
    """A note about a script that starts nothing."""
    refused = scripts.NO_POWERSHELL in project.texts(made).get("run.ps1", "")
    return (f"run.ps1 starts nothing. {scripts.NO_POWERSHELL}",) if refused else ()


def _closing(options: argparse.Namespace, made: project.Project, result: WriteResult) -> str:
    """One line that says what was done and explains the exit code."""
    failing = findings.at_least(made.findings, options.fail_on, made.plan.accepted)
    why = f"{len(failing)} finding(s) at or above --fail-on {options.fail_on}: exit 1" if failing else "exit 0"
    members = [file for file in result.files if file.action not in ("remove", "left")]
    new = sum(file.action != "unchanged" for file in members)
    changed = "" if new == len(members) else f", {new} of them new or changed"
    return f"{len(members)} files in {made.target}{changed}; {why}"


def _say_next(made: project.Project) -> None:
    """The commands that start the server here and call it."""
    last = ending.ending(made)
    start, call = last.command(ending.START), last.command(ending.CALL)
    if last.note:
        console.talk(last.note)
    docker = made.plan.contained
    found = [("next", f"{start} && {call}" if docker and call else start)]
    if call and not docker:
        found.append(("then", f"{call}   (in another terminal)"))
    found += [(what.lower(), last.command(what)) for what in (ending.LOGS, ending.STOP) if last.command(what)]
    for head, command in found:
        console.talk(f"{head:<16}{command}")  # never wrapped: it is there to be copied


def _show_token(target: Path, path: str) -> None:
    """A new token is shown once, and only if a person is there to see it; otherwise it would end up in a log."""
    if console.interactive():
        token = tokens.reveal(target, (path,)).get(path, "")
        console.talk(f"New token, shown this once (it is kept in {path}): {token}")
    else:
        console.talk(f"A new token is in {target / path}")
