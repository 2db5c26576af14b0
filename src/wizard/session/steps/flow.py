"""The order of the steps: what comes next, what came before, and where a finding belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.session.steps import bind, callers, cors, finish, model, protect, start
from wizard.session.steps.base import GROUPS, Field, Step

if TYPE_CHECKING:
    from wizard.exposure.findings import Finding
    from wizard.host import Host
    from wizard.plan import Plan
    from wizard.session.origins import Origins

_GROUP_MODULES = (start, model, callers, bind, cors, protect, finish)
_BY_PREFIX = (
    ("MODEL", "model"),
    ("CORS", "cors.inference"),
    ("TOKEN", "protect.inference"),
    ("BIND", "bind.inference"),
    ("DOCKER", "start.run"),
)


def start_step() -> Step:
    """The first step; known without a Plan."""
    return start.SERVER


def flow(plan: Plan | None) -> tuple[Step, ...]:
    """Every step for this (completed) Plan, in order. Without a Plan, only those that are always asked."""
    return tuple(step for module in _GROUP_MODULES for step in module.steps(plan))


def fields(
    step: Step, plan: Plan, host: Host, origins: Origins | None = None, listing: bool = False
) -> tuple[Field, ...]:
    """The questions of a step with the answers of a completed Plan.

    `origins`: where the answers come from; `listing`: the user is about to type what completes an answer.
    """
    if step.group == "start":
        return start.fields(step, plan, host=host)
    if step.group == "model":
        return model.fields(plan)
    if step.group == "who":
        return callers.fields(plan, host, origins)
    if step.group == "bind":
        return bind.fields(step, plan, host)
    if step.group == "cors":
        return cors.fields(step, plan, listing)
    if step.group == "protect":
        return protect.fields(step, plan, host, listing)
    return ()


def index_of(steps: tuple[Step, ...], step_id: str) -> int:
    """The position of a step; for one that is no longer asked, that of the last one before it in its group."""
    for index, step in enumerate(steps):
        if step.id == step_id:
            return index
    group = step_id.partition(".")[0]
    same = [index for index, step in enumerate(steps) if step.group == group]
    return same[-1] if same else 0


def following(steps: tuple[Step, ...], step_id: str) -> Step | None:
    """The step after this one, None after the last."""
    index = index_of(steps, step_id) + 1
    return steps[index] if index < len(steps) else None


def preceding(steps: tuple[Step, ...], step_id: str) -> Step | None:
    """The step before this one, None before the first."""
    index = index_of(steps, step_id)
    return steps[index - 1] if index else None


def group_of(step: Step) -> tuple[int, str]:
    """The number of a step's entry in the step list, counted from 1, and its title."""
    index = next(i for i, (group, _) in enumerate(GROUPS) if group == step.group)
    return index + 1, GROUPS[index][1]


def problems(step: Step, plan: Plan) -> tuple[str, ...]:
    """Sentences about what must be settled before leaving a step."""
    return model.problems(plan) if step.group == "model" else protect.problems(step, plan)


def incomplete(fields: tuple[Field, ...]) -> str:
    """What has to be typed for the chosen answer, in one sentence; "" = nothing."""
    by_id = {field.id: field for field in fields}
    for field in fields:
        wanted = [option.asks for option in field.options if option.id in field.chosen and option.asks]
        empty = next((by_id[each] for each in wanted if not by_id[each].value), None)
        if empty is not None:
            return f"{empty.label}: nothing is typed yet. Fill it in, or choose another answer."
    return ""


def step_of_finding(finding: Finding, steps: tuple[Step, ...]) -> Step | None:
    """The step that can remove a finding: found by what it asks, else by its remedy, else by its id and API."""
    keys = [finding.asks.key] if finding.asks else [key for remedy in finding.remedies for key, _ in remedy.patch]
    for step in steps:
        if any(key.startswith(prefix) for key in keys for prefix in step.keys):
            return step
    if finding.api:
        named = f"{'cors' if finding.id.startswith('CORS') else 'bind'}.{finding.api}"
        found = next((s for s in steps if s.id == named), None)
        if found:
            return found
    wanted = next((step_id for prefix, step_id in _BY_PREFIX if prefix in finding.id), "")
    return next((s for s in steps if s.id == wanted), None)
