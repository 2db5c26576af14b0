"""Sends a terminal only what has changed instead of whole frames: redrawing the same content costs nothing.

Textual draws a page in several steps, each a frame of every cell. The frames are parsed here as a terminal would,
compared with what the terminal already shows, and only the difference is passed on. Anything that is not a frame is
passed on unchanged, and what the terminal shows then counts as unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from rich.cells import cell_len

from wizard.fast_start import regex

_TOKEN = regex(
    r"\x1b\[(?P<row>\d+);(?P<column>\d+)H|\x1b\[(?P<style>[\d;:]*)m|(?P<link>\x1b\]8;[^\x07\x1b]*(?:\x1b\\|\x07))"
    r"|(?P<break>\n)|(?P<text>[^\x1b\n\r\t\b\x07]+)|(?P<other>[\s\S])"
)
_LINK_ID = regex(r"(?<=\x1b\]8;)[^;]*")
"""Drawn anew, the same link would have another id, and count as changed."""
_INK, _PAPER = regex(r"\b38;2;\d+;\d+;\d+"), regex(r"\b48;2;\d+;\d+;\d+")
_DRAWS_NOTHING = regex(
    r"(?:\x1b\[\?(?!(?:47|1047|1049)[hl])\d+(?:[hl]|\$p)|\x1b\](?!8;)[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[<>=]?[\d;]*[tu])+"
)
"""Modes (except another screen), titles, the clipboard: they do not change what a terminal shows."""
_GAP = 3
"""Unchanged cells that are redrawn instead of skipped: moving the cursor takes about as many characters."""
_UNSEEN = frozenset(("", *(f"\x1b[{code}m" for code in "123")))
"""Bold, dim, italic: attributes that are invisible on a blank."""

_Row = list[tuple[str, str] | None]
"""Text and style of each cell; "" = the second half of a wide character, None = unknown."""


class ChangedCells:
    """What the terminal shows."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._size = (0, 0)

    def forget(self) -> None:
        """What the terminal shows is unknown from now on."""
        self._size = (0, 0)

    def reduced(self, data: str, size: tuple[int, int]) -> str:
        """What to send instead of `data` to a terminal with a size (columns, rows)."""
        if _DRAWS_NOTHING.fullmatch(data):
            return data
        if size != self._size:
            self._size = size
            self._rows = [[None] * size[0] for _ in range(size[1])]
        dirty: dict[int, set[int]] = {}
        place = self._draw(data, dirty)
        if place is None:
            self.forget()
            return data
        return "".join(self._sent(dirty)) + place

    def _draw(self, data: str, dirty: dict[int, set[int]]) -> str | None:
        """Draw a frame; returns the last position of the cursor, None if it is not a frame."""
        x = y = 0
        style = link = place = ""
        for token in _TOKEN.finditer(data):
            kind = token.lastgroup
            if kind == "text":
                x = self._put(token[0], x, y, f"{link}\x1b[{style}m" if style else link, dirty)
                place = ""
            elif kind == "style":
                style = (
                    token["style"] if style in ("", "0") or token["style"] in ("", "0") else f"{style};{token['style']}"
                )
                style = "" if style == "0" else style
            elif kind == "column":
                y, x, place = int(token["row"]) - 1, int(token["column"]) - 1, token[0]
            elif kind == "link":
                link = "" if token[0].startswith(("\x1b]8;;\x1b", "\x1b]8;;\x07")) else _LINK_ID.sub("", token[0])
            elif kind != "break":
                return None
        return place

    def _put(self, words: str, x: int, y: int, style: str, dirty: dict[int, set[int]]) -> int:
        """Draw a text, and note which cells change; returns the cell after it."""
        if not 0 <= y < len(self._rows):
            return x
        row = self._rows[y]
        cells = [(char, style) for char in words] if words.isascii() else _cells(words, style)
        end = min(x + len(cells), len(row))
        # A frame that was made before the terminal became smaller reaches beyond its edge.
        if 0 <= x < end and row[x:end] != cells[: end - x]:
            changed = dirty.setdefault(y, set())
            for at in range(x, end):
                if row[at] != cells[at - x]:
                    row[at] = cells[at - x]
                    changed.add(at)
        return x + len(cells)

    def _sent(self, dirty: dict[int, set[int]]) -> Iterator[str]:
        """The changed cells of each row, in as few runs as is efficient. The style continues from run to run."""
        style = ""
        for y in sorted(dirty):
            row = self._rows[y]
            for first, last in _runs(sorted(dirty[y])):
                while first and row[first] is not None and row[first][0] == "":  # type: ignore[index]
                    first -= 1
                yield f"\x1b[{y + 1};{first + 1}H"
                for cell in row[first : last + 1]:
                    char, wanted = cell or (" ", "")
                    if char and wanted != style and not (char == " " and _blanks_alike(style, wanted)):
                        yield _switched(style, wanted)
                        style = wanted
                    yield char
        if style:
            yield _switched(style, "")


@lru_cache(4096)
def _blanks_alike(one: str, other: str) -> bool:
    """Whether a blank looks the same in two styles: only its background is visible, not its colour or weight."""
    first, second = _parted(one), _parted(other)
    return first.paper == second.paper and first.others in _UNSEEN and second.others in _UNSEEN


@lru_cache(4096)
def _switched(before: str, after: str) -> str:
    """The change from one style to another; if only colours differ, just these. A link is closed where it ends."""
    was, will = _parted(before), _parted(after)
    if before and after and was.others == will.others and all((was.ink, will.ink, was.paper, will.paper)):
        colours = [new for new, old in ((will.ink, was.ink), (will.paper, was.paper)) if new != old]
        return f"\x1b[{';'.join(colours)}m"
    closed = "\x1b]8;;\x1b\\" if "\x1b]8" in before else ""
    if not before:
        return after
    return f"{closed}\x1b[0;{after[2:]}" if after.startswith("\x1b[") else f"{closed}\x1b[0m{after}"


class _Parts(NamedTuple):
    ink: str
    paper: str
    others: str
    """Everything else: bold, a link …"""


@lru_cache(4096)
def _parted(style: str) -> _Parts:
    ink, paper = _INK.search(style), _PAPER.search(style)
    others = _PAPER.sub("", _INK.sub("", style)).replace(";", "").replace("\x1b[m", "")
    return _Parts(ink[0] if ink else "", paper[0] if paper else "", others)


def _cells(words: str, style: str) -> list[tuple[str, str] | None]:
    found: list[tuple[str, str] | None] = []
    for char in words:
        width = cell_len(char)
        if not width and found and found[-1] is not None:
            at = len(found) - 1 if found[-1][0] or len(found) < 2 else len(found) - 2
            before = found[at] or ("", style)
            found[at] = (before[0] + char, style)
        else:
            found += [(char, style), *[("", style)] * (width - 1)] if width else []
    return found


def _runs(cells: list[int]) -> Iterator[tuple[int, int]]:
    """First and last cell of each run; a short gap is included in the run around it."""
    first = before = cells[0]
    for cell in cells[1:]:
        if cell - before > _GAP + 1:
            yield first, before
            first = cell
        before = cell
    yield first, before
