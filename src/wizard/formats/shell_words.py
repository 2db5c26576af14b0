"""Reading the words of a command line with positions: quotes, escapes and variables of each shell.

Nothing is run. Variables with known values are replaced; anything else a shell would fill in stays as typed and marks
the word.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from wizard.fast_start import regex
from wizard.formats import printf, shell_substitution
from wizard.formats.region import Builder, Region

Dialect = Literal["sh", "cmd", "powershell"]
SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh"})
"""Programs that read `-c COMMAND` as POSIX says."""


class Word(NamedTuple):
    """One word of a command, quotes removed.

    `start`, `end`: its place in the source, including quotes. `expands`: the shell would replace it by something else
    ($X, `…`, *). `quoted`: part of it is in quotes.
    """

    region: Region
    start: int
    end: int
    expands: bool = False
    quoted: bool = False

    @property
    def text(self) -> str:
        """What the program gets to see."""
        return self.region.text

    @property
    def file_name(self) -> str:
        """The last part of a path, such as the name of a program without its folder."""
        return self.text.rpartition("/")[2]


def in_quotes(text: str) -> bool:
    """Whether a text is one in quotes, single or double."""
    return len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"


class _Grammar(NamedTuple):
    escape: str
    single_quotes: bool
    comment: re.Pattern[str]
    bare: re.Pattern[str]
    in_double: str
    """Characters on which the escape character works inside double quotes."""


_GRAMMARS: dict[str, _Grammar] = {
    "sh": _Grammar("\\", True, regex(r"#[^\n]*"), regex(r"[^\s\\'\"$`;&|()<>]+"), '$`"\\'),
    "cmd": _Grammar("^", False, regex(r"(?i:rem\b|::)[^\n]*"), regex(r"[^\s^\"&|()<>]+"), ""),
    "powershell": _Grammar("`", True, regex(r"#[^\n]*"), regex(r"[^\s`'\"$;&|()<>]+"), '`"$0abfnrtv'),
}
_SPACE = regex(r"[ \t\r\f\v]+")
_BREAKS = regex(r"\n+")
_NAME = regex(r"[A-Za-z_]\w*|[0-9@*#?$!-]")
_GLOB = regex(r"[*?\[]|^~")
_PERCENT = regex(r"%[A-Za-z_]\w*%")


def split(region: Region) -> list[Word]:
    """The words of one command line as a shell would split it, with operators read as ordinary words.

    For `command: …` in Compose files and for systemd, which know quotes and backslashes but no shell.
    """
    return WordReader(region, "sh", plain=True).all_words()


MOST_PUT_IN = 1 << 20
"""Maximum characters that the variables of one script may add: each may contain others, and double in size."""


class WordReader:
    """Reads words from `at` on. `plain`: operators are ordinary words, and nothing is expanded."""

    def __init__(self, region: Region, dialect: Dialect, plain: bool = False) -> None:
        self.region = region
        self.text = region.text
        self.at = 0
        self.dialect = dialect
        self.grammar = _GRAMMARS[dialect]
        self.plain = plain
        self.variables: dict[str, str | None] = {}
        self._room = MOST_PUT_IN
        self._blanks = f" \t\r\f\v{self.grammar.escape}"
        escape = re.escape(self.grammar.escape)
        # A line of comment ends the command; where flags follow, it was to go on.
        comment = r"((?:[ \t]*#[^\n]*\n)+(?=[ \t]*--?[A-Za-z]))?" if dialect != "cmd" and not plain else "()"
        self._continued = re.compile(rf"{escape}([ \t]+(?:#[^\n]*)?)?\r?\n{comment}")
        self.cut: int | None = None
        """Where a sign meant to continue the line is followed by blanks, so that the line ends there."""
        self.commented = False
        """A comment line ends it there."""

    def all_words(self) -> list[Word]:
        """Every word up to the end, over all lines."""
        found: list[Word] = []
        while True:
            self.skip_blank()
            if self.at >= len(self.text):
                return found
            if match := _BREAKS.match(self.text, self.at):
                self.at = match.end()
                continue
            found.append(self.word())

    def known(self, name: str) -> str | None:
        """The value to replace a variable with; None if it is unknown, or longer than any script needs."""
        value = self.variables.get(name)
        return value if value is not None and self.takes(len(value)) else None

    def takes(self, letters: int) -> bool:
        """Whether this many characters may still be added for variables; if so, they are counted."""
        fits = letters <= self._room
        self._room -= letters if fits else 0
        return fits

    def skip_blank(self) -> None:
        """Go past blanks and continued lines."""
        while self.text[self.at : self.at + 1] in self._blanks:
            continued = self._continued.match(self.text, self.at)
            match = continued or _SPACE.match(self.text, self.at)
            if match is None:
                return
            if continued is not None and (continued[1] or continued[2]) and self.cut is None:
                self.commented = not continued[1]
                self.cut = self.region.origin(self.text.index("#", continued.start(2)) if self.commented else self.at)
            self.at = match.end()

    def word(self) -> Word:
        """The next word; empty if there is none."""
        begin = self.at
        built = Builder()
        expands = quoted = False
        stop = " \t\r\n\f\v" if self.plain else " \t\r\n\f\v;&|()<>"
        if self.dialect == "cmd":
            stop = stop.replace(";", "")
        while self.at < len(self.text) and self.text[self.at] not in stop:
            dynamic, quotes = self._part(built, begin)
            expands = expands or dynamic
            quoted = quoted or quotes
        start = self.region.origin(begin)
        end = self.region.origin(self.at - 1) + 1 if self.at > begin else start
        return Word(built.region(start), start, end, expands, quoted)

    def _part(self, built: Builder, begin: int) -> tuple[bool, bool]:
        text, at, grammar = self.text, self.at, self.grammar
        if bare := grammar.bare.match(text, at):
            self.at = bare.end()
            if self.dialect == "cmd":
                return self._percents(built, at, bare.end()), False
            self._add(built, bare.group(), at)
            glob = (
                not self.plain and _GLOB.search(bare.group()) is not None and (at == begin or "~" not in bare.group())
            )
            return glob, False
        char = text[at]
        if char == grammar.escape:
            escaped = text[at + 1 : at + 2]
            self.at = at + (3 if text.startswith("\r\n", at + 1) else 2)
            if escaped not in ("\n", "\r"):
                self._add(built, escaped, at + 1)
            return False, escaped not in ("\n", "\r")
        if char == "'" and grammar.single_quotes:
            end = text.find("'", at + 1)
            end = self._line_end(at) if end < 0 else end
            self._add(built, text[at + 1 : end], at + 1)
            self.at = end + 1
            return False, True
        if char == '"':
            return self._double(built, at), True
        if self.plain or char not in "$`":
            self._add(built, char, at)
            self.at = at + 1
            return False, False
        return self._expansion(built, at), False

    def _double(self, built: Builder, start: int) -> bool:
        at, expands = start + 1, False
        text, grammar = self.text, self.grammar
        closing = text.find('"', at)
        limit = len(text) if closing >= 0 else self._line_end(start)
        while at < limit and text[at] != '"':
            char, following = text[at], text[at + 1 : at + 2]
            if char == grammar.escape and following and following in grammar.in_double:
                self._add(built, following, at + 1)
                at += 2
            elif char == grammar.escape and following == "\n":
                at += 2
            elif char in "$`" and not self.plain and self.dialect != "cmd":
                expands = self._expansion(built, at) or expands
                at = self.at
            else:
                end = next((i for i in range(at + 1, limit) if text[i] in '"$`\\^'), limit)
                if self.dialect == "cmd":
                    expands = self._percents(built, at, end) or expands
                else:
                    self._add(built, text[at:end], at)
                at = end
        self.at = min(at + 1, len(text))
        return expands

    def _percents(self, built: Builder, at: int, end: int) -> bool:
        """Text of a batch file with its `%NAME%` replaced. Returns whether one is left."""
        expands = False
        for match in _PERCENT.finditer(self.text, at, end):
            self._add(built, self.text[at : match.start()], at)
            value = self.known(match.group()[1:-1].lower())
            if value is None:
                self._add(built, match.group(), match.start())
                expands = True
            else:
                built.add(value, self.region.origin(match.start()), moving=False)
            at = match.end()
        self._add(built, self.text[at:end], at)
        return expands

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def _expansion(self, built: Builder, at: int) -> bool:
        """Replace a variable by its value if the script sets it; else leave it as typed. Returns whether it is left."""
        end = self._expansion_end(at)
        raw = self.text[at:end]
        self.at = end
        if len(raw) == 1:
            self._add(built, raw, at)
            return False
        value = self._value(raw)
        if value is None:
            self._add(built, raw, at)
            return True
        built.add(value, self.region.origin(at), moving=False)
        return False

    def _expansion_end(self, at: int) -> int:
        text = self.text
        if text[at] == "`":
            if self.dialect == "powershell":
                return min(at + 2, len(text))
            end = text.find("`", at + 1)
            return len(text) if end < 0 else end + 1
        following = text[at + 1 : at + 2]
        if following in ("(", "{"):
            return shell_substitution.closing(text, at + 1)
        if self.dialect == "powershell" and (match := re.compile(r"\w+:?\w*").match(text, at + 1)):
            return match.end()
        match = _NAME.match(text, at + 1)
        return match.end() if match else at + 1

    def _value(self, raw: str) -> str | None:
        if self.dialect == "powershell":
            named = re.fullmatch(r"\$\{?(\w+)\}?", raw)
            return self.known(named[1].lower()) if named else None
        if self.dialect != "sh" or (said := printf.said(raw)) is not None:
            return said if self.dialect == "sh" else None
        match = re.fullmatch(r"\$(?:(\w+)|\{(\w+)(?:(:?[-?=])(.*))?\})", raw, re.DOTALL)
        if match is None:
            return None
        name, default = match[1] or match[2], match[4]
        if (value := self.known(name)) is not None:
            return default if not value and match[3] == ":-" and default is not None else value
        plain = default is not None and not set(default) & set("$`")
        return default if match[3] in ("-", ":-") and plain and name not in self.variables else None

    def _add(self, built: Builder, text: str, at: int) -> None:
        built.copy(self.region, at, at + len(text))


def tail(word: Word, offset: int) -> Word:
    """The rest of a word from an offset on."""
    region = word.region.part(offset, len(word.text))
    return Word(region, word.region.origin(offset), word.end, word.expands, word.quoted)
