"""The keys of config.properties, the flags of the torchserve command, and names often mistaken for them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from wizard.servers.version_given import release

Reader = Literal["java", "launcher", "both"]
Parsed = Literal["start", "model", "prediction", "removal", "never"]
"""When a number is parsed: at startup, as soon as a model is loaded, when a model's process is contacted, ..."""


class Key(NamedTuple):
    """A key of config.properties, as of 0.12.0."""

    name: str
    type: str
    """address, host, port, bool, int, float, string, path, list, origin, regex, regex-list or json."""
    group: str
    default: str
    """As written in the file, or, if `computed`, how the server computes it."""
    computed: bool
    first: str
    """Oldest covered release that has it."""
    reader: Reader
    """Who reads it: the Java front end, the Python launcher, or both."""
    env: str
    """Variable that overrides it with enable_envvars_config=true; empty = none."""
    meaning: str
    risk: str
    """Empty = no evidence of its own."""
    evidence: str
    parsed: Parsed
    bits: int
    """For a whole number."""
    since: str
    """The release that introduced it; "" = every covered one has it."""

    def known_in(self, version: str) -> bool:
        """Whether a release knows the key; one that does not ignores it silently.

        What the oldest covered release has may be older than it.
        """
        return self.first == _data()["oldest"] or release(version) >= release(self.first)


class NotAKey(NamedTuple):
    """A name that is often mistaken for a key."""

    name: str
    happens: str
    """What the server really does with it."""
    instead: str
    """The key, or other means, that does what was meant."""
    evidence: str
    severity: str = "functional"
    """How serious it is in a file: functional if an address, a policy or a protection is then missing."""
    of: str = ""
    """The server that has such a key."""
    asks: str = ""
    """The answer that decides what was probably wished, by its dotted key."""


class Flag(NamedTuple):
    """A flag of the torchserve command."""

    name: str
    aliases: tuple[str, ...]
    first: str
    meaning: str
    risk: str
    evidence: str


class Keys(NamedTuple):
    """All keys and flags by name, and names that are neither."""

    known: dict[str, Key]
    flags: dict[str, Flag]
    """Including their aliases."""
    not_keys: dict[str, NotAKey]


@cache
def keys() -> Keys:
    """The keys of config.properties, the flags of the command line, and names that are neither."""
    data = _data()
    known = {
        name: _key(name, group, value, data)
        for group, members in data["keys"].items()
        for name, value in members.items()
    }
    flags = [_flag(name, value, data) for name, value in data["flags"].items()]
    return Keys(
        known=known,
        flags={spelling: flag for flag in flags for spelling in (flag.name, *flag.aliases)},
        not_keys={each["name"]: NotAKey(**each) for each in data["not_keys"]},
    )


@cache
def key_of(variable: str) -> str:
    """The key that an environment variable sets where the file lets it; "" if there is none."""
    if not variable.startswith("TS_"):  # nothing needs to be read to know that
        return ""
    return next((name for name, key in keys().known.items() if key.env == variable), "")


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("keys.toml").read_text("utf-8"))


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
        first=value.get("first", data["oldest"]),
        reader=reader,
        env=env if isinstance(env, str) else f"TS_{name.upper()}" if env else "",
        meaning=value["meaning"],
        risk=value.get("risk", ""),
        evidence=value.get("evidence", data["launcher_evidence" if reader == "launcher" else "evidence"]),
        parsed=value.get("parsed", "start"),
        bits=value.get("bits", 32),
        since=value.get("first", ""),
    )


def _flag(name: str, value: dict[str, Any], data: dict[str, Any]) -> Flag:
    return Flag(
        name=name,
        aliases=tuple(value.get("aliases", ())),
        first=value.get("first", data["oldest"]),
        meaning=value["meaning"],
        risk=value.get("risk", ""),
        evidence=value.get("evidence", data["launcher_evidence"]),
    )
