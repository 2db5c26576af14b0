"""What can be known before anything is started: taken ports, addresses that are not here, unreadable files."""

from __future__ import annotations

import socket
import stat
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.artifacts import ownership
from wizard.deployment import Deployment, Process
from wizard.errors import ExitCode, WizardError
from wizard.formats.shell import pasted
from wizard.machine import engine_address
from wizard.machine.ports import port_owner, port_state
from wizard.plan import Api
from wizard.prediction.values import UNREACHABLE, Probe
from wizard.servers.titles import api_title

if TYPE_CHECKING:
    from wizard.machine.docker_engine import Publisher

_FILES = 2000
"""How many files of a model folder are checked; problems with others are left to the server."""

_STRANGER = -1
_BRIDGED = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")


class PortHeldError(WizardError):
    """A port that an API should use is not available. `address`: "" = every address.

    `runs_already`: it is this deployment itself that has it, so that another port would make a second one.
    """

    runs_already = False

    def __init__(self, title: str, detail: str, hint: str, api: Api, address: str, port: int) -> None:
        super().__init__(title, detail, hint, ExitCode.ENVIRONMENT)
        self.api = api
        self.address = address
        self.port = port


def ports(deployment: Deployment, publisher: Callable[[int], Publisher | None] = lambda _: None) -> None:
    """Raises WizardError (exit code 3) if an address is not this machine's, or if a port is taken, and by what.

    `publisher` finds the container that publishes a port.
    """
    for api, address, port in dict.fromkeys(_wanted(deployment)):
        state = port_state(address, port)
        if state == "free":
            continue
        where = f"{address or 'every address'} port {port}"
        if state == "foreign":
            raise WizardError(
                f"{address} does not belong to this machine",
                f"{api_title(api)} is to answer there",
                "Choose an address of this machine: serving-wizard doctor lists them.",
                ExitCode.ENVIRONMENT,
            )
        if state == "privileged":
            why, instead = f"{where}, for {api_title(api)}", f"Choose a port above 1023, {_where(api)}."
            raise PortHeldError(f"This user may not listen on port {port}", why, instead, api, address, port)
        raise _taken(deployment, (api, address, port), publisher(port))


def _taken(deployment: Deployment, wanted: tuple[Api, str, int], by: Publisher | None) -> PortHeldError:
    """Who has a port that is wanted for an API at an address, and what to do about it."""
    api, address, port = wanted
    why = f"{address or 'every address'} port {port}, wanted for {api_title(api)}"
    if by is not None and not by.trial and by.name in ownership.containers(deployment):
        script = Path(by.folder) / "run.sh"
        known = by.folder and script.exists()
        stop = f"{pasted(str(script))} down" if known else f"{deployment.engine.name} stop {by.name}"
        title = f"This deployment runs already: port {port} is that of its container {by.name}"
        found = PortHeldError(title, why, f"Stop it first: {stop}", api, address, port)
        found.runs_already = True
        return found
    if by is None:
        title, stop = f"Port {port} is taken by {port_owner(port) or 'another program'}", "Stop it"
    elif by.trial:
        title = f"Port {port} is taken by a trial that was kept running, the container {by.name}"
        stop = "Stop it in the wizard that keeps it"
    else:
        title, stop = f"Port {port} is taken by the container {by.name}", "Stop it"
    return PortHeldError(title, why, f"{stop}, or choose another port, {_where(api)}.", api, address, port)


def _where(api: Api) -> str:
    """Where the port of an API is chosen, for whoever is asked and for whoever writes commands."""
    return f"at the step Bind or with --set bind.{api}.port=PORT"


def bridges(deployment: Deployment) -> None:
    """Raises WizardError (exit code 3) if another engine's rules drop packets between a server and its gateway.

    Docker makes this machine drop everything it forwards unless told otherwise, including what crosses a bridge; Podman
    as root adds no exception for its networks without a way out (docs/podman-notes.md).
    """
    engine = deployment.engine
    inside = [
        n for n in deployment.networks if n.internal and sum(n.name in p.networks for p in deployment.processes) > 1
    ]
    if engine.name != "podman" or engine.own_accounts or not inside or not _drops_bridged():
        return
    raise WizardError(
        "Docker's firewall rules on this machine drop the traffic between Podman's gateway and server",
        "the policy of iptables' chain FORWARD is DROP, and it is asked for bridged packets",
        'Run it with Docker (run.engine = "docker"), or with an ordinary user\'s Podman.',
        ExitCode.ENVIRONMENT,
    )


