"""SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from wizard import __version__
from wizard.check.analysis import FileReport
from wizard.check.baseline import fingerprint
from wizard.check.findings import ReportLine, rule
from wizard.observed.blanks import named

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"functional": "error", "critical": "error", "high": "error", "medium": "warning"}
_SECURITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}


def as_sarif(reports: Sequence[tuple[FileReport, list[ReportLine]]]) -> dict[str, object]:
    """One run with every finding; only rules that found something are listed."""
    ids = sorted({line.id for _, lines in reports for line in lines})
    numbers = {name: number for number, name in enumerate(ids)}
    results = [_result(report, line, numbers) for report, lines in reports for line in lines]
    driver = {
        "name": "serving-wizard",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(name) for name in ids],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str) -> dict[str, object]:
    own = rule(name)
    help_text = "\n\n".join(named(text) for text in (own.says, own.why, own.instead) if text)
    described: dict[str, object] = {
        "id": name,
        "shortDescription": {"text": named(own.says)},
        "help": {"text": help_text},
        "defaultConfiguration": {"level": _LEVELS.get(own.severity, "note")},
    }
    properties: dict[str, object] = {"tags": [own.effect, own.severity]}
    if own.effect == "exposes" and own.severity in _SECURITY:
        properties["security-severity"] = _SECURITY[own.severity]
    return described | {"properties": properties}


def _result(report: FileReport, line: ReportLine, numbers: dict[str, int]) -> dict[str, object]:
    place: dict[str, object] = {"artifactLocation": {"uri": _uri(report.source.path)}}
    if line.line is not None and line.column is not None:
        place["region"] = {"startLine": line.line, "startColumn": line.column}
    text = " ".join(part for part in (line.message, line.instead) if part)
    return {
        "ruleId": line.id,
        "ruleIndex": numbers[line.id],
        "level": _LEVELS.get(line.severity, "note"),
        "message": {"text": text},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"servingWizard/v1": fingerprint(report, line)},
        "properties": {"severity": line.severity, "effect": line.effect, "api": line.api},
    }


def _uri(path: str) -> str:
    if path == "-":
        return "stdin"
    written = quote(path.removeprefix("./"), errors="surrogateescape")  # a name may hold bytes that are no text
    return f"file://{written}" if path.startswith("/") else written
