"""What is known about llama-server, read from the data file beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.servers.facts import Fact

_BUILD = regex(r"b?([0-9]{4,6})")


class Knowledge(NamedTuple):
    """What is true of the server, and since which build."""

    id: str
    title: str
    versions: tuple[str, ...]
    """Newest first."""
    oldest: int
    since: Mapping[str, int]
    """Difference between builds -> the first covered build that has it."""
    facts: Mapping[str, Fact]

    def has(self, build: int, difference: str) -> bool:
        """Whether a build has what `since` names. Raises KeyError for an unknown difference."""
        return build >= self.since[difference]


@cache
def data() -> dict[str, Any]:
    """The data file."""
    return tomllib.loads(Path(__file__).with_name("knowledge.toml").read_text("utf-8"))


@cache
def knowledge() -> Knowledge:
    """Versions, differences and facts."""
    read = data()
    return Knowledge(
        id=read["id"],
        title=read["title"],
        versions=tuple(read["versions"]),
        oldest=read["oldest"],
        since=read["since"],
        facts={key: Fact(**fields) for key, fields in read["facts"].items()},
    )


def build_of(version: str) -> int:
    """The number of a build, which is written b11669. Raises WizardError if it is not a build, or too old."""
    found = _BUILD.fullmatch(version)
    known = knowledge()
    if found is None:
        hint = f"Builds are written with a b and the number, such as {known.versions[0]}."
        raise WizardError(f"{version!r} is no build of {known.title}", hint=hint)
    if int(found[1]) < known.oldest:
        hint = f"Use b{known.oldest} or newer; {known.versions[0]} is the newest that was looked at."
        raise WizardError(f"Nothing is known about {known.title} {version}", "It is too old.", hint)
    return int(found[1])
