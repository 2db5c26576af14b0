"""The last page: where the server will answer, and commands to start, call, watch and stop it here."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.artifacts import calling
from wizard.formats.shell import sh

if TYPE_CHECKING:
    from wizard.machine.project import Project


@dataclass(frozen=True, slots=True)
class Ending:
    """What can be done with written files. Every command works from any folder when pasted into a POSIX shell."""

    url: str
    """Base address of the inference API from this machine; "" = nothing answers on its addresses."""
    request: str
    """A request by hand, which reads its token itself; "" if none is possible from here."""
    note: str
    """What is missing here for that, in one sentence, "" = nothing."""
    commands: tuple[tuple[str, str], ...]
    """(what it does, the command), in the order of use."""

    def command(self, what: str) -> str:
        """A command by what it does, "" if there is none."""
        return next((command for does, command in self.commands if does == what), "")


READ_FIRST = "Read EXPOSURE.md there first: who can reach what, and how to call it."
_WIDTH = 15
_NO_ENGINE = "The {} command is not on this machine: serving-wizard doctor says how to get it."
START, CALL, LOGS, STOP, TRY = "Start it", "Call it", "See its log", "Stop it", "Prove it"


def ending(made: Project) -> Ending:
    """The ending for a Project that was written."""
    plan, folder, files = made.plan, made.target, {file.path for file in made.files}
    endpoint = made.deployment.endpoint("inference")
    wanted = calling.call(made.deployment, made.samples)
    engine = made.deployment.engine.name
    commands = _running(folder, plan.contained, plan.run.packaging == "image")
    if calling.POSIX in files:
        commands.insert(1, (CALL, sh(str(folder / calling.POSIX))))
    commands.append((TRY, f"serving-wizard try {sh(str(folder))}"))
    return Ending(
        url=endpoint.url if endpoint is not None else "",
        request=calling.curl(wanted, sh(str(folder))) if wanted is not None else "",
        note="" if plan.native or shutil.which(engine) else _NO_ENGINE.format(engine),
        commands=tuple(commands),
    )


def change(target: Path) -> str:
    """The command that opens written files again."""
    return f"serving-wizard {sh(str(target))}"


def lines(found: Ending) -> tuple[str, ...]:
    """The same as lines for a terminal, without the request by hand, which is also in EXPOSURE.md."""
    head = (f"{'Answers at':<{_WIDTH}}{found.url}",) if found.url else ()
    note = (found.note,) if found.note else ()
    return (*head, *note, *(f"{what:<{_WIDTH}}{command}" for what, command in found.commands))


def _running(folder: Path, docker: bool, baked: bool) -> list[tuple[str, str]]:
    """Only run.sh: it also ends what Compose started, while Compose ignores what the script started."""
    script = sh(str(folder / "run.sh"))
    if not docker:
        return [(START, script), (STOP, "Ctrl-C where it runs")]
    build = f"{script} build && " if baked else ""
    return [(START, f"{build}{script} up"), (LOGS, f"{script} logs"), (STOP, f"{script} down")]
