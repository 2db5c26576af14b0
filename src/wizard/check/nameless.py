"""What a text without a name is, by its patterns."""

from __future__ import annotations

import re

from wizard.check.file_names import KUBERNETES, SHEBANG, SUPERVISOR, UNIT
from wizard.fast_start import regex
from wizard.observed.source import PIPED

_MARKS = (
    (regex(r"\A\s*\{(?s:.*)\"nbformat\"[ \t]*:"), "text.ipynb"),
    (regex(rf"\A{SHEBANG.pattern}"), "text.sh"),
    (regex(r"(?i)\A(?:[ \t]*(?:#.*|ARG[ \t].*)?\n)*[ \t]*FROM[ \t]+\S"), "dockerfile"),
    (regex(r"```"), "text.md"),
    (regex(rf"{KUBERNETES.pattern}|^services[ \t]*:|^[ -]+(?:run|script|cmds)[ \t]*:", re.MULTILINE), "text.yaml"),
    (UNIT, "text.service"),
    (regex(r"(?m)^(?:import|from)[ \t]+[\w.]+"), "text.py"),
    (regex(r"(?i)\A\s*(?:@echo off|rem[ \t]|::)|[ \t]\^\n"), "text.bat"),
    (regex(r"(?m)[ \t]`\n|^\$\w+[ \t]*=|^Start-Process[ \t]"), "text.ps1"),
    (regex(r"(?m)^[^#\n]*<<-?['\"]?[A-Za-z_]"), "text.sh"),
    (regex(r"(?m)^[\w.-]+:.*\n\t"), "makefile"),
)
"""Pattern that identifies a nameless text -> a name of that kind. The first match counts."""


def usual_name(text: str) -> str:
    """A name that a text of its kind has; that of standard input where its patterns leave the kind open."""
    if UNIT.search(text) and SUPERVISOR.search(text):
        return PIPED
    return next((name for mark, name in _MARKS if mark.search(text)), PIPED)
