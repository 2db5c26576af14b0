"""What one entry of a folder most likely is, by its name and one short listing."""

from __future__ import annotations

from pathlib import Path

from wizard import registry
from wizard.models import disk, endings
from wizard.models.found import GLANCE_LIMIT, Glance


def glance(path: Path) -> Glance:
    """Classify one entry cheaply: at most two short listings for each server, no file is opened."""
    try:
        is_dir = path.is_dir()
    except (OSError, ValueError):
        return Glance("unreadable", "not readable")
    there = disk.try_listing(path, GLANCE_LIMIT) if is_dir else None
    if is_dir and there is None:
        return Glance("unreadable", "not readable")
    for name in registry.names():
        found = registry.adapter(name).models.glance(path, there)
        if found is not None:
            return found
    if is_dir:
        return Glance("folder")
    return Glance("model-file", "model file, needs export") if endings.known(path) else Glance("file")
