"""What is worth saying about a place in a file, and the rules that say it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal

from wizard.observed.source import Source

Effect = Literal["fails", "ignored", "differs", "exposes", "style"]
Grade = Literal["functional", "critical", "high", "medium", "low", "info"]

GRADES: tuple[Grade, ...] = ("functional", "critical", "high", "medium", "low", "info")
"""Worst first; functional: it does not work as written."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of thing to say. Sentences may have {names} that a remark fills in."""

    id: str
    effect: Effect
    severity: Grade
    says: str
    """One plain sentence: what really happens."""
    why: str
    """Why that matters, or why it happens."""
    instead: str
    """What to write instead."""
    evidence: str
    api: str = ""
    """The API it is about; "" = all."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Text from `start` to `end` of a source becomes `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A rule that speaks about a place; `at` None = the file as a whole."""

    rule: str
    source: Source
    at: int | None
    fills: Mapping[str, object] = field(default_factory=dict)
    severity: Grade | None = None
    """Where it differs from the rule's."""
    effect: Effect | None = None
    api: str = ""
    edits: tuple[Edit, ...] = ()
    """What mends it without a decision."""


@cache
def rules(package: str) -> Mapping[str, Rule]:
    """The rules of a package, from its rules.toml."""
    data = tomllib.loads(files(package).joinpath("rules.toml").read_text("utf-8"))
    shared = data.pop("evidence", "")
    return {
        name: Rule(id=name, **({"evidence": shared, "instead": "", "why": ""} | value)) for name, value in data.items()
    }
