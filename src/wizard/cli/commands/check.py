"""`check`: what each line of existing files does."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from wizard import check, console, machine, session
from wizard.check.analysis import Analysis, FileReport
from wizard.check.findings import ReportLine, at_least, every_rule, words
from wizard.check.reports.machine import as_json
from wizard.errors import ExitCode, WizardError
from wizard.machine import checkfiles, promised
from wizard.machine.texts import expanded, read_text

if TYPE_CHECKING:
    from wizard.check.running import Head
    from wizard.session.running import RunningReport

    Heads = Mapping[str, Head]

_UNREAD = "CHECK-UNREAD"
"""Reported whatever rules are selected: no other rule can say anything about such a file."""
_SHOWN = 3
"""Paths that are named in one line."""

Reports = list[tuple[FileReport, list[ReportLine]]]


def run(options: argparse.Namespace) -> int:
    """Print what is found; exit code 1 for findings at or above --fail-on."""
    heads: Heads = {}
    if options.running is None:
        if options.probe:
            raise WizardError("--probe asks running servers, not files.", hint="Add --running, or leave out --probe.")
        reports = looked_at(required(options.paths))
    else:
        seen = running(options.running, options.paths, options.probe)
        reports, heads = seen.reports, seen.heads
    reports = chosen(reports, options.select, options.ignore)
    if options.write_baseline:
        return _write_baseline(reports, options.write_baseline, options.format)
    if options.baseline:
        seen_from = _seen_from(options.baseline)
        known = check.baseline.load(read_text(options.baseline), options.baseline, seen_from)
        reports = check.baseline.without(reports, known, seen_from)
    failing = [line for _, lines in reports for line in at_least(lines, options.fail_on)]
    _print(reports, options.format, failing, heads)
    if not reports:
        console.talk(
            "No file of a model server here." if options.running is None else "No running model server was found here."
        )
    return ExitCode.FINDINGS if failing else ExitCode.OK


def running(wanted: str, paths: list[str], probe: str | None = None) -> RunningReport:
    """Findings about running servers.

    Raises WizardError if the wanted one does not run, or if files were named as well.
    """
    if paths:
        raise WizardError(
            "--running looks at running servers, not at files.", hint="Leave out the paths, or --running."
        )
    seen = session.running.look(wanted, probe)
    if seen.unseen:
        console.talk(seen.unseen)
    return seen


def required(paths: list[str]) -> list[str]:
    """The given paths. Raises WizardError if there are none."""
    if not paths:
        raise WizardError("There is nothing to look at.", hint="Name files or folders, or use --running.")
    return paths


def looked_at(paths: list[str]) -> Reports:
    """Findings about files and folders, and about the Compose file that mounts one, where it decides who can connect.

    Files of other programs are left out unless they were named.
    """
    analysis = Analysis(checkfiles.load, promised.expected)
    refused: list[str] = []
    for source in checkfiles.named(paths, refused.append):
        analysis.add(source)
    if refused:
        more = f" and {len(refused) - _SHOWN} more" if len(refused) > _SHOWN else ""
        console.talk(f"Not read, because this user may not: {', '.join(refused[:_SHOWN])}{more}.")
    reports = check.belonging.judged(analysis)
    return [(report, words(report)) for report in reports if report.kind or report.source.path in paths]


def chosen(reports: Reports, select: list[str], ignore: list[str]) -> Reports:
    """The findings of some rules only.

    Names may be whole ids or the beginning of ids. Raises WizardError for other names.
    """
    wanted, unwanted = _names(select), _names(ignore)
    return [
        (
            report,
            [
                line
                for line in lines
                if (not wanted or line.id.startswith((*wanted, _UNREAD)))
                and not (unwanted and line.id.startswith(unwanted))
            ],
        )
        for report, lines in reports
    ]


def _names(given: list[str]) -> tuple[str, ...]:
    names = tuple(name.strip().upper() for item in given for name in item.split(",") if name.strip())
    if names:
        known = every_rule()
        for name in names:
            if not any(rule.startswith(name) for rule in known):
                near = difflib.get_close_matches(name, known, 1)
                hint = f"Did you mean {near[0]}?" if near else "docs/rules lists them all."
                raise WizardError(f"There is no rule {name}.", hint=hint)
    return names


def _seen_from(baseline: str) -> Callable[[str], str]:
    folder = str(expanded(baseline).parent)
    return lambda path: checkfiles.relative(path, folder)


def _write_baseline(reports: Reports, path: str, form: str) -> int:
    try:
        machine.door.write_file(expanded(path), check.baseline.dump(reports, _seen_from(path)))
    except OSError as error:
        raise WizardError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Name a file in a folder that you may write to.",
            exit_code=ExitCode.ENVIRONMENT,
        ) from None
    count = sum(len(lines) for _, lines in reports)
    if form == "json":
        console.out_json({"baseline": path, "findings": count})
    console.talk(f"{path}: {count} finding{'' if count == 1 else 's'} kept for later")
    return ExitCode.OK


def _print(reports: Reports, form: str, failing: list[ReportLine], heads: Heads) -> None:
    if form == "json":
        console.out_json(as_json(reports, heads))
    elif form == "sarif":
        console.out_json(check.reports.sarif.as_sarif(reports))
    elif form == "github":
        for line in check.reports.github.as_annotations(reports):
            console.out(line)
    elif form == "junit":
        console.out(check.reports.junit.as_junit(reports, failing))
    else:
        width = min(os.get_terminal_size(1).columns, 120) if sys.stdout.isatty() else 100
        for line in check.reports.text.as_text(reports, console.coloured, width, heads):
            console.out(line)
