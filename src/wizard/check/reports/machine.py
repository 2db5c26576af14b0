"""JSON in the documented shape."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.check.analysis import FileReport
from wizard.check.findings import Line


def as_json(reports: Iterable[tuple[FileReport, list[Line]]]) -> dict[str, object]:
    """`{"files": [{"path", "kind", "server", "findings"}]}`; kind and server null where nothing was recognised."""
    return {
        "files": [
            {
                "path": report.source.path,
                "kind": report.kind or None,
                "server": report.server or None,
                "findings": [line.json() for line in lines],
            }
            for report, lines in reports
        ]
    }
