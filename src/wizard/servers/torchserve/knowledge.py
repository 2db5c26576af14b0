"""What is known about TorchServe, read from the data files beside this module.

The keys and flags of its files have their own module, `keys`, which checking a file loads without this one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from wizard.errors import WizardError
from wizard.servers.facts import Fact
from wizard.servers.version_given import plain, release, suggestion


class Knowledge(NamedTuple):
    """What the adapter needs at every step."""

    id: str
    title: str
    versions: tuple[str, ...]
    """Newest first."""
    since: dict[str, str]
    """Difference between releases -> the first release that has it."""
    facts: Mapping[str, Fact]

    def has(self, version: str, difference: str) -> bool:
        """Whether a release has what `since` names. Raises KeyError for an unknown difference."""
        return release(version) >= release(self.since[difference])


@cache
def data() -> dict[str, Any]:
    """The data file."""
    return tomllib.loads(Path(__file__).with_name("knowledge.toml").read_text("utf-8"))


@cache
def knowledge() -> Knowledge:
    """Versions and facts."""
    read = data()
    facts = {key: Fact(**value) for key, value in read["facts"].items()}
    return Knowledge(read["id"], read["title"], tuple(read["versions"]), read["since"], facts)


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
