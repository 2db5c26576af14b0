"""Model servers that run here, read like files, with what is open now. Slow: asks the system and the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from wizard import registry
from wizard.check.analysis import Analysis, FileReport
from wizard.check.findings import ReportLine, words
from wizard.check.running import Head, as_source, measured, openings, silent
from wizard.errors import WizardError
from wizard.machine import answering, checkfiles, docker_engine, running
from wizard.observed.running import RunningServer
from wizard.observed.seen import Names


class RunningReport(NamedTuple):
    """Running servers, judged."""

    analysis: Analysis
    reports: list[tuple[FileReport, list[ReportLine]]]
    heads: Mapping[str, Head]
    """By the path of the report."""
    unseen: str
    """What could not be examined, and why; "" = nothing."""


def look(wanted: str = "", probe: str | None = None) -> RunningReport:
    """Find and judge every model server that runs here, or one of them by its name, id or process id.

    `probe`: also send a request to it, over loopback or ("all") at every address. Raises WizardError if the wanted one
    does not run.
    """
    client, unseen = _engine()
    names = [reading.names for reading in registry.readings()]
    load = running.RunningFiles(client)
    known = _known(client, names, wanted, load)
    if wanted:
        known = [running.one_of(known, wanted, unseen)]
    analysis = _analysed(known, load)
    analysis.reports()  # to learn which files they read
    for observed in tuple(analysis.observed):
        for part in observed.parts:
            if part.source.path not in analysis.found:
                analysis.add(part.source)
    analysis.observed.clear()
    reports = analysis.reports()
    heads = {each.place: _head(each, analysis, probe) for each in known}
    known_ones = [each for each in reports if each.kind or each.problem or each.source.path in heads]
    return RunningReport(analysis, [(each, _judged(each, heads)) for each in known_ones], heads, unseen)


def _known(client: Any | None, names: Sequence[Names], wanted: str, load: running.RunningFiles) -> list[RunningServer]:
    """The servers among what runs.

    Other containers than the wanted one are examined only if there is no such container.
    """
    beside = [*running.processes(names)]
    for which in dict.fromkeys((wanted, "")):
        found = [*beside, *(running.containers(client, names, which) if client is not None else ())]
        first = _analysed(found, load)
        known = [each for each in found if first.found[each.place].kind]
        if not which or any(which in (each.name, each.number, each.place) for each in known):
            return known
    return known


def _engine() -> tuple[Any | None, str]:
    try:
        return docker_engine.connect(timeout=docker_engine.LOOK_S), ""
    except WizardError as problem:
        return None, f"Containers were not looked at: {problem.title}."


def _analysed(found: Sequence[RunningServer], load: running.RunningFiles) -> Analysis:
    analysis = Analysis(load, folder=checkfiles.names_in)
    for each in found:
        apart = each.kind == "process" and not each.shares_network
        analysis.add(as_source(each), each.folder, (("PrivateNetwork", "true", 0),) if apart else ())
    return analysis


def _unfixed(report: FileReport) -> list[ReportLine]:
    """Something that runs cannot be fixed in place."""
    return [line._replace(edits=()) if ":" in report.source.path else line for line in words(report)]


def _judged(report: FileReport, heads: Mapping[str, Head]) -> list[ReportLine]:
    lines = _unfixed(report)
    for head in heads.values():
        files = {part.source.path for part in head.observed.parts} if head.observed is not None else set()
        if report.source.path in {head.running.place, *files}:
            lines = measured(lines, head)
    return lines


def _head(each: RunningServer, analysis: Analysis, probe: str | None) -> Head:
    observed = next((o for o in analysis.observed if o.start is not None and o.start.source.path == each.place), None)
    opened = openings(each, observed)
    answers = answering.ask(each, observed, opened, everywhere=probe == "all") if probe else {}
    return Head(each, observed, opened, silent(each, observed), answers)
