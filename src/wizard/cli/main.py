"""The command line: arguments to calls, results to exit codes. A command imports what it needs when it runs."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import islice
from os.path import lexists

from wizard import __version__, cli, console, machine
from wizard.errors import ExitCode, WizardError
from wizard.machine import signals


def main(arguments: Sequence[str]) -> int:
    """Run one command. Returns its exit code, and never raises for bad input or for a signal to stop."""
    try:
        with signals.raising():
            return _reported(list(arguments))
    except KeyboardInterrupt:  # interrupted again while it was being reported
        return ExitCode.INTERRUPTED
    except OSError:  # nobody is there any more to report it to: the terminal was closed
        return ExitCode.ENVIRONMENT
    finally:
        console.settle()


def _reported(arguments: list[str]) -> int:
    console.fit_streams()
    try:
        if arguments in (["-h"], ["--help"], ["--version"]):
            console.out_document(
                f"{cli.table.PROGRAM} {__version__}\n" if arguments == ["--version"] else cli.help_page.page()
            )
            code = int(ExitCode.OK)
        elif not arguments:
            code = _bare_start()
        else:
            code = _dispatch(_with_preset(_with_topics(_with_default_command(arguments))))
        console.deliver()
        return code
    except WizardError as error:
        error.hint = _command_meant(arguments) or error.hint
        console.report(error)
        return int(error.exit_code)
    except KeyboardInterrupt:
        console.talk("serving-wizard: interrupted")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        return ExitCode.OK
    except Exception as error:
        known = machine.fault.explained(error)
        console.report(known)
        return int(known.exit_code)


def _bare_start() -> int:
    """The wizard without what reads arguments: a start would wait for it until its first page."""
    code: int = import_module("wizard.cli.commands.wizard").open_wizard(None, demo="", plain=False)
    return code


def _with_default_command(arguments: list[str]) -> list[str]:
    """No command, or a path in its place, means: open the wizard. A command's options may come before it."""
    if any(a in ("-h", "--help", "--version") for a in arguments):
        return arguments
    at = next((at for at, word in enumerate(arguments) if not word.startswith("-")), -1)
    named = at >= 0 and any(command.name == arguments[at] for command in cli.table.COMMANDS)
    return [arguments[at], *arguments[:at], *arguments[at + 1 :]] if named else ["wizard", *arguments]


def _command_meant(arguments: list[str]) -> str:
    """Asks whether a command was meant, if a path was looked for; "" if the word resembles no command."""
    first = next((a for a in arguments if not a.startswith("-")), "")
    names = [command.name for command in cli.table.COMMANDS]
    close = cli.parser.meant(first, names) if first not in names and not lexists(first) else []
    return f"Did you mean the command {close[0]}?" if close else ""


def _with_preset(arguments: list[str]) -> list[str]:
    """`presets lan-team` means `presets show lan-team`."""
    named = arguments[:1] == ["presets"] and arguments[1:] and arguments[1] not in ("list", "show")
    return ["presets", "show", *arguments[1:]] if named and not arguments[1].startswith("-") else arguments


def _with_topics(arguments: list[str]) -> list[str]:
    """`explain --host`: an option that `explain` does not have is the topic to explain."""
    if arguments[:1] != ["explain"] or "--" in arguments:
        return arguments
    own: list[str] = []
    asked: list[str] = []
    rest = iter(arguments[1:])
    for word in rest:
        name, equals, _ = word.partition("=")
        if name in cli.arguments.EXPLAIN_OPTIONS:
            own += [word] if equals else [word, *islice(rest, 1)]
        else:
            (own if word in ("-h", "--help") else asked).append(word)
    return ["explain", *own, "--", *asked] if any(word.startswith("-") for word in asked) else arguments


def _dispatch(arguments: list[str]) -> int:
    try:
        named = any(command.name == arguments[0] for command in cli.table.COMMANDS)
        options = cli.parser.parsed(arguments, arguments[0] if named else "")
    except SystemExit:  # after help
        return ExitCode.OK
    command = next(each for each in cli.table.COMMANDS if each.name == options.command)
    module = import_module(f"wizard.cli.commands.{command.module or command.name}")
    result: int = module.run(options)
    return result
