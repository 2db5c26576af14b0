"""Remarks with the texts of their rules: what reports print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from wizard.check import masking
from wizard.check.analysis import FileReport
from wizard.observed.remark import Edit, Effect, Remark, Rule, one_rule, rules
from wizard.registry import readings
from wizard.severity import Severity, reaches

_GENERAL = "wizard.check"


class ReportLine(NamedTuple):
    """One remark with its texts; `line`, `column` from 1, None = the file as a whole."""

    id: str
    severity: Severity
    effect: Effect
    api: str | None
    message: str
    why: str
    instead: str
    line: int | None
    column: int | None
    evidence: str
    edits: tuple[Edit, ...]
    remark: Remark

    @property
    def counts(self) -> bool:
        """Whether it is more than a matter of style."""
        return self.effect != "style"

    def json(self) -> dict[str, object]:
        """The documented shape of a finding."""
        return {
            "id": self.id,
            "severity": self.severity,
            "effect": self.effect,
            "api": self.api,
            "message": self.message,
            "why": self.why,
            "instead": self.instead,
            "line": self.line,
            "column": self.column,
            "evidence": self.evidence,
            "fixable": bool(self.edits),
        }


def every_rule() -> Mapping[str, Rule]:
    """All rules by id: the general ones and each server's."""
    found = dict(rules(_GENERAL))
    for reading in readings():
        found |= rules(reading.package)
    return found


def rule(name: str) -> Rule:
    """One rule, without loading those of other servers. Raises KeyError for an unknown id."""
    package = next((each.package for each in readings() if name.startswith(each.names.prefix)), _GENERAL)
    return one_rule(package, name)


def words(report: FileReport) -> list[ReportLine]:
    """The remarks about a file in words, in the order of their lines."""
    return [_line(remark) for remark in report.remarks]


def _line(remark: Remark) -> ReportLine:
    own = rule(remark.rule)
    place = (None, None) if remark.at is None else remark.source.at(remark.at)
    return ReportLine(
        own.id,
        remark.severity or own.severity,
        remark.effect or own.effect,
        remark.api or own.api or None,
        _filled(own.says, remark),
        _filled(own.why, remark),
        _filled(own.instead, remark),
        place[0],
        place[1],
        own.evidence,
        remark.edits,
        remark,
    )


def _filled(sentence: str, remark: Remark) -> str:
    text = masking.without(sentence.format_map(remark.fills), remark.source.text) if "{" in sentence else sentence
    return text if text.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def at_least(lines: Iterable[ReportLine], threshold: str) -> list[ReportLine]:
    """The findings that reach a severity."""
    return [each for each in lines if reaches(each.severity, threshold)]
