"""Remarks about places in a file, and the rules that make them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple

from wizard.observed.source import Source
from wizard.severity import Severity

Effect = Literal["fails", "ignored", "differs", "exposes", "style"]


class Rule(NamedTuple):
    """One kind of remark. Sentences may contain {names} that a remark fills in."""

    id: str
    effect: Effect
    severity: Severity
    says: str
    """One plain sentence: what really happens."""
    why: str
    """Why that matters, or why it happens."""
    instead: str
    """What to write instead."""
    evidence: str
    api: str = ""
    """The API it is about; "" = all."""
    denies: Literal["", "answer", "open"] = ""
    """The measured answer that would prove the rule wrong: any answer, or one without a token."""
    unshown: str = ""
    """Why no test makes the real server, engine or shell do what it says; "" = one does."""


class Edit(NamedTuple):
    """The text from `start` to `end` of a source becomes `text`."""

    start: int
    end: int
    text: str


class Remark(NamedTuple):
    """A rule applied to a place; `at` None = the file as a whole."""

    rule: str
    source: Source
    at: int | None
    fills: Mapping[str, object] = MappingProxyType({})
    severity: Severity | None = None
    """If it differs from the rule's."""
    effect: Effect | None = None
    api: str = ""
    edits: tuple[Edit, ...] = ()
    """The edits that fix it without a decision."""
    asks: str = ""
    """The answer that decides it, by its dotted key, where neither the rule nor the place says so."""


def shortened(text: str) -> str:
    """Text from a file, for a sentence: at most 60 characters of it."""
    return text if len(text) <= 60 else text[:59] + "…"


@cache
def rules(package: str) -> Mapping[str, Rule]:
    """The rules of a package, from its rules.toml."""
    return {rule.id: rule for rule in _read(_text(package))}


@cache
def one_rule(package: str, name: str) -> Rule:
    """One rule of a package, without reading the others: of all that `check` does with a short file, reading every
    rule took a twentieth. Raises KeyError for an unknown id.
    """
    shared, *tables = _text(package).split("\n[")
    own = next((each for each in tables if each.startswith(f"{name}]")), None)
    if own is None:
        raise KeyError(name)
    return next(_read(f"{shared}\n[{own}"))


@cache
def _text(package: str) -> str:
    return Path(str(import_module(package).__file__)).with_name("rules.toml").read_text("utf-8")


def _read(text: str) -> Iterator[Rule]:
    data = tomllib.loads(text)
    shared = {key: data.pop(key, "") for key in ("evidence", "unshown")}
    return (Rule(id=name, **({"instead": "", "why": ""} | shared | value)) for name, value in data.items())
