"""Server settings that answers can give and that do not affect who reaches it: what a server declares, and which
values are valid."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from pydantic import ConfigDict, Field, StrictBool, StrictInt, StrictStr

from wizard import registry
from wizard.formats.decimals import decimal
from wizard.plan.parts import Part

SettingKind = Literal["count", "switch", "choice", "file"]
_LARGEST = 2**31 - 1
_ENDS_LINE = "\0\r\n"


@dataclass(frozen=True, slots=True)
class Adjustable:
    """One setting, as a server's package declares it."""

    name: str
    """Its key under `settings` in the answers file."""
    kind: SettingKind
    """count: a whole number; switch: true or false; choice: one of `choices`; file: the path of one."""
    spelled: str
    """The server's own name for it."""
    meaning: str
    """One sentence."""
    evidence: str
    least: int = 0
    most: int = _LARGEST
    choices: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """The server's other spellings."""
    since: str = ""
    """The first release that has it; "" = all have it."""
    risk: str = ""

    @property
    def values(self) -> str:
        """The allowed values, in words."""
        return {
            "count": f"a whole number from {self.least} to {self.most}",
            "switch": "true or false",
            "choice": f"one of {', '.join(self.choices)}",
            "file": "the path of a file, relative to the answers file",
        }[self.kind]


class Settings(Part):
    """Settings that the server declares apart from those about who reaches it, such as `context = 8192`."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)
    __pydantic_extra__: dict[str, StrictBool | StrictInt | StrictStr] = Field(init=False)

    @property
    def given(self) -> dict[str, bool | int | str]:
        """Name -> value of each one that was answered."""
        return dict(self.__pydantic_extra__)

    @property
    def words(self) -> tuple[str, ...]:
        """Each as NAME=VALUE."""
        return tuple(f"{name}={spelled(value)}" for name, value in self.given.items())


class Unfit(NamedTuple):
    """Why an answer is refused, and what to write instead ("" = nothing better is known)."""

    why: str
    hint: str = ""
    typed: str = ""
    """The same for whoever typed it into a field, where nothing is quoted; "" = `hint` fits there, too."""


def declared(server: str) -> tuple[Adjustable, ...]:
    """The settings that answers can give for a server, by its id; its package need not declare any."""
    found: tuple[Adjustable, ...] = getattr(registry.adapter(server), "adjustable", ())
    return found


def refusal(name: str, value: Any, known: Sequence[Adjustable], server: str) -> Unfit | None:
    """Why an answer under `settings` is refused; None if it is valid. `server`: its title."""
    setting = next((each for each in known if each.name == name), None)
    return _unknown(name, known, server) if setting is None else _unfit(setting, value)


def _unknown(name: str, known: Sequence[Adjustable], server: str) -> Unfit:
    """The server's own spelling leads to the name, and so does a typing mistake."""
    spelled = {_plain(word): each.name for each in known for word in (each.name, each.spelled, *each.also)}
    near = difflib.get_close_matches(_plain(name), spelled, n=1, cutoff=0.6)
    names = ", ".join(each.name for each in known)
    listed = f"Those that answers decide: {names}" if names else "Answers decide none of its settings."
    return Unfit(f"unknown setting {name!r} of {server}", f"Did you mean {spelled[near[0]]!r}?" if near else listed)


def _plain(word: str) -> str:
    return word.lstrip("-").replace("-", "_").lower()


def _unfit(setting: Adjustable, value: Any) -> Unfit | None:
    if setting.kind == "count":
        return _no_count(setting, value)
    if setting.kind == "switch":
        return None if isinstance(value, bool) else Unfit(f"{value!r} is the wrong type: true or false is expected")
    if not isinstance(value, str):
        return Unfit(f"{_shown(value)} is the wrong type: text is expected", "Put it in quotes.")
    if setting.kind == "choice":
        near = difflib.get_close_matches(value, setting.choices, n=1, cutoff=0.6)
        hint = f'Did you mean "{near[0]}"?' if near else ""
        return None if value in setting.choices else Unfit(f"{value!r} is not {setting.values}", hint)
    if not value or any(mark in value for mark in _ENDS_LINE):
        return Unfit("a path is expected, without line breaks and NUL")
    return None


def _shown(value: object) -> str:
    """A value as it would appear in answers."""
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _no_count(setting: Adjustable, value: Any) -> Unfit | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return Unfit(
            f"{_shown(value)} is the wrong type: a whole number is expected",
            "Write digits only, without quotes.",
            "Write digits only.",
        )
    if setting.least <= value <= setting.most:
        return None
    return Unfit(f"{value} is out of range: it can be {setting.values}")


def read_value(setting: Adjustable, text: str) -> bool | int | str:
    """The value of a setting as typed; a switch can also be on or off. A text that is not a value stays a text."""
    if setting.kind == "switch":
        return {"on": True, "true": True, "off": False, "false": False}.get(text, text)
    number = decimal(text, 20) if setting.kind == "count" else None
    return text if number is None else number


def from_line(known: Sequence[Adjustable], text: str) -> dict[str, bool | int | str]:
    """The settings in a line of NAME=VALUE, quoted as in a shell. Raises ValueError with a sentence."""
    found: dict[str, bool | int | str] = {}
    for word in shlex.split(text):
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r} is no setting: write NAME=VALUE, such as {known[0].name}=…")
        setting = next((each for each in known if each.name == name), None)
        found[name] = value if setting is None else read_value(setting, value)
    return found


def spelled(value: object) -> str:
    """A value as it would appear between the quotes of a text."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def json_schema(setting: Adjustable) -> dict[str, Any]:
    """The JSON Schema of its value."""
    kinds: dict[SettingKind, dict[str, Any]] = {
        "count": {"type": "integer", "minimum": setting.least, "maximum": setting.most},
        "switch": {"type": "boolean"},
        "choice": {"enum": list(setting.choices)},
        "file": {"type": "string"},
    }
    return {"description": setting.meaning, **kinds[setting.kind]}


def files(known: Iterable[Adjustable], given: dict[str, Any]) -> dict[str, str]:
    """The given settings that name a file: name -> path."""
    named = {each.name for each in known if each.kind == "file"}
    return {name: value for name, value in given.items() if name in named}