def _drops_bridged() -> bool:
    with suppress(OSError, subprocess.SubprocessError):
        if _BRIDGED.read_text().strip() == "1":
            command = ["iptables", "--wait", "5", "--list-rules", "FORWARD"]
            said = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout
            return said.startswith("-P FORWARD DROP")
    return False


def readable(process: Process, user: Callable[[], int], folder: Path) -> None:
    """Raises WizardError (exit code 3) for a file to mount that is missing, or that the server's user may not read.

    `user` returns the user id it runs as; it is called only if a file is not readable by everybody.
    """
    for mount in process.mounts:
        source = folder / mount.source
        if not source.exists():
            raise WizardError(
                f"{source} is missing",
                f"it is to be mounted at {mount.target}",
                "Check the path in the answers.",
                ExitCode.ENVIRONMENT,
            )
        if not mount.read_only or all(_may_read(path, _STRANGER) for path in _inside(source)):
            continue
        uid = user()
        bad = next((path for path in _inside(source) if uid and not _may_read(path, uid)), None)
        if bad is not None:
            mode = stat.S_IMODE(bad.stat().st_mode)
            raise WizardError(
                f"The server cannot read {bad}",
                f"it runs as user id {uid}, and the file has mode {mode:04o}",
                f"Let others read it: chmod -R a+rX {pasted(str(source))}",
                ExitCode.ENVIRONMENT,
            )


def hindered(deployment: Deployment, probes: Iterable[Probe]) -> dict[str, str]:
    """Id of each probe that cannot decide anything on this machine -> why.

    Must be called before anything is started: something that already listens on a port that should be closed would be
    mistaken for the deployment.
    """
    docker = deployment.plan.contained
    own = [probe for probe in probes if probe.vantage not in ("peer-container", "other-container")]
    if docker and engine_address.remote():
        return {probe.id: "the engine is on another machine" for probe in own}
    closed = [probe for probe in own if probe.kind == "connect" and probe.predicted == UNREACHABLE]
    places = {(probe.address, probe.port) for probe in closed}
    holders = {place: _holder(*place) for place in places}
    return {p.id: f"held by {who}" for p in closed if (who := holders[p.address, p.port])}


def _holder(address: str, port: int) -> str:
    """What listens at an address of this machine, "" if nothing does."""
    if port_state(address, port) not in ("taken", "privileged"):
        return ""
    try:
        with socket.create_connection((address, port), timeout=1.0):
            return port_owner(port) or "another program"
    except OSError:
        return ""


def _wanted(deployment: Deployment) -> Iterator[tuple[Api, str, int]]:
    """Which address and port of this machine each API needs."""
    isolated = any(process.isolated for process in deployment.processes)
    native = deployment.plan.native
    for endpoint in deployment.endpoints:
        for address in endpoint.host_addresses:
            yield endpoint.api, address, endpoint.host_port
        behind = endpoint.served_by == "gateway" or not endpoint.published
        if native and behind and not isolated and endpoint.backend_port:
            for address in endpoint.backend_address.split(","):
                yield endpoint.api, address.replace("0.0.0.0", ""), endpoint.backend_port


def _inside(source: Path) -> Iterator[Path]:
    """The path and some of what is in it, at any depth; links to folders are not followed."""
    todo = [source]
    for _ in range(_FILES):
        if not todo:
            return
        path = todo.pop()
        yield path
        if path.is_dir() and (path == source or not path.is_symlink()):
            with suppress(OSError):
                todo += islice(path.iterdir(), _FILES)


def _may_read(path: Path, uid: int) -> bool:
    try:
        found = path.stat()
    except OSError:
        return not path.is_symlink()  # a dangling link stands for nothing on this machine
    owner, other = (stat.S_IRUSR, stat.S_IXUSR), (stat.S_IROTH, stat.S_IXOTH)
    read, enter = owner if found.st_uid == uid else other
    if found.st_gid == uid and found.st_uid != uid:
        read, enter = read | stat.S_IRGRP, enter | stat.S_IXGRP
    return bool(found.st_mode & read) and (not stat.S_ISDIR(found.st_mode) or bool(found.st_mode & enter))
