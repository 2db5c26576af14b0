"""Command lines for POSIX shells and PowerShell, and reading a POSIX one with positions."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from wizard.formats.source import LineIndex, SourceError, refuse, require_encodable, require_no_controls, require_no_nul

_BARE_IN_POWERSHELL = re.compile(r"--[a-z][a-z-]*|[A-Za-z][A-Za-z0-9_]*")
# PowerShell takes the typographic single quotes for the plain one (CharExtensions.IsSingleQuote).
_POWERSHELL_QUOTE = re.compile("['\u2018\u2019\u201a\u201b]")


@lru_cache(maxsize=2048)  # a key press renders nearly the same words again
def sh(word: str) -> str:
    """A word as every POSIX shell reads it back. Raises WizardError for NUL and for bytes that are no text."""
    require_no_nul(word, "a shell script")
    require_encodable(word, "a shell script")
    return shlex.quote(word)


def sh_command(groups: Sequence[Sequence[str]], indent: str = "  ") -> str:
    """A command over several lines: one group of words a line, joined by backslashes."""
    return f" \\\n{indent}".join(" ".join(map(sh, group)) for group in groups if group)


def powershell(text: str) -> str:
    """A PowerShell string literal. Raises WizardError for control characters and bytes that are no text."""
    require_no_controls(text, "a PowerShell script", allowed="\t")
    require_encodable(text, "a PowerShell script")
    return "'" + _POWERSHELL_QUOTE.sub(lambda match: match.group() * 2, text) + "'"


@lru_cache(maxsize=2048)
def powershell_argument(word: str) -> str:
    """One argument for a program (not a cmdlet), read the same by Windows PowerShell 5.1 and PowerShell 7.

    Up to 7.2 they pass on an empty argument, a double quote, or a backslash at the end of an argument with blanks
    otherwise than since 7.3 ($PSNativeCommandArgumentPassing); such words raise WizardError.
    """
    where = "a PowerShell command"
    hint = "Put the value into a file the command reads, or use run.sh."
    if not word:
        raise refuse(word, where, "Older PowerShell drops an empty argument.", hint)
    if '"' in word:
        raise refuse(word, where, "PowerShell versions pass a double quote on in different ways.", hint)
    if word.endswith("\\") and any(char.isspace() for char in word):
        raise refuse(word, where, "Older PowerShell reads the last backslash as escaping a quote.", hint)
    if _BARE_IN_POWERSHELL.fullmatch(word):
        return word
    return powershell(word)


def powershell_command(groups: Sequence[Sequence[str]], indent: str = "  ") -> str:
    """A command over several lines, joined by backticks; its first word is called as a program."""
    lines = [" ".join(map(powershell_argument, group)) for group in groups if group]
    call = "& " if lines and lines[0].startswith("'") else ""
    return call + f" `\n{indent}".join(lines)


def powershell_file(text: str) -> str:
    """The text of a .ps1 file: with a byte order mark if it is not ASCII, which Windows PowerShell 5.1 needs."""
    return text if text.isascii() else f"\ufeff{text}"


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a command; `expands` if the shell would put something else in its place ($X, `…`, *)."""

    text: str
    line: int
    column: int
    expands: bool = False


_OPERATOR = re.compile(r"[;&|()\n]+")
_REDIRECT = re.compile(r"(?:&>>?|[<>]+[&|]?)[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r]|\\\r?\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_BARE = re.compile(r"[^\s\\'\"$`;&|()<>]+")
_SINGLE = re.compile(r"'([^']*)'")
_EXPANSION = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)|\$[A-Za-z_0-9@*#?$!-]\w*|`[^`]*`")
_GLOB = re.compile(r"[*?\[]|^~")


def read_commands(text: str) -> list[list[Word]]:
    """The simple commands of a shell script, as lists of words; redirections and operators are left out.

    Nothing is expanded: `$X`, `${X}`, `$(…)` and backquotes stay as typed and mark the word. Here-documents and
    nested quotes inside `$(…)` are not understood. Raises SourceError for a quote that is never closed.
    """
    reader = _Reader(text)
    commands: list[list[Word]] = [[]]
    while reader.at < len(text):
        if reader.skip(_BLANK) or reader.skip(_COMMENT):
            continue
        if reader.skip(_REDIRECT):
            reader.word()
        elif reader.skip(_OPERATOR):
            commands.append([])
        else:
            word = reader.word()
            if not (word.text.isdigit() and _REDIRECT.match(text, reader.at) and text[reader.at - 1].isdigit()):
                commands[-1].append(word)
    return [command for command in commands if command]


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._index = LineIndex(text)

    def skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        if match is None or not match.group():
            return False
        self.at = match.end()
        return True

    def word(self) -> Word:
        place = self._index.at(self.at)
        parts: list[str] = []
        expands = False
        while self.at < len(self.text) and self.text[self.at] not in " \t\r\n;&|()<>":
            part, dynamic = self._part()
            parts.append(part)
            expands = expands or dynamic
        return Word("".join(parts), *place, expands)

    def _part(self) -> tuple[str, bool]:
        text, at = self.text, self.at
        if bare := _BARE.match(text, at):
            self.at = bare.end()
            return bare.group(), _GLOB.search(bare.group()) is not None
        if text[at] == "\\":
            self.at = at + 2
            return ("" if text[at + 1 : at + 2] == "\n" else text[at + 1 : at + 2]), False
        if single := _SINGLE.match(text, at):
            self.at = single.end()
            return single.group(1), False
        if text[at] == "'":
            raise SourceError(self._index.problem(at, "This quote is never closed."))
        if text[at] == '"':
            return self._double(at)
        return self._expansion(at)

    def _expansion(self, at: int) -> tuple[str, bool]:
        match = _EXPANSION.match(self.text, at)
        self.at = match.end() if match else at + 1
        return self.text[at : self.at], match is not None

    def _double(self, start: int) -> tuple[str, bool]:
        parts: list[str] = []
        expands = False
        at = start + 1
        while at < len(self.text) and self.text[at] != '"':
            char, following = self.text[at], self.text[at + 1 : at + 2]
            if char == "\\" and following in ("$", "`", '"', "\\", "\n"):
                parts.append("" if following == "\n" else following)
                at += 2
            elif char in "$`":
                part, dynamic = self._expansion(at)
                parts.append(part)
                expands, at = expands or dynamic, self.at
            else:
                parts.append(char)
                at += 1
        if at >= len(self.text):
            raise SourceError(self._index.problem(start, "This quote is never closed."))
        self.at = at + 1
        return "".join(parts), expands


def words(command: Iterable[Word]) -> list[str]:
    """The plain texts of a command's words."""
    return [word.text for word in command]
