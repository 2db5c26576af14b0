"""What can follow on the command line, as data read from the parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from wizard import presets
from wizard.check.findings import every_rule
from wizard.cli.parser import commands_of, parser
from wizard.cli.table import COMMANDS
from wizard.help.topics import catalogue

FILES: Literal["files"] = "files"
Values = tuple[str, ...] | Literal["files"]
"""The words that can be used there; "files": a path; () = anything."""
_PATHS = {"ANSWERS", "MODEL", "DIR", "FILE", "PATH"}


@dataclass(frozen=True, slots=True)
class CommandOption:
    """An option of a command."""

    names: tuple[str, ...]
    text: str
    takes: bool
    """Whether a value follows it."""
    values: Values = ()


@dataclass(frozen=True, slots=True)
class CommandEntry:
    """A command, or what comes before one."""

    name: str
    text: str
    options: tuple[CommandOption, ...]
    values: Values
    """The possible arguments."""


def table() -> tuple[CommandEntry, ...]:
    """Every command, in the order of the help."""
    texts = {command.name: command.text for command in COMMANDS}
    return tuple(_entry(name, texts[name], made) for name, made in commands_of(parser()).items())


def _entry(name: str, text: str, made: argparse.ArgumentParser) -> CommandEntry:
    shown = [action for action in made._actions if action.help != argparse.SUPPRESS or action.dest == "preset"]
    options = [_option(action) for action in shown if action.option_strings]
    values: list[str] = []
    for action in (action for action in shown if not action.option_strings):
        found = _values(action)
        if found == FILES:
            return CommandEntry(name, text, tuple(options), FILES)
        values += found
    return CommandEntry(name, text, tuple(options), tuple(dict.fromkeys(values)))


def _option(action: argparse.Action) -> CommandOption:
    takes = action.nargs != 0
    text = "" if action.help in (None, argparse.SUPPRESS) else str(action.help)
    return CommandOption(tuple(action.option_strings), text, takes, _values(action) if takes else ())


def _values(action: argparse.Action) -> Values:
    if action.choices is not None:
        return tuple(map(str, action.choices))
    kinds = set(str(action.metavar or "").split("|"))
    if action.dest in ("preset", "name"):
        return presets.names()
    if action.dest == "topic":
        return tuple(_topics())
    if action.dest in ("select", "ignore"):
        return tuple(every_rule())
    if action.metavar == "KEY=VALUE":
        return tuple(f"{key}=" for key in _KEYS)
    return FILES if kinds & _PATHS or "ANSWERS|MODEL" in kinds else ()


_KEYS = (
    "server",
    "version",
    "run.how",
    "run.engine",
    "run.image",
    "run.gpu",
    "run.network",
    "run.packaging",
    "bind.inference.scope",
    "bind.inference.address",
    "bind.inference.port",
    "cors.inference.origins",
    "cors.inference.methods",
    "cors.inference.headers",
    "cors.inference.credentials",
    "auth.inference",
    "auth.management",
    "tls.mode",
    "tls.certificate",
    "tls.key",
    "gateway.kind",
    "gateway.names",
)
"""The answers most often given on a command line."""


def _topics() -> Iterator[str]:
    """Ids of findings and rules: the topics most often explained."""
    yield from (topic.name for topic in catalogue().values() if topic.kind == "finding")
    yield from every_rule()
