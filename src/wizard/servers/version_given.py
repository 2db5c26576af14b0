"""Versions of servers: how they compare, and how an unknown one in answers is refused, with the nearest known one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from wizard import plan as plans
from wizard import registry
from wizard.errors import WizardError
from wizard.fast_start import regex

if TYPE_CHECKING:  # a file is read without pydantic
    from wizard.plan import Plan

_NUMBERS = regex(r"[0-9]{1,6}(\.[0-9]{1,6})*")


def require_known(plan: Plan, text: str, name: str, said: Mapping[str, str] = MappingProxyType({})) -> Plan:
    """The Plan itself.

    Raises WizardError for an unknown version, with file and line, or the option that gave it. `said`: dotted key -> how
    it was typed, for answers that are not in the text.
    """
    try:
        if plan.version:
            registry.adapter(plan.server).abilities(plan.version)
    except WizardError as problem:
        place = plans.refusals.place(("version",), text, name, said)
        raise WizardError(f"{place}: version: {problem.title}", problem.detail, problem.hint) from None
    return plan


def plain(version: str) -> str:
    """A version without the v that tags of releases begin with."""
    return version[1:] if version[:1] in ("v", "V") and version[1:2].isdecimal() else version


def suggestion(version: str, known: Sequence[str]) -> str:
    """What to write instead of an unknown version; `known` are numbers with dots, the default one first."""
    near = nearest(version, known)
    return f"Choose one of them, for example {known[0]}{'' if near == known[0] else f'; the nearest is {near}'}."


def nearest(version: str, known: Sequence[str]) -> str:
    """The newest known one that is not newer, else the oldest; the default one if the version has no numbers."""
    if not _NUMBERS.fullmatch(version) or not all(map(_NUMBERS.fullmatch, known)):
        return known[0]
    older = [each for each in known if release(each) <= release(version)]
    return max(older, key=release) if older else min(known, key=release)


@cache
def release(version: str) -> tuple[int, ...]:
    """The numbers of a release, for comparing. Raises ValueError if it is not numbers with dots."""
    return tuple(map(int, version.split(".")))
