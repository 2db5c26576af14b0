"""What is known about TorchServe, read from the data files beside this module.

Each loader reads its file once. Choosing layers needs only `knowledge`; `keys` is for checking and explaining files.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from wizard.errors import WizardError
from wizard.servers.contract import Abilities, Fact

Reader = Literal["java", "launcher", "both"]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the adapter needs at every step."""

    id: str
    title: str
    versions: tuple[str, ...]
    """Newest first."""
    abilities: dict[str, Abilities]
    """Release -> what it can do by itself."""
    since: dict[str, str]
    """Difference between releases -> the first release that has it."""
    facts: dict[str, Fact]

    def fact(self, key: str, **values: object) -> Fact:
        """A fact with the braces of its text filled in. Raises KeyError for an unknown key."""
        fact = self.facts[key]
        return replace(fact, text=fact.text.format(**values)) if values else fact

    def has(self, version: str, difference: str) -> bool:
        """Whether a release has what `since` names. Raises KeyError for an unknown difference."""
        return release(version) >= release(self.since[difference])


@dataclass(frozen=True, slots=True)
class Key:
    """A key of config.properties, as of 0.12.0."""

    name: str
    type: str
    """address, host, port, bool, int, float, string, path, list, origin, regex, regex-list or json."""
    group: str
    default: str
    """As it would stand in the file, or what the server computes (`computed`)."""
    computed: bool
    first: str
    """Oldest covered release that has it."""
    reader: Reader
    """Who reads it: the Java front end, the Python launcher, or both."""
    env: str
    """Variable that overrides it with enable_envvars_config=true; empty = none."""
    meaning: str
    risk: str
    """Empty = none of its own."""
    evidence: str

    def known_in(self, version: str) -> bool:
        """Whether a release knows the key; one that does not ignores it without a word."""
        return release(version) >= release(self.first)


@dataclass(frozen=True, slots=True)
class NotAKey:
    """What is taken for a key and is none."""

    name: str
    happens: str
    """What the server really does with it."""
    instead: str
    """The key, or the means, that does what was meant."""
    evidence: str
    severity: str = "functional"
    """How much goes wrong by it in a file: functional where an address, a policy or a protection is missing."""
    of: str = ""
    """The server that does know it."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag of the torchserve command."""

    name: str
    aliases: tuple[str, ...]
    first: str
    meaning: str
    risk: str
    evidence: str

    def known_in(self, version: str) -> bool:
        """Whether a release knows the flag; one that does not stops with exit code 2."""
        return release(version) >= release(self.first)


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys and flags by name, and what is none."""

    known: dict[str, Key]
    flags: dict[str, Flag]
    """Under their aliases too."""
    not_keys: dict[str, NotAKey]


@cache
def knowledge() -> Knowledge:
    """Versions, abilities and facts."""
    data = _read("knowledge.toml")
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
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in able.items()}
    return Abilities(**values, facts=chosen)


@cache
def keys() -> Keys:
    """The keys of config.properties, the flags of the command line, and what is none."""
    data = _read("keys.toml")
    known = {
        name: _key(name, group, value, data)
        for group, members in data["keys"].items()
        for name, value in members.items()
    }
    flags = [_flag(name, value, data["launcher_evidence"]) for name, value in data["flags"].items()]
    return Keys(
        known=known,
        flags={spelling: flag for flag in flags for spelling in (flag.name, *flag.aliases)},
        not_keys={each["name"]: NotAKey(**each) for each in data["not_keys"]},
    )


def _key(name: str, group: str, value: dict[str, Any], data: dict[str, Any]) -> Key:
    computed = "default_is" in value
    reader: Reader = value.get("reader", "java")
    env = value.get("env", reader == "java" or name == "model_store")
    return Key(
        name=name,
        type=value["type"],
        group=group,
        default=value["default_is" if computed else "default"],
        computed=computed,
        first=value.get("first", knowledge().versions[-1]),
        reader=reader,
        env=env if isinstance(env, str) else f"TS_{name.upper()}" if env else "",
        meaning=value["meaning"],
        risk=value.get("risk", ""),
        evidence=value.get("evidence", data["launcher_evidence" if reader == "launcher" else "evidence"]),
    )


def _flag(name: str, value: dict[str, Any], evidence: str) -> Flag:
    return Flag(
        name=name,
        aliases=tuple(value.get("aliases", ())),
        first=value.get("first", knowledge().versions[-1]),
        meaning=value["meaning"],
        risk=value.get("risk", ""),
        evidence=value.get("evidence", evidence),
    )


@cache
def release(version: str) -> tuple[int, ...]:
    """The numbers of a release, for comparing."""
    return tuple(int(part) for part in version.split("."))


def supported(version: str) -> str:
    """The full number of a release: 0.11 means the newest known 0.11.x.

    Raises WizardError for a release nothing is known about.
    """
    known = knowledge().versions
    if version in known:
        return version
    full = next((each for each in known if each.startswith(f"{version}.")), None)
    if full is None:
        raise WizardError(
            f"Nothing is known about TorchServe {version}.",
            f"This program knows the releases {', '.join(reversed(known))}.",
            f"Choose one of them, for example {known[0]}.",
        )
    return full


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))
