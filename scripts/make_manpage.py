"""Write docs/serving-wizard.1 from the parser; `--check` only says whether it is up to date."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from wizard import __version__
from wizard.cli.parser import parser
from wizard.cli.table import COMMANDS

PAGE = Path(__file__).parents[1] / "docs" / "serving-wizard.1"
_EXITS = (
    ("0", "fine"),
    ("1", "findings at or above --fail-on, or a probe that contradicts its prediction"),
    ("2", "wrong usage or invalid input"),
    ("3", "the environment lacks something"),
    ("70", "the program itself is at fault"),
    ("130", "interrupted"),
)
_ENVIRONMENT = (
    ("NO_COLOR", "no colours"),
    ("ACCESSIBLE", "line prompts instead of a full screen"),
    ("WIZARD_THEME", "dark, light, or the name of another theme; unset: the last one, else the terminal's"),
    ("DOCKER_HOST", "the Docker engine to use"),
)


def page() -> str:
    """The man page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    top = parser()
    chosen = next(action for action in top._actions if isinstance(action, argparse._SubParsersAction))
    yield f'.TH SERVING-WIZARD 1 "" "serving-wizard {__version__}" "User Commands"'
    yield from (".SH NAME", rf"serving-wizard \- {_text(str(top.description)).rstrip('.').lower()}")
    yield from (".SH SYNOPSIS", ".B serving-wizard", r"[\fIMODEL\fR|\fIANSWERS\fR|\fIDIR\fR]", ".br")
    yield from (".B serving-wizard", r"\fICOMMAND\fR [\fIOPTIONS\fR]")
    yield from (".SH DESCRIPTION", _text(str(top.description)), _text(str(top.epilog)))
    yield ".SH COMMANDS"
    for command in COMMANDS:
        made = chosen.choices[command.name]
        yield f".SS serving-wizard {_text(command.name)} {_arguments(made)}".rstrip()
        yield _sentence(command.text)
        for action in made._actions:
            if action.option_strings and action.help != argparse.SUPPRESS and action.dest != "help":
                yield from (".TP", _option(action), _text(action.help or "") or ".br")
    yield ".SH EXIT STATUS"
    for code, meaning in _EXITS:
        yield from (".TP", f".B {code}", _text(meaning))
    yield ".SH ENVIRONMENT"
    for name, meaning in _ENVIRONMENT:
        yield from (".TP", f".B {name}", _text(meaning))


def _arguments(made: argparse.ArgumentParser) -> str:
    words = []
    for action in made._actions:
        if not action.option_strings:
            name = _text(_value(action))
            words.append(rf"[\fI{name}\fR]" if action.nargs in ("?", "*") else rf"\fI{name}\fR")
    return " ".join(words)


def _option(action: argparse.Action) -> str:
    names = ", ".join(rf"\fB{_text(name)}\fR" for name in action.option_strings)
    return names if action.nargs == 0 else rf"{names} \fI{_text(_value(action))}\fR"


def _value(action: argparse.Action) -> str:
    if action.choices is not None and not action.metavar:
        return "|".join(map(str, action.choices))
    return str(action.metavar or action.dest.upper())


def _sentence(text: str) -> str:
    return _text(text[0].upper() + text[1:] + ".")


def _text(text: str) -> str:
    """Plain text as roff takes it: hyphens that can be copied, and no line that begins with a control character."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    escaped = "".join(char if char.isascii() else rf"\[u{ord(char):04X}]" for char in escaped)
    return rf"\&{escaped}" if escaped[:1] in (".", "'") else escaped


def main() -> int:
    """Write or check."""
    new = page()
    if "--check" in sys.argv:
        return 0 if PAGE.read_text("utf-8") == new else 1
    PAGE.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
