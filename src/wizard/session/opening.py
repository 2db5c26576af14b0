"""What a path on the command line stands for: answers, written files, a server's set-up, or a model.

Only reads, and executes nothing. The result is made into answers: server, model and its name follow from the path.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard import machine, registry
from wizard.errors import WizardError
from wizard.machine import switching
from wizard.machine.inspection import inspect
from wizard.machine.texts import ANSWERS_LIMIT, expanded, read_ends, read_text, real
from wizard.models import disk, paths
from wizard.models.names import printable
from wizard.plan import answers
from wizard.session import setups
from wizard.session.model_ids import said_instead
from wizard.session.opened import Kind, Opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wizard.models.report import ModelReport, PathFix

MOST_MODELS = 20
"""From a folder with more models than this, only the first ones are opened."""
_FOLLOWED = 3
_NAMED = 3


def open_path(argument: str) -> Opened:
    """Examine a path as typed. Raises WizardError (exit code 2) if it is none of these."""
    path = paths.absolute(expanded(argument))
    for folder in (path, path.parent):
        switching.settled(folder)
    listing = disk.try_listing(path)
    if listing is not None:
        return _folder(argument, path, listing)
    if path.suffix == ".toml":
        return _answers(path, "answers")
    model = _model(argument, path)
    if model is not None and model.kind == "model" and _good(model):
        return model
    setup = setups.of_files([str(path)], path) if path.is_file() else None
    if setup is not None:
        return setup
    if model is not None:
        return model
    if path.is_file() and not path.suffix and _meant_as_answers(path):
        return _answers(path, "answers")  # which says what keeps it from being answers
    raise _nothing(argument, path)


def _folder(argument: str, path: Path, listing: disk.Listing) -> Opened:
    if answers.FILE_NAME in listing.names():
        return _answers(path / answers.FILE_NAME, "written")
    # The files in the folder itself first: one set-up, where the folders below may hold many. It names its
    # models, while a model names no set-up.
    setup = setups.of_files([str(entry.path) for entry in listing.files()], path)
    model = None if setup is not None else _model(argument, path)
    if model is not None and _good(model) and _is_model(path):
        return model
    found = setup or model or setups.of_files([str(path)], path)
    if found is None:
        raise _nothing(argument, path)
    return found


def _answers(path: Path, kind: Kind) -> Opened:
    if not path.exists():
        raise _nothing(str(path), path)
    text = read_text(str(path), ANSWERS_LIMIT)
    words = "answers" if kind == "answers" else "files of an earlier run"
    whole = real(path)
    return Opened(kind, words, answers.parse(text, str(path)), whole.parent, whole, whole, text)


def _meant_as_answers(path: Path) -> bool:
    """Whether a file says something of answers, or is too long to tell. Raises WizardError if it cannot be read."""
    begin = read_ends(str(path), ANSWERS_LIMIT).decode("utf-8", errors="replace")
    return path.stat().st_size > ANSWERS_LIMIT or answers.mentions_any(begin)


def _model(argument: str, path: Path) -> Opened | None:
    """Answers for the model or models at a path; None if no server recognises anything."""
    reports = {name: inspect(path, name) for name in registry.names()}
    own = {name: report for name, report in reports.items() if _recognised(report)}
    if not own:
        return None
    server = min(own, key=lambda name: (not _servable(own[name]), name))
    first = own[server]
    others = tuple(_for_others(own, server))
    if len(first.candidates) > 1:
        usable = [report for each in first.candidates if _servable(report := inspect(each, server))]
        if usable:
            return _opened(path, server, [(_spelt(r.path), None, r) for r in usable[:MOST_MODELS]], len(usable), others)
    typed = argument if Path(argument).expanduser() == Path(argument) else str(Path(argument).expanduser())
    return _opened(path, server, [_followed(typed, first, server)], 1, others)


def _for_others(reports: dict[str, ModelReport], server: str) -> Iterator[str]:
    """Models in the same folder that only another server can serve."""
    for name, report in reports.items():
        found = [path for path in report.candidates if path not in reports[server].candidates] if name != server else []
        if found:
            names = ", ".join(printable(path.name, 60) for path in found[:_NAMED])
            more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
            yield f"{names}{more}, for {registry.title(name)}. A deployment has one server: open it by its own path."


def _followed(typed: str, report: ModelReport, server: str) -> tuple[str, int | None, ModelReport]:
    """The path that was meant: one level up or down if the server says so; with the version it is mounted as."""
    for _ in range(_FOLLOWED):
        fix = _obvious(report)
        if fix is None:
            break
        report = inspect(fix.path, server)
        typed = _spelt(fix.path)
        if fix.kind == "stage":
            return typed, fix.version, report
    return typed, None, report


def _obvious(report: ModelReport) -> PathFix | None:
    """The only fix that leads to what was meant, None if the path is right or there are several."""
    found = [fix for fix in report.fixes if fix.kind == "stage" or (fix.kind == "use" and fix.path != report.path)]
    return found[0] if len(found) == 1 and (not report.usable or report.candidates) else None


def _opened(
    path: Path, server: str, found: list[tuple[str, int | None, ModelReport]], there: int, others: tuple[str, ...]
) -> Opened:
    names = _names(report.name for _, _, report in found)
    models = [
        {"name": name, "path": typed, **({} if version is None else {"as_version": version})}
        for name, (typed, version, _) in zip(names, found, strict=True)
    ]
    reports = {(typed, server): report for typed, _, report in found}
    words = _words(found[0][2]) if len(found) == 1 else f"{there} models"
    lost = (f"{there - len(found)} further models: add them one by one.",) if there > len(found) else ()
    data = {"schema": 1, "server": server, "models": models}
    return Opened("model", words, data, Path.cwd(), path, lost=(*lost, *others), reports=reports)


def _words(report: ModelReport) -> str:
    numbers = sorted(report.numbers)
    if not numbers:
        return report.title
    shown = ", ".join(map(str, numbers[-3:]))
    more = f"{len(numbers) - 3} lower ones, " if len(numbers) > 3 else ""
    return f"{report.title} ({more}{shown})"


def _names(wanted: Iterable[str]) -> Iterator[str]:
    taken: set[str] = set()
    for name in wanted:
        unique, number = name, 1
        while unique in taken:
            number += 1
            unique = f"{name}-{number}"
        taken.add(unique)
        yield unique


def _recognised(report: ModelReport) -> bool:
    """Whether it is for this server, even if something is wrong with it, or a step is missing before it loads."""
    convertible = any(problem.id == "needs-export" for problem in report.problems)
    known = report.kind != "missing" and bool(report.title or report.candidates or report.fixes or convertible)
    return known and all(fix.kind != "server" for fix in report.fixes)


def _servable(report: ModelReport) -> bool:
    return report.usable and bool(report.servables)


def _good(opened: Opened) -> bool:
    return all(_servable(report) for report in opened.reports.values())


def _is_model(path: Path) -> bool:
    """Whether the folder itself is what a server loads, rather than one around it."""
    return bool(machine.glance.glance(path).server)


def _spelt(path: Path) -> str:
    """A path as a person would type it here."""
    short = machine.completion.spelt(path, Path.cwd())
    return short if short.startswith("/") else f"./{short}"


def _nothing(argument: str, path: Path) -> WizardError:
    """Why a path is none of these, and what may have been meant."""
    report = inspect(path, registry.preferred("FIRST"))
    problem = next((each for each in report.problems if each.severity == "functional"), None)
    if report.kind == "missing" and problem is not None:
        return WizardError(problem.message, hint=said_instead(argument) or problem.instead)
    return WizardError(
        f"There is no model, answers file or set-up of a server at {printable(str(path), 300)}.",
        problem.message if problem else "",
        "Give the path of a model, of an answers file, or of a folder with the files of a server.",
    )
