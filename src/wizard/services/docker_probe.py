"""Images for a trial, and the containers from whose side it is probed."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wizard.artifacts.names import baked_name
from wizard.deployment import Mount
from wizard.errors import ExitCode, WizardError
from wizard.predictions import Probe
from wizard.services import docker_engine
from wizard.services.trial import Cancel, Event, StageEvent

if TYPE_CHECKING:
    from wizard.services.docker_trial import DockerTrial

_TRY = "timeout 2 bash -c 'exec 3<>/dev/tcp/{address}/{port}' 2>/dev/null && echo open || echo unreachable"


def ensure_image(client: Any, name: str, emit: Callable[[Event], None], cancel: Cancel) -> None:
    """Have an image here, pulling it with progress when it is not. Raises WizardError when it is not to be had."""
    from docker.errors import APIError, ImageNotFound

    try:
        client.images.get(name)
        emit(StageEvent("pull", f"{name} is here", 1.0))
        return
    except ImageNotFound:
        pass
    emit(StageEvent("pull", f"pulling {name}", 0.0))
    layers: dict[str, tuple[int, int]] = {}
    try:
        for message in client.api.pull(name, stream=True, decode=True):
            if cancel():
                raise WizardError("The trial was cancelled", "while pulling", exit_code=ExitCode.INTERRUPTED)
            if "error" in message:
                raise WizardError(f"{name} cannot be pulled", str(message["error"]), exit_code=ExitCode.ENVIRONMENT)
            _progress(message, layers, name, emit)
    except APIError as problem:
        raise docker_engine.translate(problem, f"pull {name}") from None


def _progress(
    message: dict[str, Any], layers: dict[str, tuple[int, int]], name: str, emit: Callable[[Event], None]
) -> None:
    detail = message.get("progressDetail") or {}
    if message.get("status") == "Downloading" and detail.get("total"):
        layers[str(message.get("id"))] = (int(detail.get("current", 0)), int(detail["total"]))
        done, total = (sum(pair[i] for pair in layers.values()) for i in (0, 1))
        text = f"pulling {name}: {done // 2**20} of {total // 2**20} MiB in {len(layers)} layers"
        emit(StageEvent("pull", text, done / total))


def build_context(base: str, baked: Sequence[Mount], folder: Path) -> io.BytesIO:
    """A tar with a Dockerfile and everything it copies."""
    buffer = io.BytesIO()
    lines = [f"FROM {base}"]
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for mount in baked:
            source = folder / mount.source if mount.source.startswith("./") else Path(mount.source)
            if not source.exists():
                raise WizardError(f"{source} is missing", "it was to be copied into the image")
            tar.add(source, arcname=baked_name(mount))
            pair = json.dumps([baked_name(mount), mount.target]).replace("$", "\\$")
            lines.append(f"COPY {pair}")
        text = ("\n".join(lines) + "\n").encode()
        info = tarfile.TarInfo("Dockerfile")
        info.size = len(text)
        tar.addfile(info, io.BytesIO(text))
    buffer.seek(0)
    return buffer


class ContainerProbes:
    """Two idle containers of the server's own image: one on its network, one on another."""

    def __init__(self, trial: DockerTrial) -> None:
        self.trial = trial
        self.containers: dict[str, Any] = {}
        self.elsewhere: Any = None
        self._ready = threading.Thread(target=self._start)
        self._ready.start()

    def __call__(self, probe: Probe) -> str:
        """`open` or `unreachable`, seen from inside a container."""
        self._ready.join()
        where = "peer" if probe.vantage == "peer-container" else "other"
        if where not in self.containers:
            raise OSError("the container to probe from did not start")
        script = _TRY.format(address=self._target(probe), port=probe.port)
        _, output = self.containers[where].exec_run(["bash", "-c", script])
        return str(output.decode().strip().rpartition("\n")[2] or "unreachable")

    def stop(self) -> None:
        """Remove them and their network."""
        from docker.errors import APIError

        self._ready.join()
        for container in self.containers.values():
            try:
                container.remove(force=True)
            except APIError:
                continue
        self.containers = {}
        if self.elsewhere is not None:
            try:
                self.elsewhere.remove()
            except APIError:
                return
            self.elsewhere = None

    def _target(self, probe: Probe) -> str:
        """The address of the answering container on the network that its peers use."""
        container = self.trial.containers[probe.served_by]
        container.reload()
        networks = container.attrs["NetworkSettings"]["Networks"]
        name = self._peer_network().name
        return str(networks[name]["IPAddress"] if name in networks else self.trial.address(probe.served_by))

    def _peer_network(self) -> Any:
        """Where callers join: in front of the gateway, or beside the server."""
        return self.trial.networks.get("front") or next(iter(self.trial.networks.values()))

    def _start(self) -> None:
        client, trial = self.trial.client, self.trial
        name = f"serving-wizard-{trial.trial_id}"
        try:
            self.elsewhere = client.networks.create(f"{name}-elsewhere", internal=False, labels=trial.labels)
            for where, network in (("peer", self._peer_network().name), ("other", self.elsewhere.name)):
                self.containers[where] = client.containers.run(
                    trial.image,
                    ["300"],
                    entrypoint=["sleep"],
                    detach=True,
                    network=network,
                    labels=trial.labels,
                    name=f"{name}-{where}",
                    cap_drop=["ALL"],
                    security_opt=["no-new-privileges:true"],
                    mem_limit="64m",
                    pids_limit=32,
                    read_only=True,
                    init=True,
                )
        except Exception as problem:
            trial.emit(StageEvent("probes", f"no container to probe from: {problem}"))
