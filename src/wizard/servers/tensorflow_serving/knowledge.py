"""What is known about TensorFlow Serving, read from the data files beside this module.

Each loader reads its file once. Choosing layers needs only `knowledge`; `flags` and `fields` are for checking and
explaining files.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

from wizard.errors import WizardError
from wizard.servers.contract import Abilities, Fact

Version = tuple[int, int]
"""Major and minor number: releases that differ in the third number alone can do the same."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the adapter needs at every step."""

    id: str
    title: str
    versions: tuple[str, ...]
    """Releases with a known image; the first is the default, the others follow from new to old."""
    oldest: Version
    newest: Version
    abilities: Abilities
    """The same for every release between `oldest` and `newest`."""
    facts: dict[str, Fact]

    def fact(self, key: str, **values: object) -> Fact:
        """A fact with the braces of its text filled in. Raises KeyError for an unknown key."""
        fact = self.facts[key]
        return replace(fact, text=fact.text.format(**values)) if values else fact


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag of tensorflow_model_server, as of 2.20.0."""

    name: str
    type: Literal["bool", "int32", "int64", "float", "string"]
    group: str
    default: bool | int | float | str
    """A text such as "4 for each CPU" where the server computes it (`computed`)."""
    computed: bool
    first: str
    """First final release that has it."""
    meaning: str
    risk: str
    """Empty = none of its own."""
    evidence: str

    def known_in(self, version: str) -> bool:
        """Whether a release such as 2.19.1 (or 2.19, meaning its newest) has the flag."""
        # A flag that came with 2.15.0-rc0 has 2.15.1 as its first final release: nothing lies between them.
        return release(version)[:2] >= release(self.first)[:2]


@dataclass(frozen=True, slots=True)
class NotASetting:
    """What is taken for a flag, a variable or a field, and is none."""

    name: str
    kind: Literal["flag", "environment", "field"]
    happens: str
    """What the server really does with it."""
    instead: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A flag that only old releases have."""

    name: str
    releases: str
    instead: str


@dataclass(frozen=True, slots=True)
class Flags:
    """All flags by name, those of old releases, and what is none."""

    known: dict[str, Flag]
    removed: dict[str, Removed]
    not_flags: dict[str, NotASetting]


@dataclass(frozen=True, slots=True)
class ConfigField:
    """A field of models.config; `path` joins the names of the messages around it with dots."""

    path: str
    type: str
    meaning: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of models.config by path, and what is none by name."""

    known: dict[str, ConfigField]
    not_fields: dict[str, NotASetting]


@cache
def knowledge() -> Knowledge:
    """Versions, abilities and facts."""
    data = _read("knowledge.toml")
    facts = {key: Fact(**value) for key, value in data["facts"].items()}
    able: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in data["abilities"].items()
    }
    return Knowledge(
        id=data["id"],
        title=data["title"],
        versions=tuple(data["versions"]),
        oldest=_minor(data["oldest"]),
        newest=_minor(data["newest"]),
        abilities=Abilities(**able, facts=facts),
        facts=facts,
    )


@cache
def flags() -> Flags:
    """The flags of the command line."""
    data = _read("flags.toml")
    known = {
        name: _flag(name, group, value, data["evidence"])
        for group, members in data["flags"].items()
        for name, value in members.items()
    }
    return Flags(
        known=known,
        removed={each["name"]: Removed(**each) for each in data["removed"]},
        not_flags={each["name"]: NotASetting(**{"kind": "flag", **each}) for each in data["not_flags"]},
    )


def _flag(name: str, group: str, value: dict[str, Any], evidence: str) -> Flag:
    computed = "default_is" in value
    return Flag(
        name=name,
        type=value["type"],
        group=group,
        default=value["default_is" if computed else "default"],
        computed=computed,
        first=value["first"],
        meaning=value["meaning"],
        risk=value.get("risk", ""),
        evidence=value.get("evidence", evidence),
    )


@cache
def fields() -> Fields:
    """The fields of models.config."""
    data = _read("fields.toml")
    return Fields(
        known={
            path: ConfigField(path, value["type"], value["meaning"], value.get("evidence", data["evidence"]))
            for path, value in data["fields"].items()
        },
        not_fields={each["name"]: NotASetting(kind="field", **each) for each in data["not_fields"]},
    )


def release(version: str) -> tuple[int, ...]:
    """The numbers of a release."""
    return tuple(int(part) for part in version.split("."))


def supported(version: str) -> str:
    """The full number of a release: 2.19 means the newest known 2.19.

    Raises WizardError for a release nothing is known about.
    """
    known = knowledge()
    if not known.oldest <= _minor(version) <= known.newest:
        span = f"{_text(known.oldest)} to {_text(known.newest)}"
        raise WizardError(
            f"Nothing is known about TensorFlow Serving {version}.",
            f"This program knows the releases {span}.",
            f"Choose one of them, for example {known.versions[0]}.",
        )
    if version.count(".") == 2:
        return version
    full = next((each for each in known.versions if _minor(each) == _minor(version)), None)
    if full is None:
        raise WizardError(
            f"TensorFlow Serving {version} is not a full version number.",
            "The image is chosen by it.",
            f"Write all three numbers, such as {known.versions[0]}.",
        )
    return full


def _minor(version: str) -> Version:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))
