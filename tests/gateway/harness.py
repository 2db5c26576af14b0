"""A generated gateway, run by a real nginx in a temporary folder in front of a stand-in backend."""

from __future__ import annotations

import contextlib
import http.client
import io
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.gateway.standin import StandIn
from tests.support.waiting import PATIENCE, until_listens
from wizard.deployment import Deployment, Endpoint
from wizard.gateway import config_files
from wizard.gateway.layout import gated, presented_groups, presented_line, presented_name, relay_socket
from wizard.host import Host
from wizard.machine import files, hostfacts, tokens
from wizard.placement.resolve import resolve
from wizard.plan import Plan

HOST = hostfacts.measure()
APP, UI, ADMIN, EVIL = "https://app.example", "http://localhost:3000", "https://admin.example", "https://evil.example"
MODEL = {"llama-server": "alphabet", "torchserve": "echo", "tensorflow-serving": "half_plus_two"}
ENDING = {"llama-server": ".gguf", "torchserve": ".mar"}
CLOSED: dict[str, tuple[str, ...]] = {
    "llama-server": (),
    "torchserve": ("management", "metrics", "grpc", "grpc_management"),
    "tensorflow-serving": ("grpc",),
}
PREDICT = {
    "llama-server": "/v1/completions",
    "torchserve": "/predictions/echo",
    "tensorflow-serving": "/v1/models/half_plus_two:predict",
}
STATUS = {"llama-server": "/health", "torchserve": "/ping", "tensorflow-serving": "/v1/models/half_plus_two"}


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]

    def value(self, name: str) -> str:
        return ", ".join(self.values(name))


@dataclass
class Gate:
    """A running gateway and what stands behind it."""

    deployment: Deployment
    folder: Path
    behind: dict[str, StandIn]
    process: subprocess.Popen[bytes]
    tokens: dict[str, str]
    log: list[str] = field(default_factory=list)

    @property
    def server(self) -> str:
        return self.deployment.plan.server

    @property
    def predict(self) -> str:
        return PREDICT[self.server]

    def endpoint(self, api: str = "inference") -> Endpoint:
        found = self.deployment.endpoint(api)
        assert found is not None
        return found

    def seen(self) -> int:
        """How many requests reached any backend."""
        return sum(len(each.seen) for each in self.behind.values())

    def ask(
        self,
        method: str = "POST",
        path: str = "",
        origin: str | None = None,
        *more: tuple[str, str],
        token: str | None = "",
        kind: str | None = "application/json",
        body: bytes = b"{}",
        host: str | None = "localhost",
        api: str = "inference",
    ) -> Got:
        """One request. `token` "" = the right one where one is asked for, None = none; `host` None = no Host line."""
        lines = [("Host", host)] if host is not None else []
        lines += [("Origin", origin)] if origin is not None else []
        right = self.tokens.get(api, "") if token == "" else token
        lines += [("Authorization", f"Bearer {right}")] if right else []
        if method in ("POST", "PUT", "PATCH"):
            lines += [("Content-Type", kind)] if kind is not None else []
            if not any(name.lower() in ("transfer-encoding", "content-length") for name, _ in more):
                lines.append(("Content-Length", str(len(body))))
        else:
            body = b""
        return self.raw(method, path or self.predict, [*lines, *more], body, api)

    def raw(
        self, method: str, target: str, lines: Iterable[tuple[str, str]], body: bytes = b"", api: str = "inference"
    ) -> Got:
        """Exactly these bytes, on a connection of its own."""
        head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines)
        data = head.encode("utf-8") + b"Connection: close\r\n\r\n" + body
        endpoint = self.endpoint(api)
        with self.connect(api) as link:
            with contextlib.suppress(ConnectionError):  # it may answer and close before it has read everything
                link.sendall(data)
            return read_answer(link, method, endpoint)

    def connect(self, api: str = "inference") -> socket.socket:
        endpoint = self.endpoint(api)
        link = socket.create_connection(("127.0.0.1", endpoint.host_port), timeout=PATIENCE)
        if endpoint.tls:
            return insecure().wrap_socket(link, server_hostname="localhost")
        return link

    def preflight(self, origin: str, *more: tuple[str, str], api: str = "inference", path: str = "") -> Got:
        asked = (("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type"))
        return self.ask("OPTIONS", path, origin, *(more or asked), token=None, api=api)


