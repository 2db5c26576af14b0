"""The values of this package, and the sentences they are made from."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from wizard.plan import Api

Severity = Literal["critical", "high", "medium", "low", "info", "functional"]
ORDER: tuple[Severity, ...] = ("functional", "critical", "high", "medium", "low", "info")


@dataclass(frozen=True, slots=True)
class Remedy:
    """A patch to the Plan that removes a finding."""

    label: str
    """What the button says."""
    patch: tuple[tuple[str, Any], ...]
    """Dotted Plan key -> value, for `plan.apply_patch(plan, dict(patch))`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One implication. `functional` means it will not work, rather than it is unsafe."""

    id: str
    severity: Severity
    message: str
    """One plain sentence."""
    why: str
    instead: str
    evidence: tuple[str, ...]
    api: Api | None = None
    remedies: tuple[Remedy, ...] = ()


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Every implication this program knows: id -> its texts, as in implications.toml."""
    return tomllib.loads(files("wizard.exposure.findings").joinpath("implications.toml").read_text("utf-8"))


def finding(
    id_: str,
    severity: Severity | None = None,
    api: Api | None = None,
    remedies: tuple[Remedy, ...] = (),
    message: str = "",
    why: str = "",
    variant: str = "",
) -> Finding:
    """A Finding with the catalogue's texts. Raises KeyError for an id that the catalogue does not have.

    `variant` chooses texts that are true under a condition (`token`, `tls`, `token_tls`), where the catalogue has them.
    """
    texts = catalogue()[id_]
    return Finding(
        id=id_,
        severity=severity or texts["severity"],
        message=message or texts.get(f"text_{variant}", texts["text"]),
        why=why or texts.get(f"why_{variant}", texts["why"]),
        instead=texts["instead"],
        evidence=tuple(texts["references"]),
        api=api,
        remedies=remedies,
    )


def remedy(label: str, **patch: Any) -> Remedy:
    """A Remedy; in keyword names two underscores stand for a dot (`bind__inference__scope="loopback"`)."""
    return Remedy(label, tuple((key.replace("__", "."), value) for key, value in patch.items()))
