"""The terms of the field, from glossary.toml, and those of each server, from the file of that name in its package."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from wizard import registry

FILE = "glossary.toml"
"""Here, and in the package of a server with terms of its own."""
_ADDS = "adds"
"""The table in a server's file: general term -> what this server adds to it."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word and what it means here."""

    name: str
    meaning: str
    """One sentence."""
    why: str
    """Why it matters to somebody who serves a model."""
    example: str
    related: tuple[str, ...]
    """Names of other terms."""
    link: str
    """Official text; "" for words of this program."""
    also: tuple[str, ...] = ()
    """Other spellings that lead here."""


@cache
def terms() -> Mapping[str, Term]:
    """Every term by name: first the general ones, in the order of their file."""
    data = _read(__package__)
    for name in registry.names():
        own = _read(registry.package(name))
        for word, text in own.pop(_ADDS, {}).items():
            data[word]["why"] += f" {text}"
        data |= own
    return {
        name: Term(
            name,
            entry["meaning"],
            entry["why"],
            entry["example"],
            tuple(entry["related"]),
            entry["link"],
            tuple(entry["also"]),
        )
        for name, entry in data.items()
    }


def _read(package: str) -> dict[str, Any]:
    file = files(package).joinpath(FILE)
    return tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}


@cache
def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for term in terms().values():
        for spelling in (term.name, *term.also):
            found.setdefault(spelling.casefold(), term.name)
    return found


def term(word: str) -> Term | None:
    """The term with that name or spelling, in any case; None for a word that is not in the glossary."""
    name = _spellings().get(" ".join(word.split()).casefold())
    return terms()[name] if name else None


@cache
def _pattern() -> re.Pattern[str]:
    # "off", "run", "try" and the like are questions of the wizard; as words of a sentence they are no terms.
    everyday = {
        "off",
        "write",
        "done",
        "try",
        "run",
        "name",
        "path",
        "model",
        "null",
        "host",
        "internal",
        "accepted",
        "layer",
    }
    everyday |= {
        "reach",
        "ready",
        "review",
        "network",
        "label",
        "labels",
        "version",
        "release",
        "server",
        "header",
        "rate",
        "layers",
        "slot",
        "slots",
    }
    words = [w for w in _spellings() if w not in everyday and len(w) > 2 and w[0].isalnum()]
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])", re.IGNORECASE)


def mentions(text: str) -> tuple[tuple[int, int, Term], ...]:
    """Where a sentence uses a term: (start, end, term), each term only once. For underlining."""
    found: dict[str, tuple[int, int, Term]] = {}
    for match in _pattern().finditer(text):
        hit = term(match.group())
        if hit is not None:
            found.setdefault(hit.name, (match.start(), match.end(), hit))
    return tuple(found.values())
