"""Write docs/rules/ from the rules and their examples: `python scripts/make_rules.py`, with --check to compare only."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from wizard.check.findings import every_rule
from wizard.observed.blanks import named
from wizard.observed.remark import Rule

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs" / "rules"
EXAMPLES = ROOT / "tests" / "check" / "rules"
_EFFECTS = {
    "fails": "The server does not start, or the model is not served.",
    "ignored": "It has no effect at all.",
    "differs": "It works, but differently than it looks.",
    "exposes": "More can be reached, or less is protected, than it seems or than is wise.",
    "style": "It works; it could be clearer.",
}
_SHOWN = 40
"""Lines of an example that a page shows."""
_FAMILIES = {
    "CHECK": "About check itself",
    "GATEWAY": "Gateways (nginx)",
    "RUN": "Every server: containers, units, manifests",
    "LS": "llama-server",
    "TFS": "TensorFlow Serving",
    "TS": "TorchServe",
}


def pages() -> dict[str, str]:
    """File name -> text of every page."""
    rules = every_rule()
    return {"README.md": index(rules.values())} | {f"{rule.id}.md": page(rule) for rule in rules.values()}


def page(rule: Rule) -> str:
    """One rule, with its failing and its mended example."""
    parts = [
        f"# {rule.id}",
        f"**{rule.severity}**, {rule.effect}: {_EFFECTS[rule.effect]}",
        named(rule.says),
        named(rule.why),
        f"Instead: {named(rule.instead)}" if rule.instead else "",
        f"Evidence: {rule.evidence}",
        f"No test shows it with the real thing. {rule.unshown}" if rule.unshown else "",
        "Words in angle brackets stand for what is in the file.",
        "## Example",
        *_files(rule.id, "failing"),
        "## Fixed",
        *_files(rule.id, "fixed"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _files(rule: str, kind: str) -> Iterator[str]:
    for file in sorted((EXAMPLES / rule / kind).iterdir()):
        data = file.read_bytes()
        text = data.decode("utf-8", "replace").replace("\ufeff", "‹byte order mark›")
        rows = text.rstrip().split("\n")
        more = len(rows) - _SHOWN
        shown = "\n".join(rows if more <= 0 else [*rows[:_SHOWN], f"… {more} more lines of this kind"])
        fence = "````" if "```" in shown else "```"
        yield f"`{file.name}`\n\n{fence}text\n{shown}\n{fence}"


def index(rules: Iterable[Rule]) -> str:
    """All rules by family."""
    listed = sorted(rules, key=lambda each: each.id)
    lines = [
        "# Rules of `serving-wizard check`",
        "",
        "Made by `scripts/make_rules.py` from the rules themselves.",
        "Severity follows reach, so a finding may carry another one.",
    ]
    for family, title in _FAMILIES.items():
        lines += ["", f"## {title}", "", "| Rule | Effect | Severity | What it says |", "|---|---|---|---|"]
        for rule in listed:
            if rule.id.startswith(f"{family}-"):
                says = named(rule.says).replace("|", "\\|")
                lines.append(f"| [{rule.id}]({rule.id}.md) | {rule.effect} | {rule.severity} | {says} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the pages, or say which differ; returns the exit code."""
    wanted = pages()
    if "--check" in sys.argv:
        there = {path.name: path.read_text("utf-8") for path in DOCS.glob("*.md")}
        odd = sorted({name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name)})
        for name in odd:
            print(f"docs/rules/{name} is not what scripts/make_rules.py writes")
        return 1 if odd else 0
    DOCS.mkdir(parents=True, exist_ok=True)
    for path in DOCS.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (DOCS / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
