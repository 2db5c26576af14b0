"""Look into the models of a Plan: the results become findings and requests to try."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from wizard import registry
from wizard.deployment import Deployment
from wizard.deployment.finding import Finding, Remedy
from wizard.machine.inspection import inspect
from wizard.models.problems import finding_id
from wizard.models.report import ModelReport, PathFix, Problem, Surroundings
from wizard.plan import Model, Patch, Plan


def look(plan: Plan, base: Path) -> dict[str, ModelReport]:
    """Inspect every model on this machine; relative paths start from `base`. Nothing is executed."""
    here = [model for model in plan.models if model.path]
    return {model.name: inspect(base / os.path.expanduser(model.path), plan.server) for model in here}  # noqa: PTH111


def samples(reports: Mapping[str, ModelReport]) -> dict[str, str]:
    """Model name -> body of a request to try, for the models that could be read."""
    return {name: report.sample[1].decode() for name, report in reports.items() if report.sample}


def model_findings(plan: Plan, reports: Mapping[str, ModelReport]) -> tuple[Finding, ...]:
    """The problems of the model paths as findings, with one-key fixes if there are any."""
    found = []
    for number, model in enumerate(plan.models):
        for problem in reports[model.name].problems if model.name in reports else ():
            if _already_staged(model, problem) or _already_set(plan, problem):
                continue
            found.append(_finding(number, model, problem))
    return tuple(found)


def misfit_findings(deployment: Deployment, reports: Mapping[str, ModelReport]) -> tuple[Finding, ...]:
    """What the models need compared with what there is: a server that knows them, memory of the machine and of its
    container. A GPU has its own memory, about which nothing is known here."""
    plan, process = deployment.plan, deployment.process("server")
    models = {name: report.served for name, report in reports.items() if report.usable and report.served}
    if not models or process is None:
        return ()
    machine = 0 if plan.run.gpu else deployment.host.memory
    held = process.memory_mib << 20 if process.image and not plan.run.gpu else 0
    given = Surroundings(machine, held, plan.settings.given, plan.version)
    places = {model.name: (number, model) for number, model in enumerate(plan.models)}
    found = registry.adapter(plan.server).models.misfits({k: m for k, m in models.items() if k in places}, given)
    return tuple(_finding(*places[name], problem) if name else _finding(0, None, problem) for name, problem in found)


def fix_patch(number: int, model: Model | None, fix: PathFix) -> Patch:
    """The change to the Plan that a path fix stands for.

    `model`: the one at that position, None if one is to be added.
    """
    if fix.kind == "server":
        return (("server", fix.server), ("version", ""))
    if fix.kind == "setting":
        return ((f"settings.{fix.setting}", fix.value),)
    staged = fix.version if fix.kind == "stage" else None
    path = (f"models.{number}.path", str(fix.path))
    if model is None or staged == model.as_version:
        return (path,)
    return (path, (f"models.{number}.as_version", staged))


def _already_staged(model: Model, problem: Problem) -> bool:
    return model.as_version is not None and problem.fix is not None and problem.fix.kind == "stage"


def _already_set(plan: Plan, problem: Problem) -> bool:
    return problem.fix is not None and problem.fix.setting in plan.settings.given


def _finding(number: int, model: Model | None, problem: Problem) -> Finding:
    fix = problem.fix
    remedies = (Remedy(fix.label, fix_patch(number, model, fix)),) if fix else ()
    return Finding(
        id=finding_id(problem.id),
        severity=problem.severity,
        message=f"{model.name}: {problem.message}" if model else problem.message,
        why=problem.why,
        instead=problem.instead or (fix.label if fix else "Choose another path."),
        evidence=(model.path,) if model else (),
        remedies=remedies,
    )
