"""What each release of TorchServe can do by itself, each with the fact that it rests on."""

from __future__ import annotations

from functools import cache
from typing import Any

from wizard.servers.contract import Abilities
from wizard.servers.torchserve.knowledge import data, knowledge, supported
from wizard.servers.version_given import release


def abilities(version: str) -> Abilities:
    """What a release can do. Raises WizardError for an unknown release."""
    return _abilities(supported(version))


@cache
def _abilities(version: str) -> Abilities:
    able: dict[str, Any] = dict(data()["abilities"])
    for change in data()["changes"]:
        if release(version) >= release(change["since"]):
            able |= {key: value for key, value in change.items() if key != "since"}
    old = {"binds_grpc": not able["binds_grpc"], "grpc_off": not able["binds_grpc"], "token": not able["token"]}
    facts = dict(knowledge().facts)
    return Abilities.of(able, facts | {key: facts[f"{key}_before"] for key, before in old.items() if before})
