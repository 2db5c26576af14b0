"""A trial's report, left next to the answers it tried: written as a whole, and without losing anybody's file."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from pathlib import Path

from wizard.errors import ExitCode, WizardError
from wizard.fast_start import regex
from wizard.machine import copies, door, switching
from wizard.machine.door import Folder
from wizard.machine.switching import Item

TEXT, DATA, JUNIT = "trial-report.md", "trial-report.json", "trial-report.xml"
NAMES = (TEXT, DATA, JUNIT)
_MARK = regex(r"<!-- serving-wizard try, SHA-256:((?: [a-z.-]+ [0-9a-f]{64})+) -->\n\Z")
_LIMIT = 16 << 20
"""Maximum bytes of an existing report."""


def ours(folder: Folder) -> tuple[str, ...]:
    """The reports there that are unchanged; any other file with such a name is somebody's own."""
    try:
        there = {name: data for name in NAMES if (data := folder.read(name, _LIMIT)) is not None}
    except WizardError:
        return ()
    found = _MARK.search(there.get(TEXT, b"").decode(errors="replace"))
    if found is None:
        return ()
    there[TEXT] = there[TEXT][: -len(found[0].encode())]
    words = found[1].split()
    marks = dict(zip(words[::2], words[1::2], strict=True))
    return tuple(name for name, data in there.items() if marks.get(name) == _digest(data))


def leave(target: Path, texts: Mapping[str, str]) -> tuple[Path, ...]:
    """Put reports (name -> text) into a folder, replacing those of an earlier trial.

    Returns the copies made of other files with these names. Raises WizardError; then everything is as it was.
    """
    try:
        with door.opened(target) as folder, folder.locked():
            switching.complete_interrupted(folder)
            mine = ours(folder)
            items = [Item(name, text.encode(), 0o644, kept=False) for name, text in _marked(texts).items()]
            with copies.keeping(folder) as keep:
                others = [name for name in texts if name not in mine and folder.status(name)]
                kept = [target / _copied(folder, name, keep) for name in others]
                switching.switch(folder, items, sorted(set(mine) - set(texts)), "")
    except OSError as problem:
        raise WizardError(
            f"{target}: {problem.strerror or problem}.",
            exit_code=ExitCode.ENVIRONMENT,
        ) from problem
    return tuple(kept)


def _copied(folder: Folder, name: str, keep: copies.Keep) -> str:
    status = folder.status(name)
    data = folder.read(name, _LIMIT)
    if status is None or data is None:
        raise FileNotFoundError(name)
    return keep(name, data, stat.S_IMODE(status.st_mode), None)


def _marked(texts: Mapping[str, str]) -> dict[str, str]:
    marks = " ".join(f"{name} {_digest(text.encode())}" for name, text in texts.items())
    return {**texts, TEXT: f"{texts[TEXT]}<!-- serving-wizard try, SHA-256: {marks} -->\n"}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
