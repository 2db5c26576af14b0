"""What was accepted: `ID@API` for each finding, and the older form, the id alone."""

from __future__ import annotations

from wizard.deployment import Deployment
from wizard.host import Host
from wizard.plan import Plan


def in_full(plan: Plan, host: Host | None = None) -> Plan:
    """The Plan with acceptances of the older form written out for each API that is open now.

    `BIND-ALL` accepted what was open when it was written; an API that is opened later needs a word of its own.
    """
    from wizard.exposure.findings.known import former_ids, of_the_deployment

    if not plan.accepted:
        return plan
    from wizard.placement.resolve import resolve

    apis = open_apis(resolve(plan, host))
    accepted: list[str] = []
    for entry in plan.accepted:
        id_, at, api = entry.partition("@")
        id_ = former_ids().get(id_, id_)
        whole = at or of_the_deployment(plan.server, id_)
        accepted += [f"{id_}{at}{api}"] if whole else [f"{id_}@{each}" for each in apis]
    return plan.model_copy(update={"accepted": tuple(dict.fromkeys(accepted))})


def open_apis(deployment: Deployment) -> tuple[str, ...]:
    """The APIs that somebody is meant to reach, or can."""
    return tuple(e.api for e in deployment.endpoints if e.scope != "off" or e.published)
