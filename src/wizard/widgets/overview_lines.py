"""The overview drawn: who calls, the decisions, and beside them who gets in and what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content

from wizard.session import engine, overview, there
from wizard.session.overview import Row
from wizard.widgets.engine_lines import engine_lines
from wizard.widgets.flow import GAIN, Lines, clipped, severity_head, text, wrapped
from wizard.widgets.implications import short

if TYPE_CHECKING:
    from wizard.exposure.findings import Remedy
    from wizard.session.session import Session
    from wizard.session.steps.base import Option
    from wizard.session.there import Unlike

_TITLES = 12
"""Cells of the column of titles, at least."""
_TROUBLES = {"broken": ("✗", "bold $text-error"), "confirm": ("▲", "bold $text-error"), "": (" ", "")}
_LOST = 3
"""Sentences about what could not be carried over; Review has them all."""
_KNOWN = ("low", "info")
"""Severities that are folded into one line."""


class Shown(NamedTuple):
    """What the list shows."""

    rows: tuple[Row, ...]
    files: str
    at: int
    moved: set[str]
    """Ids of the lines that just followed an answer."""
    broken_files: bool = False


def who_lines(audiences: tuple[tuple[Option, bool], ...], width: int) -> Lines:
    """The audiences, each with the number that switches it, as many on a line as fit."""
    lines: Lines = []
    line = text("Who calls it  ", "$foreground-muted")
    for number, (option, chosen) in enumerate(audiences, 1):
        box = text(f"{number} ", "bold $text-accent") + text("[x] " if chosen else "[ ] ", "bold" if chosen else "")
        item = box + text(_SHORT.get(option.id, option.label), "bold" if chosen else "")
        if line.cell_length + item.cell_length > width and line.cell_length > _INDENT:
            lines.append(line)
            line = text(" " * _INDENT)
        line = line + item + text("   ")
    return [*lines, line]


_INDENT = 14
_SHORT = {
    "me": "programs here",
    "browser": "a page here",
    "web-app": "a web app",
    "containers": "containers",
    "lan": "your network",
    "internet": "the internet",
}


def row_lines(shown: Shown, width: int) -> Lines:
    """One line for each decision, and the last for the files."""
    titles = max(_TITLES, *(len(row.title) for row in shown.rows)) + 2
    origins = max((len(row.origin) for row in shown.rows), default=0) + 2
    lines = [
        _line(row, number == shown.at, row.id in shown.moved, titles, origins, width)
        for number, row in enumerate(shown.rows)
    ]
    files = Row("files", "Files", shown.files, "", (), "broken" if shown.broken_files else "")
    return [*lines, _line(files, shown.at == len(shown.rows), False, titles, origins, width)]


def _line(row: Row, here: bool, moved: bool, titles: int, origins: int, width: int) -> Content:
    mark, style = _TROUBLES[row.trouble]
    head = text("▌" if here else " ", "$primary") + text(f"{mark} ", style)
    head += text(f"{row.title:<{titles}}", "bold" if here else "$foreground-muted")
    origin = f"◂ {row.origin}" if moved else row.origin
    room = width - head.cell_length - origins - (2 if moved else 0)
    value = clipped(text(row.value, "bold" if here or moved else ""), max(8, room))
    line = head + value.extend_right(max(0, room - value.cell_length))
    line += text(f" {origin}", "$text-accent" if moved or row.origin not in ("", "proposed") else "$foreground-muted")
    line = clipped(line, width)
    if here:
        line = line.extend_right(max(0, width - line.cell_length)).stylize("on $primary-muted")
    return line


def unlike(found: Unlike, width: int) -> Lines:
    """Something that will not be as it was."""
    sign, style = ("−", "$text-warning") if found.lost else ("≠", "$text-accent")
    return wrapped(found.sentence, width, "", text(f"{sign} {found.head}: ", style), 2)


def around(session: Session, width: int, tight: bool, fix: Remedy | None) -> Lines:
    """Who gets in, then what is wrong, the rest folded to one line. `fix`: what the key applies."""
    gap = [] if tight else [text("")]
    found = overview.callers(session)
    lines: Lines = []
    for head, words, style in (
        ("Can call it", found.can, "$text-success"),
        ("With token", found.with_token, "$text-success"),
        ("Asks first", found.asked, "$foreground-muted"),
        ("Kept out", found.cannot, "$foreground-muted"),
    ):
        if words:
            lines += wrapped(", ".join(words), width, "", text(f"{head:<13}", style), 13)
    lines += gap
    here, lacks = engine_lines(session, width), any(not each.there for each in engine.said(session))
    if here and lacks:
        lines += here + gap
    lost = there.unlike(session)
    for each in lost[:_LOST]:
        lines += unlike(each, width)
    if len(lost) > _LOST:
        lines += wrapped(f"and {len(lost) - _LOST} more: Review lists them", width, "$foreground-muted", "  ", 2)
    lines += gap if lost else []
    heavy = [each for each in session.view.folded if each.finding.severity not in _KNOWN]
    light = len(session.view.folded) - len(heavy)
    for folded in heavy:
        accepted = set(folded.names) <= set(session.plan.accepted)
        if accepted:
            lines += wrapped(
                f"accepted: {folded.sentence}", width, "$foreground-muted", severity_head(folded.finding), 2
            )
        else:
            lines += short(folded, width, tight)
        if fix in folded.finding.remedies and fix is not None:
            lines += wrapped(fix.label, width, "", text("  ") + text("f", "bold $text-accent") + text("  "), 5)
            fix = None
    if not heavy:
        lines += wrapped("Nothing stands against this.", width, "$text-success", text(f"{GAIN} "), 2)
    if light:
        smaller = f"{light} smaller thing{'s' if light > 1 else ''} to know, said step by step"
        lines += wrapped(smaller, width, "$foreground-muted", text("▪ ", "$foreground-muted"), 2)
    return lines + (gap + here if here and not lacks else [])
