"""Finds model servers that run here, as processes and in containers. Nothing is started, sent or changed."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import psutil
from docker.errors import APIError, DockerException, NotFound

from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.formats.image_name import image_name
from wizard.machine import checkfiles, engine_client, sockets
from wizard.machine.given_secrets import secrets_hidden, shown
from wizard.observed.running import JoinedNetwork, Published, RunningServer
from wizard.observed.seen import Disguise, Names
from wizard.observed.source import Source

_NAME = regex(r"[A-Za-z0-9][\w.-]*")
_USUAL = frozenset({"PATH", "HOME", "HOSTNAME", "LANG", "LC_ALL", "TERM"})
_NO_FILE = 0x8F28_0000
"""Bits of the engine's file modes (Go's os.FileMode) that a regular file does not have: folder, link, pipe, device."""
_ARCHIVE_BYTES = 1 << 16
"""Bytes in an archive of one file besides the file."""
_SWITCHES = {"Init": "--init", "Privileged": "--privileged", "ReadonlyRootfs": "--read-only"}


def processes(names: Sequence[Names]) -> Iterator[RunningServer]:
    """Servers that run outside containers, as far as this user may see them."""
    surroundings = _Surroundings()
    found: dict[int, RunningServer] = {}
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            server = _process(process, names, surroundings)
            if server is not None:
                found[process.pid] = server
    for pid, server in found.items():
        # A launcher that waits for the program it started is no server of its own.
        waits = server.launcher and any(child in found for child in surroundings.family(pid)[1:])
        if not waits:
            yield server


class _Surroundings:
    """What is asked about every server, looked up once for all of them: there may be hundreds."""

    def __init__(self) -> None:
        self.sockets: sockets.Tables = {}
        self._children: dict[int, list[int]] = {}

    def family(self, pid: int) -> list[int]:
        """A process and everything it started."""
        if not self._children:
            for process in psutil.process_iter():
                with suppress(psutil.Error):
                    self._children.setdefault(process.ppid(), []).append(process.pid)
        found = [pid]
        for each in found:
            found += self._children.get(each, ())
        return found


def containers(client: Any, names: Sequence[Names], wanted: str = "") -> Iterator[RunningServer]:
    """Every running container of an engine, or the one asked for, whether or not a server runs in it."""
    images = {image for name in names for image in name.images}
    for container in _named(client, wanted) if wanted else client.containers.list(ignore_removed=True):
        with suppress(NotFound):  # it ended meanwhile, and its network with it
            yield _container(container, images)


def _named(client: Any, wanted: str) -> Iterator[Any]:
    """The container with a name or id, if it runs; no other one is examined."""
    kind, _, name = wanted.rpartition(":")
    if kind in ("", "container") and _NAME.fullmatch(name):
        with suppress(APIError):
            found = client.containers.get(name)
            if found.status == "running":
                yield found


class RunningFiles:
    """Reads files as the servers see them: `container:NAME:/path`, or a path on this machine."""

    def __init__(self, client: Any | None) -> None:
        self._client = client

    def __call__(self, path: str) -> Source | None:
        """One file; None if it does not exist, is too large, or is a link or folder."""
        kind, _, rest = path.partition(":")
        if kind != "container":
            return checkfiles.load(path)
        name, _, inside = rest.partition(":")
        return _inside(self._client, path, name, inside) if self._client and inside.startswith("/") else None


def _inside(client: Any, path: str, name: str, inside: str) -> Source | None:
    try:
        stream, about = client.containers.get(name).get_archive(inside)
        if about["size"] > checkfiles.MAX_BYTES or about["mode"] & _NO_FILE:
            return None
        return _only_file(path, engine_client.within(client.api.timeout, partial(_beginning, stream)))
    except (DockerException, OSError, tarfile.TarError):
        return None


def _beginning(stream: Iterator[bytes]) -> bytes:
    """As much of an archive as a file of the maximum size needs; the rest is not fetched."""
    taken = bytearray()
    for piece in stream:
        taken += piece
        if len(taken) > checkfiles.MAX_BYTES + _ARCHIVE_BYTES:
            break
    return bytes(taken)


def _only_file(path: str, archive: bytes) -> Source | None:
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        member = tar.next()
        file = tar.extractfile(member) if member is not None and member.isreg() else None
        return checkfiles.decoded(path, file.read()) if file is not None else None


def _process(process: psutil.Process, names: Sequence[Names], surroundings: _Surroundings) -> RunningServer | None:
    words = [_text(word) for word in process.cmdline()]
    owner, command = _command(words, names)
    if owner is None and words:
        with suppress(psutil.Error, OSError):  # started by another name, such as that of a link
            owner, command = _command([process.exe(), *words[1:]], names)
    launcher = owner is not None and owner.disguise is not None and owner.disguise.word not in words
    if owner is None or _apart(process.pid, "pid"):
        return None
    environment: Mapping[str, str] = {}
    folder = ""
    with suppress(psutil.Error, OSError):  # those of other users
        environment = {_text(name): _text(value) for name, value in process.environ().items()}
        folder = process.cwd()
    return RunningServer(
        "process",
        Path(command[0]).name,
        str(process.pid),
        tuple(secrets_hidden(command)),
        tuple(shown(k, v) for k, v in sorted(environment.items()) if k.startswith(owner.variables or (" ",))),
        folder,
        sockets.of_processes(surroundings.family(process.pid), surroundings.sockets),
        shares_network=not _apart(process.pid, "net"),
        launcher=launcher,
    )


def _text(given: str) -> str:
    """A process's arguments as text that can be written: invalid bytes become the replacement character."""
    return given if given.isascii() else given.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _command(words: Sequence[str], names: Sequence[Names]) -> tuple[Names | None, list[str]]:
    """Which server a process belongs to, and the command that starts it."""
    for name in names:
        if name.disguise is not None and name.disguise.word in words:
            return name, _undisguised(words, name.disguise)
        for number, word in enumerate(words[:3]):
            # A script shows as its interpreter, followed by its own path.
            if Path(word).name in name.programs and (number == 0 or "python" in words[0] or words[0].endswith("sh")):
                module = name.disguise is not None and words[number - 1 : number] == ["-m"]
                return name, [name.disguise.program if module and name.disguise else word, *words[number + 1 :]]
    return None, []


