"""`try`: start, probe, report, tear down."""

from __future__ import annotations

import argparse
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import console, registry
from wizard.artifacts import calling
from wizard.cli import shortcuts, verdict
from wizard.cli.commands.show import talk_findings
from wizard.cli.commands.source import read
from wizard.cli.progress import events_shown
from wizard.errors import ExitCode, WizardError
from wizard.formats.shell import sh
from wizard.machine import project
from wizard.plan import Plan, answers, to_data
from wizard.trial import backend, runner, written_report
from wizard.trial.browser_check import Check
from wizard.trial.written_report import as_junit

if TYPE_CHECKING:
    from wizard.trial.browser_check import PageVerdict
    from wizard.trial.report import Report

_KEEP_S = 600.0
"""Seconds after which a trial is stopped."""
_LOOK_S = 0.1
_PROBES_S = 120.0
"""Seconds left for the probes if the server took all its time to get ready."""


def run(options: argparse.Namespace) -> int:
    """Exit code 0 if every probe agrees, 1 if one contradicts its prediction or the answers cannot work, 3 if the trial
    could not be started."""
    named = read(options)
    plan, base = named.plan, named.base
    if options.image:
        plan = _with_image(plan, options.image)
    made = project.prepare(plan, base, base)
    blocking = tuple(f for f in made.findings if f.severity == "functional")
    if blocking:
        talk_findings(blocking)
        raise WizardError("This cannot work", "", "Fix what is marked ✗, then try again.", ExitCode.FINDINGS)
    deadline = max(_KEEP_S, options.timeout + _PROBES_S)
    how = backend.Options(options.keep, options.timeout, deadline, options.image)
    seen: list[PageVerdict] = []
    cancel = backend.Cancel()

    def visit(running: backend.RunningTrial) -> None:
        seen.extend(_browser_check(made, running, cancel))

    with events_shown() as tell:
        report = runner.run(made, how, tell, cancel, visit if options.open_browser_check else None)
    endpoint = made.deployment.endpoint("inference")
    _print(report, options, endpoint.url if endpoint else "", _written_call(made))
    if named.source is not None:
        _leave(report, made, named.source, options)
    if not report.started:
        return ExitCode.ENVIRONMENT
    agrees = report.agrees and all(each.agrees for each in seen)
    return ExitCode.OK if agrees else ExitCode.FINDINGS


def _with_image(plan: Plan, image: str) -> Plan:
    """The Plan with another image of the server, checked like one in the answers."""
    data = to_data(plan)
    return answers.validate({**data, "run": {**data.get("run", {}), "image": image}}, name="--image")


def _leave(report: Report, made: project.Project, source: Path, options: argparse.Namespace) -> None:
    """Leave the report beside the answers, and say where it is."""
    changed = (*shortcuts.changes(options), *((f"--image {options.image}",) if options.image else ()))
    for line in written_report.leave(report, made, source, changed, options.format == "junit"):
        console.talk(line)


def _browser_check(
    made: project.Project, running: backend.RunningTrial, cancel: backend.Cancel
) -> tuple[PageVerdict, ...]:
    """Serve the pages until Enter or Ctrl-C, then print what the browser reported; the trial is removed after that."""
    with Check(made.deployment, running.tokens(), made.samples) as check:
        for page in check.shown:
            console.talk(f"        {page.origin}: {page.reason or 'shown'}")
        console.talk(f"browser Open {check.url} in your browser. Enter or Ctrl-C ends the trial.")
        over = threading.Event()
        threading.Thread(target=_say_when_all_reported, args=(check,), daemon=True).start()
        threading.Thread(target=_wait_for_enter, args=(check, over), daemon=True).start()
        while not over.wait(_LOOK_S) and not cancel():
            pass
        found = check.verdicts
    for each in found:
        if not each.agrees:
            console.talk(
                f"  ✗ {each.page}, {each.row.title}: predicted {each.row.predicted}, the browser: {each.measured}"
            )
    differ = sum(not each.agrees for each in found)
    console.talk(f"browser {len(found) - differ} verdicts agree, {differ} differ")
    return found


def _wait_for_enter(check: Check, over: threading.Event) -> None:
    """Wait for Enter; if nobody can press it, until every page has reported."""
    try:
        # Not through `sys.stdin`: what is still being read there when the program ends makes Python fail.
        typed = os.read(sys.stdin.fileno(), 1)
    except (OSError, ValueError):
        typed = b""
    if not typed:
        check.wait()
    over.set()


def _say_when_all_reported(check: Check) -> None:
    if check.wait():
        console.talk("browser Every page has reported; Enter shows what they found.")


def _written_call(made: project.Project) -> str:
    """The command in the written files that calls a trial that is kept running; "" = there is none."""
    script = made.target / calling.POSIX
    return sh(str(script)) if made.plan.contained and script.is_file() else ""


def _print(report: Report, options: argparse.Namespace, url: str, script: str) -> None:
    if options.format == "text":
        _print_text(report, options.all, url, script)
        return
    if options.format == "json":
        console.out_json(report.as_json())
    else:
        console.out(as_junit(report))
    if report.problem:
        console.talk(report.problem)


def _print_text(report: Report, everything: bool, url: str, script: str) -> None:
    label = " (emulation, not the real server)" if report.emulated else ""
    where = f"image {report.image}" if report.image else "without Docker"
    console.out(f"{registry.title(report.server)} {report.version}, {where}{label}")
    if report.problem:
        console.out(report.problem)
        for line in report.log_tail:
            console.out(f"  | {line}")
        return
    verdict.show(report, everything)
    if report.kept:
        minutes = f"{report.kept_s / 60:.0f}"
        console.out(
            f"  running      {url or 'for containers only'} for {minutes} minutes; stop it: serving-wizard down --all"
        )
        if report.request:
            console.out(f"  call it      {report.request}")
            if script:
                console.out(f"  or           {script}")
