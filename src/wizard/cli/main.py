"""The command line: arguments to calls, results to exit codes. A command imports what it needs when it runs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from importlib import import_module

from wizard import __version__, registry
from wizard.errors import ExitCode, WizardError

SEVERITIES = ("functional", "critical", "high", "medium", "low", "info", "none")
_FORMATS = ("text", "json")


def parser() -> argparse.ArgumentParser:
    """The whole command line as an argparse parser."""
    top = argparse.ArgumentParser(
        prog="serving-wizard",
        description="From a model on disk to a model server that runs, reachable by exactly whom you meant.",
        epilog="Without a command it opens the wizard: serving-wizard [ANSWERS or directory].",
    )
    top.add_argument("--version", action="version", version=f"serving-wizard {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _wizard(commands)
    _serve(commands)
    _generate(commands)
    _reading(commands)
    _cors(commands)
    _check(commands)
    _trial(commands)
    return top


Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _command(commands: Commands, name: str, text: str, formats: Sequence[str] = _FORMATS) -> argparse.ArgumentParser:  # type: ignore[valid-type]
    found: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)  # type: ignore[attr-defined]
    if formats:
        found.add_argument("--format", choices=formats, default="text", help="how to print the result")
    return found


def _wizard(commands: Commands) -> None:  # type: ignore[valid-type]
    for name, text in (
        ("wizard", "open the wizard (what happens without a command)"),
        ("demo", "open the wizard on a bundled sample model"),
    ):
        command = _command(commands, name, text, formats=())
        if name == "wizard":
            command.add_argument("answers", nargs="?", metavar="ANSWERS|DIR", help="answers to start from")
        else:
            command.add_argument("--server", choices=registry.names(), default="torchserve")
        command.add_argument("--plain", action="store_true", help="line prompts instead of a full screen")


def _serve(commands: Commands) -> None:  # type: ignore[valid-type]
    command = _command(commands, "serve", "the wizard in a browser on this machine", formats=())
    command.add_argument("answers", nargs="?", metavar="ANSWERS|DIR", help="answers to start from")
    command.add_argument("--port", type=int, default=0, metavar="N", help="port on 127.0.0.1; 0 = a free one")


def _plan_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("answers", nargs="?", metavar="ANSWERS", help="answers file, directory with one, or -")
    command.add_argument("--preset", metavar="P", help="start from a preset (see: serving-wizard presets)")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change one answer, e.g. bind.inference.port=9000",
    )


def _generate(commands: Commands) -> None:  # type: ignore[valid-type]
    command = _command(commands, "generate", "write the configuration files")
    _plan_arguments(command)
    command.add_argument("--out", metavar="DIR", required=True, help="where to write")
    command.add_argument("--dry-run", action="store_true", help="say what would be written, write nothing")
    command.add_argument("--on-conflict", choices=("ask", "backup", "fail"), default="ask")
    command.add_argument("--fail-on", choices=SEVERITIES, default="high", help="findings that count as failure")


def _reading(commands: Commands) -> None:  # type: ignore[valid-type]
    command = _command(commands, "reach", "who can send to, read from and run code through each API")
    _plan_arguments(command)
    command = _command(commands, "presets", "ready-made answers, named by who may call")
    command.add_argument("action", nargs="?", choices=("list", "show"), default="list")
    command.add_argument("name", nargs="?", metavar="P")
    _command(commands, "schema", "the JSON Schema of the answers file")
    _command(commands, "doctor", "what this machine has and lacks for trials")
    command = _command(commands, "explain", "what a setting, finding, term or error message means, with evidence")
    command.add_argument("topic", nargs="*", metavar="KEY|FINDING|TOPIC|MESSAGE")
    command.add_argument("--log", metavar="FILE|-", help="first aid: what the error messages in a log mean")
    command.add_argument(
        "--answers", metavar="ANSWERS", help="with a message or --log: fit the advice to this deployment"
    )


def _cors(commands: Commands) -> None:  # type: ignore[valid-type]
    command = _command(commands, "cors", "would a browser let a page do it, and which rule says so")
    command.add_argument("answers", nargs="?", metavar="ANSWERS")
    command.add_argument("--origins", metavar="FILE|-", help="judge typed origins, one a line")
    command.add_argument("--cases", metavar="FILE", help="evaluate recorded exchanges")
    command.add_argument("--exchanges", metavar="FILE|-", help="what the servers would answer to recorded requests")
    command.add_argument("--profile", choices=("standard", "chromium"), default="standard")
    command.add_argument("--preset", metavar="P", help=argparse.SUPPRESS)
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change one answer")
    command.add_argument("--api", default="inference", choices=("inference", "management", "metrics"))
    command.add_argument("--page", metavar="ORIGIN", help="origin of the page that calls")
    command.add_argument("--method", default="POST", metavar="M")
    command.add_argument(
        "--header", action="append", default=[], metavar="H", help="a request header, NAME or NAME:VALUE"
    )
    command.add_argument("--credentials", action="store_true", help="the page sends cookies")
    command.add_argument("--path", default="", help="path of the request; empty = a prediction")


def _check(commands: Commands) -> None:  # type: ignore[valid-type]
    command = _command(commands, "check", "what each line of existing files does, and what is wrong with it")
    command.add_argument("paths", nargs="+", metavar="PATH", help="files or folders; - = standard input")
    command.add_argument("--fail-on", choices=SEVERITIES, default="high", help="findings that count as failure")


def _trial(commands: Commands) -> None:  # type: ignore[valid-type]
    command = _command(commands, "try", "start it, probe it from every side, report, tear it down")
    _plan_arguments(command)
    command.add_argument("--keep", action="store_true", help="leave it running")
    command.add_argument("--timeout", type=float, default=120.0, metavar="S", help="seconds until it must be ready")
    command.add_argument("--image", default="", metavar="I", help="another image for the server")
    command.add_argument(
        "--open-browser-check", action="store_true", help="serve a local page that shows your own browser's verdicts"
    )
    command = _command(commands, "down", "remove what trials left behind")
    command.add_argument("--all", action="store_true", help="also trials that are still running")


def main(arguments: Sequence[str]) -> int:
    """Run one command. Returns its exit code and never raises for bad input."""
    from wizard import console

    try:
        return _dispatch(_with_default_command(list(arguments)))
    except WizardError as error:
        console.report(error)
        return int(error.exit_code)
    except KeyboardInterrupt:
        console.talk("serving-wizard: interrupted")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        return int(ExitCode.OK)


def _with_default_command(arguments: list[str]) -> list[str]:
    """No command, or a path in its place, means: open the wizard."""
    known = {"wizard", "demo", "serve", "generate", "reach", "presets", "schema", "doctor", "explain", "cors", "try"}
    first = next((a for a in arguments if not a.startswith("-")), None)
    if first in known | {"down", "check"} or any(a in ("-h", "--help", "--version") for a in arguments):
        return arguments
    return ["wizard", *arguments]


def _dispatch(arguments: list[str]) -> int:
    try:
        options = parser().parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(ExitCode.INVALID)
    module = import_module(f"wizard.cli.commands.{options.command.replace('try', 'trial')}")
    result: int = module.run(options)
    return result
