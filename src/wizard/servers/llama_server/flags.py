"""The flags of llama-server: which exist in which build, how they are spelled, and what a command line means."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

_PREFIX = "LLAMA_ARG_"
_NEGATED = "LLAMA_ARG_NO_"


class Flag(NamedTuple):
    """One flag.

    `name` is its spelling here, with the dashes; `also` are other spellings, `off` those that switch it off.
    """

    name: str
    group: str
    value: str
    """What follows it: "switch" = nothing, "removed" = a build does not start with it."""
    meaning: str
    also: tuple[str, ...] = ()
    off: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    variable: str = ""
    """The environment variable with the same effect; the flag wins."""
    variable_first: int = 0
    first: int = 0
    """The first covered build that has it; 0 = all have it."""
    last: int = 0
    """The last covered build that has it; 0 = later ones have it too."""
    default: str = ""
    default_is: str = ""
    """In words, if the server computes it."""
    default_before: tuple[int, str] | None = None
    """The build up to which another default applied, and that default."""
    adds: bool = False
    """Given several times, or also as a variable, its values add up; otherwise the last one wins, and the flag over
    the variable."""
    risk: str = ""
    instead: str = ""
    evidence: str = ""

    @property
    def words(self) -> int:
        """How many words on the command line belong to it, besides its own."""
        return {"switch": 0, "two counts": 2}.get(self.value, 1)

    def known_to(self, build: int) -> bool:
        """Whether a build starts if it is given."""
        return self.value != "removed" and self.first <= build and (not self.last or build <= self.last)

    def default_of(self, build: int) -> str:
        """Its default in a build; "" if it has none or computes it."""
        if self.default_before and build < self.default_before[0]:
            return self.default_before[1]
        return self.default


class WrongName(NamedTuple):
    """A name that is often mistaken for a flag or a variable."""

    name: str
    kind: Literal["flag", "variable"]
    happens: str
    instead: str
    evidence: str


class FlagWord(NamedTuple):
    """A flag on a command line, at `place` in the list of words.

    `flag` is None if no build has it. `value` is None for a switch and if the value is missing.
    """

    text: str
    place: int
    flag: Flag | None
    value: str | None = None
    on: bool = True


@cache
def flags() -> Mapping[str, Flag]:
    """Every flag by its name."""
    data = _data()
    found: dict[str, Flag] = {}
    for group, members in data["flags"].items():
        for name, fields in members.items():
            found[name] = _flag(name, group, dict(fields), str(data["evidence"]))
    return found


@cache
def wrong_names() -> Mapping[str, WrongName]:
    """Names often mistaken for a flag or variable, by spelling."""
    return {name: WrongName(name, **{"kind": "flag", **fields}) for name, fields in _data()["wrong"].items()}


@cache
def variables() -> Mapping[str, tuple[Flag, bool]]:
    """Every variable: its flag, and whether it sets the flag; a variable with NO_ in it switches the flag off."""
    found = {flag.variable: (flag, True) for flag in flags().values() if flag.variable}
    negated = ((flag.variable.replace(_PREFIX, _NEGATED, 1), flag) for flag in flags().values() if flag.off)
    return found | {name: (flag, False) for name, flag in negated if name}


@cache
def own_variables() -> Mapping[str, Mapping[str, str]]:
    """Variables that no flag corresponds to: name -> meaning and, if there are any, risk and evidence."""
    found: Mapping[str, Mapping[str, str]] = _data()["variables"]
    return found


def find(text: str) -> tuple[Flag, bool] | None:
    """The flag of a spelling, and whether that spelling switches it on. Underscores count as dashes."""
    return _spellings().get(_plain(text))


def read(words: Sequence[str]) -> Iterator[FlagWord]:
    """The flags on a command line, without the program's name. A word that is not a flag is returned as unknown."""
    place = 0
    while place < len(words):
        text = words[place]
        found = find(text)
        if found is None:
            yield FlagWord(text, place, None)
            place += 1
            continue
        flag, on = found
        given = words[place + 1 : place + 1 + flag.words]
        value = " ".join(given) if flag.words and len(given) == flag.words else None
        yield FlagWord(text, place, flag, value, on)
        place += 1 + flag.words


def settings(words: Sequence[str], environment: Mapping[str, str], build: int) -> dict[str, str]:
    """The settings a server would run with: flag's name -> value ("on" or "off" for switches).

    Flags win over variables.
    """
    found: dict[str, str] = {}
    for name, value in environment.items():
        flag, sets = variables().get(name, (None, True))
        if flag is not None and flag.known_to(build) and flag.variable_first <= build:
            found[flag.name] = _switched(value if sets else "off") if flag.value == "switch" else value
    for word in read(words):
        if word.flag is not None:
            found[word.flag.name] = ("on" if word.on else "off") if word.flag.value == "switch" else (word.value or "")
    return found


def every(name: str, words: Sequence[str], environment: Mapping[str, str], build: int) -> tuple[str, ...]:
    """All values of a flag whose values add up: that of its variable, and those on the command line."""
    flag = flags()[name]
    known = flag.known_to(build) and flag.variable_first <= build
    found = [environment[flag.variable]] if known and flag.variable in environment else []
    return (*found, *(word.value or "" for word in read(words) if word.flag is flag))


def _switched(value: str) -> str:
    return "on" if value in ("true", "on", "1", "enabled") else "off"


def _plain(text: str) -> str:
    return text.replace("_", "-") if text.startswith("--") else text


@cache
def _spellings() -> Mapping[str, tuple[Flag, bool]]:
    found: dict[str, tuple[Flag, bool]] = {}
    for flag in flags().values():
        found |= dict.fromkeys((flag.name, *flag.also), (flag, True)) | dict.fromkeys(flag.off, (flag, False))
    return found


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("flags.toml").read_text("utf-8"))


def _flag(name: str, group: str, fields: dict[str, Any], evidence: str) -> Flag:
    before = fields.pop("default_before", None)
    if before:
        fields["default_before"] = (int(before["build"]), str(before["value"]))
    fields |= {key: tuple(fields[key]) for key in ("also", "off", "choices") if key in fields}
    return Flag(name=name, group=group, **{"evidence": evidence, **fields})
