"""One container, made by the engine exactly from its description."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docker.types import DeviceRequest
from docker.types import Mount as DockerMount

from wizard.artifacts.container import CAP_DROP, LOG_DRIVER, LOG_FILES, LOG_SIZE, SECURITY, Container
from wizard.deployment import Mount, Process


def create(
    client: Any, described: Container, image: str, folder: Path, network: str, name: str, labels: Mapping[str, str]
) -> Any:
    """A container that is not started yet. `network`: the name of its first one; paths are relative to the folder."""
    api, process = client.api, described.process
    networking = None
    if process.networks:
        first = api.create_endpoint_config(aliases=[process.name])
        networking = api.create_networking_config({network: first})
    created = api.create_container(
        image,
        command=list(process.command),
        entrypoint=list(process.entrypoint) if process.entrypoint is not None else None,
        environment={**_handed_on(process), **dict(process.environment)},
        user=process.user or None,
        working_dir=process.working_dir or None,
        ports=sorted({p.container_port for p in process.publishes}),
        host_config=_host_config(api, described, folder, network),
        networking_config=networking,
        labels=dict(labels),
        healthcheck=None if process.image_check else {"test": ["NONE"]},
        name=name,
    )
    return client.containers.get(created["Id"])


def _host_config(api: Any, described: Container, folder: Path, network: str) -> Any:
    process = described.process
    host = api.create_host_config(
        port_bindings=_port_bindings(process),
        **_mounts(described, folder),
        tmpfs=dict(described.file_systems),
        mem_limit=described.memory,
        memswap_limit=described.memory,
        pids_limit=process.pids,
        cap_drop=[CAP_DROP],
        security_opt=[SECURITY],
        read_only=process.read_only_root,
        init=True,
        network_mode="host" if process.host_network else network,
        log_config={"Type": LOG_DRIVER, "Config": {"max-size": LOG_SIZE, "max-file": str(LOG_FILES)}},
        device_requests=_gpus() if process.gpu else None,
    )
    if described.user_namespace:
        host["UsernsMode"] = described.user_namespace  # the SDK's own argument accepts only Docker's values
    return host


def _handed_on(process: Process) -> dict[str, str]:
    """Variables of this program's environment that the container gets too."""
    return {name: os.environ[name] for name in process.handed_on if name in os.environ}


def _port_bindings(process: Process) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for publish in process.publishes:
        # A bare host port means every address, IPv4 and IPv6 (docs/docker-notes.md); only that is wanted for "".
        bindings = [publish.host_port] if publish.address == "" else [(publish.address, publish.host_port)]
        found.setdefault(publish.container_port, []).extend(bindings)
    return found


def _mounts(container: Container, folder: Path) -> dict[str, Any]:
    """Bind mounts as an option of `create_host_config`: only the short form can include an SELinux label."""

    def source(mount: Mount) -> str:
        return str(folder / mount.source) if mount.source.startswith("./") else mount.source

    mounts = container.process.mounts
    if container.labels:
        options = {m.target: ",".join(container.mount_options(m)) for m in mounts}
        return {"binds": [f"{source(m)}:{m.target}:{options[m.target]}" for m in mounts]}
    return {"mounts": [DockerMount(m.target, source(m), type="bind", read_only=m.read_only) for m in mounts]}


def _gpus() -> list[Any]:
    return [DeviceRequest(count=-1, capabilities=[["gpu"]])]
