"""The page of `--help` is drawn without argparse: it says what the parser would say."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from wizard.cli.arguments import ARGUMENTS
from wizard.cli.help_page import page
from wizard.cli.parser import parser
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


def _arguments() -> Iterator[tuple[str, argparse.Action]]:
    chosen = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    for name, command in chosen.choices.items():
        for action in command._actions:
            if action.help != argparse.SUPPRESS:
                yield f"{name} {' '.join(action.option_strings) or action.dest}", action


def test_every_argument_has_a_sentence() -> None:
    assert [name for name, action in _arguments() if not action.help] == []


def test_every_default_is_named() -> None:
    """None, False, [] and an empty text are the absence of an argument, which its sentence is not about."""
    given = [
        (name, each) for name, each in _arguments() if each.default not in (None, False, [], "", argparse.SUPPRESS)
    ]
    named = {name: each.default if isinstance(each.default, str) else f"{each.default:g}" for name, each in given}
    assert [name for name, each in given if f"default: {named[name]}" not in f"{each.help}"] == []


def test_what_can_be_given_again_says_so() -> None:
    again = [(name, each) for name, each in _arguments() if isinstance(each, argparse._AppendAction)]
    assert again and [name for name, each in again if "again for each" not in f"{each.help}"] == []
