"""A trial in Docker or Podman: containers, networks and labels made exactly from the Deployment."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import replace
from typing import Any

from docker.errors import NotFound

from wizard import registry
from wizard.artifacts.container import HIDDEN_NETWORK, describe
from wizard.deployment import Network, Process
from wizard.errors import ExitCode, WizardError
from wizard.machine import docker_engine, engine_address
from wizard.machine.project import Project
from wizard.prediction.probes import predict
from wizard.trial import (
    before_start,
    docker_container,
    docker_image,
    docker_probe,
    engine_remains,
    logs,
    marks,
    readiness,
    records,
    sweep,
)
from wizard.trial.backend import Cancel, Options, RunningTrial
from wizard.trial.events import Emit, LogLine, StageEvent
from wizard.trial.probes import FromContainer
from wizard.trial.valid_tokens import ValidTokens


class DockerTrial(RunningTrial):
    """A running trial."""

    emulated = False

    def __init__(self, project: Project, options: Options, mark: marks.Mark, emit: Emit) -> None:
        deployment = project.deployment
        self.client: Any = None
        self.deployment = deployment
        self.samples = project.samples
        self.mark = mark
        self.folder = mark.folder
        self.options = options
        self.emit = emit
        self.labels: dict[str, str] = {}
        self.image = options.image or deployment.processes[0].image
        self.containers: dict[str, Any] = {}
        self.networks: dict[str, Any] = {}
        self.probe: docker_probe.ContainerProbes | None = None
        self._tokens = ValidTokens(deployment, self.folder, self._text_of)
        self.pool = ThreadPoolExecutor(max_workers=6)
        self._log: list[str] = []
        self._streams: list[Any] = []
        self._copying: dict[str, threading.Thread] = {}

    def up(self, cancel: Cancel) -> None:
        """Images and networks; then the server and its gateway, and next to them the containers to probe from."""
        at = engine_address.named(self.deployment.engine.name)
        client = docker_engine.connect(at)
        docker_engine.insist(client, self.deployment.engine)
        self.client = client
        sweep.sweep(lambda address: client if address == at else None, at=at)
        with docker_engine.speaking("start the trial"):
            for process in self.deployment.processes:
                docker_image.ensure(client, self._base(process), self.emit, cancel)
            # The deadline is the server's: a long pull does not use it up.
            mark = replace(self.mark, until=time.time() + self.options.deadline, kept=self.options.keep)
            records.write(mark, engine=at)
            self.labels = mark.labels()
            images: dict[str, str] = {p.name: self._image(p, cancel) for p in self.deployment.processes}
            self.image = images["server"]
            self._preflight(images)
            cancel.check()
            self.emit(StageEvent("start", "creating networks and containers"))
            self._start_beside(images)
            self.emit(StageEvent("start", "started", 1.0))

    def _start_beside(self, images: dict[str, str]) -> None:
        names = [network.name for network in self.deployment.networks]
        self.networks = dict(zip(names, self.pool.map(self._network, self.deployment.networks), strict=True))
        started = self.pool.submit(self._start_all, images)
        if self.networks:
            self.probe = docker_probe.ContainerProbes(self, predict(self.deployment, self.samples), started)
        started.result()

    def tokens(self) -> dict[str, str]:
        return self._tokens.read()

    def from_container(self) -> FromContainer | None:
        return self.probe

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        noise = registry.adapter(self.deployment.plan.server).log_noise
        return logs.tail(self._log, lines, noise)

    def hindered(self) -> str:
        """An engine reports that itself."""
        return ""

    def address(self, name: str) -> str:
        """The address of a container that this machine can reach, "" if it has none."""
        container = self.containers[name]
        with docker_engine.speaking("say where a container is"):
            container.reload()
        hidden = {self.networks[n.name].name for n in self.deployment.networks if n.hidden}
        found = container.attrs["NetworkSettings"]["Networks"]
        return next((str(n["IPAddress"]) for key, n in found.items() if n["IPAddress"] and key not in hidden), "")

    def server_address(self) -> readiness.Address:
        """Where the server process's inference API answers, bypassing the gateway if possible."""
        endpoint = self.deployment.endpoint("inference")
        if (socket := readiness.by_socket(self.deployment)) is not None:
            return socket
        if endpoint is None:
            return readiness.Address("127.0.0.1", 0)
        place = self.gateway_address() if self.networks and endpoint.served_by == "gateway" else None
        if place is not None:
            return place._replace(gateway=True)
        if endpoint.published and endpoint.served_by == "server":
            return readiness.Address(endpoint.near_address, endpoint.host_port)
        return readiness.Address(self.address("server") if self.networks else "127.0.0.1", endpoint.backend_port)

    def gateway_address(self) -> readiness.Address | None:
        endpoint = self.deployment.front
        if endpoint is None:
            return None
        if endpoint.published:
            return readiness.Address(endpoint.near_address, endpoint.host_port, endpoint.tls)
        return readiness.Address(
            self.address("gateway") if self.networks else "127.0.0.1", endpoint.inner_port, endpoint.tls
        )

    def state(self) -> tuple[str, int]:
        """Status and exit code of the server's container, `removed` if somebody removed it.

        If it has ended, its log is complete.
        """
        container = self.containers["server"]
        try:
            with docker_engine.speaking("say how the server does"):
                container.reload()
        except WizardError as problem:
            if isinstance(problem.__cause__, NotFound):
                return "removed", 0
            raise
        if container.status in ("exited", "dead") and (copying := self._copying.get("server")) is not None:
            copying.join(logs.LAST_LINES_S)
        return container.status, int(container.attrs["State"]["ExitCode"])

    def stop(self) -> None:
        """What to remove is found by its label."""
        if self.client is None:
            return
        # The known ones at once, while the containers that were probed from are still being removed.
        known = list(self.containers.values())
        wait([self.pool.submit(engine_remains.quietly, c.remove, force=True, v=True) for c in known])
        self.pool.shutdown(cancel_futures=True)
        with docker_engine.speaking("remove what the trial made"):
            for stream in self._streams:
                with suppress(OSError):  # its thread closes it too, when the engine ends it
                    stream.close()
        engine_remains.remove(self.client, lambda _: True, self.mark.id)
        if engine_remains.left(self.client, self.mark.id):
            raise WizardError("Something of the trial is still in use in the engine", exit_code=ExitCode.ENVIRONMENT)

    def _preflight(self, images: dict[str, str]) -> None:
        """Failures that can be foreseen are reported before anything is started."""
        if engine_address.remote():
            return
        before_start.bridges(self.deployment)
        before_start.ports(self.deployment, lambda port: docker_engine.publisher(self.client, port))
        for process in self.deployment.processes:
            image = images[process.name]
            before_start.readable(process, lambda p=process, i=image: self._uid(p, i), self.folder)  # type: ignore[misc]

    def _uid(self, process: Process, image: str) -> int:
        """The user id that a process runs as; the image is asked if the Deployment does not say."""
        given = process.user.partition(":")[0]
        if given.isdigit():
            return int(given)
        said = self.client.containers.run(
            image, ["-u"], entrypoint=["id"], user=given or None, remove=True, network_mode="none", labels=self.labels
        )
        return int(said.decode().strip() or 0)

    def _base(self, process: Process) -> str:
        return self.options.image if process.name == "server" and self.options.image else process.image

    def _image(self, process: Process, cancel: Cancel) -> str:
        """The image to start: with the model baked in, one built like the written Dockerfile's."""
        base = self._base(process)
        if not process.baked:
            return base
        self.emit(StageEvent("pull", "building the image with the model in it"))
        tag = f"serving-wizard-trial:{self.mark.id}"
        with docker_image.build_context(base, process.baked, self.folder, self.labels) as context:
            docker_image.build(self.client, tag, context, cancel)
        return tag

    def _network(self, network: Network) -> Any:
        return self.client.networks.create(
            self.mark.name(network.name),
            driver="bridge",
            internal=network.internal,
            options=dict([HIDDEN_NETWORK]) if network.hidden else None,
            labels=self.labels,
        )

    def _start_all(self, images: dict[str, str]) -> None:
        """One after another: a gateway exits at once if the server's name cannot be resolved yet."""
        for process in self.deployment.processes:
            self._start(process, images[process.name])

    def _start(self, process: Process, image: str) -> None:
        with docker_engine.speaking(f"start the {process.name}"):
            container = self._create(process, image)
            self.containers[process.name] = container
            for name in process.networks[1:]:
                self.networks[name].connect(container, aliases=[process.name])
            container.start()
            self._follow(process.name, container)

    def _create(self, process: Process, image: str) -> Any:
        network = self._network_name(process) if process.networks else ""
        described = describe(self.deployment, process)
        name = self.mark.name(process.name)
        return docker_container.create(self.client, described, image, self.folder, network, name, self.labels)

    def _network_name(self, process: Process) -> str:
        return str(self.networks[process.networks[0]].name)

    def _follow(self, name: str, container: Any) -> None:
        """Copy the log to the trial line by line until the container is gone."""
        stream = container.logs(stream=True, follow=True)
        self._streams.append(stream)

        def copy() -> None:
            for raw in logs.lines(stream):
                line = raw.decode("utf-8", errors="replace").rstrip("\r")
                clean = logs.secrets_removed(line, self._tokens.known)
                self._log = [*self._log, clean][-logs.KEPT :]
                self.emit(LogLine(clean, name))

        self._copying[name] = threading.Thread(target=copy, daemon=True)
        self._copying[name].start()

    def _text_of(self, path: str) -> str:
        """A small file inside the server's container, "" if it does not exist."""
        with docker_engine.speaking("read the server's key file"):
            code, output = docker_engine.execute(self.containers["server"], ["cat", path])
        return str(output.decode("utf-8", errors="replace")) if code == 0 else ""
