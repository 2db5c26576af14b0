"""What was accepted: `ID@API` for each finding, or, in the older form, the id alone."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from wizard import registry
from wizard.deployment import Deployment
from wizard.errors import WizardError
from wizard.exposure.findings.known import every_id, former_ids, of_the_deployment, texts
from wizard.host import Host
from wizard.placement.resolve import resolve
from wizard.plan import Plan, refusals


def in_full(plan: Plan, host: Host | None = None) -> Plan:
    """The Plan with acceptances in the older form written out for each API that is open now.

    `BIND-ALL` accepted what was open when it was written; an API that is opened later needs its own acceptance.
    """
    if not plan.accepted:
        return plan
    apis = open_apis(resolve(plan, host))
    accepted: list[str] = []
    for entry in plan.accepted:
        id_, at, api = entry.partition("@")
        id_ = former_ids().get(id_, id_)
        whole = at or of_the_deployment(plan.server, id_)
        accepted += [f"{id_}{at}{api}"] if whole else [f"{id_}@{each}" for each in apis]
    return plan.model_copy(update={"accepted": tuple(dict.fromkeys(accepted))})


def require_known(plan: Plan, text: str = "", name: str = "", said: Mapping[str, str] = MappingProxyType({})) -> None:
    """Raises WizardError (exit code 2) if something is accepted that is not the name of a finding.

    `text`, `name`: the answers file; `said`: dotted key -> how it was typed, for answers that are not in the file.
    """
    for entry in plan.accepted:
        id_, at, api = entry.partition("@")
        apis = [spec.api for spec in registry.adapter(plan.server).apis]
        if id_ not in texts(plan.server).texts and id_ not in every_id():
            problem, word, known = f"no finding is called {id_}", id_.upper(), sorted(every_id())
        elif at and api not in apis:
            problem, word, known = f"{plan.server} has no API {api}", api, apis
        else:
            continue
        near = difflib.get_close_matches(word, known, n=1)
        hint = (
            f"Did you mean {near[0]}?" if near else "`generate` and EXPOSURE.md name what is found; write it as ID@API."
        )
        where = refusals.place(("accepted",), text, name, said)
        raise WizardError(f'{where}{": " if where else ""}accepted = ["{entry}"]: {problem}', hint=hint)


def open_apis(deployment: Deployment) -> tuple[str, ...]:
    """The APIs that somebody can reach or is meant to reach."""
    return tuple(e.api for e in deployment.endpoints if e.scope != "off" or e.published)
