"""`inspect`: look inside a model, as the Model step does. Nothing is executed."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

from wizard import console, registry
from wizard.cli import draw
from wizard.cli.commands.show import problem_json
from wizard.cli.commands.source import require_named
from wizard.deployment.finding import Finding
from wizard.errors import ExitCode, WizardError
from wizard.exposure.findings import at_least
from wizard.machine import modelcheck
from wizard.machine.inspection import inspect
from wizard.machine.texts import expanded
from wizard.models.names import printable
from wizard.models.report import ModelReport
from wizard.plan import Model, Plan
from wizard.session.model_ids import said_instead
from wizard.severity import SYMBOLS, severity_in_words

_OTHER = "other-server"
_NO_MODEL = "MODEL-NOT-A-MODEL"


def run(options: argparse.Namespace) -> int:
    """Say what it is, who can serve it, what is wrong with it and what to send to it.

    Exit code 2 if nothing is there.
    """
    path = expanded(require_named(options.path)).absolute()
    if not path.exists():
        hint = said_instead(options.path).partition("? ")[0]
        hint = (
            f"{hint}? Only a model on this machine can be examined, by its path."
            if hint
            else "Give the path of a model."
        )
        raise WizardError(f"There is nothing at {printable(str(path))}", hint=hint)
    reports = {name: inspect(path, name) for name in registry.names()}
    able = [name for name, report in reports.items() if _recognised(report)]
    report = reports[options.server or next(iter(able), "") or min(reports, key=lambda name: _foreign(reports[name]))]
    problems = _findings(report)
    if not (able or options.server):
        problems = _of_nobody(problems, list(reports.values()))
    if options.format == "json":
        console.out_json(_as_json(report, able, problems))
    else:
        _print(report, able, problems)
    return ExitCode.FINDINGS if at_least(problems, options.fail_on) else ExitCode.OK


def _recognised(report: ModelReport) -> bool:
    """Whether a server knows the layout as one of its own, even if something is wrong with it."""
    return bool(report.title) and not _foreign(report)


def _foreign(report: ModelReport) -> bool:
    """Whether a server recognises it as the model of another server."""
    return any(problem.id == _OTHER for problem in report.problems)


def _of_nobody(problems: tuple[Finding, ...], reports: list[ModelReport]) -> tuple[Finding, ...]:
    """The problems of a path that no server recognises as a model, with what each server would load."""
    advice = [found.instead for report in reports for found in _findings(report) if found.id == _NO_MODEL]
    wanted = list(dict.fromkeys(text.removeprefix("Choose ").rstrip(".") for text in advice))
    either = f"Choose {', '.join(wanted[:-1])}{' or ' if wanted[1:] else ''}{''.join(wanted[-1:])}."
    return tuple(replace(p, instead=either) if p.id == _NO_MODEL else p for p in problems)


def _findings(report: ModelReport) -> tuple[Finding, ...]:
    # What is there may have a name that no answers can hold, such as one with a line break.
    plan = Plan(server=report.server, models=(Model(name=report.name, path="."),))
    return modelcheck.model_findings(plan, {report.name: report})


def _as_json(report: ModelReport, able: list[str], problems: tuple[Finding, ...]) -> dict[str, Any]:
    return {
        "path": str(report.path),
        "kind": report.kind,
        "servers": able,
        "models": [
            {
                "name": servable.called or report.name,
                "version": servable.edition,
                "signatures": {
                    name: {
                        "inputs": {key: str(tensor) for key, tensor in signature.inputs.items()},
                        "outputs": {key: str(tensor) for key, tensor in signature.outputs.items()},
                    }
                    for name, signature in servable.signatures.items()
                },
            }
            for servable in report.servables
        ],
        "problems": [problem_json(problem) for problem in problems],
        "sample": _sample(report, problems),
    }


def _sample(report: ModelReport, problems: tuple[Finding, ...]) -> dict[str, str] | None:
    """A first request; None if none can be made, or if the server would not load the model."""
    if not report.servables or at_least(problems, "functional"):
        return None
    adapter = registry.adapter(report.server)
    content_type, body = report.sample or ("application/json", adapter.sample_body(report.name).encode())
    path = adapter.predict_path(report.name)
    return {"method": "POST", "path": path, "content_type": content_type, "body": body.decode()}


def _print(report: ModelReport, able: list[str], problems: tuple[Finding, ...]) -> None:
    what = report.title or ("a folder" if report.path.is_dir() else "a file")
    titles = " or ".join(registry.adapter(name).title for name in able)
    draw.say(f"{report.path}: {what}{f', for {titles}' if titles else ', which no server here loads as it is'}", 2)
    if report.numbers:
        draw.say(f"  versions {', '.join(map(str, report.numbers))}", 4)
    served = report.served
    for signature in served.signatures.values() if served else ():
        draw.say(f"  {signature}", 4)
    for servable in report.servables:
        if servable.line:
            draw.say(f"  {servable.line}", 4)
    for problem in problems:
        head = f"{SYMBOLS[problem.severity]} {severity_in_words(problem.severity)}"
        first, *more = draw.wrapped(f"{head}  {problem.message}", 2)
        console.out(console.coloured(head, problem.severity) + first[len(head) :])
        for line in more:
            console.out(line)
        draw.say(f"  {problem.instead}", 4)
    sample = _sample(report, problems)
    if sample:
        console.out(f"A request to try: {sample['method']} {sample['path']}  {sample['body']}")
