"""The overview, drawn: who calls, the decisions, and next to them who gets in and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from wizard.exposure.importance import present
from wizard.fast_start import regex
from wizard.session import engine, overview, there
from wizard.session.decisions import WITH_COOKIES, Row, fixes
from wizard.widgets.engine_lines import engine_lines
from wizard.widgets.flow import Flow, Lines, clipped, severity_head, text, under_cursor, wrapped
from wizard.widgets.implications import folded_line, nothing_to_change, short

if TYPE_CHECKING:
    from wizard.deployment.finding import Remedy, Unanswered
    from wizard.session.session import Session
    from wizard.session.steps.base import Option
    from wizard.session.there import Unlike

_TITLES = 12
"""Cells of the column of titles, at least, where there is room."""
_TIGHT = 60
"""Cells below which a line has no room to spare."""
_HEAD = 3
"""Cells for the cursor and the mark of a line."""
_PLACE = regex(r"\S+\.[^\s:]+(?::(\d+))?")
"""The name of a file, perhaps with a line."""
_TROUBLES = {"broken": ("✗", "bold $text-error"), "confirm": ("▲", "bold $text-error"), "": (" ", "")}
_LOST = 3
"""Maximum number of sentences about what could not be carried over; Review shows them all."""


class ShownRows(NamedTuple):
    """What the list shows."""

    rows: tuple[Row, ...]
    files: str
    at: int
    moved: set[str]
    """Ids of the lines that just changed because of an answer."""
    broken_files: bool = False


class Decisions(Flow, can_focus=True):
    """The lines; up and down move the cursor within them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "screen.move(-1)", show=False),
        Binding("down", "screen.move(1)", show=False),
        Binding("home", "screen.move(-99)", show=False),
        Binding("end", "screen.move(99)", show=False),
        Binding("right,space", "screen.open", show=False),
        Binding("enter", "screen.go_on", show=False),
    ]

    async def on_click(self, event: events.Click) -> None:
        """Open the clicked line."""
        await self.run_action(f"screen.open({event.y})")


def who_lines(audiences: tuple[tuple[Option, bool], ...], width: int) -> Lines:
    """The audiences, each with the number that toggles it, as many per line as fit."""
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


def row_lines(shown: ShownRows, width: int) -> Lines:
    """One line for each decision, and the last for the files."""
    longest = max(len(row.title) for row in shown.rows)
    gap = 1 if width < _TIGHT else 2
    titles = (longest if width < _TIGHT else max(_TITLES, longest)) + gap
    rows = _placed(shown.rows, width - _HEAD - titles - gap)
    origins = max((len(row.origin) for row in rows), default=0) + gap
    lines = [
        _line(row, number == shown.at, row.id in shown.moved, titles, origins, width) for number, row in enumerate(rows)
    ]
    files = Row("files", "Files", shown.files, "", (), "broken" if shown.broken_files else "")
    return [*lines, _line(files, shown.at == len(shown.rows), False, titles, 0, width)]


def _placed(rows: tuple[Row, ...], room: int) -> tuple[Row, ...]:
    """The lines with where their answers come from: in fewer words if a value would be cut, and not next to a value
    that even then needs its room.

    `room`: cells of a value and its place.
    """
    ways = (rows, tuple(row._replace(origin=_shorter(row.origin)) for row in rows))
    lefts = [room - max((len(row.origin) for row in way), default=0) for way in ways]
    if all(_fits(row, lefts[0]) for row in rows):
        return rows
    return tuple(row if _fits(row, lefts[1]) else row._replace(origin="") for row in ways[1])


def _fits(row: Row, room: int) -> bool:
    return any(len(words) <= room for words in _wordings(row.value))


def _shorter(origin: str) -> str:
    """Of a place in a file only the line."""
    place = _PLACE.fullmatch(origin)
    if place is None:
        return origin.removeprefix("its ")
    return min(f"line {place[1]}" if place[1] else "your file", origin, key=len)


def _line(row: Row, here: bool, moved: bool, titles: int, origins: int, width: int) -> Content:
    mark, style = _TROUBLES[row.trouble]
    head = text("▌" if here else " ", "$primary") + text(f"{mark} ", style)
    head += text(f"{row.title:<{titles}}", "bold" if here else "$foreground-muted")
    origin = f"◂ {row.origin}" if moved else row.origin
    room = width - head.cell_length - (origins if row.origin else 0) - (2 if moved else 0)
    value = _value(row.value, max(8, room), "bold" if here or moved else "")
    line = head + value.extend_right(max(0, room - value.cell_length))
    origin = f" {origin}" if origin else ""
    line += text(origin, "$text-accent" if moved or row.origin not in ("", "proposed") else "$foreground-muted")
    line = clipped(line, width)
    return under_cursor(line, width) if here else line


def unlike(found: Unlike, width: int) -> Lines:
    """Something that will be different."""
    sign, style = ("−", "$text-warning") if found.lost else ("≠", "$text-accent")
    return wrapped(found.sentence, width, "", text(f"{sign} {found.head}: ", style), 2)


