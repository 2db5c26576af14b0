"""Text laid out for the available width, and the words and colours of severity."""

from __future__ import annotations

import sys
from collections.abc import Callable
from textwrap import TextWrapper

from textual.content import Content
from textual.geometry import Size
from textual.style import Style
from textual.widget import Widget

from wizard.console import links, may_link
from wizard.fast_start import regex
from wizard.harmless import harmless
from wizard.severity import SYMBOLS, Severity, severity_in_words

Lines = list[Content]

SEVERITY_COLOURS: dict[Severity, str] = {
    "functional": "$text-error",
    "critical": "$text-error",
    "high": "$text-error",
    "medium": "$text-warning",
    "low": "$foreground-muted",
    "info": "$foreground-muted",
}
GAIN = "✓"


class Flow(Widget):
    """A widget drawn from lines that are built for its width."""

    DEFAULT_CSS = "Flow { height: auto; width: 1fr; }"

    def __init__(
        self,
        build: Callable[[int], Lines] | None = None,
        *,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._build = build
        self._built: tuple[int, Lines] | None = None

    def build(self, width: int) -> Lines:
        """The lines for a width in cells."""
        return self._build(width) if self._build else []

    def built(self, width: int) -> Lines:
        """The lines for a width, kept until `redraw`."""
        if self._built is None or self._built[0] != width:
            self._built = (width, self.build(width))
        return self._built[1]

    @property
    def shown_lines(self) -> Lines:
        """The lines as shown on the screen; () before the first layout."""
        return self._built[1] if self._built else []

    def redraw(self, build: Callable[[int], Lines] | None = None) -> None:
        """Rebuild the lines; lay out only if their number changed."""
        if build is not None:
            self._build = build
        before = self._built
        self._built = None
        if not self.is_attached:
            return
        if before is None:
            self.refresh(layout=True)
            return
        self.refresh(layout=len(self.built(before[0])) != len(before[1]))

    def watch_has_focus(self, has_focus: bool) -> None:
        """Lines may show where the focus is."""
        super().watch_has_focus(has_focus)
        self.redraw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.built(width)) if width else 0

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def render(self) -> Content:
        width = self.content_size.width
        return Content("\n").join(self.built(width)) if width else Content("")


def text(value: str, style: str = "") -> Content:
    """Plain text, never read as markup, harmless to the terminal."""
    return Content.styled(harmless(value), style)


_PARTS = regex(r"(?:\w+://|/)?[^/]+/*|/+")
"""Path segments, with the first slash part of the first; in a URL, scheme and host together."""


class _AtSlashes(TextWrapper):
    """A word too long for a line, such as a path or an address, is broken after a slash if it has any."""

    def _split(self, text: str) -> list[str]:
        chunks = super()._split(text)
        if all(len(chunk) <= self.width for chunk in chunks):
            return chunks
        return [part for chunk in chunks for part in self._parted(chunk)]

    def _parted(self, chunk: str) -> list[str]:
        return _PARTS.findall(chunk) if len(chunk) > self.width else [chunk]


def wrapped(value: str, width: int, style: str = "", first: Content | str = "", indent: int = 0) -> Lines:
    """A paragraph; `first` precedes it, the following lines are indented."""
    head = first if isinstance(first, Content) else text(first)
    room = max(8, width - indent)
    start = max(0, head.cell_length - indent)
    parts = _AtSlashes(room, break_on_hyphens=False).wrap(" " * start + harmless(value)) or [""]
    if not parts[0].startswith(" " * start):
        parts.insert(0, "")  # the first word is too long to stand beside the head
    found = [head + text(parts[0][start:] if start else parts[0], style)]
    pad = " " * indent
    return _linked(found + [text(pad) + text(part, style) for part in parts[1:]], value)


def _linked(lines: Lines, value: str) -> Lines:
    """Web addresses that stand whole on a line are links (OSC 8), where the terminal may have them."""
    if "://" not in value or sys.__stdout__ is None or not may_link(sys.__stdout__):
        return lines
    whole = {value[start:end] for start, end in links(value)}
    for at, line in enumerate(lines):
        for start, end in links(line.plain):
            if (address := line.plain[start:end]) in whole:
                lines[at] = lines[at].stylize(Style(link=address), start, end)
    return lines


def clipped(line: Content, width: int) -> Content:
    """A line that fits, with an ellipsis if it has to be cut."""
    return line.truncate(width, ellipsis=True) if line.cell_length > width else line


def under_cursor(line: Content, width: int) -> Content:
    """A line with the background of the one under the cursor, up to the edge."""
    return line.extend_right(max(0, width - line.cell_length)).stylize("on $primary-muted")


def tail(path: str, room: int) -> str:
    """A path that fits; its end is kept, because it says more than its beginning."""
    return path if len(path) <= room else "…" + path[max(0, len(path) - room + 1) :]


def severity_head(severity: Severity, was: Severity | None = None) -> Content:
    """Symbol and word of a severity, after the word of the one that it replaces."""
    former = f"{severity_in_words(was)} → " if was and was != severity else ""
    word = severity_in_words(severity).upper()
    return text(f"{SYMBOLS[severity]} {former}{word}  ", f"bold {SEVERITY_COLOURS[severity]}")
