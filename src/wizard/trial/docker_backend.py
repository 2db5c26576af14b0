"""A trial in Docker: containers, networks and labels made exactly from the Deployment."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from wizard import servers
from wizard.artifacts.container import (
    CAP_DROP,
    HIDDEN_NETWORK,
    LOG_DRIVER,
    LOG_FILES,
    LOG_SIZE,
    SECURITY,
    Container,
    describe,
)
from wizard.deployment import Mount, Network, Process
from wizard.errors import WizardError
from wizard.machine import docker_engine
from wizard.machine.project import Project
from wizard.prediction.probes import predict
from wizard.trial import before_start, docker_image, docker_probe, logs, owners, readiness
from wizard.trial.probes import FromContainer
from wizard.trial.runner import Cancel, Event, LogLine, Options, StageEvent, sample_bodies, secrets_removed

LABEL = "serving-wizard.trial"


def start(
    project: Project, options: Options, folder: Path, emit: Callable[[Event], None], cancel: Cancel
) -> DockerTrial:
    """Create and start everything. What was made is removed again when anything fails."""
    client = docker_engine.connect()
    reap(client)
    trial = DockerTrial(client, project, folder, options, emit)
    try:
        trial.up(cancel)
    except BaseException as problem:
        trial.stop()
        if isinstance(problem, (WizardError, KeyboardInterrupt, SystemExit)):
            raise
        if isinstance(problem, Exception):
            raise docker_engine.translate(problem, "start the trial") from problem
        raise
    return trial


def reap(client: Any = None, everything: bool = False) -> int:
    """Remove what trials left behind: those whose owner is gone or whose time is over.

    With `everything` all of this user's; what others started on the same engine stays until its time is over.
    Returns how many containers, networks and images were removed. Raises WizardError when there is no engine.
    """
    client = client or docker_engine.connect()
    return _remove(client, LABEL, owners.mine_or_abandoned if everything else owners.abandoned)


def _remove(client: Any, label: str, chosen: Callable[[Any], bool]) -> int:
    """Remove the containers, then the networks and images, with that label. Returns how many."""
    removed = 0
    containers = client.containers.list(all=True, filters={"label": label}, ignore_removed=True)
    gone = [c for c in containers if chosen(c.labels)]
    with ThreadPoolExecutor(max_workers=8) as pool:
        removed += sum(pool.map(lambda c: _quietly(c.remove, force=True, v=True), gone))
        networks = [n for n in client.networks.list(filters={"label": label}) if chosen(n.attrs.get("Labels") or {})]
        removed += sum(pool.map(lambda n: _quietly(n.remove), networks))
    for image in client.api.images(filters={"label": label}):  # not `images.list`: it stumbles over one that goes
        if chosen(image.get("Labels") or {}):
            removed += _quietly(client.images.remove, image["Id"], force=True)
    for container in gone:
        owners.remove_folder(container.labels.get(owners.FOLDER_LABEL, ""))
    return removed


def _quietly(call: Callable[..., Any], *arguments: Any, **options: Any) -> int:
    """1 when it worked, 0 when it was gone already or is in use."""
    from docker.errors import APIError

    try:
        call(*arguments, **options)
    except APIError:
        return 0
    return 1


class DockerTrial:
    """A running trial; see trial.Running for what its methods promise."""

    emulated = False

    def __init__(
        self, client: Any, project: Project, folder: Path, options: Options, emit: Callable[[Event], None]
    ) -> None:
        deployment = project.deployment
        self.client = client
        self.deployment = deployment
        self.samples = sample_bodies(project)
        self.folder = folder
        self.options = options
        self.emit = emit
        self.trial_id = secrets.token_hex(4)
        self.labels: dict[str, str] = {}
        self.image = options.image or deployment.processes[0].image
        self.containers: dict[str, Any] = {}
        self.networks: dict[str, Any] = {}
        self.probe: docker_probe.ContainerProbes | None = None
        self.known_tokens: dict[str, str] = {}
        self._own_keys: dict[str, str] = {}
        self.pool = ThreadPoolExecutor(max_workers=6)
        self._log: list[str] = []
        self._streams: list[Any] = []

    def up(self, cancel: Cancel) -> None:
        """Images and networks; then the server and its gateway, and beside them the containers to probe from."""
        for process in self.deployment.processes:
            docker_image.ensure(self.client, self._base(process), self.emit, cancel)
        # The deadline is the server's: a long pull does not use it up.
        self.labels = owners.labels(LABEL, self.trial_id, self.options.deadline, self.options.keep, str(self.folder))
        owners.record(self.folder, self.options.deadline, self.options.keep)
        images: dict[str, str] = {p.name: self._image(p) for p in self.deployment.processes}
        self.image = images["server"]
        self._preflight(images)
        cancel.check()
        self.emit(StageEvent("start", "creating networks and containers"))
        names = [network.name for network in self.deployment.networks]
        self.networks = dict(zip(names, self.pool.map(self._network, self.deployment.networks), strict=True))
        # Not in this thread: an interrupt would leave a request behind that makes a container after the clean-up.
        started = self.pool.submit(self._start_all, images)
        if self.networks:
            self.probe = docker_probe.ContainerProbes(self, predict(self.deployment, self.samples), started)
        started.result()
        self.emit(StageEvent("start", "started", 1.0))

    def wait_ready(self, timeout: float, cancel: Cancel) -> float:
        """See trial.Running."""
        return readiness.wait(self, timeout, cancel)

    def tokens(self) -> dict[str, str]:
        """See trial.Running. The server's own keys are read from its key file, once it has written one."""
        if not self._own_keys:
            self._own_keys = self._server_tokens()
        self.known_tokens = {**self._own_keys, **self._gateway_tokens()}
        return self.known_tokens

    def from_container(self) -> FromContainer | None:
        """See trial.Running."""
        return self.probe

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        """See trial.Running."""
        noise = servers.adapter(self.deployment.plan.server).log_noise
        return logs.tail(self._log, lines, noise)

    def address(self, name: str) -> str:
        """The address of a container that this machine can reach, "" when it has none."""
        container = self.containers[name]
        container.reload()
        hidden = {self.networks[n.name].name for n in self.deployment.networks if n.hidden}
        found = container.attrs["NetworkSettings"]["Networks"]
        return next((str(n["IPAddress"]) for key, n in found.items() if n["IPAddress"] and key not in hidden), "")

    def straight(self) -> tuple[str, int, bool]:
        """Where the inference API of the server process answers, past any gateway that can be passed."""
        endpoint = self.deployment.endpoint("inference")
        if endpoint is None:
            return "127.0.0.1", 0, False
        place = self.front() if self.networks and endpoint.served_by == "gateway" else None
        if place is not None:
            return place[0], place[1], True
        if endpoint.published and endpoint.served_by == "server":
            return endpoint.near_address, endpoint.host_port, False
        return (self.address("server") if self.networks else "127.0.0.1"), endpoint.backend_port, False

    def front(self) -> tuple[str, int, bool] | None:
        """See readiness.Started."""
        endpoint = self.deployment.front
        if endpoint is None:
            return None
        if endpoint.published:
            return endpoint.near_address, endpoint.host_port, endpoint.tls
        return (self.address("gateway") if self.networks else "127.0.0.1"), endpoint.inner_port, endpoint.tls

    def state(self) -> tuple[str, int]:
        """Status and exit code of the server's container, `removed` when somebody took it away."""
        from docker.errors import NotFound

        container = self.containers["server"]
        try:
            container.reload()
        except NotFound:
            return "removed", 0
        return container.status, int(container.attrs["State"]["ExitCode"])

    def stop(self) -> None:
        """See trial.Running. What to remove is found by its label: also what was made while this was interrupted."""
        # The known ones at once, while the containers that were probed from are still being removed.
        wait([self.pool.submit(_quietly, c.remove, force=True, v=True) for c in list(self.containers.values())])
        self.pool.shutdown(cancel_futures=True)
        for stream in self._streams:
            stream.close()
        self._streams = []
        _remove(self.client, f"{LABEL}={self.trial_id}", lambda _: True)
        self.containers, self.networks, self.probe = {}, {}, None

    def _preflight(self, images: dict[str, str]) -> None:
        """What can be known to fail is said before anything is started."""
        if before_start.remote_engine():
            return
        before_start.ports(self.deployment, lambda port: docker_engine.publisher(self.client, port))
        for process in self.deployment.processes:
            image = images[process.name]
            before_start.readable(process, lambda p=process, i=image: self._uid(p, i), self.folder)  # type: ignore[misc]

    def _uid(self, process: Process, image: str) -> int:
        """The user id that a process runs as; the image is asked when the Deployment does not say."""
        given = process.user.partition(":")[0]
        if given.isdigit():
            return int(given)
        said = self.client.containers.run(
            image, ["-u"], entrypoint=["id"], user=given or None, remove=True, network_mode="none", labels=self.labels
        )
        return int(said.decode().strip() or 0)

    def _base(self, process: Process) -> str:
        return self.options.image if process.name == "server" and self.options.image else process.image

    def _image(self, process: Process) -> str:
        """The image to start: with the model baked in, one built as the written Dockerfile does."""
        base = self._base(process)
        if not process.baked:
            return base
        self.emit(StageEvent("pull", "building the image with the model in it"))
        tag = f"serving-wizard-trial:{self.trial_id}"
        with docker_image.build_context(base, process.baked, self.folder) as context:
            docker_image.build(self.client, tag, context, self.labels)
        return tag

    def _network(self, network: Network) -> Any:
        name = f"serving-wizard-{self.trial_id}-{network.name}"
        return self.client.networks.create(
            name,
            driver="bridge",
            internal=network.internal,
            options=dict([HIDDEN_NETWORK]) if network.hidden else None,
            labels=self.labels,
        )

    def _start_all(self, images: dict[str, str]) -> None:
        """One after the other: a gateway ends at once where the server's name cannot be resolved yet."""
        for process in self.deployment.processes:
            self._start(process, images[process.name])

    def _start(self, process: Process, image: str) -> None:
        try:
            container = self._create(process, image)
            self.containers[process.name] = container
            for name in process.networks[1:]:
                self.networks[name].connect(container, aliases=[process.name])
            container.start()
        except Exception as problem:
            raise docker_engine.translate(problem, f"start the {process.name}") from problem
        self._follow(process.name, container)

    def _create(self, process: Process, image: str) -> Any:
        api, described = self.client.api, describe(self.deployment, process)
        host = api.create_host_config(
            port_bindings=_port_bindings(process),
            **_mounts(described, self.folder),
            tmpfs=dict(process.tmpfs),
            mem_limit=described.memory,
            memswap_limit=described.memory,
            pids_limit=process.pids,
            cap_drop=[CAP_DROP],
            security_opt=[SECURITY],
            read_only=process.read_only_root,
            init=True,
            network_mode="host" if process.host_network else self._network_name(process),
            log_config={"Type": LOG_DRIVER, "Config": {"max-size": LOG_SIZE, "max-file": str(LOG_FILES)}},
            device_requests=_gpus() if process.gpu else None,
        )
        networking = None
        if process.networks:
            first = api.create_endpoint_config(aliases=[process.name])
            networking = api.create_networking_config({self._network_name(process): first})
        created = api.create_container(
            image,
            command=list(process.command),
            entrypoint=list(process.entrypoint) if process.entrypoint is not None else None,
            environment=dict(process.environment),
            user=process.user or None,
            working_dir=process.working_dir or None,
            ports=sorted({p.container_port for p in process.publishes}),
            host_config=host,
            networking_config=networking,
            labels=self.labels,
            name=f"serving-wizard-{self.trial_id}-{process.name}",
        )
        return self.client.containers.get(created["Id"])

    def _network_name(self, process: Process) -> str:
        return str(self.networks[process.networks[0]].name)

    def _follow(self, name: str, container: Any) -> None:
        """Copy the log to the trial line by line until the container is gone."""
        stream = container.logs(stream=True, follow=True)
        self._streams.append(stream)

        def copy() -> None:
            for line in _lines(stream):
                clean = secrets_removed(line, self.known_tokens)
                self._log = [*self._log, clean][-logs.KEPT :]
                self.emit(LogLine(clean, name))

        threading.Thread(target=copy, daemon=True).start()

    def _gateway_tokens(self) -> dict[str, str]:
        from wizard.machine import tokens

        return tokens.read(self.deployment, self.folder)

    def _server_tokens(self) -> dict[str, str]:
        adapter = servers.adapter(self.deployment.plan.server)
        path = adapter.token_file(self.deployment)
        if path is None or not self.deployment.server_token:
            return {}
        return adapter.own_tokens(self.deployment, self._read_file(path))

    def _read_file(self, path: str) -> str:
        """A small file inside the server's container, "" when it is not there."""
        code, output = docker_engine.execute(self.containers["server"], ["cat", path])
        return str(output.decode("utf-8", errors="replace")) if code == 0 else ""


