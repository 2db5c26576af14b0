"""Reading commands from scripts with positions: POSIX shells, cmd.exe and PowerShell, as far as people write them.

Nothing is run. Variables that the script itself sets to plain text are replaced; anything else a shell would fill in
stays as typed and marks the word. Text that no shell would accept is read as far as possible, never refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats import here_document, powershell
from wizard.formats.region import Builder, Region
from wizard.formats.shell_assignments import ASSIGNMENT, assignment, declared, exported
from wizard.formats.shell_words import Dialect, Word, WordReader

MAX_COMMANDS = 20_000
"""Maximum number of commands read from one text; no real script has as many."""


class ShellCommand(NamedTuple):
    """One simple command; `target` is the file its output goes to, `here` the here-document it reads."""

    words: tuple[Word, ...]
    assignments: tuple[tuple[str, Word], ...]
    start: int
    target: str = ""
    here: Region | None = None
    background: bool = False
    adds: bool = False
    """The output is appended to the file."""
    cut: int | None = None
    """Where a sign meant to continue the line is followed by blanks, so that the command ends there."""
    exported: tuple[str, ...] = ()
    """Variables that it exports, with or without a value."""
    ended: int | None = None
    """How many of the words stand before a line of comment, at which a shell ends the command."""
    torn: int | None = None
    """Where its line ends without the sign to continue it; the words of the next lines are its own all the same."""
    here_open: bool = False
    """Something after a $ in `here` comes from outside."""


_OPERATOR = regex(r"(?:\r?\n|[;&|()])+")
_HERE = regex(r"<<(-?)[ \t]*(['\"\\]?)([A-Za-z_][\w.-]*)['\"]?")
_REDIRECT = regex(r"\d*(?:&>>?|>>?[&|]?|<<<|<[&>]?)[ \t]*")
_REDIRECTS = frozenset("<>&0123456789")
"""How one begins."""
_LET = regex(r"\$(?!env:)(\w+)[ \t]*=[ \t]*(@\()?")
_ALONE = regex(r"\$(?:(\w+)|\{(\w+)\})(?=[\s;&|()<>]|$)")
"""A variable that is a word of its own."""
_ELEMENTS = regex(r"\$\{(\w+)\[[@*]\]\}")
_COST = 256
"""Characters that a word counts for in addition to its own."""
_KEYWORDS = frozenset({"if", "then", "else", "elif", "do", "while", "until", "!", "{", "}", "fi", "done", "esac"})


def read(region: Region, dialect: Dialect = "sh") -> list[ShellCommand]:
    """The simple commands of a script, in their order."""
    return list(_Reader(region, dialect).commands())


class _Made:
    """A command while it is being read; `reads`: it reads a here-document."""

    def __init__(self, start: int) -> None:
        self.start = start
        self.words: list[Word] = []
        self.assigned: list[tuple[str, Word]] = []
        self.target = ""
        self.adds = False
        self.reads = False
        self.background = False
        self.ended: int | None = None


class _Reader(WordReader):
    """Reads commands, and keeps track of the variables and arrays that the script sets."""

    def __init__(self, region: Region, dialect: Dialect) -> None:
        super().__init__(region, dialect)
        self.arrays: dict[str, list[Word]] = {}
        self._here: list[here_document.Sign] = []
        self._documents: list[here_document.HereDocument] = []

    def commands(self) -> Iterator[ShellCommand]:
        """The commands of a line follow when its here-documents, which stand behind it, have been read."""
        line: list[ShellCommand | None] = []
        awaiting: list[int] = []
        for _ in range(MAX_COMMANDS):
            if self.at >= len(self.text):
                break
            made = _Made(self.at)
            line.append(self._command(made))
            if made.reads:
                awaiting.append(len(line) - 1)
            while awaiting and self._documents:
                document, reader = self._documents.pop(0), line[place := awaiting.pop(0)]
                line[place] = reader and reader._replace(here=document.text, here_open=document.open)
            if not awaiting:
                yield from filter(None, line)
                line.clear()
        yield from filter(None, line)

    def _command(self, made: _Made) -> ShellCommand | None:
        self.cut, self.commented = None, False
        while self.at < len(self.text):
            self.skip_blank()
            if self.at >= len(self.text):
                break
            if self.commented and made.ended is None:
                made.ended = len(made.words)
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
        if several := self._several():
            made.words += several
            return
        word = self.word()
        if self.at == begin:
            self.at += 1
        else:
            made.words += self._arguments(word, made.words)

    def _several(self) -> list[Word]:
        """The words of an unquoted variable that contains several: a shell splits its value at blanks."""
        if self.dialect == "powershell":
            return self._listed()
        match = _ALONE.match(self.text, self.at) if self.dialect == "sh" else None
        value = self.known(match[1] or match[2]) if match else None
        if match is None or not value or len(value.split()) < 2:
            return []
        self.at = match.end()
        begin, end = self.region.origin(match.start()), self.region.origin(match.end() - 1) + 1
        found = []
        for text in value.split():
            built = Builder()
            built.add(text, begin, moving=False)
            found.append(Word(built.region(begin), begin, end))
        return found

    def _listed(self) -> list[Word]:
        """The texts of a list of PowerShell's, or of a variable that holds one."""
        match = _ALONE.match(self.text, self.at)
        if match is not None and self.arrays.get(name := (match[1] or match[2]).lower()):
            return self._elements(name, self.word())
        found, self.at = powershell.listed(self.region, self.at)
        return found

    def _redirect(self, made: _Made) -> bool:
        if self.text[self.at] not in _REDIRECTS:
            return False
        if match := _HERE.match(self.text, self.at):
            self._here.append(here_document.Sign(match[3], bool(match[1]), bool(match[2])))
            made.reads, self.at = True, match.end()
            return True
        match = _REDIRECT.match(self.text, self.at)
        if match is None:
            return False
        self.at = match.end()
        file = self.word().text if self.at < len(self.text) else ""
        if ">" in match.group() and "&" not in match.group():
            made.target, made.adds = file, ">>" in match.group()
        return True

    def _finished(self, made: _Made) -> ShellCommand | None:
        while made.words and made.words[0].text in _KEYWORDS:
            del made.words[0]
            while self.dialect == "sh" and made.words and (pair := assignment(made.words[0])):
                made.assigned.append(pair)
                del made.words[0]
        names = exported(made.words) if self.dialect == "sh" else ()
        words = declared(made.words, made.assigned, self.dialect)
        if not words and not made.assigned and not names:
            return None
        if not words:
            plain = self.dialect == "sh"  # the other shells ignore case
            for name, value in made.assigned:
                self.variables[name if plain else name.lower()] = None if value.expands else value.text
        origin = self.region.origin(made.start)
        found = ShellCommand(tuple(words), tuple(made.assigned), origin, made.target, None, made.background, made.adds)
        return found._replace(cut=self.cut, exported=names, ended=made.ended)

    def _newline(self, operator: re.Match[str]) -> None:
        """Go past an operator; here-documents begin after the end of a line."""
        line_end = self.text.find("\n", operator.start(), operator.end())
        if not self._here or line_end < 0:
            self.at = operator.end()
            return
        self.at = line_end + 1
        for sign in self._here:
            document, self.at = here_document.read(self.region, self.at, sign, self.known)
            self._documents.append(document)
        self._here.clear()

    def _comment(self, first: bool) -> bool:
        if self.dialect == "cmd" and not first:
            return False
        if match := self.grammar.comment.match(self.text, self.at):
            self.at = match.end()
        return match is not None

    def _assign(self, assigned: list[tuple[str, Word]]) -> bool:
        if self.dialect == "powershell":
            return self._let()
        match = ASSIGNMENT.match(self.text, self.at)
        if match is None or self.dialect != "sh":
            return False
        self.at = match.end()
        if self.text.startswith("(", self.at):
            found = self._array()
            if match[2]:
                self.arrays.setdefault(match[1], []).extend(found)
            else:
                self.arrays[match[1]] = found
            return True
        assigned.append((match[1], self.word()))
        return True

    def _let(self) -> bool:
        """`$name = …` of PowerShell: one text, or a list of them."""
        match = _LET.match(self.text, self.at)
        if match is None:
            return False
        name, self.at = match[1].lower(), match.end()
        if match[2]:
            self.arrays[name], self.at = powershell.texts(self.region, self.at)
            return True
        begin = self.at
        word = self.word()
        self.skip_blank()
        ends = self.at >= len(self.text) or self.text[self.at] in "\n;"
        self.variables[name] = word.text if ends and not word.expands else None
        if not ends and word.text[:1].isalpha() and not word.quoted:
            self.at = begin  # it holds what a command prints
        return True

    def _array(self) -> list[Word]:
        self.at += 1
        found = []
        while self.at < len(self.text):
            self.skip_blank()
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
        """The word as the program gets it: the elements of an array; nothing if an unquoted variable is empty."""
        name = _ELEMENTS.fullmatch(word.text) if self.arrays else None
        if name and name[1] in self.arrays:
            return self._elements(name[1], word)
        if self.dialect == "powershell" and word.text.startswith("@") and not word.quoted:
            return self._elements(word.text[1:].lower(), word)
        return [] if not word.text and not word.quoted and before else [word]

    def _elements(self, name: str, word: Word) -> list[Word]:
        """The elements of an array instead of its name; the word itself if there are none, or too many."""
        found = self.arrays.get(name)
        if found is None or not self.takes(sum(_COST + len(each.text) for each in found)):
            return [word._replace(expands=True)]
        return found
