"""Every command in a few words: what the help lists, and what the parser gives arguments to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

PROGRAM = "serving-wizard"
USAGE = f"{PROGRAM} [-h] [--version] COMMAND ..."
DESCRIPTION = "From a model on disk to a model server that runs, reachable only by the callers you meant."
EPILOG = (
    "Without a command it opens the wizard: serving-wizard [PATH]. PATH is a model, a folder of models, an "
    "answers file, a folder with written files, or a server's own configuration."
)
_FORMATS = ("text", "json")
_REPORTS = (*_FORMATS, "sarif", "github", "junit")


class Command(NamedTuple):
    """One command: its name, what it does in a few words, and the module that runs it."""

    name: str
    text: str
    formats: Sequence[str] = _FORMATS
    module: str = ""
    """In `wizard.cli.commands`; "" = the command's name."""


COMMANDS = (
    Command("wizard", "open the wizard (what happens without a command)", ()),
    Command("demo", "open the wizard on a bundled sample model", ()),
    Command("serve", "the wizard in a browser on this machine", ()),
    Command("generate", "write the configuration files"),
    Command("check", "what each line of existing files does, and what is wrong with it", _REPORTS),
    Command("fix", "fix in existing files what needs no decision; a copy is kept"),
    Command("import", "make answers from existing files, and say what could not be carried over", module="import_"),
    Command("inspect", "look inside a model: what it is, who can serve it, a request to try"),
    Command("reach", "who can send to, read from and run code through each API"),
    Command("compare", "the same answers on another server: what is kept, moved and lost"),
    Command("intents", "which wishes each server grants, and by which layer"),
    Command("cors", "whether a browser would let a page do it, and which rule decides"),
    Command("try", "start it, probe it from every side, report, tear it down", (*_FORMATS, "junit"), "trial"),
    Command("down", "remove what trials left behind"),
    Command("explain", "what a setting, finding, term, error message or file means, with evidence"),
    Command("presets", "ready-made answers, named by who may call"),
    Command("schema", "the JSON Schema of the answers file"),
    Command("completion", "print what a shell needs to complete these commands", ()),
    Command("doctor", "what this machine has and lacks for trials"),
)
