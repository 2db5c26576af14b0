"""What is sent in place of whole frames draws the same screen, with as few letters as it takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.support.paper import Paper
from wizard.screens.changed_cells import ChangedCells

COLUMNS, ROWS = 12, 4
STYLES = ("", "1", "38;2;1;2;3;48;2;4;5;6", "38;2;9;9;9;48;2;4;5;6", "1;38;2;9;9;9;48;2;4;5;6", "4")


@st.composite
def pieces(draw: st.DrawFn) -> str:
    """A text at a place, in a style; some of them reach beyond the edge, as frames from before a resizing do."""
    words = draw(st.text("ab ✓─界", min_size=1, max_size=5))
    x = draw(st.integers(0, COLUMNS + 3))
    y = draw(st.integers(0, ROWS))
    style, link = draw(st.sampled_from(STYLES)), draw(st.sampled_from(["", "", "\x1b]8;;http://a\x1b\\"]))
    end = "\x1b]8;;\x1b\\" if link else ""
    body = f"\x1b[{style}m{words}\x1b[0m" if style else words
    return f"\x1b[{y + 1};{x + 1}H{link}{body}{end}"


FRAMES = st.lists(st.lists(pieces(), min_size=1, max_size=6).map("".join), min_size=1, max_size=8)


def halves(cells: dict[tuple[int, int], tuple[str, frozenset[str]]]) -> bool:
    """Whether a wide character lost one of its halves, which terminals show each in their own way."""
    return any(
        (cell_len(char) == 2 and cells.get((x + 1, y), ("x",))[0] != "")
        or (char == "" and cell_len(cells.get((x - 1, y), ("",))[0]) != 2)
        for (x, y), (char, _) in cells.items()
    )


def seen(paper: Paper) -> dict[tuple[int, int], tuple[str, frozenset[str]]]:
    """Every cell as a person sees it: of a blank neither its ink nor its weight."""
    return {
        place: (char, frozenset(s for s in style if char != " " or not (s == "1" or s.startswith("38;"))))
        for place, (char, style) in paper.cells.items()
    }


@given(FRAMES)
def test_the_screen_is_the_same_as_with_whole_frames(frames: list[str]) -> None:
    whole, reduced, cells = Paper(COLUMNS, ROWS), Paper(COLUMNS, ROWS), ChangedCells()
    for frame in frames:
        if halves(whole.write(frame).cells):
            return
        reduced.write(cells.reduced(frame, (COLUMNS, ROWS)))
        assert seen(reduced) == seen(whole)


def test_what_stands_already_is_not_sent_again() -> None:
    cells = ChangedCells()
    frame = "\x1b[1;1H\x1b[1mabc\x1b[0m\x1b[2;3H"
    assert cells.reduced(frame, (COLUMNS, ROWS)) == "\x1b[1;1H\x1b[1mabc\x1b[0m\x1b[2;3H"
    assert cells.reduced(frame, (COLUMNS, ROWS)) == "\x1b[2;3H"
    assert cells.reduced("\x1b[1;1H\x1b[1mabd\x1b[0m\x1b[2;3H", (COLUMNS, ROWS)) == "\x1b[1;3H\x1b[1md\x1b[0m\x1b[2;3H"


def test_the_same_link_drawn_anew_is_not_sent_again() -> None:
    cells = ChangedCells()
    frame = "\x1b[1;1H\x1b]8;id={};http://a\x1b\\\x1b[1mabc\x1b[0m\x1b]8;;\x1b\\\x1b[2;3H"
    assert "\x1b]8;;http://a\x1b\\" in cells.reduced(frame.format(1), (COLUMNS, ROWS))
    assert cells.reduced(frame.format(2), (COLUMNS, ROWS)) == "\x1b[2;3H"


def test_where_only_a_colour_differs_only_that_is_sent() -> None:
    cells = ChangedCells()
    one, other = "38;2;1;2;3;48;2;4;5;6", "38;2;7;8;9;48;2;4;5;6"
    sent = cells.reduced(f"\x1b[1;1H\x1b[{one}ma\x1b[0m\x1b[{other}mb\x1b[0m", (COLUMNS, ROWS))
    assert sent == f"\x1b[1;1H\x1b[{one}ma\x1b[38;2;7;8;9mb\x1b[0m"


def test_a_blank_needs_no_ink_and_a_style_goes_on() -> None:
    cells = ChangedCells()
    ink, paper = "38;2;1;2;3;48;2;4;5;6", "48;2;4;5;6"
    frame = f"\x1b[1;1H\x1b[{ink}ma\x1b[0m\x1b[{paper}m  \x1b[0m\x1b[2;1H\x1b[{ink}mb\x1b[0m\x1b[4m \x1b[0m"
    assert cells.reduced(frame, (COLUMNS, ROWS)) == f"\x1b[1;1H\x1b[{ink}ma  \x1b[2;1Hb\x1b[0;4m \x1b[0m"


def test_after_another_size_or_anything_that_is_no_frame_everything_is_sent() -> None:
    cells, frame = ChangedCells(), "\x1b[1;1Habc\x1b[1;1H"
    cells.reduced(frame, (COLUMNS, ROWS))
    assert cells.reduced(frame, (COLUMNS + 1, ROWS)) == frame
    assert cells.reduced("\x1b[?1049h", (COLUMNS + 1, ROWS)) == "\x1b[?1049h"
    assert cells.reduced(frame, (COLUMNS + 1, ROWS)) == frame
    for quiet in ("\x1b[?2026h", "\x1b]2;a title\x07", "\x1b]52;c;YQ==\x1b\\", "\x1b[?25l"):
        assert cells.reduced(quiet, (COLUMNS + 1, ROWS)) == quiet
    assert cells.reduced(frame, (COLUMNS + 1, ROWS)) == "\x1b[1;1H"
