"""How serious something is: one scale for findings about a Plan, remarks about a file and problems of a model."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Severity = Literal["functional", "critical", "high", "medium", "low", "info"]
SEVERITIES: tuple[Severity, ...] = ("functional", "critical", "high", "medium", "low", "info")
"""Worst first; functional: it will not work, as opposed to being unsafe."""
LESS: Mapping[Severity, Severity] = MappingProxyType({"critical": "high", "high": "medium", "medium": "low"})
"""One step less, for what fewer people can reach."""
SYMBOLS: Mapping[Severity, str] = MappingProxyType(
    {"functional": "✗", "critical": "▲", "high": "▲", "medium": "■", "low": "▪", "info": "▪"}
)
"""Drawn before the word, which alone is enough to understand it."""


def severity_rank(severity: Severity) -> int:
    """Sort key: 0 for the worst."""
    return SEVERITIES.index(severity)


def severity_in_words(severity: str) -> str:
    """The word for a severity in a sentence."""
    return "will not work" if severity == "functional" else severity


def reaches(severity: Severity, threshold: str) -> bool:
    """Whether it is at least as bad as a threshold; nothing reaches `none`. Raises ValueError for another word."""
    return threshold != "none" and severity_rank(severity) <= SEVERITIES.index(threshold)
