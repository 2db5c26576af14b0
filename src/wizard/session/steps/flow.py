"""The order of the steps: what comes next, what came before, and where a finding belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.session.steps import model, protect, start
from wizard.session.steps.base import Field, Step
from wizard.session.steps.groups import GROUPS, AskedStep, number_of

if TYPE_CHECKING:
    from wizard.deployment.finding import Finding
    from wizard.host import Host
    from wizard.plan import Plan
    from wizard.session.origins import Origins

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
    return tuple(step for group in GROUPS for step in group.steps(plan))


def fields(
    step: Step, plan: Plan, host: Host, origins: Origins | None = None, listing: bool = False
) -> tuple[Field, ...]:
    """The questions of a step with the answers of a completed Plan.

    `origins`: where the answers come from; `listing`: the user is about to type what completes an answer.
    """
    ask = next(group.fields for group in GROUPS if group.id == step.group)
    return ask(AskedStep(step, plan, host, origins, listing)) if ask else ()


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
    number = number_of(step.group)
    return number, GROUPS[number - 1].title


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
    """The step that can remove a finding: found by what it asks, else by its remedy, else by its id and API.

    What is wrong with a model is said at the model, even if another server is what helps.
    """
    if finding.id.startswith("MODEL-") and finding.asks is None:
        return next((step for step in steps if step.id == "model"), None)
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