def _value(value: str, room: int, style: str) -> Content:
    """A value in its room; an address at its end stays whole as long as it can, and of a list the first ones do."""
    fitting = next((words for words in _wordings(value) if len(words) <= room), "")
    if fitting:
        return text(fitting, style)
    words, _, address = value.rpartition("   ")
    _, _, place = address.rpartition("://")
    if words and room > len(place) + _LEAST and address != place:
        return clipped(text(words, style), room - len(place) - 2) + text(f"  {place}", style)
    return clipped(text(value, style), room)


def _wordings(value: str) -> Iterator[str]:
    """The same in fewer and fewer words, none of which misleads."""
    yield value
    words, _, address = value.rpartition("   ")
    if words:
        yield f"{words}  {address}"
    if words and "://" in address:
        place = address.rpartition("://")[2]
        yield from (f"{words}{gap}{place}" for gap in ("  ", " "))
        if place.startswith("127."):  # the words say so already
            yield f"{words}  :{place.rpartition(':')[2]}"
    elif words:
        yield words
    cookies = WITH_COOKIES if value.endswith(WITH_COOKIES) else ""
    listed = [] if "   " in value else value.removesuffix(WITH_COOKIES).split(", ")
    for kept in range(len(listed) - 1, 0, -1):
        yield f"{', '.join(listed[:kept])} and {len(listed) - kept} more{cookies}"


_LEAST = 8
"""Cells for the words before an address that is shown whole."""


def _callers(session: Session, width: int) -> Lines:
    found = overview.callers(session.view)
    lines: Lines = []
    for head, words, style in (
        ("Can call it", found.can, "$text-success"),
        ("With token", found.with_token, "$text-success"),
        ("Browser asks", found.asked, "$foreground-muted"),
        ("Kept out", found.cannot, "$foreground-muted"),
    ):
        if words:
            lines += wrapped(", ".join(words), width, "", text(f"{head:<13}", style), 13)
    return lines


def _unlike(session: Session, width: int) -> Lines:
    """What is wrong with the opened files, in one line, and what will be different from them."""
    wrong = there.judged_in_a_sentence(session)
    lines = _judged(wrong, width) if wrong else []
    return lines + _lost(session, width)


def _judged(wrong: str, width: int) -> Lines:
    key = text("i", "bold $text-accent") + text(" shows the lines", "$foreground-muted")
    found = wrapped(wrong, width, "bold", text("✗ ", "bold $text-error"), 2)
    together = found[-1] + text("   ") + key
    return [*found[:-1], together] if together.cell_length <= width else [*found, text("  ") + key]


def _lost(session: Session, width: int) -> Lines:
    lost = there.unlike(session)
    lines = [line for each in lost[:_LOST] for line in unlike(each, width)]
    if len(lost) > _LOST:
        lines += wrapped(f"and {len(lost) - _LOST} more: Review lists them", width, "$foreground-muted", "  ", 2)
    return lines


class Room(NamedTuple):
    """How much is said about who gets in and what is wrong; the most detailed version that fits is used."""

    gaps: bool
    """Empty lines between the parts."""
    known: bool
    """Also list what needs no action."""
    whole: bool
    """Sentences are complete; otherwise each is cut to one line."""


_ROOMS = (Room(True, True, True), Room(False, True, True), Room(False, False, True), Room(False, True, False))


def around(session: Session, width: int, height: int, fix: Remedy | Unanswered | None) -> Lines:
    """Who gets in, then what is wrong, then what is to know, as much of it as fits.

    `fix`: the effect of the key. `height`: the available lines, 0 = not known yet.
    """
    made: Lines = []
    here = engine.said(session)
    for room in _ROOMS:
        made = _around(session, width, room, fix, here)
        if len(made) <= height or not height:
            break
    return made


def _around(
    session: Session, width: int, room: Room, fix: Remedy | Unanswered | None, said: tuple[engine.Said, ...]
) -> Lines:
    gap = [text("")] if room.gaps else []
    here, lacks = engine_lines(said, width), any(not each.there for each in said)
    lines = _callers(session, width) + gap
    for part in (here if lacks else [], _unlike(session, width)):
        lines += part + gap if part else []
    lines += _wrong(session, width, room, fix)
    return lines + (gap + here if here and not lacks else [])


def _wrong(session: Session, width: int, room: Room, fix: Remedy | Unanswered | None) -> Lines:
    """Wishes that are not granted, then what the answers cause; minor or constant things come last."""
    groups = present(session.view.folded)
    lines: Lines = []
    for each in (*groups.missed, *groups.unanswered, *groups.chosen):
        if session.is_accepted(each):
            lines += wrapped(
                f"accepted: {each.sentence}", width, "$foreground-muted", severity_head(each.finding.severity), 2
            )
        else:
            missed = each in (*groups.missed, *groups.unanswered)
            lines += short(each, width, not room.whole and not missed)
            if missed and each.finding.instead and all(remedy.takes_back for remedy in each.finding.remedies):
                lines += wrapped(each.finding.instead, width, "", "  → ", 4)
        if fix is not None and fix in fixes(each.finding):
            lines += wrapped(fix.label, width, "", text("  ") + text("f5", "bold $text-accent") + text("  "), 6)
            fix = None
    if not lines:
        lines += nothing_to_change(groups, width)
    if not room.known:
        return lines + folded_line(groups, width, "i")
    for each in (each for each in session.view.folded if each in (*groups.minor, *groups.always)):
        lines += short(each, width, not room.whole)
    return lines
