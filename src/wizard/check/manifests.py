"""What only a whole manifest shows: Services without a pod, servers that share one, servers started during a build."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.check.recognise import Recognised
from wizard.fast_start import regex
from wizard.observed.remark import Edit, Remark
from wizard.observed.seen import Files, Observed, Reading
from wizard.observed.start import Start
from wizard.severity import Severity

if TYPE_CHECKING:  # other files are checked without reading YAML
    from wizard.check.cluster import Cluster
    from wizard.check.holders.kubernetes_services import Service

_SHELL = regex(r"(?im)^[ \t]*SHELL[ \t]*\[")
_DASH = regex(r"(?:docker\.io/)?(?:library/)?(?:debian|ubuntu)")
"""Images whose /bin/sh is dash, beside those of the servers."""
_WRITTEN = regex(r"-[neE]*[eE][neE]*")
"""An option that dash writes out; it has -n alone."""


def find(
    found: Recognised, seen: Sequence[Observed], readings: Sequence[Reading], files: Files, cluster: Cluster | None
) -> Iterator[Remark]:
    """Remarks about a manifest as a whole."""
    for service in found.services:
        servers = cluster.servers(found.source, service) if cluster is not None else ()
        if not servers:
            yield from _service(found, service, readings, files)
        for reading in readings:
            if reading.server in servers:
                yield from _swapped(found, service, reading)
    yield from _pods(seen)
    yield from _built(found, readings)
    yield from _echoed(found, readings)


def _service(found: Recognised, service: Service, readings: Sequence[Reading], files: Files) -> Iterator[Remark]:
    """A Service whose pods are in no file: its ports show which server it is for."""
    ports = {entry.publish.port for entry in service.entries if entry.publish.port}
    text = found.source.text.lower()

    def named(each: Reading) -> bool:
        return any(word in text for word in (each.server, *each.names.markers[:1]))

    reading = max(readings, key=lambda each: (len(ports & set(each.names.ports)), named(each)))
    known = ports & set(reading.names.ports)
    if len(known) < 2 and not (known and named(reading)):
        return
    observed = reading.observe(Start("kubernetes", found.source, service.name, service.at), (), files)
    listeners = {each.port: each for each in observed.listeners}
    if service.outside:
        for publish in (entry.publish for entry in service.entries):
            listener = listeners.get(publish.port or 0)
            if listener is not None and listener.exposure.outside is not None:
                fills = {
                    "port": publish.port,
                    "host_port": publish.host_port,
                    "title": f"{observed.title}'s {listener.title}",
                    "what": listener.exposure.what,
                }
                inner = listener.exposure.interfaces if publish.inner else None
                grade = inner or listener.exposure.outside
                yield Remark("RUN-SERVICE-OUTSIDE", found.source, publish.start, fills, grade, api=listener.api)
    yield from _swapped(found, service, reading)


def _swapped(found: Recognised, service: Service, reading: Reading) -> Iterator[Remark]:
    """Ports that are named after each other's protocol."""
    wrong = [
        (port, at)
        for port, name, at in service.names
        if (known := reading.names.ports.get(port))
        and {"http": "grpc", "grpc": "http"}[known[1]] in name.lower()
        and known[1] not in name.lower()
    ]
    if len(wrong) > 1:
        yield Remark("RUN-SERVICE-NAMES", found.source, wrong[0][1], {"title": reading.title})


def _pods(seen: Sequence[Observed]) -> Iterator[Remark]:
    """Two servers in one pod share one network."""
    taken: dict[tuple[str, int], Observed] = {}
    for observed in seen:
        start = observed.start
        if start is None or not start.pod:
            continue
        for listener in observed.listeners:
            key = (start.pod, listener.port)
            other = taken.setdefault(key, observed)
            if other is not observed and other.start is not None:
                fills = {"port": listener.port, "title": listener.title, "other": other.start.name}
                yield Remark("RUN-POD-PORT", start.source, start.at, fills, api=listener.api)
                break


def _built(found: Recognised, readings: Sequence[Reading]) -> Iterator[Remark]:
    """A server started as the last command of a RUN line: it is gone when the layer is finished."""
    runs = found.runs
    for number, (instruction, command) in enumerate(runs):
        following = runs[number + 1][0] if number + 1 < len(runs) else None
        if following is instruction or not command.words:
            continue
        start = Start("shell", found.source, "", command.start, command=command.words, command_at=command.start)
        reading = next((each for each in readings if each.starts(start)), None)
        if reading is not None and command.words[0].file_name in reading.names.programs:
            yield Remark("RUN-AT-BUILD", found.source, instruction.start, {"title": reading.title})


def _echoed(found: Recognised, readings: Sequence[Reading]) -> Iterator[Remark]:
    """Options of echo that the shell of Debian and Ubuntu, dash, writes into the file."""
    if not found.runs or not found.starts or _SHELL.search(found.source.text):
        return
    base = found.starts[0][1].named
    if not (_DASH.fullmatch(base.repository) or any(base.is_one_of(each.names.images) for each in readings)):
        return
    read = {part.name for _, _, part in found.parts}
    for _, command in found.runs:
        words = command.words
        if len(words) > 2 and command.target and words[0].text == "echo" and _WRITTEN.fullmatch(words[1].text):
            fills = {"option": words[1].text, "target": command.target}
            severity: Severity | None = None if command.target in read or command.target.endswith(".sh") else "medium"
            edits = (Edit(words[0].start, words[1].end, "printf '%b\\n'"),) if len(words) == 3 else ()
            yield Remark("RUN-ECHO-OPTION", found.source, words[0].start, fills, severity, edits=edits)