def _lines(chunks: Iterable[bytes]) -> Iterable[str]:
    """Whole lines from chunks of any size."""
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", errors="replace").rstrip("\r")
    if rest:
        yield rest.decode("utf-8", errors="replace")


def _port_bindings(process: Process) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for publish in process.publishes:
        # A bare host port means every address, IPv4 and IPv6 (docs/docker-notes.md); only that is wanted for "".
        bindings = [publish.host_port] if publish.address == "" else [(publish.address, publish.host_port)]
        found.setdefault(publish.container_port, []).extend(bindings)
    return found


def _mounts(container: Container, folder: Path) -> dict[str, Any]:
    """Bind mounts as an option of `create_host_config`: only the short form can carry a label of SELinux."""
    from docker.types import Mount as DockerMount

    def source(mount: Mount) -> str:
        return str(folder / mount.source) if mount.source.startswith("./") else mount.source

    mounts = container.process.mounts
    if container.labels:
        options = {m.target: ",".join(container.mount_options(m)) for m in mounts}
        return {"binds": [f"{source(m)}:{m.target}:{options[m.target]}" for m in mounts]}
    return {"mounts": [DockerMount(m.target, source(m), type="bind", read_only=m.read_only) for m in mounts]}


def _gpus() -> list[Any]:
    from docker.types import DeviceRequest

    return [DeviceRequest(count=-1, capabilities=[["gpu"]])]
