"""The flags of tensorflow_model_server, the fields of models.config, and names often mistaken for them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from wizard.servers.version_given import release


class Flag(NamedTuple):
    """A flag of tensorflow_model_server, as of 2.20.0."""

    name: str
    type: Literal["bool", "int32", "int64", "float", "string"]
    group: str
    default: bool | int | float | str
    """A text such as "4 for each CPU" if the server computes it (`computed`)."""
    computed: bool
    first: str
    """First final release that has it."""
    meaning: str
    risk: str
    """Empty = no evidence of its own."""
    evidence: str

    def known_in(self, version: str) -> bool:
        """Whether a release such as 2.19.1 (or 2.19, meaning its newest) has the flag."""
        # A flag that came with 2.15.0-rc0 has 2.15.1 as its first final release: nothing lies between them.
        return release(version)[:2] >= release(self.first)[:2]


class NotASetting(NamedTuple):
    """A name that is often mistaken for a flag, a variable or a field."""

    name: str
    kind: Literal["flag", "environment", "field"]
    happens: str
    """What the server really does with it."""
    instead: str
    asks: str = ""
    """The answer that decides what was probably wished, by its dotted key."""


class Removed(NamedTuple):
    """A flag that only old releases have."""

    name: str
    releases: str
    instead: str


class Flags(NamedTuple):
    """All flags by name, those of old releases, and names that are not flags."""

    known: dict[str, Flag]
    removed: dict[str, Removed]
    not_flags: dict[str, NotASetting]


class ConfigField(NamedTuple):
    """A field of models.config; `path` joins the names of the messages around it with dots."""

    path: str
    type: str
    meaning: str
    evidence: str


class Fields(NamedTuple):
    """The fields of models.config by path, and names that look like fields but are not."""

    known: dict[str, ConfigField]
    not_fields: dict[str, NotASetting]


@cache
def flags() -> Flags:
    """The flags of the command line."""
    data = _read("flags.toml")
    known = {name: _flag(name, value, data["evidence"]) for name, value in data["flags"].items()}
    return Flags(
        known=known,
        removed={each["name"]: Removed(**each) for each in data["removed"]},
        not_flags={each["name"]: NotASetting(**{"kind": "flag", **each}) for each in data["not_flags"]},
    )


def _flag(name: str, value: dict[str, Any], evidence: str) -> Flag:
    computed = "default_per_cpu" in value
    return Flag(
        name=name,
        type=value["type"],
        group=value["group"],
        default=f"{value['default_per_cpu']} for each CPU" if computed else value["default"],
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


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(name).read_text("utf-8"))
