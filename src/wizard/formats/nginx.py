"""nginx configuration: quoting parameters, and reading a file into directives with positions.

Follows `ngx_conf_read_token` and `ngx_conf_parse` (ngx_conf_file.c). Quotes and backslashes are lexical only: a
directive that knows variables sees a `$` however it was quoted, and nginx has no escape for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.formats.source import LineIndex, SourceError, refuse, require_encodable, require_no_controls, require_shown

MAX_PARAMETER_BYTES = 4095
"""The longest parameter as written, without its quotes (NGX_CONF_BUFFER less the closing quote)."""
MAX_DEPTH = 60

_WHERE = "an nginx configuration"
_BARE = regex(r"[A-Za-z0-9_./:,=@%+*\[\]-]+")
_MAP_WORDS = frozenset({"default", "include", "hostnames", "volatile"})


def quote(text: str) -> str:
    """A parameter that means exactly this text in any directive.

    Raises WizardError for `$` (many directives would insert a variable), control characters and others that do not
    show, bytes that are not text, and text longer than nginx reads.
    """
    if "$" in text:
        hint = "Choose a value without $, or keep it in a place where nginx knows no variables (a map's left side)."
        raise refuse(text, _WHERE, "nginx takes $ for the start of a variable and has no way to escape it.", hint)
    return template(text)


def template(text: str) -> str:
    """A parameter in which `$name` and `${name}` are variables, if its directive knows variables.

    Never pass user text: it could name a variable. Raises WizardError like `quote`, except for `$`.
    """
    if _BARE.fullmatch(text):
        inner = written = text
    else:
        require_no_controls(text, _WHERE)
        require_encodable(text, _WHERE)
        require_shown(text, _WHERE)
        inner = text.replace("\\", "\\\\").replace('"', '\\"')
        written = f'"{inner}"'
    if _too_long(inner):
        raise refuse(text, _WHERE, f"nginx reads at most {MAX_PARAMETER_BYTES} bytes in one parameter.")
    return written


def _too_long(raw: str) -> bool:
    return len(raw) * 4 > MAX_PARAMETER_BYTES and len(raw.encode(errors="replace")) > MAX_PARAMETER_BYTES


def map_key(text: str) -> str:
    """The left side of a `map` line that matches exactly this text (ignoring case, like all map strings).

    `$` is an ordinary character there. Words and first characters with a special meaning are escaped.
    """
    special = text in _MAP_WORDS or text[:1] in ("~", "\\")
    return template("\\" + text if special else text)


def exactly(text: str) -> str:
    """The left side of a `map` line that matches exactly this text, including its case."""
    return template(only(text))


def only(text: str) -> str:
    """The same as nginx reads it, without the quotes of a configuration."""
    literal = re.sub(r"[.$*+?(){}|]", r"[\g<0>]", re.sub(r"[\\^\[\]]", r"\\\g<0>", text))
    return f"~^{literal}$"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A word of a directive: its text as nginx reads it, and its place."""

    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive; `block` holds what its braces enclose, or is None without braces.

    `start`, `end`: offsets, from its name to behind its `;` or `}`.
    """

    name: str
    parameters: tuple[Parameter, ...]
    line: int
    column: int
    block: tuple[Directive, ...] | None
    start: int
    end: int

    @property
    def values(self) -> tuple[str, ...]:
        """The parameters' texts."""
        return tuple(parameter.text for parameter in self.parameters)

    def all(self, name: str) -> list[Directive]:
        """The directives of that name directly inside."""
        return [each for each in self.block or () if each.name == name]


def read(text: str) -> tuple[Directive, ...]:
    """The directives of a file. Raises SourceError in nginx's words. `include` is not followed."""
    return _Reader(text).block(0, None)


_SKIP = regex(r"[ \t\r\n]+")
_COMMENT = regex(r"#[^\n]*")
_QUOTED = {mark: regex(rf"(?:\\.|[^\\{mark}])*", re.DOTALL) for mark in "\"'"}
# A `{` straight after `$` belongs to the word, and `}`, `#` and quotes inside a word are ordinary.
_WORD = regex(r"(?:\\.|\$\{?|[^\\$ \t\r\n;{])+", re.DOTALL)
_ESCAPE = regex(r"\\([\"'\\trn])")
_LETTERS = {"t": "\t", "r": "\r", "n": "\n"}


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._index = LineIndex(text)
        self._at = 0

    def block(self, depth: int, opened: int | None) -> tuple[Directive, ...]:
        if depth > MAX_DEPTH:
            raise self._error(self._at, "too many nested blocks")
        directives: list[Directive] = []
        while True:
            self._space()
            if self._at >= len(self._text):
                if opened is not None:
                    raise self._error(self._at, 'unexpected end of file, expecting "}"')
                return tuple(directives)
            if self._text[self._at] == "}":
                if opened is None:
                    raise self._error(self._at, 'unexpected "}"')
                self._at += 1
                return tuple(directives)
            directives.append(self._directive(depth))

    def _directive(self, depth: int) -> Directive:
        start, found = self._at, list[Parameter]()
        while True:
            if found:
                self._space()
            if self._at >= len(self._text):
                raise self._error(self._at, 'unexpected end of file, expecting ";" or "}"')
            char = self._text[self._at]
            if (char in ";{" and not found) or (char == "}" and found):
                raise self._error(self._at, f'unexpected "{char}"')
            if char in ";{":
                break
            found.append(self._parameter())
        self._at += 1
        block = self.block(depth + 1, start) if char == "{" else None
        head = found[0]
        return Directive(head.text, tuple(found[1:]), head.line, head.column, block, start, self._at)

    def _parameter(self) -> Parameter:
        start, mark = self._at, self._text[self._at]
        place = self._index.at(start)
        if mark in _QUOTED:
            match = _QUOTED[mark].match(self._text, start + 1)
            end = match.end() if match else start + 1
            if self._text[end : end + 1] != mark:
                raise self._error(start, f'missing terminating "{mark}" character')
            raw, self._at = self._text[start + 1 : end], end + 1
            self._after_quote()
        else:
            match = _WORD.match(self._text, start)
            raw = match.group() if match else mark
            self._at = start + len(raw)
        self._require_short(start, raw)
        return Parameter(_ESCAPE.sub(lambda found: _LETTERS.get(found[1], found[1]), raw), *place)

    def _require_short(self, start: int, raw: str) -> None:
        if _too_long(raw):
            raise self._error(start, f'too long parameter "{raw[:10]}..." started')

    def _after_quote(self) -> None:
        following = self._text[self._at : self._at + 1]
        if following and following not in " \t\r\n;{)":
            raise self._error(self._at, f'unexpected "{following}"')

    def _space(self) -> None:
        """Skip blanks and comments."""
        while match := _SKIP.match(self._text, self._at) or _COMMENT.match(self._text, self._at):
            if match.group().startswith("#"):
                self._require_short(self._at, match.group())
            self._at = match.end()

    def _error(self, offset: int, message: str) -> WizardError:
        return SourceError(self._index.problem(offset, message))


def block(head: str, body: Sequence[str], indent: str = "    ") -> list[str]:
    """The lines of `head { … }`, the body indented."""
    return [f"{head} {{", *(f"{indent}{each}" if each else "" for each in body), "}"]
