"""Help to pick a path: what one entry most likely is, by its name and one short listing; and completion."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wizard.models import disk, foreign
from wizard.models.archive import form_of
from wizard.models.names import printable, version_number
from wizard.models.report import TF_SERVING, TORCHSERVE
from wizard.models.savedmodel import GRAPH_FILES

GlanceKind = Literal[
    "savedmodel-base",
    "savedmodel-version",
    "mar",
    "tar-gz",
    "model-folder",
    "model-store",
    "model-file",
    "folder",
    "file",
    "unreadable",
]

_LOOK = 200
_LABELS: dict[GlanceKind, str] = {
    "savedmodel-base": "SavedModel",
    "savedmodel-version": "one version of a SavedModel",
    "mar": "model archive",
    "tar-gz": "model archive (tar)",
    "model-folder": "unpacked model archive",
    "model-store": "model store",
    "model-file": "model file, needs export",
    "folder": "",
    "file": "",
    "unreadable": "not readable",
}
_SERVERS: dict[GlanceKind, str] = {
    "savedmodel-base": TF_SERVING,
    "savedmodel-version": TF_SERVING,
    "mar": TORCHSERVE,
    "tar-gz": TORCHSERVE,
    "model-folder": TORCHSERVE,
    "model-store": TORCHSERVE,
}


@dataclass(frozen=True, slots=True)
class Glance:
    """What an entry looks like; `label` is empty for plain folders and files."""

    kind: GlanceKind
    label: str

    @property
    def server(self) -> str:
        """The server that loads such a thing, "" if none does."""
        return _SERVERS.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Completion:
    """One way to go on: `text` replaces what was typed, in the same spelling (~ and relative paths stay)."""

    text: str
    path: Path
    glance: Glance


def glance(path: Path) -> Glance:
    """Classify one entry cheaply: at most two short listings, no file is opened."""
    try:
        is_dir = path.is_dir()
    except (OSError, ValueError):
        return _as("unreadable")
    return _glance(path, is_dir)


def complete(prefix: str, server: str, limit: int = 50) -> list[Completion]:
    """Entries that go on from `prefix`, those that `server` loads first, then other folders, then files."""
    head, _, start = prefix.rpartition("/")
    folder_text = head + "/" if "/" in prefix else ""
    folder = Path(os.path.expanduser(folder_text or "."))  # noqa: PTH111  (a lone ~ stays a name)
    there = disk.try_listing(folder)
    if there is None:
        return []
    matching = [e for e in there.entries if e.name.startswith(start) and (start or not e.name.startswith("."))]
    # Only names decide which entries are looked at, so a folder of thousands stays cheap.
    matching.sort(key=lambda e: (not (e.is_dir or form_of(e.path)), e.name))
    found = [
        Completion(folder_text + e.name + ("/" if e.is_dir else ""), e.path, _glance(e.path, e.is_dir))
        for e in matching[:limit]
    ]
    return sorted(found, key=lambda c: _rank(c, server))


def _rank(completion: Completion, server: str) -> tuple[int, str]:
    kind = completion.glance.kind
    if completion.glance.server == server:
        return 0, completion.text
    return {"folder": 1, "unreadable": 3, "file": 3}.get(kind, 2), completion.text


def _as(kind: GlanceKind) -> Glance:
    return Glance(kind, _LABELS[kind])


def _glance(path: Path, is_dir: bool) -> Glance:
    if not is_dir:
        form = form_of(path)
        if form is not None:
            return _as(form)
        return _as("model-file" if foreign.known(path) else "file")
    there = disk.try_listing(path, _LOOK)
    if there is None:
        return _as("unreadable")
    names = there.names()
    if names & GRAPH_FILES:
        return _as("savedmodel-version")
    if "MAR-INF" in names:
        return _as("model-folder")
    if any(form_of(e.path) for e in there.files() if not e.name.startswith(".")):
        return _as("model-store")
    numbers = [n for n in names if version_number(n) is not None]
    if numbers:
        newest = path / max(numbers, key=lambda n: version_number(n) or 0)
        inside = disk.try_listing(newest, _LOOK)
        if inside and inside.names() & GRAPH_FILES:
            return Glance("savedmodel-base", f"SavedModel, {_versions(numbers)}")
    return _as("folder")


def _versions(numbers: list[str]) -> str:
    ordered = sorted(numbers, key=lambda n: version_number(n) or 0)
    if len(ordered) == 1:
        return f"version {printable(ordered[0].strip(), 20)}"
    return f"{len(ordered)} versions, newest {printable(ordered[-1].strip(), 20)}"
