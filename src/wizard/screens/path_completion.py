"""Completes paths while they are typed, from what is on the disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.machine.completion import complete, fitting

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def path_completion(base: Path) -> Callable[[str], str]:
    """Completes a path, starting from a folder, from what is on the disk."""

    def completed(value: str) -> str:
        return complete(value, base)

    return completed


def path_choices(base: Path) -> Callable[[str], tuple[str, ...]]:
    """Every way to complete a path, starting from a folder."""

    def choices(value: str) -> tuple[str, ...]:
        return fitting(value, base)

    return choices
