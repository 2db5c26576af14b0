"""What is needed after the first paint: the heavy imports, the Plan to begin with, the facts of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.history import History
    from wizard.host import Host
    from wizard.plan import Plan


def begin(plan: Plan | None) -> tuple[History, Host]:
    """The history to begin with and this machine's facts. Slow the first time: meant for a worker."""
    from wizard.compare import look
    from wizard.history import History
    from wizard.plan import Plan
    from wizard.services import hostfacts

    host = hostfacts.measure()
    plan = plan or Plan(server="tensorflow-serving")
    look(plan, host)
    return History.begin(plan), host
