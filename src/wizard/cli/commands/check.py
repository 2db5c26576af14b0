"""`check`: what each line of existing files does."""

from __future__ import annotations

import argparse

from wizard import console
from wizard.check.analysis import Analysis
from wizard.check.findings import at_least, words
from wizard.errors import ExitCode
from wizard.machine import checkfiles


def run(options: argparse.Namespace) -> int:
    """Print what is found; exit code 1 for findings at or above --fail-on."""
    analysis = Analysis(checkfiles.load)
    asked = options.paths
    for source in checkfiles.named(asked):
        analysis.add(source)
    reports = [(report, words(report)) for report in analysis.reports() if report.kind or report.source.path in asked]
    if options.format == "json":
        from wizard.check.reports.machine import as_json

        console.out_json(as_json(reports))
    failed = any(at_least(lines, options.fail_on) for _, lines in reports)
    return int(ExitCode.FINDINGS if failed else ExitCode.OK)
