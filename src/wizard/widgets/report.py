"""What was found at a model path, drawn."""

from __future__ import annotations

from wizard.models.report import ModelReport, Problem, Servable
from wizard.severity import SYMBOLS
from wizard.widgets.flow import GAIN, SEVERITY_COLOURS, Lines, text, wrapped

_MOST = 6


def report_lines(report: ModelReport, width: int) -> Lines:
    """Kind, versions or archives, signatures, then the problems with their fixes."""
    lines: Lines = []
    if report.title:
        head = text(f"{GAIN} ", "bold $text-success") if report.usable else text("  ")
        lines += wrapped(report.title[0].upper() + report.title[1:], width, "bold", head, 2)
    if report.numbers:
        lines += wrapped(f"versions {', '.join(map(str, report.numbers))}", width, "$foreground-muted", "  ", 2)
    lines += _signatures(report.served, width)
    for servable in report.servables[:_MOST]:
        if servable.line:
            lines += wrapped(servable.line, width, "$foreground-muted", "  ", 2)
    for problem in report.problems[:_MOST]:
        lines += _problem(problem, width)
    if len(report.problems) > _MOST:
        lines.append(text(f"  and {len(report.problems) - _MOST} more", "$foreground-muted"))
    return lines


def _signatures(servable: Servable | None, width: int) -> Lines:
    lines: Lines = []
    for signature in list(servable.signatures.values())[:_MOST] if servable else ():
        lines += wrapped(str(signature), width, "$foreground-muted", "  ", 4)
    return lines


def _problem(problem: Problem, width: int) -> Lines:
    light = problem.severity == "info"
    colour = SEVERITY_COLOURS[problem.severity]
    mark = text(f"{SYMBOLS[problem.severity]} ", colour if light else f"bold {colour}")
    lines = wrapped(problem.message, width, "", mark, 2)
    if problem.why and not light:
        lines += wrapped(problem.why, width, "$foreground-muted", "  ", 2)
    if problem.fix:
        lines += wrapped(problem.fix.label, width, "", text("  ") + text("f5", "bold $text-accent") + text("  "), 6)
    elif problem.severity == "functional" and problem.instead:
        lines += wrapped(problem.instead, width, "", "  → ", 4)
    return lines
