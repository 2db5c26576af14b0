"""Lists of PowerShell, as far as they contain texts, numbers and plain variables: `@('a', $b, 3)` and `'a','b'`."""

from __future__ import annotations

from wizard.fast_start import regex
from wizard.formats.region import Region
from wizard.formats.shell_words import Word

_ITEM = r"(?>\"[^\"]*\"|'[^']*'|\$\{?[\w:]+\}?|-?[\w.]+)"
_ONE = regex(_ITEM)
_BODY = regex(rf"\s*+(?:{_ITEM}\s*+(?:,\s*+)?+)*+\)")
_JOINED = regex(rf"(?=[\"']){_ITEM}(?:[ \t]*+,\s*+{_ITEM})++")


def texts(region: Region, at: int) -> tuple[list[Word], int]:
    """(the items of the list whose bracket ends at `at`, where it ends); none, and `at`, if it is no such list."""
    found = _BODY.match(region.text, at)
    return (_items(region, at, found.end() - 1), found.end()) if found else ([], at)


def listed(region: Region, at: int) -> tuple[list[Word], int]:
    """The items of a list that begins here, with its brackets or without; none, and `at`, if there is none."""
    if region.text.startswith("@(", at):
        found, end = texts(region, at + 2)
        return (found, end) if found else ([], at)
    joined = _JOINED.match(region.text, at)
    return (_items(region, at, joined.end()), joined.end()) if joined else ([], at)


def _items(region: Region, begin: int, end: int) -> list[Word]:
    origin = region.origin
    found = []
    for match in _ONE.finditer(region.text, begin, end):
        quoted = match.group()[0] in "\"'"
        inner = region.part(match.start() + quoted, match.end() - quoted)
        expands = "$" in inner.text and match.group()[0] != "'"
        found.append(Word(inner, origin(match.start()), origin(match.end() - 1) + 1, expands, True))
    return found
