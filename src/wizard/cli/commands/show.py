"""Findings as text and as JSON, the same for every command."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wizard import console
from wizard.exposure.findings import Finding

SYMBOLS = {"critical": "▲", "high": "▲", "medium": "■", "low": "▪", "info": "▪", "functional": "✗"}
WORDS = {"functional": "will not work"}


def finding_json(found: Finding) -> dict[str, Any]:
    """A finding in the documented shape."""
    return {
        "id": found.id,
        "severity": found.severity,
        "effect": None,
        "api": found.api,
        "message": found.message,
        "why": found.why,
        "instead": found.instead,
        "line": None,
        "column": None,
        "evidence": list(found.evidence),
        "fixable": bool(found.remedies),
    }


def talk_findings(findings: Iterable[Finding]) -> None:
    """The findings on stderr, two lines each."""
    import sys

    for found in findings:
        word = WORDS.get(found.severity, found.severity)
        head = console.coloured(f"{SYMBOLS[found.severity]} {word.upper()}", found.severity, sys.stderr)
        where = f" [{found.api}]" if found.api else ""
        console.talk(f"{head} {found.id}{where}: {found.message}")
        fix = f"  fix: {found.remedies[0].label}" if found.remedies else f"  instead: {found.instead}"
        console.talk(fix)
