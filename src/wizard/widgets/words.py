"""Terms of the glossary, underlined where a sentence uses them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from textual.content import Content
from textual.style import Style

from wizard import help
from wizard.widgets.flow import Lines, wrapped

if TYPE_CHECKING:
    from wizard.help.glossary import Term

_TERM = "term"
_LINE = Style(underline=True)


@lru_cache(maxsize=256)
def mentions(value: str) -> tuple[tuple[int, int, Term], ...]:
    """Where a sentence uses a term of the glossary; cached, because the pane shows the same sentences again and
    again."""
    return help.glossary.mentions(value)


def marked(value: str, width: int, style: str = "", first: Content | str = "", indent: int = 0) -> Lines:
    """A paragraph as made by `wrapped`, with its glossary terms underlined."""
    spans = [(start, end, Style.from_meta({_TERM: term.name}) + _LINE) for start, end, term in mentions(value)]
    return _styled(value, wrapped(value, width, style, first, indent), spans)


def underlined(lines: Lines) -> tuple[str, ...]:
    """The glossary terms that `marked` underlined in these lines, in reading order, each once."""
    spans = [span for line in lines for span in sorted(line.spans, key=lambda span: span.start)]
    styles = [span.style for span in spans if isinstance(span.style, Style)]
    return tuple(dict.fromkeys(style.meta[_TERM] for style in styles if _TERM in style.meta))


class WordsPage:
    """Paragraphs whose glossary terms can be stepped through.

    `at`: the number of the term under the cursor, from 0; -1 = none.
    """

    def __init__(self, width: int, at: int = -1, without: str = "") -> None:
        self.width = width
        self.lines: Lines = []
        self.words: list[str] = []
        self.rows: list[int] = []
        """The line that each term is in."""
        self._at = at
        self._without = without

    def plain(self, value: str, style: str = "", first: Content | str = "", indent: int = 0) -> None:
        """A paragraph without links; nothing for an empty one."""
        if value:
            self.lines += wrapped(value, self.width, style, first, indent)

    def gap(self) -> None:
        """An empty line, unless there is one."""
        if self.lines and self.lines[-1].plain:
            self.lines.append(Content(""))

    def say(self, value: str, style: str = "", first: Content | str = "", indent: int = 0) -> None:
        """A paragraph with links; nothing for an empty one."""
        if not value:
            return
        spans: list[tuple[int, int, str]] = []
        numbers: list[int] = []
        for start, end, term in sorted(mentions(value), key=lambda hit: hit[0]):
            if term.name in self.words or term.name == self._without:
                continue
            here = len(self.words) == self._at
            numbers.append(len(self.words))
            self.words.append(term.name)
            self.rows.append(0)
            spans.append((start, end, "bold underline on $primary-muted" if here else "underline"))
        top = len(self.lines)
        lines = wrapped(value, self.width, style, first, indent)
        for number, (start, _, _) in zip(numbers, spans, strict=True):
            self.rows[number] = top + _row(value, lines, start)
        self.lines += _styled(value, lines, spans)


def _solid(value: str) -> str:
    return "".join(value.split())


def _places(value: str, lines: Lines) -> list[tuple[int, int]]:
    """(line, column) of every non-blank character of a paragraph; what comes before the paragraph is skipped."""
    found = [
        (row, column) for row, line in enumerate(lines) for column, char in enumerate(line.plain) if not char.isspace()
    ]
    return found[len(found) - len(_solid(value)) :]


def _row(value: str, lines: Lines, start: int) -> int:
    return _places(value, lines)[len(_solid(value[:start]))][0]


def _styled(value: str, lines: Lines, spans: Sequence[tuple[int, int, str | Style]]) -> Lines:
    """The lines with parts of the paragraph styled, even if a part continues on the next line."""
    if not spans:
        return lines
    places = _places(value, lines)
    styled = list(lines)
    for start, end, style in spans:
        stretch = places[len(_solid(value[:start])) : len(_solid(value[:end]))]
        for row in {row for row, _ in stretch}:
            columns = [column for at, column in stretch if at == row]
            styled[row] = styled[row].stylize(style, min(columns), max(columns) + 1)
    return styled