def _undisguised(words: Sequence[str], disguise: Disguise) -> list[str]:
    found = [disguise.program]
    skip = False
    for word in words[words.index(disguise.word) + 1 :]:
        if word.startswith("-"):
            flag = disguise.flags.get(word, word)
            skip = not flag
            found += [flag] if flag else []
        elif not skip:
            found.append(word)
        else:
            skip = False
    return found


def _apart(pid: int, kind: Literal["pid", "net"]) -> bool:
    """Whether a process has its own namespace; processes in containers have their own process ids."""
    try:
        return Path(f"/proc/{pid}/ns/{kind}").readlink() != Path(f"/proc/self/ns/{kind}").readlink()
    except OSError:
        return False


def _container(container: Any, images: set[str]) -> RunningServer:
    facts = container.attrs
    config, host, network = facts["Config"], facts["HostConfig"], facts["NetworkSettings"]
    published = tuple(_published(network.get("Ports") or {}))
    known = image_name(config["Image"]).is_one_of(images)
    base = (container.client.images.get(facts["Image"]).attrs["Config"] if known else None) or {}
    mode, joins = host.get("NetworkMode", ""), ""
    if mode.startswith("container:"):
        # Its network is that of another container, and so is everything that leads there.
        other = container.client.containers.get(mode.partition(":")[2])
        network, mode, joins = other.attrs["NetworkSettings"], other.attrs["HostConfig"]["NetworkMode"], other.name
    return RunningServer(
        "container",
        container.name,
        container.short_id,
        tuple(_run_line(container.name, facts, base, published)),
        sockets=sockets.of_namespace(facts["State"]["Pid"]) if facts["State"]["Pid"] else None,
        published=tuple(_published(network.get("Ports") or {})),
        networks=tuple(_networks(container.client, network.get("Networks") or {})),
        shares_network=mode == "host",
        joins=joins,
    )


