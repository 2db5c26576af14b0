"""The models that come with this program are copied beside the written files: an upgrade or its removal would take
them away from what was deployed."""

from __future__ import annotations

import shutil
from pathlib import Path

from wizard import servers
from wizard.plan import Plan

Copies = tuple[tuple[Path, str], ...]
"""(what is copied, its name in the folder of the written files)."""


def brought(plan: Plan, target: Path) -> tuple[Plan, Copies]:
    """The Plan with its bundled models in the target folder, and what has to be copied there for that.

    Paths in the Plan must be absolute or relative to the target.
    """
    samples = [servers.adapter(name).sample.path.resolve() for name in servers.names()]
    models, copies = [], []
    for model in plan.models:
        source = (target / model.path).resolve()
        if source in samples:
            path = f"./{source.name}" if plan.run.how == "docker" else str(target / source.name)
            model = model.model_copy(update={"path": path})
            copies.append((source, source.name))
        models.append(model)
    return plan.model_copy(update={"models": tuple(models)}), tuple(dict.fromkeys(copies))


def bring(copies: Copies, target: Path) -> None:
    """Copy what is not there yet. Raises OSError."""
    for source, name in copies:
        there = target / name
        if there.exists():
            continue
        if source.is_dir():
            shutil.copytree(source, there)
        else:
            shutil.copy(source, there)
