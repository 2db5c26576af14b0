"""The models that come with this program are copied next to the written files: upgrading or removing the program
would take them away from the deployment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wizard import registry
from wizard.machine.door import Folder
from wizard.machine.switching import Item
from wizard.machine.texts import real
from wizard.plan import Plan

Copies = tuple[tuple[Path, str], ...]
"""(what is copied, its name in the folder of the written files)."""


def brought(plan: Plan, target: Path) -> tuple[Plan, Copies]:
    """The Plan with its bundled models in the target folder, and what has to be copied there.

    Paths in the Plan must be absolute or relative to the target.
    """
    samples = [real(registry.adapter(name).sample.path) for name in registry.names()]
    models, copies = [], []
    for model in plan.models:
        source = real(target / model.path)
        if model.path and source in samples:
            path = f"./{source.name}" if plan.contained else str(target / source.name)
            model = model.model_copy(update={"path": path})
            copies.append((source, source.name))
        models.append(model)
    return plan.model_copy(update={"models": tuple(models)}), tuple(dict.fromkeys(copies))


def missing(copies: Copies, folder: Folder) -> Iterator[Item]:
    """The copies that are not in the folder yet. Raises OSError."""
    for source, name in copies:
        if (folder.path / name).exists():
            continue
        for file in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if file.is_file():
                path = f"{name}/{file.relative_to(source).as_posix()}" if source.is_dir() else name
                yield Item(path, file.read_bytes(), 0o644, kept=False)
