"""The command line as a parser: the table of commands, each with its arguments."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Mapping, Sequence
from typing import NoReturn

from wizard import __version__, cli
from wizard.cli.arguments import ARGUMENTS, FORMAT
from wizard.cli.table import COMMANDS, DESCRIPTION, EPILOG, PROGRAM, USAGE
from wizard.errors import WizardError
from wizard.harmless import harmless


class _Parser(argparse.ArgumentParser):
    """What it does not take is an error like any other, with the way to what it does take instead of a long usage."""

    def error(self, message: str) -> NoReturn:
        """Raises WizardError. What was typed is quoted in a form that is harmless to a terminal."""
        raise WizardError(harmless(message), hint=f"{self.prog} --help lists what it takes.")


class _Top(_Parser):
    """The program itself, whose help is drawn without argparse."""

    def format_help(self) -> str:
        return cli.help_page.page()


def parser(only: str = "", typed: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The whole command line as an argparse parser, or, which is much faster, only the part for `only` one command.

    `typed`: what is parsed; only the commands in it get their arguments.
    """
    top = _Top(prog=PROGRAM, usage=USAGE, description=DESCRIPTION, epilog=EPILOG)
    top.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", prog=PROGRAM, parser_class=_Parser)
    for command in (each for each in COMMANDS if only in ("", each.name)):
        found = commands.add_parser(command.name, help=command.text, description=command.text)
        if typed is not None and command.name not in typed:
            continue
        if command.formats:
            found.add_argument("--format", choices=command.formats, default="text", help=FORMAT)
        if command.name in ARGUMENTS:
            ARGUMENTS[command.name](found)
    return top


def parsed(arguments: Sequence[str], only: str = "") -> argparse.Namespace:
    """The arguments as the parser reads them.

    Raises WizardError for arguments that the command does not take, and SystemExit after printing help.
    """
    top = parser(only, arguments)
    options, unknown = top.parse_known_args(arguments)
    if unknown:
        command = commands_of(top)[options.command] if options.command else top
        known = [name for action in command._actions for name in action.option_strings]
        near = difflib.get_close_matches(unknown[0].partition("=")[0], known, n=1)
        question = f"; did you mean {near[0]}?" if near else ""
        command.error(f"unknown to {command.prog}: {' '.join(unknown)}{question}")
    return options


def commands_of(top: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """The parser of each command, by its name."""
    found: argparse._SubParsersAction[argparse.ArgumentParser] = next(
        action for action in top._actions if isinstance(action, argparse._SubParsersAction)
    )
    return found.choices


def meant(word: str, names: Sequence[str]) -> list[str]:
    """The name of a command that a word resembles; [] if none does."""
    return difflib.get_close_matches(word, names, n=1, cutoff=0.7)
