"""Commands that a Python program starts, read as lines of a shell script: lists of words, and texts given to a shell.

The program is parsed, never run. What is not written out is a variable to the shell.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Container, Iterator
from itertools import accumulate

from wizard.fast_start import regex
from wizard.formats.region import Builder, Region

STARTS = regex(r"\b(?:subprocess|os\.system|os\.popen|create_subprocess_(?:exec|shell)|pexpect)\b")
"""What a program that starts others mentions."""
_CALLS = frozenset(
    {
        "run", "call", "check_call", "check_output", "Popen", "getoutput", "getstatusoutput", "system", "popen",
        "create_subprocess_exec", "create_subprocess_shell", "spawn", "split",
    }
)  # fmt: skip
_PIECE = regex(r"\s+|\S+")
_GROWS = frozenset({"append", "extend", "insert"})
_UNKNOWN = '"${_}"'


def read(text: str) -> Region:
    """The commands, one a line, each word at its place; an empty text where none is found or it is no Python."""
    built = Builder()
    for command in _commands(text):
        command.write(built)
    return built.region()


class _Command:
    """A list of words, or a text for a shell; `open_`: more words may be added later."""

    def __init__(self, source: _Places, node: ast.expr, words: list[ast.expr] | None, open_: bool) -> None:
        self.source, self.node, self.words, self.open_ = source, node, words, open_

    def write(self, built: Builder) -> None:
        """The line for a shell."""
        at = self.source.of(self.node)
        if self.words is None:
            self._add(built, self.node, quoted=False)
        else:
            for number, word in enumerate(self.words):
                built.add(" " * (number > 0), at, moving=False)
                self._add(built, word, quoted=True)
        built.add(" ${_}" * self.open_, at, moving=False)
        built.add("\n", at, moving=False)

    def _add(self, built: Builder, node: ast.expr, quoted: bool) -> None:
        at, text = self.source.of(node), _text(node)
        if text is None:
            built.add(_UNKNOWN, at, moving=False)
            return
        plain = self.source.literal(node, text)
        quote = ("'" if plain is not None or isinstance(node, ast.Constant) else '"') if quoted else ""
        built.add(quote, at, moving=False)
        if plain is None or (quote and quote in text):
            self._spread(built, text.replace(quote, f"{quote}\\{quote}{quote}") if quote else text, node)
        else:
            built.add(text, plain)
        built.add(quote, at, moving=False)

    def _spread(self, built: Builder, text: str, node: ast.expr) -> None:
        """Each word where the next one like it stands."""
        at, end = self.source.of(node), self.source.end(node)
        for piece in _PIECE.findall(text):
            found = -1 if piece.isspace() else self.source.text.find(piece, at, end)
            built.add(piece, at if found < 0 else found, moving=found >= 0)
            at = at if found < 0 else found + len(piece)


class _Places:
    """Offsets in a text of what the parser gives as line and byte."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._rows = text.split("\n")
        self._starts = [0, *accumulate(len(row) + 1 for row in self._rows)]

    def of(self, node: ast.expr) -> int:
        """Where it begins."""
        return self._at(node.lineno, node.col_offset)

    def end(self, node: ast.expr) -> int:
        """Where it ends."""
        return self._at(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)

    def _at(self, line: int, byte: int) -> int:
        row = self._rows[line - 1]
        return self._starts[line - 1] + (byte if row.isascii() else len(row.encode()[:byte].decode(errors="replace")))

    def literal(self, node: ast.expr, text: str) -> int | None:
        """Where the characters of a text begin, if they stand there as they are."""
        quotes = re.compile(r"[rR]?(\"\"\"|'''|[\"'])").match(self.text, self.of(node))
        if quotes is None or not self.text.startswith(text + quotes[1], quotes.end()):
            return None
        return quotes.end()


def _commands(text: str) -> Iterator[_Command]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    places, nodes = _Places(text), list(ast.walk(tree))
    calls = [each for each in nodes if isinstance(each, ast.Call) and _name(each.func) in _CALLS]
    named = {each.args[0].id for each in calls if each.args and isinstance(each.args[0], ast.Name)}
    longer = {name for each in nodes if (name := _lengthened(each))}
    lists = {name for each in nodes if (name := _grown(each))}
    for call in calls:
        yield from _called(places, call)
    for node in nodes:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            yield from _assigned(places, node, node.value, named, longer, lists)


def _lengthened(node: ast.AST) -> str:
    """The name of a text to which more is added: `a += …`, `a = a + …`; "" for anything else."""
    if isinstance(node, ast.AugAssign):
        return node.target.id if isinstance(node.target, ast.Name) else ""
    if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp)):
        return ""
    first: ast.expr = node.value
    while isinstance(first, ast.BinOp):
        first = first.left
    target = node.targets[0]
    same = isinstance(first, ast.Name) and isinstance(target, ast.Name) and first.id == target.id
    return target.id if same and isinstance(target, ast.Name) else ""


def _grown(node: ast.AST) -> str:
    """The name of a list that may get more words, or goes into another one, "" if it does not here."""
    found: ast.AST | None = None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _GROWS:
        found = node.func.value
    elif isinstance(node, ast.AugAssign):
        found = node.target
    elif isinstance(node, ast.BinOp):
        found = node.left if isinstance(node.left, ast.Name) else node.right
    elif isinstance(node, ast.Starred) or (isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)):
        found = node.value
    return found.id if isinstance(found, ast.Name) else ""


def _assigned(
    places: _Places,
    node: ast.Assign | ast.AnnAssign,
    value: ast.expr,
    named: Container[str],
    longer: Container[str],
    lists: Container[str],
) -> Iterator[_Command]:
    """A list that may be a command, or a text whose name is called later on. `longer`, `lists`: names of texts and of
    lists to which more may be added."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    called = {each.id for each in targets if isinstance(each, ast.Name) and each.id in named}
    if isinstance(value, ast.List):
        second = _text(value.elts[1]) if len(value.elts) > 1 else None
        if second is not None and second.startswith("-"):
            yield _Command(places, value, value.elts, not called or any(name in lists for name in called))
    elif _text(value) is not None and called:
        yield _Command(places, value, None, any(name in longer for name in called))


def _called(places: _Places, node: ast.Call) -> Iterator[_Command]:
    own = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "split" else None
    if not node.args and own is None:
        return
    first = node.args[0] if node.args else own
    if first is None or (own is not None and node.args and _text(own) is not None):
        return  # a text that is split at something else than blanks
    if isinstance(first, ast.List | ast.Tuple):
        yield _Command(places, first, first.elts, False)
    elif _name(node.func) == "create_subprocess_exec":
        yield _Command(places, first, node.args, False)
    elif _text(first) is not None:
        yield _Command(places, first, None, False)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _text(node: ast.expr) -> str | None:
    """A text, with variables of a shell for what is filled in; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        pieces = (_text(each) if isinstance(each, ast.Constant) else "${_}" for each in node.values)
        return "".join(piece or "" for piece in pieces)
    return None
