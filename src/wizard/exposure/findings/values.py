"""The texts of the findings that any server can have, and how one is made from them."""

from __future__ import annotations

from wizard.deployment.finding import ORDER, Catalogue, Finding, Remedies, Remedy, Severity, remedy

__all__ = ["GENERAL", "ORDER", "Catalogue", "Finding", "Remedies", "Remedy", "Severity", "finding", "remedy"]

GENERAL = Catalogue("wizard.exposure.findings", "implications.toml")
finding = GENERAL.finding
