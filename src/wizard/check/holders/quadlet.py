"""Quadlet's `.container` files: units from which podman makes containers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.check.holders.options import publishes, volume
from wizard.check.holders.units import UnitAssignment, as_word, assignments, lines
from wizard.formats.shell_words import split
from wizard.observed.source import Source
from wizard.observed.start import Health, Mounted, Start

_READ = frozenset(
    {
        "Image", "Exec", "Entrypoint", "Network", "HealthCmd", "User", "RunInit", "ContainerName", "WorkingDir",
        "Environment", "PublishPort", "Volume",
    }
)  # fmt: skip
"""Keys that correspond to a field of a start."""


def read(source: Source) -> Iterator[Start]:
    """The container of such a file; nothing if it has no image, or if another unit provides it."""
    own = [line for line in lines(source) if line.section == "Container"]
    image = _last(own, "Image")
    if image is None or image.value.text.endswith((".image", ".build")):
        return
    command, entrypoint, network = _last(own, "Exec"), _last(own, "Entrypoint"), _last(own, "Network")
    health, user, init = _last(own, "HealthCmd"), _last(own, "User"), _last(own, "RunInit")
    named, workdir = _last(own, "ContainerName"), _last(own, "WorkingDir")
    words = tuple(split(command.value)) if command is not None else ()
    yield Start(
        "docker-run",
        source,
        named.value.text if named is not None else source.name.removesuffix(".container"),
        image.start,
        as_word(image.value),
        entrypoint=tuple(split(entrypoint.value)) if entrypoint is not None else None,
        command=words or None,
        command_at=command.start if command is not None else image.start,
        environment=tuple(each for line in own if line.key == "Environment" for each in assignments(line)),
        environment_open=any(line.key in ("EnvironmentFile", "EnvironmentHost", "Secret") for line in own),
        publishes=tuple(
            each for line in own if line.key == "PublishPort"
            for each in publishes(line.value, line.start, line.value.origin(len(line.value.text)))
        ),
        mounts=tuple(each for line in own if line.key == "Volume" and (each := _mounted(line)) is not None),
        network=network.value.text if network is not None else "",
        network_at=network.start if network is not None else 0,
        health=Health(tuple(split(health.value)), health.start) if health is not None else None,
        user=as_word(user.value) if user is not None else None,
        init=init is not None and init.value.text.lower() in ("yes", "true", "on", "1"),
        options=tuple((line.key, line.value.text, line.start) for line in own if line.key not in _READ),
        engine="podman",
        working_dir=workdir.value.text if workdir is not None else "",
    )  # fmt: skip


def _last(own: Sequence[UnitAssignment], key: str) -> UnitAssignment | None:
    return next((line for line in reversed(own) if line.key == key and line.value.text.strip()), None)


def _mounted(line: UnitAssignment) -> Mounted | None:
    """A folder or a volume. Volumes described by a `.volume` file count too, as do systemd's %h and the like."""
    found = volume(line.value, line.start, line.value.origin(len(line.value.text)))
    if found is None:
        return None
    meant = found.source.endswith(".volume") or found.source.startswith("%")
    return found._replace(declared=True, open=True) if meant else found
