"""Implications: what a Deployment means for security, in plain sentences, and what to do instead."""

from __future__ import annotations

from dataclasses import dataclass
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
