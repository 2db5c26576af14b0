"""`import`: an answers file made from an existing set-up, and what could not be carried over."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from wizard import console
from wizard.check.analysis import Analysis
from wizard.check.importing import ImportedAnswers, draft
from wizard.cli import draw
from wizard.cli.commands.check import running
from wizard.errors import ExitCode, WizardError
from wizard.formats.shell import pasted
from wizard.machine import checkfiles, door
from wizard.machine.texts import ANSWERS_LIMIT, expanded, read_text, real
from wizard.observed.answers import Lost
from wizard.observed.source import PIPED, Source
from wizard.plan import Plan, answers


def run(options: argparse.Namespace) -> int:
    """Write the answers (or print them), with the place each came from; list what could not be carried over."""
    if options.running is None and (own := _own_answers(options.paths)) is not None:
        return _taken(own, options)
    plan, made = imported(options.paths, options.server or "") if options.running is None else _running(options)
    target = _target(options.out)
    if target is not None:
        plan = answers.rebase(plan, Path.cwd(), real(target).parent)
    text = "\n".join(_heading(made)) + "\n" + answers.dump(plan)
    if options.format == "json":
        console.out_json(
            {
                "answers": made.data,
                "from": _origins(made),
                "lost": _lost(made, kept=False),
                "different": _lost(made, kept=True),
            }
        )
    elif target is None:
        console.out(text)
    if target is not None:
        _write(target, text, options.format)
    if options.format != "json":
        for row in _told(made.lost):
            for line in draw.wrapped(row, 4, error=True):
                console.talk(line)
    return ExitCode.OK


def _target(out: str | None) -> Path | None:
    """The file to write; None for standard output, which `-` means here as it means standard input elsewhere."""
    return expanded(out) if out and out != PIPED else None


def _told(lost: tuple[Lost, ...]) -> Iterator[str]:
    """One line each; those with the same reason are listed below it."""
    reasons: dict[tuple[bool, str], list[tuple[str, Lost]]] = {}
    for each in lost:
        name, colon, reason = each.what.partition(": ")
        key = (each.kept, reason) if colon and " " not in name else (each.kept, each.what)
        reasons.setdefault(key, []).append((name, each))
    for (kept, reason), members in reasons.items():
        kind = "different" if kept else "not carried over"
        if len(members) == 1:
            ((_, only),) = members
            yield f"{kind}: {only.what}{_place(only.source, only.at)}"
            continue
        yield f"{kind}, {len(members)} times: {reason}"
        yield from (f"  {name}{_place(each.source, each.at)}" for name, each in members)


def _own_answers(paths: list[str]) -> Path | None:
    """The answers in a folder that this program wrote, if that is what was named."""
    folder = expanded(paths[0]) if len(paths) == 1 else None
    if folder is None or not all((folder / name).is_file() for name in (answers.FILE_NAME, "EXPOSURE.md")):
        return None
    return folder / answers.FILE_NAME


def _taken(own: Path, options: argparse.Namespace) -> int:
    """Return the answers as they are: nothing has to be guessed from the files."""
    target = _target(options.out)
    plan = answers.load(read_text(str(own), ANSWERS_LIMIT), str(own))
    if options.server not in (None, plan.server):
        raise WizardError(
            f"The answers in {own} are for {plan.server}, not for {options.server}.",
            hint=f"serving-wizard compare {pasted(str(own))} --server {options.server} says what would change.",
        )
    plan = answers.rebase(plan, real(own).parent, real(target).parent if target else Path.cwd())
    text = answers.dump(plan)
    if options.format == "json":
        console.out_json({"answers": answers.parse(text, str(own)), "from": [], "lost": [], "different": []})
    elif target is None:
        console.out(text)
    if target is not None:
        _write(target, text, options.format)
    if options.format != "json":
        changed = f"serving-wizard generate {pasted(str(own))} --out {pasted(str(own.parent))} --diff"
        console.talk(f"These are the answers in {own}. What was changed in the files since: {changed}")
    return ExitCode.OK


def imported(paths: list[str], server: str = "") -> tuple[Plan, ImportedAnswers]:
    """The answers for some files. Raises WizardError if they describe no server, or more than one."""
    if not paths:
        raise WizardError("There is nothing to import.", hint="Name files or folders, or use --running.")
    analysis = Analysis(checkfiles.load, folder=checkfiles.names_in)
    for source in checkfiles.named(paths):
        analysis.add(source)
    made = draft(analysis, server)
    return answers.validate(made.data, "", "the imported answers"), made


def _running(options: argparse.Namespace) -> tuple[Plan, ImportedAnswers]:
    made = draft(running(options.running, options.paths).analysis, options.server or "")
    return answers.validate(made.data, "", "the imported answers"), made


def _write(target: Path, text: str, form: str) -> None:
    try:
        with door.opened(target.parent) as folder:
            folder.add(target.name, text.encode(), 0o644)
    except FileExistsError:
        raise WizardError(f"{target} exists already.", hint="Choose another --out, or remove the file.") from None
    except OSError as error:
        raise WizardError(
            f"{target} cannot be written: {error.strerror or error}.",
            hint="Choose another --out, or leave it out: then the answers are printed.",
            exit_code=ExitCode.ENVIRONMENT,
        ) from None
    if form != "json":
        console.talk(f"{target}: answers written; look at them with serving-wizard {pasted(str(target))}")


def _heading(made: ImportedAnswers) -> Iterator[str]:
    yield f"# Made from an existing set-up of {made.observed.title}. Where each answer came from:"
    for answer in made.answers:
        place = _place(answer.source, answer.at).strip(" ()") or "a default of the server or its image"
        yield "# " + "".join(char for char in f"{answer.key}: {place}" if char.isprintable())


def _place(source: Source | None, at: int | None) -> str:
    if source is None:
        return ""
    return f" ({source.shown}:{source.at(at)[0]})" if at is not None else f" ({source.shown})"


def _origins(made: ImportedAnswers) -> list[dict[str, object]]:
    return [{"key": each.key, **_where(each.source, each.at)} for each in made.answers]


def _lost(made: ImportedAnswers, kept: bool) -> list[dict[str, object]]:
    return [{"what": each.what, **_where(each.source, each.at)} for each in made.lost if each.kept == kept]


def _where(source: Source | None, at: int | None) -> dict[str, object]:
    line = source.at(at)[0] if source is not None and at is not None else None
    return {"path": source.path if source is not None else None, "line": line}
