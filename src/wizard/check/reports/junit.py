"""JUnit's XML, which most build servers show."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from wizard.check.analysis import FileReport
from wizard.check.findings import ReportLine


def as_junit(reports: Sequence[tuple[FileReport, list[ReportLine]]], failing: Sequence[ReportLine]) -> str:
    """One suite for each file. Findings in `failing` are failures; the others pass, with their text as output."""
    counted = {id(line) for line in failing}
    suites = [_suite(report, lines, counted) for report, lines in reports]
    tests = sum(max(1, len(lines)) for _, lines in reports)
    head = f'<testsuites name="serving-wizard check" tests="{tests}" failures="{len(counted)}">'
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *suites, "</testsuites>"])


def _suite(report: FileReport, lines: list[ReportLine], counted: set[int]) -> str:
    name = quoteattr(clean(report.source.path))
    failures = sum(id(line) in counted for line in lines)
    cases = [_case(name, line, id(line) in counted) for line in lines]
    cases = cases or [f'  <testcase classname={name} name="nothing to say"/>']
    head = f' <testsuite name={name} tests="{max(1, len(lines))}" failures="{failures}">'
    return "\n".join([head, *cases, " </testsuite>"])


def _case(name: str, line: ReportLine, failed: bool) -> str:
    place = f"line {line.line}" if line.line else "whole file"
    title = quoteattr(f"{line.id}, {place}")
    text = escape(clean("\n".join(part for part in (line.message, line.why, line.instead) if part)))
    if failed:
        kind = quoteattr(f"{line.severity} {line.effect}")
        message = quoteattr(clean(line.message))
        failure = f"<failure type={kind} message={message}>{text}</failure>"
        return f"  <testcase classname={name} name={title}>{failure}</testcase>"
    return f"  <testcase classname={name} name={title}><system-out>{text}</system-out></testcase>"


def clean(text: str) -> str:
    """Without the characters that XML 1.0 cannot hold."""
    if text.isprintable():
        return text
    return "".join(char if char in "\t\n" or char.isprintable() else "�" for char in text)
