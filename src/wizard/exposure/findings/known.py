"""Every finding there is: those that any server can have, and those of one server."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from wizard import registry
from wizard.deployment.finding import Catalogue
from wizard.models import problems
from wizard.models.problems import finding_id

GENERAL = Catalogue("wizard.exposure.findings", "implications.toml")
"""The texts of the findings that any server can have."""
finding = GENERAL.finding


@cache
def texts(server: str) -> Catalogue:
    """The texts of a server's findings; its own text for a general one replaces the general text."""
    own = registry.adapter(server).finding_texts
    return Catalogue.of({**GENERAL.texts, **{id_: {**GENERAL.texts.get(id_, {}), **e} for id_, e in own.texts.items()}})


@cache
def former_ids() -> Mapping[str, str]:
    """Former ids of findings -> their present ids."""
    found: dict[str, str] = {}
    for name in registry.names():
        for id_, entry in texts(name).texts.items():
            found |= dict.fromkeys(entry.get("formerly", ()), id_)
    return found


def of_the_deployment(server: str, id_: str) -> bool:
    """Whether findings with this id are about the deployment as a whole, and so about no API."""
    entry: Mapping[str, Any] = texts(server).texts.get(id_, {})
    return entry.get("about") == "deployment"


@cache
def every_id() -> frozenset[str]:
    """The ids of all findings of all servers and their models, including former ids."""
    found = {finding_id(problem) for problem in problems.texts()} | set(former_ids())
    for name in registry.names():
        found |= {*texts(name).texts, *map(finding_id, registry.adapter(name).models.problems)}
    return frozenset(found)
