"""Findings, for people and for programs: each module writes one format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.check.reports import github as github
    from wizard.check.reports import junit as junit
    from wizard.check.reports import sarif as sarif
    from wizard.check.reports import text as text
else:
    __getattr__ = modules_of(__name__)
