"""The report of a trial as files: for a person, for a program, for a build server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from wizard import registry
from wizard.artifacts.markdown import fenced, plain
from wizard.check.reports.junit import clean
from wizard.errors import WizardError
from wizard.harmless import harmless, json_text
from wizard.machine import files, left_report, project
from wizard.machine.project import Project
from wizard.plan import answers
from wizard.prediction.values import place
from wizard.trial.probes import ProbeResult
from wizard.trial.report import Report

_LOG = "log"
"""A block with this language contains no commands and no configuration, whatever it looks like, for a reader of
Markdown."""
_AGREES = {True: "yes", False: "**no**", None: "not measured"}


@dataclass(frozen=True, slots=True)
class Tried:
    """What a report is about."""

    answers: str
    """The name of their file."""
    changed: tuple[str, ...]
    """What the command line changed in them."""
    differing: tuple[str, ...]
    """The files written next to them that differ from what was tried; none if none were written."""


def leave(
    report: Report, made: Project, source: Path, changed: tuple[str, ...] = (), with_junit: bool = False
) -> tuple[str, ...]:
    """Leave the report next to the answers in `source`.

    Returns what to tell a person: where it is, or why there is none. `made`: what was tried, prepared for the folder of
    the answers; `changed`: what a command line changed in them.
    """
    folder = source.parent
    try:
        tried = Tried(source.name, changed, _differing(made))
        texts = {
            left_report.TEXT: as_markdown(report, tried, datetime.now(UTC)),
            left_report.DATA: json_text(report.as_json()) + "\n",
        }
        if with_junit:
            texts[left_report.JUNIT] = as_junit(report) + "\n"
        copies = left_report.leave(folder, texts)
    except WizardError as problem:
        return (f"No report was left: {' '.join(part for part in (problem.title, problem.detail) if part)}",)
    kept = (f"A file of that name was there; it is kept as {path}." for path in copies)
    return (f"The report is in {folder / left_report.TEXT}.", *kept)


def _differing(made: Project) -> tuple[str, ...]:
    planned = files.plan_set(project.to_write(made), made.target)
    if all(file.action == "create" or file.path == answers.FILE_NAME for file in planned):
        return ()
    return tuple(file.path for file in planned if file.action in ("create", "update"))


def as_markdown(report: Report, tried: Tried, ended: datetime) -> str:
    """For a person: one sentence, what was tried, every probe, what was not measured and why, the end of the log."""
    return "".join(_parts(report, tried, ended))


def _parts(report: Report, tried: Tried, ended: datetime) -> Iterator[str]:
    yield "# Trial report\n\n"
    yield f"{_sentence(report)}\n\n"
    yield "| | |\n|---|---|\n"
    for name, value in _about(report, tried, ended):
        yield f"| {name} | {plain(value)} |\n"
    if report.problem:
        yield "\n## Why it did not start\n\n" + fenced(_LOG, harmless(report.problem))
    if report.results:
        yield "\n## Probes\n\nEach is one request, with the outcome that was predicted before it was sent.\n\n"
        yield from _table(sorted(report.results, key=lambda result: result.agrees is not False))
    missing = [result for result in report.results if result.agrees is None]
    if missing:
        yield "\n## Not measured\n\nThis counts neither for nor against.\n\n"
        for result in missing:
            reason = ": ".join(part for part in (result.measured, result.detail) if part)
            yield f"- {plain(place(result.probe))}, {plain(result.probe.request)}: {plain(reason)}\n"
    if report.log_tail:
        yield "\n## The end of the log\n\n" + fenced(_LOG, harmless("\n".join(report.log_tail)))


def _sentence(report: Report) -> str:
    said = report.verdict if report.started else "It did not start, so nothing was measured."
    return f"{said} {report.caution}".rstrip()


def _about(report: Report, tried: Tried, ended: datetime) -> Iterator[tuple[str, str]]:
    yield "Server", f"{registry.title(report.server)} {report.version}"
    yield "Image", report.image or "none: it ran without Docker"
    yield "When", f"{ended:%Y-%m-%d %H:%M} UTC"
    if report.ready_s is not None:
        yield "First answer after", f"{report.ready_s} s"
    yield "Answers", tried.answers
    if tried.changed:
        yield "Changed for this trial", ", ".join(tried.changed)
    if tried.differing:
        yield "Files here that are not what was tried", ", ".join(tried.differing)


def _table(results: Sequence[ProbeResult]) -> Iterator[str]:
    yield "| From | Request | Predicted | Measured | Agrees |\n|---|---|---|---|---|\n"
    for result in results:
        probe = result.probe
        cells = (place(probe), probe.request, probe.predicted, result.measured)
        yield f"| {' | '.join(map(plain, cells))} | {_AGREES[result.agrees]} |\n"


def as_junit(report: Report) -> str:
    """JUnit's XML: whether it started, and each probe; what was not measured is skipped."""
    skipped = sum(result.agrees is None for result in report.results)
    failures = len(report.differing) + (not report.started)
    name = quoteattr(clean(f"{report.server} {report.version}"))
    counts = f'tests="{len(report.results) + 1}" failures="{failures}" skipped="{skipped}"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="serving-wizard try" {counts}>',
            f" <testsuite name={name} {counts}>",
            _start(report),
            *(_case(result) for result in report.results),
            f"  <system-out>{escape(clean(chr(10).join(report.log_tail)))}</system-out>",
            " </testsuite>",
            "</testsuites>",
        ]
    )


def _start(report: Report) -> str:
    if report.started:
        return f'  <testcase classname="start" name="answers" time="{report.ready_s}"/>'
    failure = f"<failure message={quoteattr(clean(report.problem))}/>"
    return f'  <testcase classname="start" name="answers">{failure}</testcase>'


def _case(result: ProbeResult) -> str:
    probe = result.probe
    place_ = quoteattr(clean(f"{probe.api}, {place(probe)}"))
    head = f'  <testcase classname={place_} name={quoteattr(clean(probe.request))} time="{result.seconds:.3f}"'
    if result.agrees:
        return f"{head}/>"
    if result.agrees is None:
        return f"{head}><skipped message={quoteattr(clean(result.measured))}/></testcase>"
    message = quoteattr(clean(f"predicted {probe.predicted}, measured {result.measured}"))
    return f"{head}><failure message={message}>{escape(clean(result.detail))}</failure></testcase>"
