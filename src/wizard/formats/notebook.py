"""The commands, files and texts of a Jupyter notebook, as one Markdown document with the place of each character.

Cells that a shell runs become code blocks of it, cells that write a file become here-documents, and cells of text stay
as they are. Cells of Python keep their `!` lines and the commands that Python starts. Nothing is run, and what a cell
printed is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats import python_commands
from wizard.formats.region import Builder, Region, stand_in

_TOKEN = regex(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)("|\Z)|[\[\]{},:]', re.DOTALL)
_ESCAPE = regex(r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))")
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_MAGIC = regex(r"\A\s*+%%(\w++)([^\n]*+)\n")
_SHELL = frozenset({"bash", "sh", "shell", "system", "sx"})
_SCRIPTS = (["bash"], ["sh"])
_OTHERS = {"cmd": "bat", "powershell": "powershell", "pwsh": "powershell"}
_WRITES = regex(r"[ \t]+(?:(-a|--append)[ \t]+)?([\w./~-]+)[ \t]*")
_RUN = regex(r"[ \t]*(?:!!?|%(?:sx|system)[ \t])")
_FILLED = regex(r"(?<![\w${])\{[A-Za-z_][\w.]{0,60}\}(?!\})")
"""What IPython fills in: the value of an expression of Python."""
_OF_IPYTHON = regex(r"(?m)^([ \t]*+)[!%?](?:[^\\\n]++|\\(?s:.))*+")
"""A line that is no Python, with the lines that continue it."""
_FENCE = "`" * 9
_END = "__END_OF_CELL__"
_DEEPEST = 4
"""No text of a cell has more keys and numbers before it."""


class _Cell(NamedTuple):
    kind: str
    """"code", "markdown", "raw", or "" if none is given."""
    text: Region


def read(text: str) -> Region:
    """The document; an empty text for what is no notebook."""
    built = Builder()
    for cell in _cells(text):
        at = cell.text.origin(0)
        if cell.kind == "markdown":
            built.copy(cell.text, 0, len(cell.text.text))
            built.add("\n\n", at, moving=False)
        elif cell.kind == "code":
            _code(built, cell.text, at)
    return built.region()


def _code(built: Builder, cell: Region, at: int) -> None:
    magic = _MAGIC.match(cell.text)
    name = magic[1] if magic else ""
    body = cell.part(magic.end(), len(cell.text)) if magic else cell
    if magic and (name in _SHELL or name in _OTHERS or (name == "script" and magic[2].split()[:1] in _SCRIPTS)):
        _block(built, [body], _OTHERS.get(name, "bash"), at)
    elif magic and name in ("writefile", "file"):
        if written := _WRITES.fullmatch(magic[2]):
            _written(built, body, written[2], ">>" if written[1] else ">", at)
    elif commands := [*_commands(body), *_started(body)]:
        _block(built, commands, "bash", at)


def _block(built: Builder, commands: list[Region], language: str, at: int) -> None:
    built.add(f"{_FENCE}{language}\n", at, moving=False)
    for command in commands:
        built.copy(command, 0, len(command.text))
        built.add("\n", at, moving=False)
    built.add(f"{_FENCE}\n\n", at, moving=False)


def _written(built: Builder, body: Region, name: str, sign: str, at: int) -> None:
    built.add(f"{_FENCE}bash\ncat {sign} {name} <<'{_END}'\n", at, moving=False)
    built.copy(body, 0, len(body.text))
    built.add("\n" * (not body.text.endswith("\n")) + f"{_END}\n{_FENCE}\n\n", at, moving=False)


def _commands(cell: Region) -> Iterator[Region]:
    """The lines that a shell runs, with the lines that continue them."""
    begin, end = -1, 0
    for offset, row in cell.lines():
        if begin < 0:
            run = _RUN.match(row)
            begin = offset + run.end() if run else -1
        end = offset + len(row)
        if begin >= 0 and not row.endswith("\\"):
            yield _filled(cell.part(begin, end))
            begin = -1
    if begin >= 0:
        yield _filled(cell.part(begin, end))


def _started(cell: Region) -> Iterator[Region]:
    """The commands that Python starts, each at its place."""
    if not python_commands.STARTS.search(cell.text):
        return
    found = python_commands.read(_OF_IPYTHON.sub(_passed, cell.text))
    built = Builder()
    for begin, end in pairwise([*found.edges(), len(found.text)]):
        at, text = found.origin(begin), found.text[begin:end]
        if cell.text.startswith(text, at):
            built.copy(cell, at, at + len(text))
        else:
            built.add(text, cell.origin(at), moving=False)
    if found.text:
        yield built.region()


def _passed(found: re.Match[str]) -> str:
    """A statement of the same length that does nothing."""
    rest = re.sub(r"[^\n]", " ", found.group()[len(found[1]) :])
    return found[1] + ("pass" + rest[4:] if rest[:4] == "    " else rest)


def _filled(command: Region) -> Region:
    """The command with variables of a shell for those of Python; of the same length."""
    return command.reading(_FILLED.sub(lambda found: stand_in(len(found.group())), command.text))


def _cells(text: str) -> Iterator[_Cell]:
    """The cells of the list `cells` at the top, in order."""
    kind, built = "", Builder()
    for path, token in _tokens(text):
        if path == ("cells", None, "cell_type"):
            kind = token[1]
        elif path in (("cells", None, "source"), ("cells", None, "source", None)):
            _decode(built, text, token.start(1), token.end(1))
        elif path == ("cells",) and (region := built.region()).text:
            yield _Cell(kind, region)
            kind, built = "", Builder()


def _tokens(text: str) -> Iterator[tuple[tuple[str | None, ...], re.Match[str]]]:
    """(keys that lead to it, with None for an item of a list; the text), and each `}` with the keys around it.

    What is not JSON yields anything or nothing, but comes to an end.
    """
    keys: list[str | None] = []
    lists: list[bool] = []
    named = False
    for token in _TOKEN.finditer(text):
        sign = token.group() if token[2] is None else ""
        if not sign:
            if lists and not lists[-1] and not named:
                keys[-1] = token[1]
            elif len(keys) <= _DEEPEST:
                yield tuple(keys), token
        elif sign in "[{":
            lists.append(sign == "[")
            keys.append(None)
        elif sign in "]}" and lists:
            lists.pop()
            keys.pop()
            if sign == "}" and len(keys) <= _DEEPEST:
                yield tuple(keys[:-1]), token
        named = sign == ":"


def _decode(built: Builder, text: str, begin: int, end: int) -> None:
    """One string of JSON, each character at its place."""
    at = begin
    for found in _ESCAPE.finditer(text, begin, end):
        built.add(text[at : found.start()], at)
        built.add(_character(found), found.start(), moving=False)
        at = found.end()
    built.add(text[at:end], at)


def _character(found: re.Match[str]) -> str:
    if found[1]:
        return bytes.fromhex(found[1] + found[2]).decode("utf-16-be")
    if found[3]:
        code = int(found[3], 16)
        return "�" if 0xD800 <= code < 0xE000 else chr(code)
    return _PLAIN.get(found[4], found[4])
