"""`try`: start, probe, report, tear down."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING

from wizard import console
from wizard.cli import verdict
from wizard.cli.commands.show import talk_findings
from wizard.cli.commands.source import read_plan
from wizard.cli.progress import told
from wizard.errors import ExitCode, WizardError
from wizard.machine import project, signals
from wizard.plan import Plan, answers, to_data
from wizard.trial import runner

if TYPE_CHECKING:
    from wizard.trial.browser_check import Check, Verdict

_KEEP_S = 600.0
"""Seconds from its start until a trial is ended."""
_PROBES_S = 120.0
"""Seconds for the probes, after a server that took its whole time to be ready."""


def run(options: argparse.Namespace) -> int:
    """Exit code 0 when every probe agrees, 1 when one contradicts its prediction, 3 when it could not be started."""
    plan, base = read_plan(options)
    if options.image:
        plan = _with_image(plan, options.image)
    made = project.prepare(plan, base, base)
    blocking = tuple(f for f in made.findings if f.severity == "functional")
    if blocking:
        talk_findings(blocking)
        raise WizardError("These answers cannot work together", hint="Fix what is marked ✗, then try again.")
    deadline = max(_KEEP_S, options.timeout + _PROBES_S)
    how = runner.Options(options.keep, options.timeout, deadline, options.image)
    seen: list[Verdict] = []
    visit = (lambda running: seen.extend(_browser_check(made, running))) if options.open_browser_check else None
    with _ended_politely(), told() as tell:
        report = runner.run(made, how, tell, visit=visit)
    if options.format == "json":
        console.out_json(report.as_json())
        if report.problem:
            console.talk(report.problem)
    else:
        endpoint = made.deployment.endpoint("inference")
        _print(report, options.all, endpoint.url if endpoint else "")
    if not report.started:
        return int(ExitCode.ENVIRONMENT)
    agrees = report.agrees and all(each.agrees for each in seen)
    return int(ExitCode.OK if agrees else ExitCode.FINDINGS)


def _with_image(plan: Plan, image: str) -> Plan:
    """The Plan with another image of the server, which is looked at as one in the answers is."""
    data = to_data(plan)
    return answers.validate({**data, "run": {**data.get("run", {}), "image": image}}, name="--image")


def _browser_check(made: project.Project, running: runner.Running) -> tuple[Verdict, ...]:
    """Serve the pages until Enter or Ctrl-C, then say what the browser reported."""
    from wizard.trial.browser_check import Check

    with Check(made.deployment, running.tokens(), runner.sample_bodies(made)) as check:
        for page in check.shown:
            console.talk(f"        {page.origin}: {page.reason or 'shown'}")
        console.talk(f"browser Open {check.url} in your browser. Enter or Ctrl-C ends the trial.")
        threading.Thread(target=_say_when_all_reported, args=(check,), daemon=True).start()
        # The first Ctrl-C ends the check and lets the trial be removed and reported as usual.
        with suppress(KeyboardInterrupt):
            if not sys.stdin.readline():
                check.wait()
        found = check.verdicts
    for each in found:
        if not each.agrees:
            console.talk(
                f"  ✗ {each.page}, {each.row.title}: predicted {each.row.predicted}, the browser: {each.measured}"
            )
    differ = sum(not each.agrees for each in found)
    console.talk(f"browser {len(found) - differ} verdicts agree, {differ} differ")
    return found


def _say_when_all_reported(check: Check) -> None:
    if check.wait():
        console.talk("browser Every page has reported; Enter shows what they found.")


@contextmanager
def _ended_politely() -> Iterator[None]:
    """SIGTERM and a closed terminal end a trial as Ctrl-C does: with everything removed."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with signals.handled(interrupt, *signals.TERMINATE):
        yield


def _print(report: runner.Report, everything: bool, url: str) -> None:
    label = " (emulation, not the real server)" if report.emulated else ""
    console.out(f"{report.server} {report.version}, image {report.image or 'none'}{label}")
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
