"""Reading commands out of scripts with positions: POSIX shells, cmd.exe and PowerShell as far as people write them.

Nothing is run. Variables that the script itself sets to plain text are put in; whatever else a shell would fill in
stays as typed and marks the word. Text no shell would take is read as far as it goes, never refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from wizard.formats.region import Builder, Region

Dialect = Literal["sh", "cmd", "powershell"]

MAX_COMMANDS = 20_000
"""Commands read of one text; no script comes near it."""


class Word(NamedTuple):
    """One word of a command, quotes removed.

    `start`, `end`: its place in the source, quotes included. `expands`: the shell would put something else in its
    place ($X, `…`, *). `quoted`: part of it stands in quotes. `glued`: several lines or words became one.
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


class Command(NamedTuple):
    """One simple command; `target` is the file its output goes to, `here` the here-document it reads."""

    words: tuple[Word, ...]
    assignments: tuple[tuple[str, Word], ...]
    start: int
    target: str = ""
    here: Region | None = None
    background: bool = False


class _Grammar(NamedTuple):
    escape: str
    single_quotes: bool
    comment: re.Pattern[str]
    bare: re.Pattern[str]
    in_double: str
    """Characters the escape character works on inside double quotes."""


_GRAMMARS: dict[str, _Grammar] = {
    "sh": _Grammar("\\", True, re.compile(r"#[^\n]*"), re.compile(r"[^\s\\'\"$`;&|()<>]+"), '$`"\\'),
    "cmd": _Grammar("^", False, re.compile(r"(?i:rem\b|::)[^\n]*"), re.compile(r"[^\s^\"&|()<>]+"), ""),
    "powershell": _Grammar("`", True, re.compile(r"#[^\n]*"), re.compile(r"[^\s`'\"$;&|()<>]+"), '`"$0abfnrtv'),
}
_SPACE = re.compile(r"[ \t\r\f\v]+")
_OPERATOR = re.compile(r"(?:\r?\n|[;&|()])+")
_HERE = re.compile(r"<<(-?)[ \t]*(['\"\\]?)([A-Za-z_][\w.-]*)['\"]?")
_REDIRECT = re.compile(r"\d*(?:&>>?|>>?[&|]?|<<<|<[&>]?)[ \t]*")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(?:\[[^\]]*\])?(\+?)=")
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9@*#?$!-]")
_GLOB = re.compile(r"[*?\[]|^~")
_PERCENT = re.compile(r"%[A-Za-z_]\w*%")
_KEYWORDS = frozenset({"if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done", "esac"})
_DECLARES = frozenset({"export", "local", "readonly", "declare", "typeset"})


def read(region: Region, dialect: Dialect = "sh") -> list[Command]:
    """The simple commands of a script, in their order."""
    return list(_Reader(region, dialect).commands())


def split(region: Region) -> list[Word]:
    """The words of one command line as a shell would split it, operators taken for ordinary words.

    For `command: …` of Compose and for systemd, which know quotes and backslashes but no shell.
    """
    return _Reader(region, "sh", plain=True).all_words()


