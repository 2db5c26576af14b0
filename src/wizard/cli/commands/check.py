"""`check`: what each line of existing files does."""

from __future__ import annotations

import argparse
import os
import sys

from wizard import console
from wizard.check.analysis import Analysis, FileReport
from wizard.check.findings import Line, at_least, words
from wizard.errors import ExitCode
from wizard.machine import checkfiles

Reports = list[tuple[FileReport, list[Line]]]


def run(options: argparse.Namespace) -> int:
    """Print what is found; exit code 1 for findings at or above --fail-on."""
    reports = looked_at(options.paths)
    _print(reports, options.format)
    failed = any(report.problem or at_least(lines, options.fail_on) for report, lines in reports)
    return int(ExitCode.FINDINGS if failed else ExitCode.OK)


def looked_at(paths: list[str]) -> Reports:
    """What is to say about files and folders. Files of other programs are left out unless they were named."""
    analysis = Analysis(checkfiles.load)
    for source in checkfiles.named(paths):
        analysis.add(source)
    return [(report, words(report)) for report in analysis.reports() if report.kind or report.source.path in paths]


def _print(reports: Reports, form: str) -> None:
    if form == "json":
        from wizard.check.reports.machine import as_json

        console.out_json(as_json(reports))
        return
    from wizard.check.reports.text import as_text

    width = min(os.get_terminal_size(1).columns, 120) if sys.stdout.isatty() else 100
    for line in as_text(reports, console.coloured, width):
        console.out(line)
