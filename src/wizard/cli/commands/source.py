"""From the arguments `ANSWERS --preset P --set key=value` to a Plan and the folder its paths are relative to."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wizard import console, exposure, presets, registry
from wizard.cli import shortcuts
from wizard.errors import WizardError
from wizard.machine.texts import ANSWERS_LIMIT, expanded, read_text
from wizard.plan import Plan, answers
from wizard.plan.patches import assign
from wizard.plan.refusals import wants_text
from wizard.servers.version_given import require_known
from wizard.session.opening import open_path
from wizard.session.there import unlike_of

if TYPE_CHECKING:
    from wizard.deployment import Deployment
    from wizard.session.there import Unlike


class Named(NamedTuple):
    """What a command line names."""

    plan: Plan
    base: Path
    """Absolute; relative paths of the Plan start there."""
    unlike: tuple[Unlike, ...] | None
    """What differs in the server's files that the answers were made from; None if they were made from no such files."""
    source: Path | None = None
    """The answers file; None if the answers come from elsewhere."""


def read_plan(options: argparse.Namespace) -> tuple[Plan, Path]:
    """The Plan that a command line names, and the absolute folder its relative paths start from.

    Raises WizardError (exit code 2).
    """
    named = read(options)
    return named.plan, named.base


def read(options: argparse.Namespace) -> Named:
    """The same, with what the Plan was made from.

    The preset overrides the file, options from `shortcuts` override both, and `--set` overrides all; proposals change
    none of these. Raises WizardError (exit code 2).
    """
    words = shortcuts.used(options)
    given = _given(options.answers, bool(options.preset or options.set or words))
    data = given.data
    if options.preset:
        data = presets.merged(data, presets.load(options.preset))
    said: dict[str, str] = {}
    for key, value, words_used in shortcuts.assignments(options):
        _assign(data, key, value, words_used)
        said[key] = words_used
    for assignment in options.set:
        key, value = parsed(assignment)
        _assign(data, key, value, f"--set {assignment}")
        said[key] = f"--set {assignment}"
    shortcuts.with_own_files(data, said)
    if options.answers is None and "server" not in data:
        raise WizardError(
            "Which model, and which server?",
            hint=f"Name a model, or use --set server=NAME with one of: {', '.join(registry.names())}",
        )
    plan = require_known(answers.validate(data, given.text, given.name, said), given.text, given.name, said)
    if plan.accepted:
        exposure.findings.acceptance.require_known(plan, given.text, given.name, said)
    return Named(
        shortcuts.with_proposals(plan, data, options) if words else plan, given.base, given.unlike, given.source
    )


def beside_files(named: Named, deployment: Deployment) -> Iterator[str]:
    """What a person is told before predictions about a server's files: they are about the answers made from these
    files."""
    if named.unlike is None:
        return
    told = ["the answers put a gateway of their own in front"] * deployment.has_gateway
    count = len(named.unlike)
    if count:
        things = "one thing is" if count == 1 else f"{count} things are"
        told.append(f"{things} not carried over or different, as said on standard error")
    if told:
        yield "This is what the answers made from these files would do."
        yield f"The files as they are differ: {'; '.join(told)}."
        yield ""


def require_named(path: str) -> str:
    """The path of a model, as it was typed.

    Raises WizardError for an empty path, which would mean the current folder.
    """
    if not path.strip():
        raise WizardError("Which model? An empty path was given.", hint="Perhaps a variable is not set.")
    return path


def find_file(path: Path) -> Path:
    """The answers file that a path names: the file itself, or wizard.toml in that folder."""
    found = path / answers.FILE_NAME if path.is_dir() else path
    if not found.exists():
        where = f"There is no {answers.FILE_NAME} in {path}" if path.is_dir() else f"There is no file {path}"
        raise WizardError(
            where, hint="Make one with the wizard (serving-wizard), or start from a preset: serving-wizard presets"
        )
    return found


@dataclass(frozen=True, slots=True)
class _Given:
    """Answers before they are validated, with the text and the place they came from."""

    data: dict[str, Any]
    text: str
    name: str
    base: Path
    unlike: tuple[Unlike, ...] | None = None
    source: Path | None = None


def _given(argument: str | None, optional: bool) -> _Given:
    if argument is None:
        if optional:
            return _Given({}, "", "the command line", Path.cwd())
        raise WizardError(
            "Which model, or which answers?",
            hint="Name a model, an answers file, a directory with a wizard.toml, or - for stdin.",
        )
    path = expanded(require_named(argument))
    if argument == "-" or (path.exists() and not path.is_file() and not path.is_dir()):
        name = "standard input" if argument == "-" else argument
        text = read_text(argument, ANSWERS_LIMIT)
        return _Given(answers.parse(text, name), text, name, Path.cwd())
    found = open_path(argument)
    unlike = unlike_of(found)
    for each in unlike:
        console.talk(f"{each.head}: {each.sentence}")
    differs = unlike if found.kind == "setup" else None
    return _Given(found.data, found.text, found.name, found.base, differs, found.source)


def parsed(assignment: str) -> tuple[str, Any]:
    """Dotted key and value of a `--set`. Raises WizardError."""
    key, equals, value = assignment.partition("=")
    if not equals or not key.strip():
        raise WizardError(f"--set {assignment}: expected KEY=VALUE", hint="For example --set bind.inference.port=9000")
    return key.strip(), _value(key.strip(), value)


def _assign(data: dict[str, Any], key: str, value: Any, said: str) -> None:
    """Put a value at a dotted key. Raises WizardError that quotes `said`."""
    try:
        assign(data, key, value)
    except KeyError as problem:
        raise WizardError(f"{said}: {problem.args[0]}") from None


def _value(key: str, text: str) -> Any:
    """A TOML value, or the text itself if it is none; None for null, which removes the answer.

    If the answer is a text, 1.10 is read as one.
    """
    if text.strip() == "null":
        return None
    try:
        found = tomllib.loads(f"v = {text}")["v"]
        return text if isinstance(found, int | float | date | time) and wants_text(key) else found
    except tomllib.TOMLDecodeError:
        return text
    except (ValueError, RecursionError):
        raise WizardError("A value of --set is too long a number, or too deep a list", text[:80]) from None
