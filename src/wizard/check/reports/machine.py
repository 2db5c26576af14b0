"""JSON in the documented shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from wizard.check.analysis import FileReport
from wizard.check.findings import ReportLine

if TYPE_CHECKING:
    from wizard.check.running import Head

NO_HEADS: Mapping[str, Head] = MappingProxyType({})


def as_json(
    reports: Iterable[tuple[FileReport, list[ReportLine]]], heads: Mapping[str, Head] = NO_HEADS
) -> dict[str, object]:
    """`{"files": [{"path", "kind", "server", "findings"}]}`; kind and server null where nothing was recognised.

    What runs has besides: name, number, listens, silent, answers.
    """
    return {
        "files": [
            {
                "path": report.source.path,
                "kind": report.kind or None,
                "server": report.server or None,
                **(heads[report.source.path].json() if report.source.path in heads else {}),
                "findings": [line.json() for line in lines],
            }
            for report, lines in reports
        ]
    }
