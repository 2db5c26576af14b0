"""Addresses are links (OSC 8) where a person reads a terminal that knows them, and plain text everywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands import command, on_a_terminal

PAGE = "https://developer.mozilla.org/en-US/docs/Glossary/Origin"
LINK = f"\x1b]8;;{PAGE}\x1b\\{PAGE}\x1b]8;;\x1b\\"


def test_an_address_is_a_link_on_a_terminal() -> None:
    assert LINK in on_a_terminal("explain", "origin", TERM="xterm-256color")


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": "linux"}, {"TERM": "xterm", "NO_COLOR": "1"}, {}])
def test_no_link_where_it_would_be_printed_as_text_or_is_unwanted(environment: dict[str, str]) -> None:
    shown = on_a_terminal("explain", "origin", **environment)
    assert PAGE in shown
    assert "\x1b]8" not in shown


def test_no_link_in_a_pipe() -> None:
    shown = command("explain", "origin", env={"TERM": "xterm-256color"})
    assert PAGE in shown.stdout
    assert "\x1b" not in shown.stdout + shown.stderr


def test_a_table_links_the_address_it_names(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text('schema = 1\nserver = "torchserve"\n[[models]]\nname = "m"\npath = "./m.mar"\n')
    shown = on_a_terminal("reach", str(answers), TERM="xterm-256color", COLUMNS="100")
    assert "\x1b]8;" in shown
    assert "http://127.0.0.1:8080" in shown


def test_the_dot_after_an_address_is_no_part_of_it() -> None:
    from wizard import console

    text = "See https://a.example/b (or http://[::1]:80/x), then https://c.example."
    assert [text[a:b] for a, b in console.links(text)] == [
        "https://a.example/b",
        "http://[::1]:80/x",
        "https://c.example",
    ]
