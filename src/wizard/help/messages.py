"""The messages that first aid knows, its own and those in each server's package, as values.

A file has one table for each message; `KnownMessage` describes its fields. Most list their sentences under `says`, as
they are printed, with … for the parts that vary; if something has to be extracted from them, there are `needles` and
`patterns`. A server's file may also have a table `adds`: the id of a general message -> what to add if this server is
meant.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from wizard import registry

if TYPE_CHECKING:
    from wizard.plan import Patch

from wizard.help.broken import straight
from wizard.observed.blanks import named

FILE = "messages.toml"
"""In each server's package."""
_ADDS = "adds"
_LISTS = ("needles", "patterns", "examples")
_WORDS = {
    "model": "the model",
    "path": "the given folder",
    "port": "not named",
    "origin": "this page",
    "address": "The address",
    "allowed": "nothing",
    "host": "of the request",
    "name": "that name",
    "flag": "a flag",
    "module": "a package",
    "reason": "not given",
    "value": "something else",
}
"""Replaces a placeholder for something the message did not say."""
_GAP = "…"
"""In a phrase under `says`, stands for the parts that vary."""
_WIDEST_GAP = 200
_EDGE, _END = r"(?<![a-z0-9])", r"(?![a-z0-9])"
_PAGE = (
    r"(?:at '(?P<url>[^']{1,900})' )?(?:\(redirected from '[^']{1,900}'\) )?"
    r"(?:from origin '(?P<origin>[^']{1,300})' has been blocked by CORS policy: )?"
)
"""How Chromium's messages begin when it blocks an answer; `@page@` in a pattern. That part may be missing."""
_NGINX_WORDS = {
    401: "Authorization Required",
    405: "Not Allowed",
    408: "Request Time-out",
    413: "(?:Request Entity|Payload) Too Large",
    414: "Request-URI Too Large",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
"""Statuses for which nginx does not use the standard's words."""
_OF_A_STATUS = 4
"""Rank of a bare status: anything else in the answer says more."""
_STATUS_FORMS = (
    r"status(?: code)?(?: of|:)? {0}\b",
    r'HTTP/[0-9.]{{1,3}}"? {0}\b',
    r'"(?:code|status)": ?"?{0}\b',
    r"returned error: {0}\b",
    r"\b{0}\)?:? (?:{1}|(?:Client|Server) Error)",
    r"Error code: {0}\b",
    r"^\W{{0,3}}(?:HTTP|error|code)?[ :]{{0,2}}{0}\W{{0,3}}$",
)
"""How programs, and people who ask what it means, write that a status was received."""


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """One known message."""

    id: str
    title: str
    meaning: str
    """May contain {names} of what the patterns extract."""
    instead: str
    evidence: str
    examples: tuple[str, ...]
    needles: tuple[str, ...] = ()
    """One of these, in lower case, must be in the line before a pattern is tried."""
    patterns: tuple[str, ...] = ()
    """Case-insensitive, with names for what is extracted; every quantifier has an upper bound."""
    step: str = ""
    """Where the answer is given; {api} is the API whose port or address the message names.

    "" = nowhere: it is for the person who calls the server or writes its files.
    """
    field: str = ""
    patch: Patch = ()
    make: str = ""
    """Name of a function in `remedies.py` that computes the change."""
    rank: int = 0
    """If several match a line, only those with the lowest rank are used: a higher rank means that it says less."""
    harmless: bool = False
    """Nothing is wrong; reported only if a text contains nothing else."""
    note: bool = False
    """Printed at every start, or after any failure: reported only if a text contains nothing more informative."""
    gateway: bool = False
    """Printed by a gateway, so it is not used if there is none."""
    replaces: str = ""
    """Id of a general message that this one replaces."""
    kind: str = ""
    """Kind of the topics in which to look up the setting that the message names."""
    exact: str = ""
    """Added to the meaning if that setting exists: {setting}."""
    near: str = ""
    """Added to the meaning if the nearest setting has another name: {setting}."""
    server: str = ""
    """Id of the server whose package contains it; "" = a general one."""
    adds: tuple[tuple[str, str], ...] = ()
    """(server id, addition) for each server that adds something."""


@cache
def messages() -> tuple[KnownMessage, ...]:
    """Every known message: the general ones, then those of each server."""
    added = {name: _read(registry.package(name), FILE).get(_ADDS, {}) for name in registry.names()}
    found = [
        _message(id_, entry, adds=tuple((name, texts[id_]) for name, texts in added.items() if id_ in texts))
        for id_, entry in _read(__package__, "firstaid.toml").items()
    ]
    for name in registry.names():
        found += of_package(registry.package(name), name)
    return tuple(found)


def of_package(package: str, server: str) -> tuple[KnownMessage, ...]:
    """The messages in the file of a server's package; () without one."""
    room = _read(package, FILE)
    return tuple(_message(id_, entry, server=server) for id_, entry in room.items() if id_ != _ADDS)


def _read(package: str, name: str) -> dict[str, Any]:
    place = files(package).joinpath(name)
    return tomllib.loads(place.read_text("utf-8")) if place.is_file() else {}


def plainly(text: str, captured: Mapping[str, str] | None = None) -> str:
    """A sentence of a message with extracted values filled in, or with words for missing ones."""
    return named(text, {**_WORDS, **(captured or {})})


def _message(id_: str, entry: Mapping[str, Any], **more: Any) -> KnownMessage:
    values: dict[str, Any] = {key: tuple(value) if key in _LISTS else value for key, value in entry.items()}
    said = values.pop("says", ())
    values["needles"] = (*values.get("needles", ()), *map(_needle, said))
    values["patterns"] = (*values.get("patterns", ()), *map(_phrase, said))
    status = values.pop("status", 0)
    if status:
        values["needles"] += (str(status),)
        values["patterns"] += status_patterns(status)
        values.setdefault("rank", _OF_A_STATUS)
    values["needles"] = tuple(map(straight, values["needles"]))
    values["patterns"] = tuple(straight(pattern.replace("@page@", _PAGE)) for pattern in values["patterns"])
    values["patch"] = tuple((key, value) for key, value in entry.get("patch", ()))
    return KnownMessage(id=id_, **values, **more)


def _needle(phrase: str) -> str:
    """The longest part of a phrase without a gap."""
    return max(phrase.lower().split(_GAP), key=len)


def _phrase(phrase: str) -> str:
    """A pattern for the words of a phrase, whole words at both ends, with anything in its gaps."""
    words = f".{{0,{_WIDEST_GAP}}}?".join(map(re.escape, phrase.split(_GAP)))
    return rf"{_EDGE if phrase[0].isalnum() else ''}{words}{_END if phrase[-1].isalnum() else ''}"


def status_patterns(status: int) -> tuple[str, ...]:
    """Patterns for the ways in which programs say that they were answered with a status."""
    words = "|".join(filter(None, (HTTPStatus(status).phrase, _NGINX_WORDS.get(status, ""))))
    return tuple(form.format(status, words) for form in _STATUS_FORMS)