class _Made:
    """A command while it is read; `reads`: it is fed a here-document."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.words: list[Word] = []
        self.assigned: list[tuple[str, Word]] = []
        self.target = ""
        self.reads = False
        self.background = False


class _Reader:
    def __init__(self, region: Region, dialect: Dialect, plain: bool = False) -> None:
        self.region = region
        self.text = region.text
        self.at = 0
        self.dialect = dialect
        self.grammar = _GRAMMARS[dialect]
        self.plain = plain
        self.variables: dict[str, str | None] = {}
        self.arrays: dict[str, list[Word]] = {}
        self._here: list[tuple[str, bool]] = []
        self._documents: list[Region] = []
        escape = re.escape(self.grammar.escape)
        self._continued = re.compile(rf"{escape}\r?\n")

    # Commands

    def commands(self) -> Iterator[Command]:
        for _ in range(MAX_COMMANDS):
            if self.at >= len(self.text):
                return
            command = self._command()
            if command is not None:
                yield command

    def all_words(self) -> list[Word]:
        found: list[Word] = []
        while True:
            self._skip_blank()
            if self.at >= len(self.text):
                return found
            if match := re.compile(r"\n+").match(self.text, self.at):
                self.at = match.end()
                continue
            found.append(self.word())

    def _command(self) -> Command | None:
        made = _Made(self.at)
        while self.at < len(self.text):
            self._skip_blank()
            if self.at >= len(self.text):
                break
            if self._comment(first=not made.words) or self._redirect(made):
                continue
            if match := _OPERATOR.match(self.text, self.at):
                made.background = match.group().strip() == "&"
                self._newline(match)
                break
            if made.words or not self._assign(made.assigned):
                self._argument(made)
        return self._finished(made)

    def _argument(self, made: _Made) -> None:
        begin = self.at
        if not made.words and not made.assigned:
            made.start = begin
        word = self.word()
        if self.at == begin:
            self.at += 1
        else:
            made.words += self._arguments(word, made.words)

    def _redirect(self, made: _Made) -> bool:
        if match := _HERE.match(self.text, self.at):
            self._here.append((match[3], bool(match[1])))
            made.reads, self.at = True, match.end()
            return True
        match = _REDIRECT.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        file = self.word().text if self.at < len(self.text) else ""
        if ">" in match.group() and "&" not in match.group():
            made.target = file
        return True

    def _finished(self, made: _Made) -> Command | None:
        here = self._documents.pop(0) if made.reads and self._documents else None
        while made.words and made.words[0].text in _KEYWORDS:
            del made.words[0]
        words = self._declared(made.words, made.assigned)
        if not words and not made.assigned:
            return None
        if not words:
            self.variables.update({name: None if value.expands else value.text for name, value in made.assigned})
        origin = self.region.origin(made.start)
        return Command(tuple(words), tuple(made.assigned), origin, made.target, here, made.background)

    def _newline(self, operator: re.Match[str]) -> None:
        """Go behind an operator; behind a line's end the here-documents begin."""
        line_end = self.text.find("\n", operator.start(), operator.end())
        if not self._here or line_end < 0:
            self.at = operator.end()
            return
        self.at = line_end + 1
        for delimiter, stripped in self._here:
            body = self.at
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                end = len(self.text) if end < 0 else end
                line = self.text[self.at : end].rstrip("\r")
                begin, self.at = self.at, min(end + 1, len(self.text))
                if (line.lstrip("\t") if stripped else line) == delimiter:
                    self._documents.append(self.region.part(body, begin))
                    break
        self._here.clear()

    def _comment(self, first: bool) -> bool:
        if self.dialect == "cmd" and not first:
            return False
        match = self.grammar.comment.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        return True

    def _assign(self, assigned: list[tuple[str, Word]]) -> bool:
        match = _ASSIGNMENT.match(self.text, self.at)
        if match is None or self.dialect != "sh":
            return False
        self.at = match.end()
        if self.text.startswith("(", self.at):
            found = self._array()
            before = self.arrays.get(match[1], []) if match[2] else []
            self.arrays[match[1]] = [*before, *found]
            return True
        assigned.append((match[1], self.word()))
        return True

    def _array(self) -> list[Word]:
        self.at += 1
        found = []
        while self.at < len(self.text):
            self._skip_blank()
            if self._comment(first=False):
                continue
            char = self.text[self.at : self.at + 1]
            if char == ")":
                self.at += 1
                break
            if char in "\n;&|(<>" or not char:
                self.at += 1
                continue
            found.append(self.word())
        return found

    def _arguments(self, word: Word, before: list[Word]) -> list[Word]:
        """The word as the program gets it: an array's elements; nothing, where an unquoted variable is empty."""
        name = re.fullmatch(r"\$\{(\w+)\[[@*]\]\}", word.text)
        if name and name[1] in self.arrays:
            return self.arrays[name[1]]
        return [] if not word.text and not word.quoted and before else [word]

    def _declared(self, words: list[Word], assigned: list[tuple[str, Word]]) -> list[Word]:
        """`export X=1`, `set X=1` and `$env:X = 1` as the assignments they are."""
        first = words[0].text if words else ""
        if first in _DECLARES and self.dialect == "sh":
            assigned += [pair for word in words[1:] if (pair := _assignment(word))]
            return []
        if first.lower() == "set" and self.dialect == "cmd" and len(words) > 1:
            assigned += [pair for word in words[1:2] if (pair := _assignment(word))]
            return []
        if self.dialect == "powershell" and first.lower().startswith("$env:"):
            name, equals, _ = first[5:].partition("=")
            if equals:
                assigned.append((name, _tail(words[0], 6 + len(name))))
            elif len(words) > 2 and words[1].text == "=":
                assigned.append((name, words[2]))
            return []
        return words

    # Words

    def _skip_blank(self) -> None:
        while True:
            match = _SPACE.match(self.text, self.at) or self._continued.match(self.text, self.at)
            if match is None:
                return
            self.at = match.end()

    def word(self) -> Word:
        """The next word; empty where none stands."""
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
        origin = self.region.origin
        end = origin(self.at - 1) + 1 if self.at > begin else origin(begin)
        return Word(built.region(origin(begin)), origin(begin), end, expands, quoted)

    def _part(self, built: Builder, begin: int) -> tuple[bool, bool]:
        text, at, grammar = self.text, self.at, self.grammar
        if bare := grammar.bare.match(text, at):
            self.at = bare.end()
            self._add(built, bare.group(), at)
            glob = (
                not self.plain and _GLOB.search(bare.group()) is not None and (at == begin or "~" not in bare.group())
            )
            return glob or (self.dialect == "cmd" and _PERCENT.search(bare.group()) is not None), False
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
                self._add(built, text[at:end], at)
                expands = expands or (self.dialect == "cmd" and _PERCENT.search(text[at:end]) is not None)
                at = end
        self.at = min(at + 1, len(text))
        return expands

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def _expansion(self, built: Builder, at: int) -> bool:
        """Put a variable's value in where the script says it; else leave it as typed. Returns whether it stays open."""
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
            return self._closing(at + 1, following, ")" if following == "(" else "}")
        if self.dialect == "powershell" and (match := re.compile(r"\w+:?\w*").match(text, at + 1)):
            return match.end()
        match = _NAME.match(text, at + 1)
        return match.end() if match else at + 1

    def _closing(self, at: int, opening: str, closing: str) -> int:
        depth = 0
        while at < len(self.text):
            char = self.text[at]
            if char == "\\":
                at += 1
            elif char == "'" and opening == "(":
                end = self.text.find("'", at + 1)
                at = end if end >= 0 else at
            elif char == opening:
                depth += 1
            elif char == closing:
                depth -= 1
                if not depth:
                    return at + 1
            at += 1
        return len(self.text)

    def _value(self, raw: str) -> str | None:
        if self.dialect != "sh":
            return None
        match = re.fullmatch(r"\$(?:(\w+)|\{(\w+)(?:(:?[-?=])(.*))?\})", raw, re.DOTALL)
        if match is None:
            return None
        name, default = match[1] or match[2], match[4]
        if self.variables.get(name) is not None:
            value = self.variables[name] or ""
            return default if not value and match[3] == ":-" and default is not None else value
        plain = default is not None and not set(default) & set("$`")
        return default if match[3] in ("-", ":-") and plain and name not in self.variables else None

    def _add(self, built: Builder, text: str, at: int) -> None:
        built.copy(self.region, at, at + len(text))


def _assignment(word: Word) -> tuple[str, Word] | None:
    match = _ASSIGNMENT.match(word.text)
    return (match[1], _tail(word, match.end())) if match else None


def _tail(word: Word, offset: int) -> Word:
    """What stands in a word from an offset on."""
    region = word.region.part(offset, len(word.text))
    return Word(region, word.region.origin(offset), word.end, word.expands, word.quoted)