def insecure() -> ssl.SSLContext:
    """For self-signed certificates."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def read_answer(link: socket.socket, method: str, endpoint: Endpoint | None = None) -> Got:
    del endpoint
    answer = http.client.HTTPResponse(link, method=method)
    answer.begin()
    return Got(answer.status, tuple(answer.getheaders()), answer.read())


def plan(server: str, ports: Callable[[], int], **parts: Any) -> Plan:
    """A native Plan with every mentioned API on a free port, and a gateway."""
    closed = CLOSED[server]
    bind = {api: {"scope": "off"} for api in closed} | {"inference": {"scope": "loopback"}} | parts.pop("bind", {})
    base: dict[str, Any] = {
        "server": server,
        "models": [{"name": MODEL[server], "path": f"/models/{MODEL[server]}{ENDING.get(server, '')}"}],
        "run": {"how": "native"},
        "bind": {api: {"port": ports(), **listener} for api, listener in bind.items()},
        "gateway": {"kind": "nginx", **parts.pop("gateway", {})},
        "auth": {"inference": "none", "management": "none"},
    }
    return Plan.model_validate({**base, **parts})


Edit = Callable[[str], str]


@contextlib.contextmanager
def running(
    nginx: str,
    folder: Path,
    wanted: Plan,
    edit: Edit = lambda text: text,
    *,
    backends: bool = True,
    host: Host = HOST,
    prepare: Callable[[Path], None] = lambda folder: None,
) -> Iterator[Gate]:
    """Write the gateway's files (the configuration changed by `edit`), start nginx and the stand-ins."""
    deployment = resolve(wanted, host)
    files.write_set(config_files(deployment), folder)
    tokens.ensure(deployment, folder)
    present(deployment, folder)
    config = folder / "gateway" / "nginx.conf"
    written = config.read_text()
    changed = edit(written)
    config.write_text(changed)
    prepare(folder)
    (folder / "run" / "gateway").mkdir(parents=True, exist_ok=True)
    behind: dict[str, StandIn] = {}
    isolated = any(process.isolated for process in deployment.processes)
    for endpoint in gated(deployment):
        if endpoint.protocol == "grpc" or not backends:
            continue
        behind[endpoint.api] = StandIn()
        address = folder / relay_socket(endpoint) if isolated else ("127.0.0.1", endpoint.backend_port)
        behind[endpoint.api].start(address)
    process = subprocess.Popen(
        [nginx, "-p", ".", "-c", "gateway/nginx.conf"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    gate = Gate(deployment, folder, behind, process, tokens.read(deployment, folder))
    copier = threading.Thread(target=_copy, args=(gate,), daemon=True)
    copier.start()
    try:
        _wait(gate)
        yield gate
    finally:
        process.terminate()
        process.wait(20)
        copier.join(5)
        for each in behind.values():
            each.stop()


SERVERS_TOKEN = "the-servers-own"


def present(deployment: Deployment, folder: Path) -> None:
    """What run.sh writes when the server has made its tokens."""
    for group in presented_groups(deployment):
        place = folder / "secrets" / presented_name(group)
        place.parent.mkdir(exist_ok=True)
        place.write_text(presented_line(SERVERS_TOKEN) + "\n")


def _copy(gate: Gate) -> None:
    assert gate.process.stdout is not None
    for line in io.TextIOWrapper(gate.process.stdout, "utf-8", errors="replace"):
        gate.log.append(line.rstrip("\n"))


def _wait(gate: Gate) -> None:
    for endpoint in gated(gate.deployment):
        until_listens(endpoint.host_port, gate.process, lambda: gate.log)
