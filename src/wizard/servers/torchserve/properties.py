"""Java properties as TorchServe reads them: by its Python launcher and by java.util.Properties.

The launcher (ts/model_server.py, `load_properties`) reads three keys from the file, line by line and without escapes,
in the locale's encoding; the Java front end reads every key, with escapes, in Latin-1, and then expands `$$NAME$$` from
the environment. `line` writes text that each of them reads as the intended value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats.source import LineIndex, SourceError, refuse, require_encodable, require_no_controls, require_shown

LAUNCHER_KEYS = frozenset({"model_store", "vmargs", "plugins_path"})
"""Keys that the launcher reads itself; no escape works in both readers for them."""

_BLANKS = " \t\f"
_KEY = regex(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_PLAIN = regex(r"(?:[!-\[\]-~]+(?: +[!-\[\]-~]+)*)?")
_EXPANDED = regex(r"\$\$.+\$\$", re.DOTALL)
_NATURAL_LINE = regex(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_ESCAPE = regex(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_KEY_END = regex(r"(?:\\.|[^\\=: \t\f])*\\?", re.DOTALL)
_SEPARATOR = regex(r"[ \t\f]*[=:]?[ \t\f]*")
_LETTER_ESCAPES = {"t": "\t", "r": "\r", "n": "\n", "f": "\f"}


class Property(NamedTuple):
    """One setting as its reader sees it.

    `line`, `column`: the key (from 1); `start`, `end`: offsets of the whole lines it takes, without the last line
    break; `raw`: those lines; `key_at`, `value_at`: offsets of key and value.
    """

    key: str
    value: str
    line: int
    column: int
    start: int
    end: int
    raw: str
    key_at: int
    value_at: int


def line(key: str, value: str) -> str:
    """One `key=value` line, without line break, for a file saved as UTF-8.

    Keys of the launcher: launcher and Java read the same text (beyond ASCII Java sees other characters, but
    it takes these keys from the launcher's command line). Other keys: ASCII only, Java reads the value.

    Raises WizardError for control characters other than tab, for `$$…$$` (Java would expand it and has no
    escape), and, for launcher keys, for backslashes and blanks at either end.
    """
    where = f"the setting {key}"
    if not _KEY.fullmatch(key):
        raise refuse(key, "a properties file", "A key is made of letters, digits, dots, dashes and underscores.")
    if "$$" in value and _EXPANDED.search(value):
        hint = "Write the value itself; TorchServe has no way to write such text literally."
        raise refuse(value, where, "TorchServe would replace $$…$$ by an environment variable.", hint)
    if _PLAIN.fullmatch(value):
        return f"{key}={value}"
    require_encodable(value, where)
    require_no_controls(value, where, allowed="\t")
    if key in LAUNCHER_KEYS:
        _require_launcher_safe(value, where)
        return f"{key}={value}"
    return f"{key}={_escape(value)}"


def read_java(text: str) -> list[Property]:
    """All settings as java.util.Properties loads them, duplicates included (the last one counts).

    Java decodes the file as Latin-1: pass text decoded so to see its values exactly, or text decoded as UTF-8 to
    see what was typed. Raises SourceError for a `\\u` without four hexadecimal digits, which stops the server.
    """
    index = LineIndex(text)
    return [_entry(text, index, *logical) for logical in _logical_lines(text)]


def read_launcher(text: str) -> list[Property]:
    """All `key=value` lines as TorchServe's launcher reads them, duplicates included (the last one counts)."""
    index = LineIndex(text)
    entries = []
    for match in _natural_lines(text):
        content = match.group(1)
        key, equals, value = content.strip().partition("=")
        if not equals or key.startswith("#"):
            continue
        start = match.start()
        key_at = start + len(content) - len(content.lstrip())
        tail = content[content.index("=") + 1 :]
        value_at = start + content.index("=") + 1 + len(tail) - len(tail.lstrip())
        entries.append(
            Property(
                key.strip(),
                value.strip(),
                *index.at(key_at),
                start,
                match.end(1),
                content,
                key_at,
                value_at,
            )
        )
    return entries


def _require_launcher_safe(value: str, where: str) -> None:
    require_shown(value, where)  # it knows no escape
    if "\\" in value:
        reason = "The launcher takes a backslash as it is, the Java part removes it."
        raise refuse(value, where, reason, "Use a path with forward slashes.")
    if value != value.strip():
        raise refuse(value, where, "The launcher cuts blanks at either end.", "Rename, or use a link without them.")


def _escape(value: str) -> str:
    units = value.replace("\\", "\\\\").replace("\t", "\\t")
    if units.startswith(" "):
        units = "\\" + units
    if units.endswith(" "):
        # Written out so that no editor can cut it unseen.
        units = units[:-2] + "\\u0020" if units == "\\ " else units[:-1] + "\\u0020"
    if units.isascii():
        return units
    return "".join(char if char.isascii() else _unicode_escape(char) for char in units)


def _unicode_escape(char: str) -> str:
    code = char.encode("utf-16-be").hex()
    return "".join(f"\\u{code[i : i + 4]}" for i in range(0, len(code), 4))


def _natural_lines(text: str) -> Iterator[re.Match[str]]:
    for match in _NATURAL_LINE.finditer(text):
        if match.group():
            yield match


def _logical_lines(text: str) -> Iterator[tuple[str, list[tuple[int, int]], int, int]]:
    """(content, [(offset in content, offset in text)], start, end) after java.util.Properties.LineReader."""
    content, first = "", None
    parts: list[tuple[int, int]] = []
    for match in _natural_lines(text):
        segment = match.group(1).lstrip(_BLANKS)
        if not content and (not segment or segment[0] in "#!"):
            parts, first = [], None
            continue
        at = match.end(1) - len(segment)
        first = match.start() if first is None else first
        continued = (len(segment) - len(segment.rstrip("\\"))) % 2 == 1
        parts.append((len(content), at))
        content += segment[:-1] if continued else segment
        if continued and match.end() < len(text):
            continue
        # Java takes a lone backslash at the end of the file for a setting without a name.
        if content or continued:
            yield content, parts, first, match.end(1)
        content, parts, first = "", [], None


def _entry(text: str, index: LineIndex, content: str, parts: list[tuple[int, int]], start: int, end: int) -> Property:
    key_end = _key_end(content)
    separator = _SEPARATOR.match(content, key_end)
    value_start = separator.end() if separator else key_end

    def place(offset: int) -> int:
        base, at = max(part for part in parts if part[0] <= offset)
        return at + offset - base

    def unescape(begin: int, stop: int) -> str:
        raw = content[begin:stop]
        if "\\" not in raw:
            return raw

        def one(match: re.Match[str]) -> str:
            code = match.group(1)
            if code == "u":
                raise SourceError(
                    index.problem(place(begin + match.start()), "Malformed \\uxxxx encoding."),
                    "After \\u four hexadecimal digits must follow; a backslash is written \\\\.",
                )
            return chr(int(code[1:], 16)) if len(code) > 1 else _LETTER_ESCAPES.get(code, code)

        return _ESCAPE.sub(one, raw)

    return Property(
        _join_surrogates(unescape(0, key_end)),
        _join_surrogates(unescape(value_start, len(content))),
        *index.at(place(0)),
        start,
        end,
        text[start:end],
        place(0),
        place(value_start),
    )


def _key_end(content: str) -> int:
    match = _KEY_END.match(content)
    return match.end() if match else 0


def _join_surrogates(value: str) -> str:
    """Java strings are UTF-16: two escapes may be one character."""
    if value.isascii():
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
