"""Compares files the wizard wrote with what the answers in their folder give now."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.observed.remark import Remark
from wizard.observed.source import Source

if TYPE_CHECKING:
    from wizard.check.together import Load

Expected = Callable[[str], Mapping[str, str] | None]
"""What the answers in a folder would write there: path below it -> text; None if there are no answers.

Raises WizardError where they cannot be used."""
_LINE = regex(r"\bline ([0-9]{1,9})")

_DEPTH = 3
"""The maximum depth of a written file below its answers."""


def find(paths: Iterable[str], load: Load, expected: Expected) -> Iterator[Remark]:
    """A remark about every written file that differs from what its answers give, or is gone."""
    for folder in _folders(paths):
        try:
            files = expected(folder) or {}
        except WizardError as error:
            yield _unknown(posixpath.join(folder, "wizard.toml"), load, error)
            continue
        for path, written in files.items():
            text = written.removeprefix("\ufeff")  # read in the same way as a source
            whole = posixpath.join(folder, path)
            there = load(whole)
            if there is None:
                yield Remark("CHECK-DRIFT-GONE", Source(whole, ""), None, {"path": path})
            elif there.text != text:
                row, count = _difference(there.text, text)
                at = sum(len(line) + 1 for line in there.rows[:row])
                yield Remark("CHECK-DRIFT", there, min(at, len(there.text)), {"count": _lines(count)})


def _unknown(path: str, load: Load, error: WizardError) -> Remark:
    """A remark that answers cannot be used, at the line that their reader names."""
    there = load(path) or Source(path, "")
    line = _LINE.search(str(error))
    at = sum(len(row) + 1 for row in there.rows[: int(line[1]) - 1]) if line else None
    return Remark("CHECK-DRIFT-UNKNOWN", there, at, {"problem": " ".join((error.title, error.detail)).strip()})


def _folders(paths: Iterable[str]) -> list[str]:
    """Folders that may hold the answers of some files, in order."""
    found: dict[str, None] = {}
    for path in paths:
        folder = posixpath.dirname(path)
        for _ in range(_DEPTH):
            found[folder] = None
            if not folder or folder == "/":
                break
            folder = posixpath.dirname(folder)
    return sorted(found)


def _difference(one: str, other: str) -> tuple[int, int]:
    """(number of the first line that differs, from 0; how many lines the differences span)."""
    here, there = one.split("\n"), other.split("\n")
    first = next((n for n, (a, b) in enumerate(zip(here, there, strict=False)) if a != b), min(len(here), len(there)))
    here, there = here[first:], there[first:]
    while here and there and here[-1] == there[-1]:
        here.pop()
        there.pop()
    return first, max(len(here), len(there))


def _lines(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
