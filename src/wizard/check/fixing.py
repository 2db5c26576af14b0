"""Fixes what needs no decision. The rest of a file stays as it is, and nobody gets access who had none before."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from wizard.check import belonging, masking
from wizard.check.analysis import Analysis, FileReport
from wizard.check.findings import ReportLine, words
from wizard.check.left_behind import cannot_be_read
from wizard.check.together import Load
from wizard.observed.remark import Edit
from wizard.observed.source import Source
from wizard.severity import SEVERITIES, severity_rank

_ROUNDS = 5
"""Fixing one thing may reveal another; no file needs more than two rounds."""


class Mended(NamedTuple):
    """One file before and after; `left` is what needs a decision."""

    source: Source
    text: str
    done: tuple[ReportLine, ...]
    left: tuple[ReportLine, ...]
    kind: str
    problem: str = ""
    """Why it could not be read, with the place."""

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.text != self.source.text

    def diff(self) -> list[str]:
        """A unified diff, without line ends, and without the values of secrets."""
        before, after = (masking.masked(text).splitlines() for text in (self.source.text, self.text))
        return list(difflib.unified_diff(before, after, self.source.shown, self.source.shown, lineterm="", n=2))


def mend(sources: Sequence[Source], load: Load) -> list[Mended]:
    """Fix each file in the context of the others, until nothing is left to fix."""
    texts = {source.path: source.text for source in sources}
    done: dict[str, list[ReportLine]] = {source.path: [] for source in sources}
    refused: set[tuple[str, str]] = set()
    for _ in range(_ROUNDS):
        reports = _reports(sources, texts, load)
        moved = [report.source.path for report in reports if _mended(report, texts, done, refused, load)]
        if not moved:
            break
    return [
        Mended(s, texts[s.path], tuple(done[s.path]), tuple(words(r)), r.kind, cannot_be_read(r) if r.problem else "")
        for s, r in zip(sources, reports[: len(sources)], strict=True)
    ]


def _mended(
    report: FileReport,
    texts: dict[str, str],
    done: dict[str, list[ReportLine]],
    refused: set[tuple[str, str]],
    load: Load,
) -> bool:
    """Replace one file by its fixed text, unless that would give somebody access."""
    source = report.source
    lines = [line for line in words(report) if line.edits and (source.path, line.id) not in refused]
    applied, text = apply(source.text, lines)
    if text == source.text:
        return False

    def neighbour(path: str) -> Source | None:
        return Source(path, texts[path]) if path in texts else load(path)

    before = _reports([source], {source.path: source.text}, neighbour)
    after = _reports([source], {source.path: text}, neighbour)
    if _opens_more(before, after):
        refused |= {(source.path, line.id) for line in applied}
        return False
    texts[source.path] = text
    done[source.path] += applied
    return True


def apply(text: str, lines: Sequence[ReportLine]) -> tuple[list[ReportLine], str]:
    """(the findings whose edits do not overlap, the text with these edits)."""
    taken: list[Edit] = []
    applied = []
    for line in lines:
        if any(_overlap(edit, other) for edit in line.edits for other in taken):
            continue
        taken += line.edits
        applied.append(line)
    for edit in sorted(taken, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return applied, text


def _overlap(one: Edit, other: Edit) -> bool:
    if one == other:
        return True
    return one.start < other.end and other.start < one.end


def _reports(sources: Sequence[Source], texts: dict[str, str], load: Load) -> list[FileReport]:
    """One report for each source, in their order, then those of files that belong to them."""
    analysis = Analysis(load)
    for source in sources:
        analysis.add(Source(source.path, texts[source.path], source.flaw))
    reports = analysis.reports()
    both = belonging.with_compose(analysis)
    return reports if both is analysis else both.reports()


def _opens_more(before: Sequence[FileReport], after: Sequence[FileReport]) -> bool:
    """Whether something is open that was closed before, or is open to more callers."""
    return bool(_open(after) - _open(before))


def _open(reports: Sequence[FileReport]) -> Counter[tuple[str, str, str]]:
    """How often each thing is open, counted once for every severity up to its own."""
    return Counter(
        (line.id, line.api or "", severity)
        for report in reports
        for line in words(report)
        if line.effect == "exposes"
        for severity in SEVERITIES[severity_rank(line.severity) :]
    )