def _networks(client: Any, joined: Mapping[str, Any]) -> Iterator[JoinedNetwork]:
    for name, at in sorted(joined.items()):
        about = client.networks.get(at["NetworkID"]).attrs if at.get("NetworkID") else {}
        hidden = (about.get("Options") or {}).get("com.docker.network.bridge.inhibit_ipv4") == "true"
        yield JoinedNetwork(name, at.get("IPAddress", ""), about.get("Driver") == "bridge" and not hidden)


def _run_line(name: str, facts: Any, base: Any, published: Sequence[Published]) -> Iterator[str]:
    """The `docker run` line that starts the same; if the image is known, its own settings are left out."""
    config, host = facts["Config"], facts["HostConfig"]
    yield from ("docker", "run", "--name", name)
    yield from (flag for key, flag in _SWITCHES.items() if host.get(key))
    mode = host.get("NetworkMode", "")
    if mode not in ("", "default", "bridge"):
        yield from ("--network", mode)
    for text in dict.fromkeys(_publish(each, published) for each in published):
        yield from ("--publish", text)
    for mount in facts.get("Mounts") or ():
        if mount["Type"] in ("bind", "volume"):
            source = mount["Source"] if mount["Type"] == "bind" else mount.get("Name", "")
            yield from ("--volume", f"{source}:{mount['Destination']}{'' if mount.get('RW', True) else ':ro'}")
    own = set(base.get("Env") or ())
    for pair in config.get("Env") or ():
        key, _, value = pair.partition("=")
        if pair not in own and key not in _USUAL:
            yield from ("--env", "=".join(shown(key, value)))
    if config.get("User") and config["User"] != base.get("User"):
        yield from ("--user", config["User"])
    if config.get("WorkingDir") and config["WorkingDir"] != base.get("WorkingDir"):
        yield from ("--workdir", config["WorkingDir"])
    entrypoint, command = config.get("Entrypoint") or [], config.get("Cmd") or []
    if entrypoint and entrypoint != base.get("Entrypoint"):
        yield from ("--entrypoint", entrypoint[0])
        command = [*entrypoint[1:], *command]
    elif command == base.get("Cmd"):
        command = []
    yield config["Image"]
    yield from secrets_hidden(command)


def _publish(each: Published, every: Sequence[Published]) -> str:
    """As `docker run` takes it; a port published for IPv4 and IPv6 has no address."""
    if {"0.0.0.0", "::"} <= {other.address for other in every if other[1:] == each[1:]}:
        return f"{each.port}:{each.inside}"
    address = f"[{each.address}]" if ":" in each.address else each.address
    return f"{address}:{each.port}:{each.inside}"


def _published(ports: Mapping[str, Any]) -> Iterator[Published]:
    for name, places in ports.items():
        inside, _, protocol = name.partition("/")
        if protocol == "tcp":
            for place in places or ():
                yield Published(place["HostIp"] or "0.0.0.0", int(place["HostPort"]), int(inside))


def one_of(found: Sequence[RunningServer], wanted: str, unseen: str = "") -> RunningServer:
    """The one with that name, id or process id. Raises WizardError for none, with what is `unseen`, or several."""
    fitting = [each for each in found if wanted in (each.name, each.number, each.place)]
    long = [each for each in found if each.kind == "container" and each.number and wanted.startswith(each.number)]
    if len(fitting or long) == 1:
        return (fitting or long)[0]
    there = ", ".join(each.place for each in found)
    if fitting or long:
        raise WizardError(f"Several servers are called {wanted}.", hint=f"Say which: {there}.")
    others = f"These do: {there}." if there else "Nor does any other."
    raise WizardError(f"No model server {wanted} runs here.", unseen, others)
