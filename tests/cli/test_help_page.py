"""The page of `--help` is drawn without argparse: it says what the parser would say."""

from __future__ import annotations

import argparse

import pytest

from wizard.cli.help_page import page
from wizard.cli.parser import ARGUMENTS, parser
from wizard.cli.table import COMMANDS
from wizard.console import out_document


@pytest.mark.parametrize("columns", ["60", "80", "200"])
def test_it_says_what_argparse_would(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert page().split() == argparse.ArgumentParser.format_help(parser()).split()


def test_it_is_what_the_parser_prints() -> None:
    """`serving-wizard check --help --format x` and the like come to the parser."""
    assert parser().format_help() == page()


def test_no_line_is_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in range(50, 120, 7):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert max(map(len, page().splitlines())) <= columns


def test_every_argument_belongs_to_a_command() -> None:
    assert set(ARGUMENTS) <= {command.name for command in COMMANDS}


def test_a_terminal_shows_it_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    out_document(page())
    assert capsys.readouterr().out == page() and page().isascii()
