"""The arguments of each command, for the parser: all have a sentence for `--help`, which names the default."""

from __future__ import annotations

import argparse

from wizard import registry
from wizard.cli import shortcuts
from wizard.fast_start import regex
from wizard.severity import SEVERITIES

FORMAT = "how to print the result; default: text"
DAY_S = 86_400
_TIME = regex(r"[0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9}")


def _plain(command: argparse.ArgumentParser) -> None:
    command.add_argument("--plain", action="store_true", help="line prompts instead of a full screen")


def _wizard(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "answers", nargs="?", metavar="PATH", help="a model, a folder of models, answers, or the files of a server"
    )
    command.add_argument("--at", default="", metavar="STEP", help="the question to open at, such as cors.inference")
    _plain(command)


def _demo(command: argparse.ArgumentParser) -> None:
    preferred = registry.preferred("DEMO")
    command.add_argument(
        "--server", choices=registry.names(), default=preferred, help=f"whose sample; default: {preferred}"
    )
    _plain(command)


def _serve(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "answers", nargs="?", metavar="PATH", help="a model, a folder of models, answers, or the files of a server"
    )
    command.add_argument("--port", type=_port, default=0, metavar="N", help="port on 127.0.0.1; default: 0, a free one")


def _answers(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "answers", nargs="?", metavar="ANSWERS|MODEL", help="answers file, folder with one, - for stdin; or a model"
    )


def _repeated(command: argparse.ArgumentParser, option: str, metavar: str, meaning: str) -> None:
    command.add_argument(option, action="append", default=[], metavar=metavar, help=f"{meaning}; again for each")


def _set(command: argparse.ArgumentParser) -> None:
    _repeated(command, "--set", "KEY=VALUE", "change one answer, e.g. bind.inference.port=9000")


def _plan(command: argparse.ArgumentParser) -> None:
    _answers(command)
    command.add_argument("--preset", metavar="P", help="start from a preset (see: serving-wizard presets)")
    shortcuts.add(command)
    _set(command)


def _fail_on(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--fail-on",
        choices=(*SEVERITIES, "none"),
        default="high",
        metavar="SEVERITY",
        help="exit with 1 if anything is at least this bad: functional (it will not work), critical, high, medium, "
        "low, info; none: never; default: high",
    )


def _generate(command: argparse.ArgumentParser) -> None:
    _plan(command)
    command.add_argument(
        "--out", metavar="DIR", help="folder to write to; default: that of a wizard.toml, for a model ./serving-NAME"
    )
    command.add_argument("--dry-run", action="store_true", help="list what would be written, write nothing")
    command.add_argument("--diff", action="store_true", help="show what would change in the files there, write nothing")
    command.add_argument("--print", metavar="FILE", help="print one file as it would be written, write nothing")
    command.add_argument(
        "--on-conflict",
        choices=("ask", "backup", "fail"),
        default="ask",
        help="files there that differ: ask (without a terminal: write nothing), replace them and keep a copy of each "
        "(backup), or write nothing (fail); default: ask",
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
    command.add_argument(
        "action", nargs="?", choices=("list", "show"), default="list", help="all in a line each, or one; default: list"
    )
    command.add_argument("name", nargs="?", metavar="P", help="with show: the preset whose answers are printed")


EXPLAIN_OPTIONS = ("--format", "--log", "--answers")
"""The options of `explain` that take a value: anything else that looks like an option is a topic."""


def _explain(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "topic",
        nargs="*",
        metavar="KEY|FLAG|FINDING|TOPIC|MESSAGE|FILE|-",
        help="a setting, an option of a server, the id of a finding, a word, an error message in quotes, or a file; "
        "- = standard input; default: list what there is to explain",
    )
    command.add_argument("--log", metavar="FILE|-", help="first aid: what the error messages in a log mean")
    command.add_argument(
        "--answers", metavar="ANSWERS", help="with a message or --log: fit the advice to this deployment"
    )


def _cors(command: argparse.ArgumentParser) -> None:
    _answers(command)
    command.add_argument("--origins", metavar="FILE|-", help="judge typed origins, one per line")
    command.add_argument("--cases", metavar="FILE|-", help="evaluate recorded exchanges")
    command.add_argument("--exchanges", metavar="FILE|-", help="what the servers would answer to recorded requests")
    command.add_argument(
        "--profile",
        choices=("standard", "chromium"),
        default="standard",
        help="whose rules: the Fetch standard's, or Chromium's where it differs; default: standard",
    )
    command.add_argument("--preset", metavar="P", help=argparse.SUPPRESS)
    shortcuts.add(command)
    _set(command)
    command.add_argument("--api", default="inference", metavar="API", help="the API that is called; default: inference")
    command.add_argument("--page", metavar="ORIGIN", help="origin of the page that calls")
    command.add_argument("--method", default="POST", metavar="M", help="the request's method; default: POST")
    _repeated(command, "--header", "H", "a header that the page adds, NAME or NAME:VALUE")
    command.add_argument("--credentials", action="store_true", help="the page sends cookies")
    command.add_argument("--path", default="", help="path of the request; default: one that asks the model")
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
    _repeated(command, "--select", "RULE", "only this rule, or all whose id begins like this")
    _repeated(command, "--ignore", "RULE", "leave out this rule, or all whose id begins like this")
    command.add_argument("--baseline", metavar="FILE", help="leave out the findings that this file lists")
    command.add_argument("--write-baseline", metavar="FILE", help="write all findings to this file, for --baseline")


def _import(command: argparse.ArgumentParser) -> None:
    _running(command)
    command.add_argument("--server", choices=registry.names(), help="if several are set up: the one to import")
    command.add_argument("--out", metavar="FILE", help="where to write the answers; default: -, standard output")


def _fix(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", metavar="PATH", help="files or folders; - = standard input")
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
    command.add_argument(
        "--timeout", type=_seconds, default=120.0, metavar="S", help="seconds until it must be ready; default: 120"
    )
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
