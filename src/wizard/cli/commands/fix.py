"""`fix`: rewrite what `check` can fix without a decision."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

from wizard import console
from wizard.check.findings import ReportLine, at_least
from wizard.check.fixing import Mended, mend
from wizard.cli import draw
from wizard.errors import ExitCode, WizardError
from wizard.formats.shell import pasted
from wizard.harmless import one_line
from wizard.machine import checkfiles, rewriting
from wizard.observed.source import PIPED
from wizard.session import question
from wizard.session.opening import open_path


def run(options: argparse.Namespace) -> int:
    """Show the diff, write the files (a copy of each is kept); exit code 1 if remaining findings are at or above
    --fail-on. For standard input, the fixed text goes to standard output and messages go to standard error."""
    files = [
        each
        for each in mend(checkfiles.once(checkfiles.named(options.paths)), checkfiles.load)
        if each.kind or each.source.path in options.paths
    ]
    changed = [each for each in files if each.changed]
    written = [] if options.dry_run else [each for each in changed if each.source.path != PIPED]
    kept = {each.source.path: rewriting.rewrite(each.source, each.text) for each in written}
    if options.format == "json":
        console.out_json({"files": [_json(each) for each in files]})
    else:
        piped = [] if options.dry_run else [each for each in files if each.source.path == PIPED]
        _show(files, kept, options.paths, console.talk if piped else console.out)
        for each in piped:
            console.out_document(each.text)
    left = [line for each in files for line in at_least(each.left, options.fail_on)]
    return ExitCode.FINDINGS if left or (options.dry_run and changed) else ExitCode.OK


def _json(each: Mended) -> dict[str, object]:
    return {
        "path": each.source.path,
        "changed": each.changed,
        "diff": "\n".join(each.diff()),
        "mended": [line.json() for line in each.done],
        "left": [line.json() for line in each.left],
        **({"problem": each.problem} if each.problem else {}),
    }


def _show(files: Sequence[Mended], kept: dict[str, str], given: list[str], diff: Callable[[str], None]) -> None:
    for each in files:
        if each.problem:
            _tell(f"{each.source.shown} {each.problem}")
        for row in each.diff():
            diff(row)
        for line in each.done:
            _tell(f"{each.source.shown}: {line.id} fixed: {_done(line)}")
        if each.source.path in kept:
            _tell(f"{each.source.shown}: the former file is {one_line(kept[each.source.path])}")
    read = [each for each in files if not each.problem]
    open_ = [(each, line) for each in read for line in each.left if line.severity != "info" and line.effect != "style"]
    for each, line in open_:
        place = f":{line.line}" if line.line else ""
        _tell(f"{each.source.shown}{place}: {line.id} needs a decision: {line.message}")
        if line.instead:
            _tell(f"  → {line.instead}")
    if not any(each.changed or each.problem for each in files):
        console.talk("Nothing can be fixed without a decision.")
    for command, rules in _decisions(open_, given).items():
        console.talk(f"Decide about {', '.join(dict.fromkeys(rules))} in the wizard: {command}")


def _tell(line: str) -> None:
    """A line for whoever watches, within the terminal's width."""
    for each in draw.wrapped(line, 4, error=True):
        console.talk(each)


def _done(line: ReportLine) -> str:
    if all(not edit.text for edit in line.edits):
        return f"removed. It was: {line.message}"
    return line.instead or line.message


def _decisions(left: Sequence[tuple[Mended, ReportLine]], given: list[str]) -> dict[str, list[str]]:
    """Command that opens the wizard at a question -> the rules whose findings that question decides."""
    paths = list(dict.fromkeys(each.source.path for each, _ in left))
    # What stands in one folder belongs together, such as a Compose file and what it mounts.
    together = given[0] if len(paths) > 1 and len(given) == 1 else ""
    places = {path: _places(path) for path in dict.fromkeys([together] if together else paths)}
    found: dict[str, list[str]] = {}
    for each, line in left:
        path = together or each.source.path
        place = f"{each.source.name}:{line.line}"
        step = question.step_id(line.id, line.api or "", place, places[path] or {}, line.remark.asks)
        at = f" --at {step}" if step and places[path] is not None else ""
        # The wizard asks at the terminal: it cannot also be given a file there.
        command = "save this as a file, then serving-wizard FILE" if path == PIPED else f"serving-wizard {pasted(path)}"
        found.setdefault(f"{command}{at}", []).append(line.id)
    return found


def _places(path: str) -> dict[str, str] | None:
    """Where each answer comes from that the wizard would make from a path; None if it makes none."""
    try:
        return open_path(path).places
    except WizardError:
        return None
