"""Running TorchServe for tests: a container made from a Deployment's Process, and questions to it.

Nothing of the product's trial is used, so a fault there cannot hide one here.
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import ssl
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.servers.torchserve.plans import ADAPTER
from tests.support.waiting import PATIENCE, until
from wizard.deployment import Deployment, Endpoint, Mount, Process
from wizard.machine import docker_engine, tokens

if TYPE_CHECKING:
    from docker import DockerClient

HANDLER = "def handle(data, context):\n    return None if data is None else ['ran'] * len(data)\n"
LABEL = "serving-wizard.test.torchserve"
START_S = 120.0
STARTED = "Model server started."


def _manifest(name: str) -> str:
    model = {"modelName": name, "modelVersion": "1.0", "handler": "handler.py:handle"}
    return json.dumps({"runtime": "python", "model": model, "archiverVersion": "0.12.0", "createdOn": "today"})


def archive(path: Path, name: str = "echo") -> Path:
    """A model that answers `ran`, whatever it is asked: .mar, .tar.gz or a folder, by the path's ending."""
    members = {"MAR-INF/MANIFEST.json": _manifest(name), "handler.py": HANDLER}
    if path.suffix == ".mar":
        with zipfile.ZipFile(path, "w") as zipped:
            for member, content in members.items():
                zipped.writestr(member, content)
    elif path.suffix == ".gz":
        with tarfile.open(path, "w:gz") as packed:
            for member, content in members.items():
                info = tarfile.TarInfo(f"{name}/{member}")
                info.size = len(content)
                packed.addfile(info, io.BytesIO(content.encode()))
    else:
        for member, content in members.items():
            place = path / member
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
    return path


def write_files(deployment: Deployment, folder: Path, extra: str = "") -> None:
    """The server's own files, with the secrets they need; `extra` is added to config.properties."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in ADAPTER.config_files(deployment):
        (folder / file.path).write_text(file.text + extra, "utf-8")
    tokens.ensure(deployment, folder)


@dataclass(frozen=True)
class Reply:
    """What came back; status 0 = no answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def cors(self) -> dict[str, str]:
        """Every CORS header of the answer."""
        return {name: value for name, value in self.headers.items() if name.startswith("access-control-")}


def fetch(connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str]) -> Reply:
    """One request on a connection of its own, with a body where the method usually has one."""
    body = b'{"data": 1}' if method in ("POST", "PUT", "PATCH") else None
    try:
        connection.request(method, path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)


def unix(path: str) -> Reply:
    """GET /metrics through a unix socket."""
    return fetch(_UnixConnection(path), "GET", "/metrics", {})


class Server:
    """A container of a Deployment's server process."""

    def __init__(self, client: DockerClient, deployment: Deployment, folder: Path, network: str) -> None:
        self.deployment = deployment
        self.folder = folder
        process = deployment.process("server")
        assert process is not None
        self.container: Any = _start(client, process, folder, network)

    def log(self) -> str:
        return str(self.container.logs().decode())

    def effective(self) -> dict[str, str]:
        """The settings that the server says it runs with."""
        pairs = (line.partition(": ") for line in self.log().splitlines())
        return {name: value for name, colon, value in pairs if colon and not name.startswith("20")}

    def wait(self) -> Server:
        """Until it says that it started and a prediction is answered."""
        until(lambda: STARTED in self.log(), self._problem, START_S, pause=0.2)
        until(self._predicts, self._problem, START_S, pause=0.2)
        return self

    def _problem(self) -> str:
        self.container.reload()
        state = self.container.attrs["State"]
        return f"{state['Status']} {state['ExitCode']}\n{self.log()[-3000:]}"

    def _predicts(self) -> bool:
        model = self.deployment.plan.models[0].name
        try:
            return self.ask("inference", "POST", ADAPTER.predict_path(model), "right").status == 200
        except OSError:
            return False

    @cached_property
    def keys(self) -> dict[str, str]:
        """The server's own keys by kind."""
        path = ADAPTER.token_file(self.deployment)
        assert path is not None
        code, output = docker_engine.execute(self.container, ["cat", path])
        assert code == 0, output
        return {kind: str(value["key"]) for kind, value in json.loads(output).items()}

    def endpoint(self, api: str) -> Endpoint:
        return next(e for e in self.deployment.endpoints if e.api == api)

    def authorization(self, api: str, token: str) -> str:
        """The header that presents a key: right, wrong, other (of the other API) or lower (a lower-case bearer)."""
        own, other = ("management", "inference") if "management" in api else ("inference", "management")
        if token == "wrong":
            return "Bearer wrong-key"
        value = self.keys[other if token == "other" else own]
        return f"{'bearer' if token == 'lower' else 'Bearer'} {value}"

    def ask(self, api: str, method: str, path: str, token: str = "none", **headers: str) -> Reply:
        """One HTTP request from this machine."""
        endpoint = self.endpoint(api)
        address = endpoint.host_addresses[0] or "127.0.0.1"
        if token != "none" and endpoint.auth == "server-token":
            headers["Authorization"] = self.authorization(api, token)
        if endpoint.tls:
            context = ssl.create_default_context(cafile=str(self.folder / "secrets" / "tls.crt"))
            connection: Any = http.client.HTTPSConnection(
                address, endpoint.host_port, timeout=PATIENCE, context=context
            )
        else:
            connection = http.client.HTTPConnection(address, endpoint.host_port, timeout=PATIENCE)
        return fetch(connection, method, path, headers)

    def remove(self) -> None:
        self.container.remove(force=True, v=True)


def _start(client: DockerClient, process: Process, folder: Path, network: str) -> Any:
    api = client.api
    bindings: dict[int, list[Any]] = {}
    for publish in process.publishes:
        where: Any = (publish.address, publish.host_port) if publish.address else publish.host_port
        bindings.setdefault(publish.container_port, []).append(where)
    host = api.create_host_config(
        port_bindings=bindings,
        mounts=[_mount(mount, folder) for mount in process.mounts],
        tmpfs=dict(process.tmpfs),
        mem_limit=f"{process.memory_mib}m",
        memswap_limit=f"{process.memory_mib}m",
        pids_limit=process.pids,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true"],
        read_only=process.read_only_root,
        init=True,
        network_mode="host" if process.host_network else network,
    )
    assert process.entrypoint is not None
    created = api.create_container(
        process.image,
        command=list(process.command),
        entrypoint=list(process.entrypoint),
        environment=dict(process.environment),
        user=process.user or None,
        working_dir=process.working_dir,
        ports=list(bindings),
        host_config=host,
        labels={LABEL: "1"},
    )
    container = client.containers.get(created["Id"])
    try:
        container.start()
    except Exception:
        container.remove(force=True)
        raise
    return container


def _mount(mount: Mount, folder: Path) -> Any:
    from docker.types import Mount as DockerMount

    source = str(folder / mount.source) if mount.source.startswith("./") else mount.source
    return DockerMount(mount.target, source, type="bind", read_only=mount.read_only)
