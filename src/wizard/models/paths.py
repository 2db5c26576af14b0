"""A path as somebody typed or pasted it: what it stands for, and what is wrong with its spelling."""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from wizard.fast_start import regex
from wizard.models import disk
from wizard.models.names import printable
from wizard.models.problems import Maker
from wizard.models.report import PathFix, Problem

_problem = Maker()

_DRIVE = regex(r"([A-Za-z]):[\\/](.*)", re.DOTALL)
_SCHEME = regex(r"([a-z][a-z0-9+.-]+):/+(.*)", re.DOTALL)
_QUOTES = "\"'`“”"


@dataclass(frozen=True, slots=True)
class TypedPath:
    """`path` is absolute; `remote` if it names a place that cannot be examined from here."""

    path: Path
    problems: tuple[Problem, ...] = ()
    remote: bool = False


def _use(path: Path) -> PathFix:
    return PathFix("use", f"Use {printable(str(path))}", path)


def absolute(path: Path) -> Path:
    """An absolute path; links are resolved only if `..` makes it necessary. An impossible path stays as it is."""
    try:
        return path.resolve() if ".." in path.parts else Path(os.path.abspath(path))  # noqa: PTH100
    except (OSError, RuntimeError, ValueError):
        return path


def normalise(text: str) -> TypedPath:
    """Find out which place on disk is meant."""
    bare = text.strip().strip(_QUOTES).strip()
    if bare and bare != text and not disk.exists(Path(text)):
        inner = normalise(bare)
        problem = _problem("path-quoted", "The path has quotes or blanks around it.", fix=_use(inner.path))
        return TypedPath(inner.path, (problem, *inner.problems), inner.remote)
    if not text or any(ch in text for ch in "\0\r\n"):
        message = "No path is given." if not text else "The path holds a line break or a NUL character."
        return TypedPath(Path(text or "."), (_problem("path-invalid", message),), remote=True)
    return _windows(text) or _scheme(text) or _tilde(text) or _relative(text)


def _windows(text: str) -> TypedPath | None:
    if os.name == "nt":
        return None
    drive = _DRIVE.fullmatch(text)
    if drive is None and not (text.startswith("\\\\") or ("\\" in text and not disk.exists(Path(text)))):
        return None
    rest = (drive[2] if drive else text).replace("\\", "/")
    guesses = [Path("/mnt") / drive[1].lower() / rest, Path("/") / drive[1].lower() / rest] if drive else [Path(rest)]
    there = next((g for g in map(absolute, guesses) if disk.exists(g)), None)
    wsl = "Inside WSL a drive such as C: is found at /mnt/c."
    problem = _problem(
        "path-windows",
        f"{printable(text)} looks like a Windows path.",
        instead=wsl if there is None else f"Here it is {printable(str(there))}.",
        fix=_use(there) if there else None,
    )
    return TypedPath(there or absolute(Path(text)), (problem,), remote=there is None)


def _scheme(text: str) -> TypedPath | None:
    match = _SCHEME.fullmatch(text)
    if match is None or disk.exists(Path(text)):
        return None
    if match[1] == "file":
        path = absolute(Path("/" + match[2]))
        problem = _problem("path-url", "The path is written as a file: address.", fix=_use(path))
        return TypedPath(path, (problem,))
    problem = _problem("path-remote", f"{printable(text)} is not on this machine.")
    return TypedPath(Path(text), (problem,), remote=True)


def _tilde(text: str) -> TypedPath | None:
    if not text.startswith("~") or disk.exists(Path(text)):
        return None
    try:
        path = absolute(Path(text).expanduser())
    except RuntimeError:
        return None
    problem = _problem(
        "path-tilde",
        "The path begins with ~, which only a shell understands.",
        instead=f"Write {printable(str(path))}.",
        fix=_use(path),
    )
    return TypedPath(path, (problem,))


def _relative(text: str) -> TypedPath:
    path = absolute(Path(text))
    if Path(text).is_absolute():
        return TypedPath(path)
    problem = _problem("path-relative", f"The path is relative; here it means {printable(str(path))}.", fix=_use(path))
    return TypedPath(path, (problem,))


_BEGUN = 3
"""From this many letters on, the only name that begins with them is taken to be what was meant."""


def missing(path: Path) -> Problem:
    """Nothing is there: name the last folder that exists, and what may have been meant."""
    parent = path.parent
    while not disk.exists(parent) and parent != parent.parent:
        parent = parent.parent
    lost = path.relative_to(parent).parts[0] if path != parent else str(path)
    there = disk.try_listing(parent)
    names = [e.name for e in there.entries] if there else []
    folded = {name.casefold(): name for name in names}
    near = difflib.get_close_matches(lost.casefold(), folded, n=1, cutoff=0.7) if len(lost) <= 255 else []
    if not near:
        begun = [name for name in folded if name.startswith(lost.casefold())]
        near = begun if len(begun) == 1 and len(lost) >= _BEGUN else []
    fix = None
    if near:
        fix = _use(absolute(parent / folded[near[0]] / Path(*path.relative_to(parent).parts[1:])))
        fix = fix if disk.exists(fix.path) else None
    return _problem(
        "path-missing",
        f"There is nothing at {printable(str(path), 300)}: "
        f"{printable(str(parent), 300)} exists, but contains no {printable(lost)}.",
        instead=f"Did you mean {printable(str(fix.path))}?" if fix else "",
        fix=fix,
    )
