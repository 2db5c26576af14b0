"""Recognise what TorchServe can load: a model store, one archive, a model folder, or one of them a level away.

How TorchServe reads a store: ModelServer.java and ModelArchive.java of v0.12.0; rows marked so were measured on it.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from wizard.models import disk
from wizard.models.found import Found, find, link_problem, named
from wizard.models.names import printable
from wizard.models.problems import Maker
from wizard.models.report import PathFix, Problem
from wizard.servers.torchserve.models.archive import Form, form_of, read_archive
from wizard.servers.torchserve.models.values import Archive

_problem = Maker(__package__)

READ_LIMIT = 100
"""Maximum number of archives of a store that are examined."""

_INNER = "MAR-INF"


def look(path: Path, here: disk.Listing) -> Found | None:
    """Recognise what is in a directory, None if there is nothing for TorchServe in or around it."""
    if _is_model_folder(here):
        archive = read_archive(path, "model-folder")
        return Found("model-folder", servables=(archive,), problems=archive.problems, name=archive.name)
    if path.name == _INNER and "MANIFEST.json" in here.names():
        return _below(path)
    members = [(e, form) for e in here.entries if not e.name.startswith(".") and (form := _form(e))]
    if members:
        return _store(path, here, members)
    return _above(path)


def file(path: Path) -> Found | None:
    """One archive, None if the file's name is not that of an archive."""
    form = form_of(path)
    if form is not None and form != "model-folder":
        archive = read_archive(path, form)
        return Found(form, servables=(archive,), problems=archive.problems, name=archive.name)
    if path.name == "MANIFEST.json" and path.parent.name == _INNER:
        return _below(path.parent, kind_is_file=True)
    return None


def _is_model_folder(here: disk.Listing) -> bool:
    return any(e.name == _INNER for e in here.directories())


def _form(entry: disk.DirEntry) -> Form | None:
    if entry.is_file or entry.is_link:
        found = form_of(entry.path)
        if found:
            return found
    if not entry.is_dir:
        return None
    there = disk.try_listing(entry.path)
    if there is None:
        return None
    if _is_model_folder(there):
        return "model-folder"
    # A folder with nothing but one folder in it is taken for that folder (ModelArchive.java:104, v0.12.0).
    only = there.entries[0] if len(there.entries) == 1 and there.entries[0].is_dir else None
    inner = disk.try_listing(only.path) if only else None
    return "model-folder" if inner and _is_model_folder(inner) else None


def _below(path: Path, kind_is_file: bool = False) -> Found:
    model = path.parent
    fix = PathFix("use", f"Use {printable(str(model))}", model)
    problem = _problem(
        "below-model-folder", "This is the inside of an unpacked model archive.", instead=f"{fix.label}.", fix=fix
    )
    return Found("file" if kind_is_file else "unknown", candidates=(model,), problems=(problem,))


def _has_archives(folder: Path) -> bool:
    there = disk.try_listing(folder)
    return there is not None and any(form_of(e.path) for e in there.files())


def _above(path: Path) -> Found | None:
    folders = find(path, frozenset({_INNER}), depth=2)
    stores = [e.path for e in disk.children(path) if _has_archives(e.path)]
    places = list(dict.fromkeys([*stores, *folders]))
    if not places:
        return None
    fix = PathFix("use", f"Use {printable(str(places[0]))}", places[0]) if len(places) == 1 else None
    problem = _problem(
        "one-level-too-high" if fix else "several-models",
        f"The model archives are further down, in {named(places, path)}.",
        instead=f"{fix.label}." if fix else "Choose one of them.",
        fix=fix,
    )
    return Found("model-stores", candidates=tuple(places), problems=(problem,))


def _inner_folder(path: Path) -> Path:
    there = disk.try_listing(path)
    if there and not _is_model_folder(there) and len(there.entries) == 1:
        return there.entries[0].path
    return path


def _store(path: Path, here: disk.Listing, members: list[tuple[disk.DirEntry, Form]]) -> Found:
    archives: list[Archive] = []
    problems: list[Problem] = []
    for entry, form in members[:READ_LIMIT]:
        inside = _inner_folder(entry.path) if form == "model-folder" else None
        archives.append(read_archive(entry.path, form, inside))
        problems += link_problem(entry, path)
    if len(members) > READ_LIMIT:
        problems.append(
            _problem(
                "store-large", f"The store contains {len(members)} archives; the wizard examined {READ_LIMIT} of them."
            )
        )
    paths = tuple(e.path for e, _ in members)
    problems += [_choose(paths, path), *_duplicates(archives), *_other_folders(path, here, set(paths))]
    problems += [p for a in archives for p in a.problems]
    name = archives[0].name if len(archives) == 1 else ""
    return Found("model-store", tuple(archives), paths, tuple(problems), name)


def _choose(paths: tuple[Path, ...], store: Path) -> Problem:
    one = len(paths) == 1
    return _problem(
        "store-choose",
        f"This is a model store with {named(paths, store)}.",
        instead="" if one else "Choose one of them; add the others as further models.",
        fix=PathFix("use", f"Use {printable(paths[0].name)}", paths[0]) if one else None,
    )


def _duplicates(archives: list[Archive]) -> list[Problem]:
    same: dict[tuple[str, str], list[str]] = defaultdict(list)
    for archive in archives:
        same[archive.name, archive.version].append(archive.file)
    return [
        _problem(
            "store-duplicate",
            f"{', '.join(printable(f) for f in files)}: all are model {printable(name)} version {printable(version)}.",
        )
        for (name, version), files in same.items()
        if len(files) > 1
    ]


def _other_folders(path: Path, here: disk.Listing, known: set[Path]) -> list[Problem]:
    others = [e.path for e in here.directories() if not e.name.startswith(".") and e.path not in known]
    if not others:
        return []
    return [_problem("store-folders", f"The store also holds folders that are not models: {named(others, path)}.")]
