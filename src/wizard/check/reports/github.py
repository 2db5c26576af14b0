"""Annotations as GitHub Actions reads them from a job's output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.check.analysis import FileReport
from wizard.check.findings import ReportLine

_LEVELS = {"functional": "error", "critical": "error", "high": "error", "medium": "warning"}


def as_annotations(reports: Iterable[tuple[FileReport, list[ReportLine]]]) -> Iterator[str]:
    """One workflow command for each finding."""
    for report, lines in reports:
        for line in lines:
            place = f"file={_property(report.source.path.removeprefix('./'))}"
            if line.line is not None:
                place += f",line={line.line},col={line.column}"
            text = "\n".join(part for part in (line.message, line.instead and f"→ {line.instead}") if part)
            level = _LEVELS.get(line.severity, "notice")
            yield f"::{level} {place},title={_property(line.id)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
