"""Presets: partial answers files for common audiences, one TOML file each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import names_of

if TYPE_CHECKING:
    from wizard.presets.files import Preset, load, merged, names

__all__ = ["Preset", "load", "merged", "names"]

if not TYPE_CHECKING:
    __getattr__ = names_of(__name__, __all__, ("files",))
