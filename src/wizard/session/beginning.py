"""What is needed once somebody answers: the slow imports, the initial Plan, the facts about this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wizard import comparison, exposure, fast_start, machine
from wizard import plan as plans
from wizard.servers.sample import sample_plan

if TYPE_CHECKING:
    from wizard.host import Host
    from wizard.models.report import ModelReport
    from wizard.plan import Plan


class Beginning(NamedTuple):
    """What the wizard starts from."""

    plan: Plan
    host: Host
    reports: dict[tuple[str, str], ModelReport]
    """(path, server) -> what was found there."""


def prepare(plan: Plan | None, server: str, demo: bool, base: Path) -> Beginning:
    """Load everything, and look at this machine and at the models.

    Slow the first time: meant for a worker. `plan`: the initial answers, `server`: the wizard's server if there are
    none; `demo`: start with its bundled sample.
    """
    host = machine.hostfacts.measure()
    plan = (
        sample_plan(server) if demo else exposure.findings.acceptance.in_full(plan or plans.Plan(server=server), host)
    )
    comparison.view.look(plan, host)
    reports = {(m.path, plan.server): inspect(m.path, plan.server, base) for m in plan.models if m.path}
    fast_start.keep_all()
    return Beginning(plan, host, reports)


def inspect(path: str, server: str, base: Path) -> ModelReport:
    """Look into a model path; a relative one starts from `base`."""
    return machine.inspection.inspect(path if path.startswith(("/", "~")) else base / path, server)
