"""Write docs/glossary.md from the terms: `python scripts/make_glossary.py`."""

from __future__ import annotations

import re
from pathlib import Path

from wizard.help.glossary import terms

PAGE = Path(__file__).resolve().parents[1] / "docs" / "glossary.md"


def rendered() -> str:
    """The page."""
    parts = [
        "# Glossary\n\nThe words that the wizard uses, in alphabetical order. The same texts: F1 in the wizard, "
        "`serving-wizard explain WORD`.\n"
    ]
    for entry in sorted(terms().values(), key=lambda t: t.name.casefold()):
        more = f"More: <{entry.link}>\n\n" if entry.link else ""
        see = ", ".join(f"[{name}](#{_anchor(name)})" for name in entry.related)
        parts.append(
            f"## {entry.name}\n\n{entry.meaning} {entry.why}\n\nExample: `{entry.example}`\n\n{more}See also: {see}\n"
        )
    return "\n".join(parts)


def _anchor(name: str) -> str:
    """The anchor that Markdown gives a heading with this name."""
    return re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-")


if __name__ == "__main__":
    PAGE.write_text(rendered(), "utf-8")
