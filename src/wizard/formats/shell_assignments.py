"""Variables that commands of a shell set: `X=1`, `export X=1`, `set X=1` of cmd.exe, `$env:X = 1` of PowerShell."""

from __future__ import annotations

import re

from wizard.fast_start import regex
from wizard.formats.shell_words import Dialect, Word, tail

ASSIGNMENT = regex(r"([A-Za-z_]\w*)(?:\[[^\]\n]{0,200}\])?(\+?)=")
"""How one begins in a POSIX shell: the name, and a plus sign if the value is added to what it holds."""
_DECLARES = frozenset({"export", "local", "readonly", "declare", "typeset"})


def assignment(word: Word) -> tuple[str, Word] | None:
    """(name, value) of a word such as `X=1`; None if it is none."""
    match = ASSIGNMENT.match(word.text)
    return (match[1], tail(word, match.end())) if match else None


def exported(words: list[Word]) -> tuple[str, ...]:
    """The names after `export` and `declare -x`."""
    first = words[0].text if words else ""
    flags = "".join(word.text[1:] for word in words[1:] if word.text.startswith("-"))
    if (first == "export" and "n" not in flags) or (first in ("declare", "typeset") and "x" in flags):
        return tuple(re.split(r"\+?=", word.text, maxsplit=1)[0] for word in words[1:] if word.text[:1] != "-")
    return ()


def declared(words: list[Word], assigned: list[tuple[str, Word]], dialect: Dialect) -> list[Word]:
    """The words that are left of a command when `export X=1`, `set X=1` and `$env:X = 1` are added to `assigned`."""
    first = words[0].text if words else ""
    exports = dialect == "sh" and first in _DECLARES
    if exports or (dialect == "cmd" and first.lower() == "set" and len(words) > 1):
        given = words[1:] if exports else words[1:2]
        assigned += [pair for word in given if (pair := assignment(word))]
        return []
    if dialect == "powershell" and first.lower().startswith("$env:"):
        name, equals, _ = first[5:].partition("=")
        if equals:
            assigned.append((name, tail(words[0], 6 + len(name))))
        elif len(words) > 2 and words[1].text == "=":
            assigned.append((name, words[2]))
        return []
    return words
