"""Look into the models of a Plan: what is found becomes findings and requests to try."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from wizard.exposure.findings import Finding, Remedy, Severity
from wizard.models.problems import finding_id
from wizard.models.report import ModelReport, PathFix, Problem
from wizard.plan import Model, Plan

_SEVERITY: dict[str, Severity] = {"error": "functional", "warning": "medium", "note": "info"}


def look(plan: Plan, base: Path) -> dict[str, ModelReport]:
    """Inspect every model; relative paths start from `base`. Nothing is executed."""
    from wizard.machine.inspection import inspect

    return {model.name: inspect(base / os.path.expanduser(model.path), plan.server) for model in plan.models}  # noqa: PTH111


def samples(reports: Mapping[str, ModelReport]) -> dict[str, str]:
    """Model name -> body of a request to try, for the models that could be read."""
    return {name: report.sample[1].decode() for name, report in reports.items() if report.sample}


def model_findings(plan: Plan, reports: Mapping[str, ModelReport]) -> tuple[Finding, ...]:
    """The problems of the model paths as findings, with one-key fixes where there are any."""
    found = []
    for number, model in enumerate(plan.models):
        for problem in reports[model.name].problems if model.name in reports else ():
            if _already_staged(model, problem):
                continue
            found.append(_finding(number, model, problem))
    return tuple(found)


def fix_patch(number: int, fix: PathFix) -> tuple[tuple[str, object], ...]:
    """The change to the Plan that a path fix stands for."""
    if fix.kind == "server":
        return (("server", fix.server), ("version", ""))
    path = (f"models.{number}.path", str(fix.path))
    return (path, (f"models.{number}.as_version", fix.version)) if fix.kind == "stage" else (path,)


def _already_staged(model: Model, problem: Problem) -> bool:
    return model.as_version is not None and problem.fix is not None and problem.fix.kind == "stage"


def _finding(number: int, model: Model, problem: Problem) -> Finding:
    fix = problem.fix
    remedies = (Remedy(fix.label, fix_patch(number, fix)),) if fix else ()
    return Finding(
        id=finding_id(problem.id),
        severity=_SEVERITY[problem.severity],
        message=f"{model.name}: {problem.message}",
        why=problem.why,
        instead=problem.instead or (fix.label if fix else "Choose another path."),
        evidence=(model.path,),
        remedies=remedies,
    )
