"""Findings as text and as JSON, the same for every command."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from wizard import console
from wizard.cli import draw
from wizard.deployment.finding import Finding
from wizard.exposure.findings import at_least
from wizard.severity import SYMBOLS


def finding_json(found: Finding) -> dict[str, Any]:
    """A finding in the documented shape."""
    return {
        "id": found.id,
        "severity": found.severity,
        "effect": None,
        "api": found.api,
        "message": found.message,
        "why": found.why,
        "instead": found.on_the_command_line,
        "line": None,
        "column": None,
        "evidence": list(found.evidence),
        "fixable": bool(found.remedies),
    }


def problem_json(found: Finding) -> dict[str, str]:
    """A finding about a model in the documented shape."""
    return {"id": found.id, "severity": found.severity, "message": found.message, "instead": found.instead}


_MEDIUM = ("critical", "high", "functional", "medium")
"""Severities whose findings get a line each."""


def talk_summary(findings: Iterable[Finding], fail_on: str) -> None:
    """The findings on stderr: in full if they count as failure, one line for each medium one, one line for all
    lesser ones."""
    found = list(findings)
    counting = at_least(tuple(found), fail_on)
    counted = {id(each) for each in counting}  # comparing thousands with one another takes seconds
    others = [f for f in found if id(f) not in counted]
    medium = [f for f in others if f.severity in _MEDIUM]
    less = [f for f in others if f.severity not in _MEDIUM]
    talk_findings(counting)
    for each in medium:
        _talk_line(each, f"{each.message}   {_named(each)}")
    if less:
        symbol = SYMBOLS["low"]
        names = list(dict.fromkeys(map(_named, less)))
        listed = ", ".join(names)
        words = f"{symbol} {len(names)} low or for information: {listed}   (EXPOSURE.md, serving-wizard explain ID)"
        for line in draw.wrapped(words, indent=2, error=True):
            console.talk(line)


def _named(found: Finding) -> str:
    """Its id and the API it is about."""
    return f"{found.id} [{found.api}]" if found.api else found.id


def _talk_line(found: Finding, text: str) -> None:
    head = f"{SYMBOLS[found.severity]} {found.word}"
    _talk_wrapped(head, console.coloured(head, found.severity, sys.stderr), f"  {text}")


def _talk_wrapped(plain: str, head: str, text: str) -> None:
    """A heading and the text after it, within the terminal's width if a person reads it.

    `plain`: the heading without colour.
    """
    first, *more = draw.wrapped(plain + text, indent=2, error=True)
    console.talk(head + first[len(plain) :])
    for line in more:
        console.talk(line)


def talk_findings(findings: Iterable[Finding]) -> None:
    """The findings on stderr, two lines each."""
    for found in findings:
        head = f"{SYMBOLS[found.severity]} {found.word.upper()}"
        coloured = console.coloured(head, found.severity, sys.stderr)
        _talk_wrapped(head, coloured, f" {_named(found)}: {found.message}")
        fix = f"fix: {found.remedies[0].label}" if found.remedies else f"instead: {found.on_the_command_line}"
        for line in draw.wrapped(f"  {fix}", indent=4, error=True):
            console.talk(line)
