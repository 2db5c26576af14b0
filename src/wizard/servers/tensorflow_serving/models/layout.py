"""Recognise a SavedModel on disk: at the right level, one too high, one too low, or oddly numbered.

How TensorFlow Serving reads a base path: file_system_storage_path_source.cc of 2.20.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from wizard.models import disk
from wizard.models.found import Found, find, link_problem, named
from wizard.models.names import printable
from wizard.models.problems import Maker
from wizard.models.report import PathFix, Problem
from wizard.servers.tensorflow_serving.models.names import meant_version, version_number
from wizard.servers.tensorflow_serving.models.savedmodel import GRAPH_FILES, TFLITE, read_version
from wizard.servers.tensorflow_serving.models.values import Version

_problem = Maker(__package__)

READ_LIMIT = 20
"""Maximum number of versions that are examined, from the highest down; older ones are only listed."""

_PARTS = frozenset({"variables", "assets", "assets.extra", "debug"})


def look(path: Path, here: disk.Listing) -> Found | None:
    """Recognise what is in a directory, None if there is no SavedModel in or around it."""
    numbered = [(number, e) for e in here.entries if (number := version_number(e.name)) is not None]
    if here.names() & GRAPH_FILES and not any(_holds_model(e) for _, e in numbered):
        return _at_version(path)
    if numbered and (_any_model(e for _, e in numbered) or not (found := _above(path))):
        return _base(path, here, numbered)
    if numbered:
        return found
    return _above(path) or _below(path)


def around_file(path: Path) -> Found | None:
    """A file that belongs to a SavedModel: offer the model."""
    for directory in (path.parent, path.parent.parent):
        there = disk.try_listing(directory)
        if there and there.names() & GRAPH_FILES and (directory == path.parent or path.parent.name in _PARTS):
            return _inside("file", f"{printable(path.name)} is one file of a SavedModel.", directory)
    return None


def _holds_model(entry: disk.DirEntry) -> bool:
    there = disk.try_listing(entry.path) if entry.is_dir else None
    return there is not None and bool(there.names() & (GRAPH_FILES | {TFLITE}))


def _any_model(entries: Iterator[disk.DirEntry]) -> bool:
    return any(_holds_model(e) for e in entries)


def fix_for(directory: Path, version: int = 1) -> PathFix:
    """How to serve the SavedModel in `directory`: through its parent if it is numbered, else mounted as a version."""
    if version_number(directory.name) is not None and directory.parent != directory.parent.parent:
        base = directory.parent
        return PathFix("use", f"Use {printable(str(base))}", base)
    return PathFix("stage", f"Serve {printable(directory.name)} as version {version}", directory, version=version)


def _at_version(path: Path) -> Found:
    number, fix = version_number(path.name), fix_for(path)
    version = read_version(path, number)
    if fix.kind == "use":
        problem = _problem(
            "at-version-level",
            f"This is version {number} of a model: one folder too deep.",
            instead=f"Give the folder above: {printable(str(path.parent))}",
            fix=fix,
        )
    else:
        problem = _problem(
            "no-version-folder", "The model is directly in this folder, not in a numbered folder inside it.", fix=fix
        )
    return Found(
        "savedmodel-version",
        servables=(version,) if version else (),
        candidates=(fix.path,) if fix.kind == "use" else (),
        problems=(problem, *(version.problems if version else ())),
        name=path.parent.name if path.name.isdigit() else "",
    )


def _inside(kind: str, message: str, directory: Path) -> Found:
    fix = fix_for(directory)
    problem = _problem("below-version", message, instead=f"{fix.label}.", fix=fix)
    return Found("file" if kind == "file" else "unknown", candidates=(fix.path,), problems=(problem,))


def _below(path: Path) -> Found | None:
    above = disk.try_listing(path.parent)
    if path.name in _PARTS and above and above.names() & GRAPH_FILES:
        return _inside("unknown", f"{printable(path.name)} is a folder inside a SavedModel.", path.parent)
    return None


def _above(path: Path) -> Found | None:
    """The folder contains SavedModels further down."""
    models = find(path, GRAPH_FILES)
    if not models:
        return None
    direct = [m for m in models if m.parent == path and meant_version(m.name) is not None]
    if direct and len(direct) == len(models):
        return _misnamed(path, direct)
    bases = list(dict.fromkeys(m.parent if version_number(m.name) is not None else m for m in models))
    if len(bases) == 1:
        return _one_too_high(path, models[-1], bases[0])
    problem = _problem("several-models", f"This folder holds {len(bases)} models: {named(bases, path)}.")
    return Found("savedmodel-parents", candidates=tuple(bases), problems=(problem,))


def _one_too_high(path: Path, model: Path, base: Path) -> Found:
    fix = fix_for(model)
    problem = _problem(
        "one-level-too-high", f"The model is further down, in {named([base], path)}.", instead=f"{fix.label}.", fix=fix
    )
    return Found("savedmodel-parent-of-base", candidates=(base,), problems=(problem,))


def _misnamed(path: Path, models: list[Path]) -> Found:
    """All versions are there, but none is named with a number."""
    newest = max(models, key=lambda m: (meant_version(m.name) or 0, m.name))
    number = max(1, meant_version(newest.name) or 1)
    versions = tuple(v for m in models[:READ_LIMIT] if (v := read_version(m, None)))
    problem = _problem(
        "version-name",
        f"{named(models, path)}: version folders must be plain whole numbers.",
        instead=f"Rename it to {number}, or let the wizard mount it as version {number} without renaming anything.",
        fix=fix_for(newest, number),
    )
    own = tuple(p for v in versions if v.directory == newest for p in v.problems)
    return Found("savedmodel-base", servables=versions, candidates=(newest,), problems=(problem, *own))


def _base(path: Path, here: disk.Listing, numbered: list[tuple[int, disk.DirEntry]]) -> Found:
    chosen: dict[int, disk.DirEntry] = {}
    problems: list[Problem] = []
    for number, entry in numbered:
        if number in chosen:
            problems.append(_duplicate(number, chosen[number].name, entry.name))
        chosen[number] = entry
    served = max(chosen)
    versions = []
    for rank, number in enumerate(sorted(chosen, reverse=True)):
        version = _version(number, chosen[number], path, read=rank < READ_LIMIT)
        if number != served:
            version = replace(version, problems=tuple(_milder(p) for p in version.problems))
        versions.append(version)
    versions.reverse()
    problems += _ignored(path, here)
    if here.truncated:
        problems.append(_truncated())
    return Found(
        "savedmodel-base",
        servables=tuple(versions),
        problems=(*problems, *(p for v in reversed(versions) for p in v.problems)),
    )


def _milder(problem: Problem) -> Problem:
    """A problem of a version other than the one served by default."""
    return replace(problem, severity="medium") if problem.severity == "functional" else problem


def _version(number: int, entry: disk.DirEntry, base: Path, read: bool) -> Version:
    problems = link_problem(entry, base)
    if not read:
        return Version(number, entry.path, unread=f"only the {READ_LIMIT} highest versions are looked into")
    version = read_version(entry.path, number) if entry.is_dir else None
    if version is None:
        version = Version(number, entry.path, unread="no SavedModel in it", problems=(_no_model(number, entry),))
    if number < 0:
        problems.append(_negative(entry.name))
    return replace(version, problems=(*version.problems, *problems))


def _no_model(number: int, entry: disk.DirEntry) -> Problem:
    name = printable(entry.name)
    if not entry.is_dir:
        what = "a file" if entry.is_file else "a link that leads nowhere"
        return _problem("version-is-a-file", f'"{name}" is {what}, but its name makes it version {number}.')
    deeper = find(entry.path, GRAPH_FILES, depth=2)
    fix = None
    if deeper:
        label = f"Serve {named(deeper[:1], entry.path)} as version {max(1, number)}"
        fix = PathFix("stage", label, deeper[0], version=max(1, number))
    where = f" It is further down, in {named(deeper, entry.path)}." if deeper else ""
    return _problem("version-without-model", f"Folder {name} holds no saved_model.pb.{where}", fix=fix)


def _negative(name: str) -> Problem:
    return _problem("version-negative", f'Folder "{printable(name)}" is read as a negative version number.')


def _duplicate(number: int, first: str, second: str) -> Problem:
    return _problem(
        "version-twice",
        f'"{printable(first)}" and "{printable(second)}" are both version {number}; "{printable(second)}" is served.',
    )


def _ignored(path: Path, here: disk.Listing) -> list[Problem]:
    """Folders that look like versions to a person but not to the server."""
    ignored = [
        e.path
        for e in here.directories()
        if version_number(e.name) is None and meant_version(e.name) is not None and _holds_model(e)
    ]
    found = []
    if ignored:
        found.append(
            _problem(
                "version-name",
                f"{named(ignored, path)}: not a whole number, so never served.",
                severity="medium",
                instead="Rename those that should be served.",
            )
        )
    if here.names() & GRAPH_FILES:
        found.append(
            _problem("stray-model", "There is also a model directly in this folder, beside the numbered ones.")
        )
    return found


def _truncated() -> Problem:
    return _problem(
        "too-many-entries", f"The folder has more than {disk.LISTING_LIMIT:,} entries; the wizard examined that many."
    )
