"""An existing set-up of a server as initial answers: files that configure or start one, or one that runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard import check, machine, session
from wizard.errors import WizardError
from wizard.session.opened import Judged, Opened
from wizard.severity import severity_rank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.check.analysis import FileReport
    from wizard.check.importing import ImportedAnswers
    from wizard.observed.answers import ObservedAnswer


def of_files(files: list[str], path: Path) -> Opened | None:
    """Answers made from files; None if none of them configures or starts a server. `path`: what was opened."""
    analysis = check.analysis.Analysis(machine.checkfiles.load, folder=machine.checkfiles.names_in)
    for file in files:
        for source in _read(file):
            analysis.add(source)
    analysis.reports()
    if not analysis.observed:
        return None
    opened = _opened(check.importing.draft(analysis), path if path.is_dir() else path.parent, path)
    return replace(opened, judged=_judged(check.belonging.whole(analysis).reports()))


def of_running(place: str) -> Opened:
    """Answers made from a running server, by its name, id or process id.

    Raises WizardError if it is no longer running. Slow: asks the system and the engine.
    """
    here = Path.cwd()
    return _opened(check.importing.draft(session.running.look(place).analysis), here, here)


def _opened(made: ImportedAnswers, base: Path, path: Path) -> Opened:
    words = f"a set-up of {made.observed.title}"
    places = {answer.key: _place(answer) for answer in made.answers}
    places["server"] = places.get("version") or _file(made)
    lost = tuple(each.what for each in made.lost if not each.kept)
    different = tuple(each.what for each in made.lost if each.kept)
    return Opened("setup", words, made.data, base, path, lost=lost, different=different, places=places)


def _judged(reports: list[FileReport]) -> tuple[Judged, ...]:
    """Where the files do not do what they seem to do, worst first; minor findings are left to `check`."""
    found = [
        Judged(
            f"{report.source.name}:{line.line}" if line.line else report.source.name,
            line.severity,
            line.message,
            line.instead,
        )
        for report in reports
        for line in check.findings.at_least(check.findings.words(report), "medium")
        if line.counts
    ]
    return tuple(sorted(found, key=lambda each: severity_rank(each.severity)))


def _file(made: ImportedAnswers) -> str:
    """Where the server itself was recognised."""
    start, parts = made.observed.start, made.observed.parts
    source = start.source if start is not None else parts[0].source if parts else None
    return source.name if source is not None and not source.runs else "as it runs"


def _place(answer: ObservedAnswer) -> str:
    """The place of an answer, in a word."""
    source = answer.source
    if source is None:
        return "its default"
    return "as it runs" if source.runs else f"{source.name}:{source.at(answer.at)[0]}"


def _read(file: str) -> Iterable[Any]:
    try:
        return list(machine.checkfiles.named([file]))
    except WizardError:  # too large or not readable: no configuration
        return ()
