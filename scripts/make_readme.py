"""Write the support table of README.md from the code; `--check` only says whether it is up to date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from wizard.placement import intents

README = Path(__file__).parents[1] / "README.md"
_BETWEEN = re.compile(r"(<!-- support table: begin -->\n).*?(<!-- support table: end -->)", re.DOTALL)


def rendered(text: str) -> str:
    """The README with the table of today's code."""
    table = intents.markdown()
    return _BETWEEN.sub(lambda m: f"{m.group(1)}{table}\n{m.group(2)}", text)


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
