"""Values: which the server accepts, which end it, and which it reads differently than they look."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from wizard.fast_start import regex
from wizard.servers.llama_server.flags import Flag

TRUE = frozenset({"on", "enabled", "true", "1"})
FALSE = frozenset({"off", "disabled", "false", "0"})
_NUMBER = regex(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|\s*[+-]?(?:inf|nan)", re.IGNORECASE | re.ASCII)
_COUNT = regex(r"\s*[+-]?[0-9]+")
_WORDS = {"--n-gpu-layers": ("auto", "all"), "--spec-draft-ngl": ("auto", "all")}
_NUMBERS_IN_TEXT = frozenset(_WORDS)


class Trouble(NamedTuple):
    """What is wrong with a value. `cut`: only the beginning, `read`, is read."""

    kind: Literal["refused", "cut"]
    wanted: str
    read: str = ""


def trouble(flag: Flag, value: str) -> Trouble | None:
    """What the server makes of a value that follows a flag; None if it reads it as it looks."""
    if flag.value == "choice" and flag.choices != ("0", "1"):
        return _choice(flag, value)
    if flag.name in _NUMBERS_IN_TEXT and value in _WORDS[flag.name]:
        return None
    if flag.value in ("count", "port", "choice") or flag.name in _NUMBERS_IN_TEXT:
        return _begins(_COUNT, value, "a whole number")
    return _begins(_NUMBER, value, "a number") if flag.value == "number" else None


def switch(value: str) -> Trouble | None:
    """The same for a variable, or a key in the list of models, that corresponds to a switch."""
    return None if value in TRUE | FALSE else Trouble("refused", "true or false, on or off, 1 or 0")


def _choice(flag: Flag, value: str) -> Trouble | None:
    plain = {"on": TRUE, "off": FALSE}
    taken = {word for choice in flag.choices for word in (plain.get(choice, ()) if "on" in flag.choices else ())}
    if value in taken or value in flag.choices:
        return None
    return Trouble("refused", f"one of {', '.join(flag.choices)}")


def _begins(pattern: re.Pattern[str], value: str, wanted: str) -> Trouble | None:
    found = pattern.match(value)
    if found is None:
        return Trouble("refused", wanted)
    return Trouble("cut", wanted, found.group().strip()) if value[found.end() :].strip() else None


def keys_in(text: str) -> tuple[str, ...]:
    """The keys in a key file: one per line; empty lines and those that begin with # do not count."""
    return tuple(line for line in text.split("\n") if line and not line.startswith("#"))
