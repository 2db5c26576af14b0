"""Never quote the value of a secret: more people read the logs that reports end up in than read the file."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from operator import itemgetter

from wizard.fast_start import regex
from wizard.registry import readings

MASK = "***"
_SHORT = 6
"""Shorter values are masked only where they are set: elsewhere the same letters may be a word."""
_LONGEST_NAME = 200
"""Only the end of a longer name is compared."""
_WORD = r"(?:api[-_.]?key|key|token|password|passwd|pass|secret)s?"
_ANY = regex(r"(?i)key|token|pass|secret")
"""What every name of a secret contains."""
_NAMED = regex(rf"(?i)^[\w$:.-]*?{_WORD}$")
_NO_SECRET = regex(r"(?i)^(?:key|keys|tokens|secrets|.*(?:max|min|num|batch|n|special|add|public)[-_.]?\w*tokens?)$")
_NAME = r"(?P<name>-{0,2}\w[\w.-]{0,80})"
_QUOTED = r"""(?P<q>["'])(?P<v>[^\n]*?)(?P=q)|"""
_WORD_VALUE = regex(rf"""{_QUOTED}(?P<w>[^\s"',;\[\]{{}}$<>|&`(-][^\s"'`;)]*)""")
_ROW_VALUE = regex(rf"""{_QUOTED}(?P<w>[^\s"',\[\]{{}}$<>|&*!#][^\n"'#]*)""")
_UNTIL_QUOTE = regex(r"""(?P<v>[^\n"']+)""")
_PLACES = (
    (regex(rf"""["'](?<![\w.-]["']){_NAME}=(?!["'])"""), _UNTIL_QUOTE),
    (regex(rf"""(?<![\w.-]){_NAME}["']?[ \t]*:[ \t]+"""), _ROW_VALUE),
    (regex(rf"""(?<![\w.-]){_NAME}["']?[ \t]*(?::=|[=:])[ \t]*"""), _WORD_VALUE),
    # The value is the next word: of the line, of a list, or on the next line.
    (regex(r"""(?<![\w.-])(?P<name>--?[A-Za-z][\w.-]{0,80})["']?,?[\s\\^`]+(?:-[ \t]+)?"""), _WORD_VALUE),
    (regex(rf"(?im)^[ \t]*ENV[ \t]+{_NAME}[ \t]+"), _ROW_VALUE),
    (regex(rf"""\bname["']?:[ \t]*["']?{_NAME}["']?(?:[ \t]*,)?\s+["']?value["']?:[ \t]*"""), _ROW_VALUE),
)
"""How a name leads to its value, and where the value ends."""
_IN_URL = regex(
    r"""(?i)://[^/\s:@"']*:(?P<a>[^/\s@"']+)@|[?&](?:[\w-]*[-_])?(?:key|token|password|secret|sig)=(?P<b>[^&\s#"']+)"""
)
_BEARER = regex(r"(?i)\bbearer[ \t]+(?P<p>[\w.~+/-]{4,}=*)")


def is_secret(name: str) -> bool:
    """Whether the value of a setting of this name is a secret."""
    bare = name.rpartition(":")[2].lstrip("-")[-_LONGEST_NAME:]
    if name in _names() or bare in _names():
        return True
    return bool(_NAMED.match(bare)) and not _NO_SECRET.match(bare)


def line(text: str, number: int, column: int) -> tuple[str, int]:
    """A line of a text (from 1) without its secrets, and the new position (from 1) of its column."""
    begin = _starts(text)[number - 1]
    end = _starts(text)[number] - 1 if number < len(_starts(text)) else len(text)
    shown, at, moved = [], begin, column
    spans = _spans(text)
    for first, last in islice(spans, bisect_left(spans, begin, key=itemgetter(1)), None):
        if first >= end:
            break
        first, last = max(first, begin), min(last, end)
        if first >= last:
            continue
        shown += [text[at:first], MASK]
        if begin + column - 1 >= last:
            moved += len(MASK) - (last - first)
        elif begin + column - 1 > first:
            moved -= begin + column - 1 - first
        at = last
    return "".join((*shown, text[at:end])), moved


def without(text: str, source: str) -> str:
    """A sentence, or one line of a diff, without the secrets in a source."""
    for value in _values(source):
        if value in text:
            text = re.sub(rf"(?<![\w-]){re.escape(value)}(?![\w-])", MASK, text)
    return text


def masked(text: str) -> str:
    """A whole text without its secrets."""
    shown, at = [], 0
    for first, last in _spans(text):
        shown += [text[at:first], MASK]
        at = last
    return "".join((*shown, text[at:]))


@lru_cache(maxsize=4)
def _starts(text: str) -> tuple[int, ...]:
    return (0, *(found.end() for found in re.finditer("\n", text)))


@lru_cache(maxsize=16)
def _values(text: str) -> tuple[str, ...]:
    """The longest first: one may be part of another."""
    found = {text[first:last] for first, last in _spans(text)}
    return tuple(sorted((value for value in found if len(value) >= _SHORT), key=len, reverse=True))


@lru_cache(maxsize=16)
def _spans(text: str) -> tuple[tuple[int, int], ...]:
    """Where the secrets in a text are, in order, without overlaps."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(_found(text)):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _found(text: str) -> Iterator[tuple[int, int]]:
    named = _ANY.search(text) is not None or any(name in text for name in _names())
    for leads, value in _PLACES if named else ():
        at = 0
        while found := leads.search(text, at):
            at = found.end("name")
            given = value.match(text, found.end()) if is_secret(found["name"]) else None
            if given is not None:
                at = max(at, given.end())
                first, last = given.span("w" if given.re.groups > 1 and given["q"] is None else "v")
                yield from _told(text, first, last)
    for pattern in (_IN_URL, _BEARER):
        for found in pattern.finditer(text):
            yield from _told(text, *found.span(found.lastgroup or 0))


def _told(text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """A value, unless it is a reference to a variable, which reveals nothing."""
    kept = text[first:last].rstrip(" \t\r\\^")
    if kept and not kept.startswith(("$", "{{", "<", "%")):
        yield first, first + len(kept)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(name for reading in readings() for name in reading.names.secrets)
