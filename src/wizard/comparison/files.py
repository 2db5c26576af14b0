"""Two sets of files compared: which files change, and the change line by line, with the answer behind each line."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from wizard.servers.files import ConfigFile

State = Literal["changed", "gone", "new", "same"]
_STATES: tuple[State, ...] = get_args(State)
_LAST = {"run.sh": 1, "run.ps1": 2, "wizard.toml": 3, "EXPOSURE.md": 4}
"""Files that only repeat in another form what earlier files say."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after; None = not written."""

    path: str
    before: ConfigFile | None
    after: ConfigFile | None

    @property
    def state(self) -> State:
        """What happens to the file."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        return "same" if self.before.text == self.after.text else "changed"


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """One line of a file, marked "+", "-" or " ", with the answer that caused it."""

    mark: Literal["+", "-", " "]
    text: str
    cause: str = ""
    why: str = ""


def rank(path: str, state: State) -> tuple[int, int]:
    """The position of a file in every list of files: changed ones first; within a rank, in reading order."""
    return _STATES.index(state), _LAST.get(path, 0)


def file_changes(before: tuple[ConfigFile, ...], after: tuple[ConfigFile, ...]) -> tuple[FileChange, ...]:
    """Every file of either side, in the order of `rank`."""
    old = {file.path: file for file in before}
    new = {file.path: file for file in after}
    paths = [*new, *(path for path in old if path not in new)]
    changes = [FileChange(path, old.get(path), new.get(path)) for path in paths]
    return tuple(sorted(changes, key=lambda change: rank(change.path, change.state)))


@lru_cache(maxsize=64)
def lines(before: ConfigFile | None, after: ConfigFile | None) -> tuple[ChangedLine, ...]:
    """The new file, line by line, with added and removed lines marked."""
    old = _lines(before)
    new = _lines(after)
    if before is None or after is None or before.text == after.text:
        mark: Literal["+", "-", " "] = " " if before and after else "+" if after else "-"
        return tuple(ChangedLine(mark, text, cause, why) for text, cause, why in new or old)
    found: list[ChangedLine] = []
    matcher = SequenceMatcher(None, [line[0] for line in old], [line[0] for line in new], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            found += [ChangedLine(" ", *line) for line in new[j1:j2]]
            continue
        found += [ChangedLine("-", *line) for line in old[i1:i2]]
        found += [ChangedLine("+", *line) for line in new[j1:j2]]
    return tuple(found)


def _lines(file: ConfigFile | None) -> list[tuple[str, str, str]]:
    """(text, cause, why) of each line; a block may begin or end within a line."""
    found: list[tuple[str, str, str]] = []
    rest = ""
    for block in file.blocks if file else ():
        parts = (rest + block.text).split("\n")
        rest = parts.pop()
        found += [(part, block.cause, block.why) for part in parts]
    if rest:
        found.append((rest, "", ""))
    return found
