"""Names: the nearest usable one, and how to show a hostile one."""

from __future__ import annotations

import re

from wizard.harmless import MARK


def callable_name(name: str) -> str:
    """The nearest name that can be used in a URL, or "model"."""
    cleaned = re.sub(r"[^A-Za-z0-9_\-.]+", "_", name).strip("_.-")[:128].rstrip("_.-")
    return cleaned or "model"


def printable(text: str, limit: int = 120) -> str:
    """`text` without anything that could disturb a terminal: control and direction marks become �, long text is cut."""
    shown = "".join(ch if ch.isprintable() else MARK for ch in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
