"""From a Plan to everything a front end shows and writes. Both the wizard and `generate` use this."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from wizard import artifacts
from wizard.artifacts import identity
from wizard.comparison.files import State, rank
from wizard.comparison.lowered import lowered as between
from wizard.deployment import Deployment
from wizard.deployment.finding import Finding
from wizard.errors import WizardError
from wizard.exposure import findings
from wizard.exposure.findings.acceptance import in_full
from wizard.host import Host
from wizard.machine import bundled, door, files, hostfacts, measured_findings, modelcheck, switching, tokens
from wizard.machine.bundled import Copies
from wizard.machine.door import Folder
from wizard.placement.defaults import complete
from wizard.placement.resolve import resolve
from wizard.plan import Plan, answers
from wizard.servers.files import Block, ConfigFile

if TYPE_CHECKING:
    from wizard.models.report import ModelReport


@dataclass(frozen=True, slots=True)
class Project:
    """A Plan prepared for a target folder."""

    plan: Plan
    """Paths are relative to the target; the server's defaults are not filled in."""
    target: Path
    deployment: Deployment
    reports: dict[str, ModelReport]
    """Model name -> what was found at its path."""
    files: tuple[ConfigFile, ...]
    findings: tuple[Finding, ...]
    copies: Copies = ()
    """Bundled models that writing copies into the target."""

    @property
    def samples(self) -> Mapping[str, str]:
        """Model name -> body of a request to try, if looking into the model gave one."""
        return modelcheck.samples(self.reports)


def prepare(plan: Plan, base: Path, target: Path, host: Host | None = None, bring: bool = False) -> Project:
    """Look into the models, resolve the Plan on this machine and render every file.

    `base` is the folder that the Plan's relative paths start from, `target` the folder to write to; both absolute.
    `bring`: the files will be written, with bundled models copied into the target. Nothing is written. Raises
    WizardError for an unknown server version or a value that a file cannot contain.
    """
    host = host or hostfacts.measure()
    moved = in_full(answers.rebase(plan, base, target), host)
    reports = modelcheck.look(moved, target)
    copies: Copies = ()
    if bring:
        moved, copies = bundled.brought(moved, target)
    deployment = measured_findings.with_certificate(resolve(moved, host), target)
    rendered = artifacts.render(deployment, modelcheck.samples(reports))
    found = findings.ordered((*findings.assess(deployment), *measured_findings.findings(deployment, reports, target)))
    return Project(moved, target, deployment, reports, rendered, found, copies)


def moved(project: Project, target: Path) -> Project:
    """The same project, prepared for another folder; the models stay where they are. Nothing is written."""
    plan = answers.rebase(project.plan, project.target, target)
    deployment = replace(resolve(plan, project.deployment.host), unvouched=project.deployment.unvouched)
    rendered = artifacts.render(deployment, project.samples, project.findings)
    return replace(project, plan=plan, target=target, deployment=deployment, files=rendered)


def planned(project: Project) -> tuple[files.Written, ...]:
    """What writing would do to each file, in the order in which files are shown."""
    switching.settled(project.target)
    return _in_order(files.plan_set(to_write(project), project.target))


_STATES: dict[files.Action, State] = {
    "create": "new",
    "update": "changed",
    "remove": "gone",
    "unchanged": "same",
    "left": "same",
}


def _in_order(written: tuple[files.Written, ...]) -> tuple[files.Written, ...]:
    """In the order used when the same files are compared; files that stay although they no longer belong to the set
    come last."""
    return tuple(sorted(written, key=lambda file: (file.action == "left", *rank(file.path, _STATES[file.action]))))


def lowered(project: Project) -> tuple[str, ...]:
    """Protection of the deployment in the target that would be lost, one sentence each."""
    there = files.read_set([answers.FILE_NAME], project.target).get(answers.FILE_NAME)
    try:
        before = resolve(answers.load(there), project.deployment.host) if there is not None else None
    except WizardError:
        return ()  # no answers of a deployment: nothing is known of it
    return between(before, project.deployment) if before is not None else ()


def texts(project: Project) -> dict[str, str]:
    """The text of each file as it would be written."""
    return {file.path: file.text for file in to_write(project)}


def write(project: Project, on_conflict: Literal["backup", "fail"]) -> files.WriteResult:
    """Write the files and make the secrets they need. Raises what `files.write_set` raises."""

    def beside(folder: Folder) -> files.Secrets:
        made = tokens.needed(project.deployment, folder)
        return replace(made, items=(*bundled.missing(project.copies, folder), *made.items))

    switching.settled(project.target)
    made = to_write(project)
    done = files.write_set(made, project.target, on_conflict, beside)
    done = replace(done, files=_in_order(done.files))
    named = project.plan.native or any(file.path == identity.FILE_NAME for file in made)
    return done if named else replace(done, remarks=(*done.remarks, _UNNAMED))


_UNNAMED = (
    f"{identity.FILE_NAME} cannot be read as text, so it was left as it is, and Compose calls this deployment by the "
    "folder's own name: another folder of that name would replace it. Make it readable, then write again."
)


def to_write(project: Project) -> tuple[ConfigFile, ...]:
    """The files as they would be written there: comments in the answers stay, and the deployment is named after its
    folder."""
    there = files.read_set([answers.FILE_NAME], project.target)
    made = project.files
    if answers.FILE_NAME in there:
        updated = answers.update(there[answers.FILE_NAME], complete(project.plan))
        made = tuple(ConfigFile(f.path, (Block(updated),)) if f.path == answers.FILE_NAME else f for f in made)
    return (*made, *_identity(project)) if project.plan.contained else made


def _identity(project: Project) -> tuple[ConfigFile, ...]:
    """None if there is something that is not text: it belongs to somebody else."""
    name, folder = identity.FILE_NAME, os.path.realpath(project.target)
    try:
        with door.opened(project.target) as opened:
            data, status = opened.read(name, files.TEXT_LIMIT), opened.status(name)
        there = (data or b"").decode()
    except FileNotFoundError:
        there, status = "", None
    except (OSError, ValueError, WizardError):
        return ()
    closed = status is not None and not status.st_mode & 0o077
    text = identity.environment(there, folder)
    return (ConfigFile(name, (Block(text),), secret=closed, shared=text != identity.alone(folder)),)
