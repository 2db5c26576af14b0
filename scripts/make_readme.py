"""Write the support table of README.md from the code; `--check` only says whether it is up to date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from wizard import registry
from wizard.placement import intents
from wizard.plan import Intent

README = Path(__file__).parents[1] / "README.md"
_BETWEEN = re.compile(r"(<!-- support table: begin -->\n).*?(<!-- support table: end -->)", re.DOTALL)


def rendered(text: str) -> str:
    """The README with the table of today's code."""
    return _BETWEEN.sub(lambda m: f"{m.group(1)}{_table()}\n{m.group(2)}", text)


def _table() -> str:
    """The newest version of each server, in Docker and natively."""
    columns = {
        f"{registry.adapter(name).title}, {label}": {row.intent: row.layer for row in intents.rows(name, how=how)}
        for name in registry.names()
        for label, how in (("Docker", "docker"), ("native", "native"))
    }
    lines = ["| What you want | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    for intent in Intent:
        cells = " | ".join(column[intent] for column in columns.values())
        lines.append(f"| {intent.label} | {cells} |")
    return "\n".join(lines)


def main() -> int:
    """Write or check."""
    text = README.read_text("utf-8")
    new = rendered(text)
    if "--check" in sys.argv:
        return 0 if new == text else 1
    README.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
