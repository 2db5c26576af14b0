"""What exists besides the one process that answers are made from, and settings that only mean something there."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.formats.shell import pasted
from wizard.observed.answers import Lost, ObservedAnswer
from wizard.observed.seen import Observed

if TYPE_CHECKING:
    from wizard.check.analysis import FileReport
    from wizard.check.recognise import Recognised
    from wizard.observed.start import Start

_CALLED = {"compose": "The service", "kubernetes": "The container", "docker-run": "The container"}


def others(found: Observed, observed: Sequence[Observed]) -> Iterator[Lost]:
    """Every other start of the same server: answers can describe only one."""
    mine = found.start
    if mine is None:
        return
    for start in dict.fromkeys(each.start for each in observed if each.start is not None):
        same_place = start.source.path == mine.source.path and start.at == mine.at
        if same_place and start.overlay != mine.overlay:
            what = f"What {start.overlay} makes otherwise: answers hold one server, and these are of {mine.overlay}."
            yield Lost(what, start.source, start.at)
        same_container = start.holder == "docker-run" and start.name == mine.name != ""  # another script for it
        if start.holder == mine.holder and not same_place and not same_container:
            who = f"{_CALLED.get(start.holder, 'The start of')} {start.name}" if start.name else "One more start"
            how = (
                f"serving-wizard import --running {pasted(start.name)}"
                if start.source.runs
                else "import it from a file of its own"
            )
            yield Lost(f"{who}: answers hold one server, so {how}.", start.source, start.at)


def doors(files: Iterable[Recognised], found: Observed, observed: Sequence[Observed]) -> Iterator[Lost]:
    """What publishes ports beside a server that publishes none: a gateway, or an application with its own callers."""
    mine = found.start
    if mine is None or not mine.contained or mine.publishes:
        return
    servers = {(each.start.source.path, each.start.at) for each in observed if each.start is not None}
    for file in files:
        for server, start in file.starts:
            near = start.holder == mine.holder and start.source.path == mine.source.path
            if near and not server and start.publishes and (start.source.path, start.at) not in servers:
                ports = ", ".join(dict.fromkeys(port.text for port in start.publishes))
                who = f"{_CALLED.get(start.holder, 'The start of')} {start.name}" if start.name else "Another start"
                what = (
                    f"{who} publishes {ports}, and the server nothing: if callers come through it, the addresses,"
                    " pages and tokens that it lets in are not among these answers."
                )
                yield Lost(what, start.source, start.at)


def ingresses(files: Iterable[Recognised], found: Observed) -> Iterator[Lost]:
    """Names and annotations of the Ingresses that lead to the imported container."""
    start = found.start
    if start is None or start.holder != "kubernetes":
        return
    led = {(publish.source or start.source, publish.start) for publish in start.publishes if publish.ingress}
    for file in files:
        said = (each for route in file.routes if (file.source, route.start) in led for each in route.says)
        for what, at in dict.fromkeys(said):
            yield Lost(f"{what} of the Ingress: the answers do not take it over.", file.source, at)


def unreadable(reports: Iterable[FileReport]) -> Iterator[Lost]:
    """The files that cannot be read, with the place."""
    for report in reports:
        if report.problem:
            yield Lost(f"{report.source.path} {cannot_be_read(report)}", report.source)


def cannot_be_read(report: FileReport) -> str:
    """Why it cannot be read, and what it was read as, for people."""
    return f"cannot be read as {report.kind}: {' '.join(report.problem.split())}"


def inside(start: Start | None, answers: Iterable[ObservedAnswer]) -> Iterator[Lost]:
    """Paths of models that exist only in a container, because no folder of this machine is mounted there."""
    if start is None or not start.contained:
        return
    outer = [
        posixpath.normpath(posixpath.join(start.source.folder, mount.source))
        for mount in start.mounts
        if mount.source and mount.kind != "volume"
    ]
    for answer in answers:
        models = answer.value if answer.key == "models" and isinstance(answer.value, list) else ()
        for path in (str(model.get("path", "")) for model in models if isinstance(model, dict)):
            covered = any(path == folder or path.startswith(f"{folder.rstrip('/')}/") for folder in outer)
            if path.startswith("/") and not covered:
                what = f"{path} is a path in the container: put in its place where the model lies on this machine."
                yield Lost(what, answer.source, answer.at)
