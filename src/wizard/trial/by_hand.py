"""A request that can be pasted while a trial is kept running: it reads its token where the trial keeps it."""

from __future__ import annotations

from dataclasses import replace

from wizard.artifacts import calling
from wizard.formats.shell import sh
from wizard.machine.project import Project
from wizard.trial.marks import Mark


def request(project: Project, mark: Mark) -> str:
    """A command for a POSIX shell; "" if nothing answers on this machine's addresses."""
    wanted = calling.call(project.deployment, project.samples)
    if wanted is None:
        return ""
    if wanted.token is not None and wanted.token.container:
        wanted = replace(wanted, token=replace(wanted.token, container=mark.name("server")))
    return calling.curl(wanted, sh(str(mark.folder)))
