"""compose.yaml: the whole deployment for `docker compose up`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wizard.artifacts import identity
from wizard.artifacts.container import (
    CAP_DROP,
    HIDDEN_NETWORK,
    LOG_DRIVER,
    LOG_FILES,
    LOG_SIZE,
    RESTART,
    SECURITY,
    Container,
    describe,
)
from wizard.artifacts.names import built_image, project
from wizard.deployment import Deployment, Mount, Network, Process, Publish
from wizard.formats import compose as yaml
from wizard.servers.files import Block, ConfigFile

FILE_NAME = "compose.yaml"
_HANDED_ON = "Without a value here: that of whoever starts it."
_OWN = "The account that wrote these files, so that no other needs to read the secrets."
_EVERY_ADDRESS = "No address before the port: it opens on every address of this machine."
_NO_CHECK = "The image's own check asks where this server does not listen."
_INIT = "Starts a small first process, which passes signals on and clears away those that ended."
_IN_MEMORY = "Folders in memory: the container's own files are read-only."
_NO_SWAP = "Memory and swap together: the same, so nothing is swapped."
_LOGGED = "A server that logs every request would fill the disk."
_INTERNAL = "An internal network has no way out, and nothing on it can be published."
_HIDDEN = "This machine has no address on it either, so no program here gets around the gateway."


def render(deployment: Deployment) -> ConfigFile:
    """The compose file, one block per service."""
    blocks = [
        Block(f"# {deployment.title} {deployment.plan.version}. Start: {_first(deployment)}docker compose up -d\n"),
        Block("services:\n"),
    ]
    for process in deployment.processes:
        cause = "gateway.kind" if process.name == "gateway" else "run"
        text = yaml.dump({process.name: _service(deployment, process)}, indent="  ")
        blocks.append(Block(text, cause=_ports_cause(deployment, process) or cause))
    if deployment.networks:
        networks = {n.name: _network(deployment, n) for n in deployment.networks}
        blocks.append(Block(yaml.dump({"networks": networks}), cause="bind", why=_INTERNAL))
    return ConfigFile(FILE_NAME, tuple(blocks))


def _first(deployment: Deployment) -> str:
    """What copies the model beside the Dockerfile, if it is baked in: Compose alone would not find it."""
    return "./run.sh build, then " if any(process.baked for process in deployment.processes) else ""


def port(publish: Publish) -> str:
    """A port in compose's and `docker run -p`'s short syntax, IPv6 in brackets."""
    address = f"[{publish.address}]" if ":" in publish.address else publish.address
    mapping = f"{publish.host_port}:{publish.container_port}"
    return f"{address}:{mapping}" if address else mapping


def _ports_cause(deployment: Deployment, process: Process) -> str:
    apis = [e.api for e in deployment.endpoints if e.served_by == process.name and e.published]
    return f"bind.{apis[0]}" if apis else ""


def _service(deployment: Deployment, process: Process) -> dict[str, Any]:
    found: dict[str, Any] = {"container_name": f"{project(deployment)}-{process.name}"}
    found["image"] = _image(deployment, process)
    if process.baked:
        found["build"] = {"context": ".", "dockerfile": "Dockerfile"}
    container = describe(deployment, process)
    found |= _started(deployment, process) | _limits(container)
    if process.host_network:
        found["network_mode"] = "host"
    elif process.networks:
        found["networks"] = list(process.networks)
    if process.publishes:
        found["ports"] = [_port(p) for p in process.publishes]
    if process.mounts:
        found["volumes"] = [_volume(m, container) for m in process.mounts]
    if process.name == "gateway" and deployment.process("server"):
        found["depends_on"] = ["server"]
    if process.gpu:
        device = {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
        found["deploy"] = {"resources": {"reservations": {"devices": [device]}}}
    return found


def _started(deployment: Deployment, process: Process) -> dict[str, Any]:
    """What is run, as whom and where, with what a reader cannot guess."""
    notes = {"user": _OWN} if process.user == f"{deployment.host.uid}:{deployment.host.gid}" else {}
    notes |= dict(process.notes)
    found: dict[str, Any] = {}
    if process.entrypoint is not None:
        found["entrypoint"] = list(process.entrypoint)
    found["command"] = [_explained(word, notes.get(word)) for word in process.command]
    if process.environment or process.handed_on:
        handed_on = dict.fromkeys(process.handed_on, yaml.Explained(None, _HANDED_ON))
        given = {name: _explained(value, notes.get(name)) for name, value in process.environment}
        found["environment"] = {**given, **handed_on}
    if process.user:
        found["user"] = process.user
    if process.working_dir:
        found["working_dir"] = process.working_dir
    return {key: _explained(value, notes.get(key)) for key, value in found.items()}


def _explained(value: yaml.Value, why: str | None) -> yaml.Value:
    return yaml.Explained(value, why) if why else value


def _port(publish: Publish) -> yaml.Value:
    return _explained(port(publish), None if publish.address else _EVERY_ADDRESS)


def _image(deployment: Deployment, process: Process) -> str | yaml.Interpolated:
    """The image of a deployment with the model baked in: each folder has its own, even for the same model."""
    if process.baked:
        return yaml.Interpolated(f"{built_image(deployment)}:", identity.KEY, "local")
    return process.image


def _limits(container: Container) -> dict[str, Any]:
    return {
        **({} if container.process.image_check else {"healthcheck": {"disable": yaml.Explained(True, _NO_CHECK)}}),
        "init": yaml.Explained(True, _INIT),
        "restart": RESTART,
        "read_only": container.process.read_only_root,
        "tmpfs": yaml.Explained([*_in_memory(container)], _IN_MEMORY),
        "cap_drop": [CAP_DROP],
        "security_opt": [SECURITY],
        "mem_limit": container.memory,
        "memswap_limit": yaml.Explained(container.memory, _NO_SWAP),
        "pids_limit": container.process.pids,
        "logging": yaml.Explained(
            {"driver": LOG_DRIVER, "options": {"max-size": LOG_SIZE, "max-file": str(LOG_FILES)}}, _LOGGED
        ),
    }


def _in_memory(container: Container) -> Iterator[yaml.Value]:
    notes = dict(container.process.notes)
    for written in container.tmpfs:
        yield _explained(written, notes.get(written.partition(":")[0]))


def _network(deployment: Deployment, network: Network) -> dict[str, Any]:
    """Named as in run.sh, so that EXPOSURE.md can say which network to join."""
    name = {"name": f"{project(deployment)}-{network.name}"}
    options = {"driver_opts": yaml.Explained(dict([HIDDEN_NETWORK]), _HIDDEN)} if network.hidden else {}
    return {**name, **({"internal": yaml.Explained(True, _INTERNAL)} if network.internal else {}), **options}


def _volume(mount: Mount, container: Container) -> str | dict[str, Any]:
    """The long form, because the short one splits paths at ":"; the short one if an SELinux label is needed.

    Compose 2.40 silently drops the long form's `bind.selinux`, and 1.29 refuses it (measured).
    """
    if container.labels and ":" not in mount.source:
        return ":".join((mount.source, mount.target, ",".join(container.mount_options(mount))))
    return {"type": "bind", "source": mount.source, "target": mount.target, "read_only": mount.read_only}
