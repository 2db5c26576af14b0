"""The documentation lists the rules as they are; the package stays light."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from wizard.cors.profile import CHROMIUM
from wizard.cors.rules import rules

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "cors.md").read_text("utf-8")


def test_the_table_of_rules_is_the_one_in_the_code() -> None:
    rows = [f"| `{rule.id}` | {rule.verdict} | {rule.means} | {rule.source} |" for rule in rules().values()]
    assert "\n".join(["| Rule | Verdict | Meaning | From |", "|---|---|---|---|", *rows]) in PAGE


def test_every_switch_of_the_chromium_profile_is_described() -> None:
    for name in CHROMIUM.__slots__:
        if name != "name":
            assert f"| `{name}` |" in PAGE


def test_rules_have_sentences() -> None:
    for rule in rules().values():
        assert rule.means.endswith(".")
        assert rule.source
        assert rule.instead == "" or rule.instead.endswith(".")


def test_importing_the_package_loads_nothing_heavy() -> None:
    modules = sorted(path.stem for path in (ROOT / "src" / "wizard" / "cors").glob("*.py") if path.stem != "__init__")
    program = "import sys; " + "; ".join(f"import wizard.cors.{name}" for name in modules)
    program += "; print([name for name in ('textual', 'rich', 'docker', 'pydantic', 'ada_url') if name in sys.modules])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    assert shown.stdout.strip() == "[]"
