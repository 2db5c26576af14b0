"""What would be different: two Plans looked at side by side, as values to draw.

`look` derives everything that is shown about one Plan; `compare` says what gets better and worse between two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from wizard.artifacts.exposure import AUDIENCES
from wizard.findings import ORDER, Finding
from wizard.steps.base import API_TITLES

if TYPE_CHECKING:
    from wizard.deployment import Deployment
    from wizard.host import Host
    from wizard.plan import Plan
    from wizard.reach import Cell
    from wizard.servers.base import ConfigFile

_UNWELCOME = ("page-other", "page-rebinding", "internet")
_MEANT: dict[str, tuple[str, ...]] = {
    "me": ("this-process", "local-users"),
    "browser": ("page-allowed",),
    "web-app": ("page-allowed", "lan", "internet"),
    "containers": ("containers",),
    "lan": ("lan",),
    "internet": ("internet",),
}


@dataclass(frozen=True, slots=True)
class View:
    """Everything that is shown about one Plan on one Host."""

    deployment: Deployment
    findings: tuple[Finding, ...]
    """Worst first."""
    cells: tuple[Cell, ...]
    files: tuple[ConfigFile, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that gets better or worse."""

    text: str
    finding: Finding | None = None
    """The implication that appears (a loss) or disappears (a gain)."""


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file before and after; None = not written."""

    path: str
    before: ConfigFile | None
    after: ConfigFile | None

    @property
    def state(self) -> Literal["new", "gone", "changed", "same"]:
        """What happens to the file."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        return "same" if self.before.text == self.after.text else "changed"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different after a change."""

    gains: tuple[Change, ...]
    losses: tuple[Change, ...]
    """Worst first."""
    reach_changes: tuple[tuple[Cell, Cell], ...]
    """(before, after) of each cell that differs."""
    file_changes: tuple[FileChange, ...]
    """Every file of either side, changed ones first."""

    @property
    def nothing(self) -> bool:
        """Whether the two sides mean the same."""
        return not (
            self.gains or self.losses or self.reach_changes or any(f.state != "same" for f in self.file_changes)
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file, marked "+", "-" or " ", with the answer that caused it."""

    mark: Literal["+", "-", " "]
    text: str
    cause: str = ""
    why: str = ""


def look(plan: Plan, host: Host, models: tuple[Finding, ...] = ()) -> View:
    """Resolve a Plan and derive findings, reach and files. Raises WizardError for an unknown version.

    `models`: what was found when the models were looked into.
    """
    from wizard import artifacts, findings, reach
    from wizard.resolve import resolve

    deployment = resolve(plan, host)
    found = sorted((*findings.assess(deployment), *models), key=lambda f: ORDER.index(f.severity))
    return View(deployment, tuple(found), reach.reach(deployment), artifacts.render(deployment))


def compare(before: View, after: View) -> Comparison:
    """What gets better and what gets worse, and which cells and files differ."""
    gains: list[Change] = []
    losses: list[Change] = []
    cells = _cell_changes(before, after)
    _judge_reach(cells, after.deployment.plan.audiences, gains, losses)
    _judge_findings(before.findings, after.findings, gains, losses)
    return Comparison(tuple(gains), tuple(losses), cells, _file_changes(before.files, after.files))


def _cell_changes(before: View, after: View) -> tuple[tuple[Cell, Cell], ...]:
    old = {(cell.audience, cell.api): cell for cell in before.cells}
    found = []
    for cell in after.cells:
        was = old.get((cell.audience, cell.api))
        if was and (was.send, was.read, was.run) != (cell.send, cell.read, cell.run):
            found.append((was, cell))
    return tuple(found)


def _judge_reach(
    cells: tuple[tuple[Cell, Cell], ...],
    audiences: tuple[str, ...],
    gains: list[Change],
    losses: list[Change],
) -> None:
    meant = {a for audience in audiences for a in _MEANT.get(audience, ())}
    opened: dict[str, list[str]] = {}
    closed: dict[str, list[str]] = {}
    for was, now in cells:
        if (was.send == "no") != (now.send == "no"):
            side = closed if now.send == "no" else opened
            side.setdefault(now.audience, []).append(API_TITLES[now.api])
    for audience, apis in opened.items():
        if audience in meant or audience not in _UNWELCOME:
            gains.append(Change(f"{AUDIENCES[audience]} can use {_and(apis)}"))
    for audience, apis in closed.items():
        welcome = audience in meant or (not meant and audience not in _UNWELCOME)
        text = f"{AUDIENCES[audience]} can no longer use {_and(apis)}"
        (losses if welcome else gains).append(Change(text))


def _judge_findings(
    before: tuple[Finding, ...], after: tuple[Finding, ...], gains: list[Change], losses: list[Change]
) -> None:
    old = {(f.id, f.api): f for f in before}
    new = {(f.id, f.api): f for f in after}
    for key, finding in old.items():
        now = new.get(key)
        if now is None or ORDER.index(now.severity) > ORDER.index(finding.severity):
            gains.append(Change(finding.message, finding))
    worse = [
        finding
        for key, finding in new.items()
        if key not in old or ORDER.index(finding.severity) < ORDER.index(old[key].severity)
    ]
    worse.sort(key=lambda f: ORDER.index(f.severity))
    losses += [Change(finding.message, finding) for finding in worse]


def _file_changes(before: tuple[ConfigFile, ...], after: tuple[ConfigFile, ...]) -> tuple[FileChange, ...]:
    old = {file.path: file for file in before}
    new = {file.path: file for file in after}
    paths = [*new, *(path for path in old if path not in new)]
    changes = [FileChange(path, old.get(path), new.get(path)) for path in paths]
    return tuple(sorted(changes, key=lambda c: c.state == "same"))


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


@lru_cache(maxsize=64)
def lines(before: ConfigFile | None, after: ConfigFile | None) -> tuple[Line, ...]:
    """The file after, line by line, with what was added and removed marked."""
    old = _lines(before)
    new = _lines(after)
    if before is None or after is None or before.text == after.text:
        mark: Literal["+", "-", " "] = " " if before and after else "+" if after else "-"
        return tuple(Line(mark, text, cause, why) for text, cause, why in new or old)
    from difflib import SequenceMatcher

    found: list[Line] = []
    matcher = SequenceMatcher(None, [line[0] for line in old], [line[0] for line in new], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            found += [Line(" ", *line) for line in new[j1:j2]]
            continue
        found += [Line("-", *line) for line in old[i1:i2]]
        found += [Line("+", *line) for line in new[j1:j2]]
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
