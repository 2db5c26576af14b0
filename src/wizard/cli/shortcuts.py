"""Short options for `--set`: `--cookies` is `--set cors.inference.credentials=true`.

One table for the parser and for the code that reads what was parsed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from wizard import machine, placement, session
from wizard import plan as plans

if TYPE_CHECKING:
    from wizard.plan import Plan

AUDIENCES = ("me", "browser", "web-app", "containers", "lan", "internet")
"""As in the Plan, which is too slow to load for a parser."""


class Shortcut(NamedTuple):
    """One option and the answer it gives."""

    option: str
    key: str
    """Dotted Plan key."""
    help: str
    value: Any = None
    """None: the value typed after the option; several make a list. PROPOSED: what fits the other answers."""
    metavar: str = ""
    choices: tuple[str, ...] | None = None

    @property
    def name(self) -> str:
        """Its name among the parsed arguments."""
        return "word_" + self.option.strip("-").replace("-", "_")


PROPOSED = object()

WORDS = (
    Shortcut(
        "--for",
        "audiences",
        f"who will call it: {', '.join(AUDIENCES)}; again for each; answers that you do not give are proposed from it",
        metavar="AUDIENCE",
        choices=AUDIENCES,
    ),
    Shortcut(
        "--origin",
        "cors.inference.origins",
        "a web page's origin that may read answers; again for each",
        metavar="ORIGIN",
    ),
    Shortcut("--cookies", "cors.inference.credentials", "those pages may send cookies", True),
    Shortcut("--token", "auth.inference", "callers must show a token; who checks it follows from the rest", PROPOSED),
    Shortcut(
        "--tls",
        "tls.mode",
        "encrypt, with a certificate made for trials; with your own: --set tls.certificate=FILE --set tls.key=FILE",
        "self-signed",
    ),
)


def add(command: argparse.ArgumentParser) -> None:
    """The options of all shortcuts."""
    for word in WORDS:
        if word.value is None:
            command.add_argument(
                word.option,
                dest=word.name,
                action="append",
                default=[],
                metavar=word.metavar,
                choices=word.choices,
                help=word.help,
            )
        else:
            command.add_argument(word.option, dest=word.name, action="store_true", help=word.help)


def used(options: argparse.Namespace) -> bool:
    """Whether the command line uses one of them."""
    return any(getattr(options, word.name, None) for word in WORDS)


def changes(options: argparse.Namespace) -> tuple[str, ...]:
    """Which answers the command line changes, as they were typed; for `--set` without the value."""
    preset = (f"--preset {options.preset}",) if options.preset else ()
    words = (word.option for word in WORDS if getattr(options, word.name, None))
    return (*preset, *words, *(f"--set {each.partition('=')[0]}" for each in options.set))


def assignments(options: argparse.Namespace) -> Iterator[tuple[str, Any, str]]:
    """Dotted key, value and typed text of every shortcut on the command line that stands for a single answer."""
    for word in WORDS:
        given = getattr(options, word.name, None)
        if given and word.value is not PROPOSED:
            said = " ".join(f"{word.option} {each}" for each in given) if word.value is None else word.option
            yield word.key, given if word.value is None else word.value, said


def with_own_files(data: dict[str, Any], said: dict[str, str]) -> None:
    """Use the user's own certificate: named on the command line, or next to `--tls`.

    `--set tls.mode` takes precedence. `said`: dotted key -> how it was typed on the command line.
    """
    tls, mode = data.get("tls"), said.get("tls.mode", "")
    if not isinstance(tls, dict) or mode not in ("", "--tls"):
        return
    named = [key for key in ("certificate", "key") if tls.get(key)]
    if named if mode else len(named) == 2 and any(f"tls.{key}" in said for key in named):
        tls["mode"] = "files"


def with_proposals(plan: Plan, given: dict[str, Any], options: argparse.Namespace) -> Plan:
    """The Plan with what follows from `--for`, `--token` and `--origin`, as the wizard proposes it.

    `given`: the explicit answers, as data; none of them is changed.
    """
    patch: dict[str, Any] = {}
    if _said(options, "--for"):
        for proposal in session.steps.callers.proposals(plan, machine.hostfacts.measure(), plan.audiences):
            if not _has(given, _DECIDES.get(proposal.field, proposal.field)):
                patch |= dict(proposal.changes)
    if _said(options, "--token"):
        patch["auth.inference"] = session.steps.callers.token_kind(plan)
    plan = plans.apply_patch(plan, patch)
    if _said(options, "--origin") and not _has(given, "cors.inference.headers"):
        headers = (
            ("content-type", "authorization")
            if placement.defaults.complete(plan).auth.inference != "none"
            else ("content-type",)
        )
        plan = plans.apply_patch(plan, {"cors.inference.headers": list(headers)})
    return plan


_DECIDES = {"bind.inference": "bind.inference.scope"}
"""Key whose explicit answer makes a proposal superfluous, if that is not the whole table."""


def _said(options: argparse.Namespace, option: str) -> bool:
    name = next(word.name for word in WORDS if word.option == option)
    return bool(getattr(options, name, None))


def _has(given: Any, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(given, dict) or part not in given:
            return False
        given = given[part]
    return True
