"""What is known about TorchServe, read from the data files beside this module.

The keys and flags of its files have their own module, `keys`, which checking a file loads without this one.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from wizard.errors import WizardError
from wizard.servers.contract import Abilities, Fact, Facts
from wizard.servers.version_given import plain, release, suggestion


@dataclass(frozen=True, slots=True)
class Knowledge(Facts):
    """What the adapter needs at every step."""

    id: str
    title: str
    versions: tuple[str, ...]
    """Newest first."""
    abilities: dict[str, Abilities]
    """Release -> what it can do by itself."""
    since: dict[str, str]
    """Difference between releases -> the first release that has it."""

    def has(self, version: str, difference: str) -> bool:
        """Whether a release has what `since` names. Raises KeyError for an unknown difference."""
        return release(version) >= release(self.since[difference])


@cache
def knowledge() -> Knowledge:
    """Versions, abilities and facts."""
    data = tomllib.loads(Path(__file__).with_name("knowledge.toml").read_text("utf-8"))
    facts = {key: Fact(**value) for key, value in data["facts"].items()}
    versions = tuple(data["versions"])
    return Knowledge(
        id=data["id"],
        title=data["title"],
        versions=versions,
        abilities={version: _abilities(data, facts, version) for version in versions},
        since=data["since"],
        facts=facts,
    )


def _abilities(data: dict[str, Any], facts: dict[str, Fact], version: str) -> Abilities:
    able: dict[str, Any] = dict(data["abilities"])
    for change in data["changes"]:
        if release(version) >= release(change["since"]):
            able |= {key: value for key, value in change.items() if key != "since"}
    old = {"binds_grpc": not able["binds_grpc"], "grpc_off": not able["binds_grpc"], "token": not able["token"]}
    chosen = facts | {key: facts[f"{key}_before"] for key, before in old.items() if before}
    return Abilities.of(able, chosen)


def supported(version: str) -> str:
    """The full number of a release: 0.11 means the newest known 0.11.x, v0.11.1 is 0.11.1.

    Raises WizardError for an unknown release.
    """
    known = knowledge().versions
    given, version = version, plain(version)
    if version in known:
        return version
    full = next((each for each in known if each.startswith(f"{version}.")), None)
    if full is None:
        raise WizardError(
            f"Nothing is known about TorchServe {given}.",
            f"This program knows the releases {', '.join(reversed(known))}.",
            suggestion(version, known),
        )
    return full
