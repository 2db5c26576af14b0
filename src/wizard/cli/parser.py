"""The arguments of every command, as a parser: of the table of commands."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Sequence
from typing import NoReturn

from wizard import __version__, cli, registry
from wizard.cli import shortcuts
from wizard.cli.table import COMMANDS, DESCRIPTION, EPILOG, PROGRAM, USAGE
from wizard.errors import WizardError
from wizard.harmless import harmless

SEVERITIES = ("functional", "critical", "high", "medium", "low", "info", "none")
DAY_S = 86_400
_TIME = re.compile(r"[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}")


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
            found.add_argument("--format", choices=command.formats, default="text", help="how to print the result")
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
        chosen = next(action for action in top._actions if isinstance(action, argparse._SubParsersAction))
        command = chosen.choices[options.command] if options.command else top
        known = [name for action in command._actions for name in action.option_strings]
        near = difflib.get_close_matches(unknown[0].partition("=")[0], known, n=1)
        question = f"; did you mean {near[0]}?" if near else ""
        command.error(f"unknown to {command.prog}: {' '.join(unknown)}{question}")
    return options


def meant(word: str, names: Sequence[str]) -> list[str]:
    """The name of a command that a word resembles; [] if none does."""
    return difflib.get_close_matches(word, names, n=1, cutoff=0.7)


def _plain(command: argparse.ArgumentParser) -> None:
    command.add_argument("--plain", action="store_true", help="line prompts instead of a full screen")


def _wizard(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "answers", nargs="?", metavar="PATH", help="a model, a folder of models, answers, or the files of a server"
    )
    command.add_argument("--at", default="", metavar="STEP", help="the question to open at, such as cors.inference")
    _plain(command)


def _demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--server", choices=registry.names(), default=registry.preferred("DEMO"), help="whose sample")
    _plain(command)


def _serve(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "answers", nargs="?", metavar="PATH", help="a model, a folder of models, answers, or the files of a server"
    )
    command.add_argument("--port", type=_port, default=0, metavar="N", help="port on 127.0.0.1; 0 = a free one")


def _plan(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "answers", nargs="?", metavar="ANSWERS|MODEL", help="answers file, folder with one, - for stdin; or a model"
    )
    command.add_argument("--preset", metavar="P", help="start from a preset (see: serving-wizard presets)")
    shortcuts.add(command)
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change one answer, e.g. bind.inference.port=9000",
    )


def _fail_on(command: argparse.ArgumentParser) -> None:
    command.add_argument("--fail-on", choices=SEVERITIES, default="high", help="findings that count as failure")


def _generate(command: argparse.ArgumentParser) -> None:
    _plan(command)
    command.add_argument("--out", metavar="DIR", help="folder to write to; default for a model: ./serving-NAME")
    command.add_argument("--dry-run", action="store_true", help="list what would be written, write nothing")
    command.add_argument("--diff", action="store_true", help="show what would change in the files there, write nothing")
    command.add_argument("--print", metavar="FILE", help="print one file as it would be written, write nothing")
    command.add_argument(
        "--on-conflict",
        choices=("ask", "backup", "fail"),
        default="ask",
        help="files there that differ: ask, replace them and keep a copy of each (backup), or write nothing (fail)",
    )
    _fail_on(command)


def _reach(command: argparse.ArgumentParser) -> None:
    _plan(command)
    command.add_argument("--all", action="store_true", help="also the APIs that nobody can reach")


def _compare(command: argparse.ArgumentParser) -> None:
    _plan(command)
    command.add_argument("--server", required=True, choices=registry.names(), help="the server to compare with")


def _inspect(command: argparse.ArgumentParser) -> None:
    command.add_argument("path", metavar="PATH", help="a model: a file or a folder")
    command.add_argument("--server", choices=registry.names(), help="for this server; default: the one that loads it")
    _fail_on(command)


def _intents(command: argparse.ArgumentParser) -> None:
    command.add_argument("--server", choices=registry.names(), help="only this server")


def _presets(command: argparse.ArgumentParser) -> None:
    command.add_argument("action", nargs="?", choices=("list", "show"), default="list")
    command.add_argument("name", nargs="?", metavar="P")


EXPLAIN_OPTIONS = ("--format", "--log", "--answers")
"""The options of `explain` that take a value: anything else that looks like an option is a topic."""


def _explain(command: argparse.ArgumentParser) -> None:
    command.add_argument("topic", nargs="*", metavar="KEY|FLAG|FINDING|TOPIC|MESSAGE|FILE|-")
    command.add_argument("--log", metavar="FILE|-", help="first aid: what the error messages in a log mean")
    command.add_argument(
        "--answers", metavar="ANSWERS", help="with a message or --log: fit the advice to this deployment"
    )


def _cors(command: argparse.ArgumentParser) -> None:
    command.add_argument("answers", nargs="?", metavar="ANSWERS|MODEL")
    command.add_argument("--origins", metavar="FILE|-", help="judge typed origins, one per line")
    command.add_argument("--cases", metavar="FILE", help="evaluate recorded exchanges")
    command.add_argument("--exchanges", metavar="FILE|-", help="what the servers would answer to recorded requests")
    command.add_argument("--profile", choices=("standard", "chromium"), default="standard")
    command.add_argument("--preset", metavar="P", help=argparse.SUPPRESS)
    shortcuts.add(command)
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one answer")
    command.add_argument("--api", default="inference", metavar="API", help="the API that is called")
    command.add_argument("--page", metavar="ORIGIN", help="origin of the page that calls")
    command.add_argument("--method", default="POST", metavar="M")
    command.add_argument(
        "--header", action="append", default=[], metavar="H", help="a request header, NAME or NAME:VALUE"
    )
    command.add_argument("--credentials", action="store_true", help="the page sends cookies")
    command.add_argument("--path", default="", help="path of the request; empty = a prediction")
    command.add_argument("--expect", choices=("allowed", "blocked"), help="exit with 1 unless this is the verdict")


def _running(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="*", metavar="PATH", help="files or folders; - = standard input")
    command.add_argument(
        "--running",
        nargs="?",
        const="",
        metavar="NAME|PID",
        help="instead of files: model servers that run here, in containers or as processes",
    )


def _check(command: argparse.ArgumentParser) -> None:
    _running(command)
    command.add_argument(
        "--probe",
        nargs="?",
        const="loopback",
        choices=("loopback", "all"),
        help="with --running: send a request to each open port, on loopback only or on every address",
    )
    _fail_on(command)
    command.add_argument(
        "--select",
        action="append",
        default=[],
        metavar="RULE",
        help="only these rules, or all whose id begins like this",
    )
    command.add_argument("--ignore", action="append", default=[], metavar="RULE", help="all but these rules")
    command.add_argument("--baseline", metavar="FILE", help="leave out the findings that this file lists")
    command.add_argument("--write-baseline", metavar="FILE", help="write all findings to this file, for --baseline")


def _import(command: argparse.ArgumentParser) -> None:
    _running(command)
    command.add_argument("--server", choices=registry.names(), help="if several are set up: the one to import")
    command.add_argument("--out", metavar="FILE", help="where to write the answers; default: standard output")


def _fix(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", metavar="PATH", help="files or folders")
    command.add_argument("--dry-run", action="store_true", help="show the changes, write nothing")
    _fail_on(command)


def _seconds(text: str) -> float:
    """A time to wait. Raises ArgumentTypeError for something that is not a time, or for more than a day."""
    value = float(text) if _TIME.fullmatch(text) else 0.0
    if not 0 < value <= DAY_S:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds between 0 and {DAY_S}")
    return value


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: a whole number from 0 to 65535")
    return int(text)


def _try(command: argparse.ArgumentParser) -> None:
    _plan(command)
    command.add_argument("--keep", action="store_true", help="leave it running")
    command.add_argument("--timeout", type=_seconds, default=120.0, metavar="S", help="seconds until it must be ready")
    command.add_argument("--image", default="", metavar="I", help="another image for the server")
    command.add_argument("--all", action="store_true", help="every probe, not only what matters")
    command.add_argument(
        "--open-browser-check", action="store_true", help="serve a local page that shows your own browser's verdicts"
    )


def _completion(command: argparse.ArgumentParser) -> None:
    command.add_argument("shell", choices=("bash", "zsh", "fish", "powershell"), help="print the script for this shell")


def _down(command: argparse.ArgumentParser) -> None:
    command.add_argument("--all", action="store_true", help="also trials that are still running")


ARGUMENTS = {
    "wizard": _wizard,
    "demo": _demo,
    "serve": _serve,
    "generate": _generate,
    "check": _check,
    "fix": _fix,
    "import": _import,
    "inspect": _inspect,
    "reach": _reach,
    "compare": _compare,
    "intents": _intents,
    "cors": _cors,
    "try": _try,
    "down": _down,
    "explain": _explain,
    "presets": _presets,
    "completion": _completion,
}
"""Command -> what adds its arguments, for those that have some beside `--format`."""
