"""TorchServe 0.12.0 as a process, with any config.properties and arguments: what it says, and what it answers."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import psutil

from tests.servers.torchserve.real import START_S, STARTED, Reply, archive, fetch
from tests.support.waiting import until

FreePort = Callable[[], int]
LISTENERS = """\
inference_address=http://127.0.0.1:@inference@
management_address=http://127.0.0.1:@management@
metrics_address=http://127.0.0.1:@metrics@
grpc_inference_port=@grpc@
grpc_management_port=@grpc_management@
model_store=@store@
"""
"""Every address of its own, and its store: the names are filled in by `Native`."""
HTTP = ("inference", "management", "metrics")


class Native:
    """One start in a folder with a model store; `text` is a config.properties, with the names of ports in braces.

    The store holds cat.mar, dog.mar and bird.mar. `flags` None: those that read the file and stay in the foreground.
    """

    def __init__(
        self,
        command: str,
        folder: Path,
        free_port: FreePort,
        text: str | bytes = "",
        flags: tuple[str, ...] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.ports = {api: free_port() for api in (*HTTP, "grpc", "grpc_management")}
        (folder / "tmp").mkdir(parents=True)
        (folder / "store").mkdir()
        for name in ("cat", "dog", "bird"):
            archive(folder / "store" / f"{name}.mar", name)
        (folder / "config.properties").write_bytes(self._filled(text))
        given = ("--start", "--foreground", "--ncs", "--ts-config", "config.properties") if flags is None else flags
        places = {"TEMP": f"{folder}/tmp", "TMPDIR": f"{folder}/tmp", "LOG_LOCATION": f"{folder}/logs"}
        self._command, self._environment = command, {**os.environ, **places, **(environment or {})}
        self._started: list[subprocess.Popen[bytes]] = []
        self.process = self.again(given)

    def again(self, flags: tuple[str, ...]) -> subprocess.Popen[bytes]:
        """One more command in the same folder, with the same log; ended with the rest."""
        with (self.folder / "log").open("ab") as sink:
            made = subprocess.Popen(
                [self._command, *flags],
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started.append(made)
        return made

    def _filled(self, text: str | bytes) -> bytes:
        data = text.encode() if isinstance(text, str) else text
        places = {**{api: str(port) for api, port in self.ports.items()}, "store": f"{self.folder}/store"}
        for name, value in places.items():
            data = data.replace(f"@{name}@".encode(), value.encode())
        return data

    @property
    def log(self) -> str:
        """What it has said so far."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def wait(self) -> Native:
        """Until it says that it started."""
        until(lambda: STARTED in self.log, lambda: self.log[-3000:], START_S, lambda: self.process.poll() is None)
        return self

    def exit_code(self) -> int:
        """Of one that is expected to end by itself."""
        return self.process.wait(START_S)

    @property
    def said(self) -> dict[str, str]:
        """The settings it says it runs with."""
        pairs = (line.partition(": ") for line in self.log.splitlines())
        return {name: value for name, colon, value in pairs if colon}

    def key(self, kind: str) -> dict[str, str]:
        """The header with one of its own keys."""
        keys = json.loads((self.folder / "key_file.json").read_text())
        return {"Authorization": f"Bearer {keys[kind]['key']}"}

    def ask(self, api: str, method: str, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """One HTTP request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[api], timeout=START_S)
        return fetch(connection, method, path, headers or {})

    def listens(self, api: str) -> set[str]:
        """The addresses that an API's port is open on."""
        every = [c for c in psutil.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        return {str(each.laddr.ip) for each in every if each.laddr and each.laddr.port == self.ports[api]}

    def connects(self, api: str) -> bool:
        """Whether a connection is taken on loopback."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.ports[api]), timeout=5):
            return True
        return False

    def __enter__(self) -> Native:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
