"""Paragraphs in the width there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.style import Style

from wizard.session.decisions import Row
from wizard.widgets import flow
from wizard.widgets.flow import wrapped
from wizard.widgets.overview_lines import ShownRows, row_lines


def lines(value: str, width: int) -> list[str]:
    return [line.plain for line in wrapped(value, width, "", "✓ ", 2)]


def test_a_path_that_does_not_fit_ends_its_lines_after_a_slash() -> None:
    found = lines("The former files are in /home/somebody/serving-alphabet/.serving-wizard-backup/20261128", 40)
    assert [line.strip(" ✓") for line in found] == [
        "The former files are in /home/",
        "somebody/serving-alphabet/",
        ".serving-wizard-backup/20261128",
    ]


def test_an_address_keeps_its_host() -> None:
    assert lines("https://192.0.2.2:8080/v1/chat/completions", 30)[0] == "✓ https://192.0.2.2:8080/v1/"


@given(st.text("ab/ ", max_size=80), st.integers(10, 40))
def test_nothing_is_lost_and_nothing_is_wider(value: str, width: int) -> None:
    found = lines(value, width)
    assert "".join("".join(found).split()).removeprefix("✓") == "".join(value.split())
    assert max(map(len, found)) <= width


def test_an_address_is_a_link_where_it_stands_whole_on_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    page, long = "https://a.example/x", "https://a.example/a/path/that/is/longer/than/a/line"
    value = f"See {page}, or {long}."
    assert not [span for line in wrapped(value, 30) for span in line.spans if isinstance(span.style, Style)]
    monkeypatch.setattr(flow, "may_link", lambda stream: True)
    found = [
        (line.plain[span.start : span.end], span.style.link)
        for line in wrapped(value, 30)
        for span in line.spans
        if isinstance(span.style, Style)
    ]
    assert found == [(page, page)]


def test_a_value_with_less_room_loses_a_gap_then_what_it_is_but_shows_no_half_word() -> None:
    row = Row("bind", "Inference", "all interfaces   port 8080", "compose.yaml:6", (), "")
    shown = {}
    for width in (54, 53, 52):
        line = row_lines(ShownRows((row,), "", 1, set()), width)[0].plain
        shown[width] = line[13:].rpartition("compose")[0].strip()
    assert list(shown.values()) == ["all interfaces   port 8080", "all interfaces  port 8080", "all interfaces"], shown


def test_a_value_that_would_be_cut_takes_room_from_where_it_comes_from() -> None:
    values = {
        "config.properties:12": "all interfaces   port 8080",
        "its default": "directly on this machine",
        "you": "no",
    }
    rows = tuple(Row(place, "Inference", value, place, (), "") for place, value in values.items())
    shown = {
        width: [" ".join(line.plain.split()[1:]) for line in row_lines(ShownRows(rows, "", 9, set()), width)][:2]
        for width in range(38, 100)
    }
    assert shown[70] == ["all interfaces port 8080 config.properties:12", "directly on this machine its default"]
    assert shown[50] == ["all interfaces port 8080 line 12", "directly on this machine default"]
    assert shown[40] == ["all interfaces line 12", "directly on this machine"]
    assert "…" not in "".join(map("".join, shown.values()))


def test_an_address_of_this_machine_gives_way_to_the_words_that_say_the_same_but_its_port_stays() -> None:
    row = Row("bind", "Inference", "only this machine   http://127.0.0.1:8080", "compose.yaml:6", (), "")
    for width in range(53, 80):
        line = row_lines(ShownRows((row,), "", 1, set()), width)[0].plain
        assert "only this machine" in line and ":8080" in line, line
