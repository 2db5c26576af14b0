"""Start a server, the emulator or the real one, and talk to it over plain sockets.

Both are started by the same arguments on the same ports. The real one runs in a container with the host's network
and the test's directories mounted where they are; it is opt-in (WIZARD_REAL_TFSERVING=1).
"""

from __future__ import annotations

import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import requires
from tests.support.ports import free_port
from tests.support.processes import popen
from tests.support.waiting import PATIENCE, until

ROOT = Path(__file__).parents[4]
SAMPLE = ROOT / "tests" / "data" / "half_plus_two"
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, GET",
    "access-control-allow-headers": "Content-Type",
}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass
class Server:
    """A running server; `stdout` and `stderr` grow while it runs."""

    process: subprocess.Popen[bytes]
    port: int = 0
    rest: int = 0
    container: str = ""
    stdout: str = ""
    stderr: str = ""
    _readers: list[threading.Thread] = field(default_factory=list)

    def follow(self) -> None:
        for name in ("stdout", "stderr"):
            reader = threading.Thread(target=self._read, args=(name,), daemon=True)
            reader.start()
            self._readers.append(reader)

    def _read(self, name: str) -> None:
        pipe = getattr(self.process, name)
        while data := pipe.read1(1 << 16):
            setattr(self, name, getattr(self, name) + data.decode(errors="replace"))

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    def wait_output(self, text: str, count: int = 1) -> None:
        def seen() -> bool:
            assert self.process.poll() is None or self.output.count(text) >= count, self.output
            return self.output.count(text) >= count

        until(seen, repr(text))

    def wait_exit(self) -> int:
        """Return the exit code as a shell shows it: 128 plus the signal for a process that died of one."""
        code = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return 128 - code if code < 0 else code

    def stop(self) -> None:
        if self.process.poll() is None:
            if self.container:
                subprocess.run(["docker", "kill", self.container], capture_output=True, check=False)
            self.process.send_signal(signal.SIGKILL)
        self.wait_exit()

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> Reply:
        fields = {"Host": "localhost", "Connection": "close", **(headers or {})}
        if body:
            fields["Content-Length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return parse_reply(self.exchange(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body))

    def exchange(self, data: bytes, host: str = "127.0.0.1") -> bytes:
        """Send bytes to the REST port and read until the server closes the connection."""
        with socket.create_connection((host, self.rest), timeout=PATIENCE) as connection:
            connection.sendall(data)
            received = b""
            while chunk := connection.recv(1 << 16):
                received += chunk
        return received


def parse_reply(data: bytes) -> Reply:
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for line in rest:
        name, _, value = line.partition(": ")
        assert name.lower() not in headers, f"{name} twice"
        headers[name.lower()] = value
    return Reply(int(first.split(" ")[1]), headers, body)


class Launcher:
    """Starts one kind of server: `kind` is emulator or real."""

    def __init__(self, kind: str, mounts: tuple[Path, ...]) -> None:
        self.kind = kind
        self.mounts = mounts

    @property
    def is_emulator(self) -> bool:
        return self.kind == "emulator"

    def start(
        self,
        *args: str,
        version: str | None = None,
        before: str = "",
        within: tuple[str, ...] = (),
        rest: int = 0,
        port: int = 0,
    ) -> Server:
        """Start with these flags.

        Of the emulator: `before` is put in front of its import path, `within` are words that run its command.
        """
        container = ""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (before, str(ROOT / "src"))))}
        environment.pop("SERVING_WIZARD_EMULATED_VERSION", None)
        if version is not None:
            environment["SERVING_WIZARD_EMULATED_VERSION"] = version
        if self.is_emulator:
            command = [*within, sys.executable, "-m", "wizard.servers.tensorflow_serving.emulator"]
        else:
            container = f"serving-wizard-real-{os.getpid()}-{free_port()}"
            mounts = [f"--volume={path}:{path}" for path in self.mounts]
            command = ["docker", "run", "--rm", "--name", container, "--network=host", *mounts]
            command += ["--entrypoint=tensorflow_model_server", requires.TFSERVING_IMAGE]
        process = popen([*command, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd="/")
        server = Server(process, port, rest, container)
        server.follow()
        return server


def is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def bound_to(port: int, process: int | str = "self") -> set[str]:
    """Return the local addresses in LISTEN state on a port, as /proc shows them in the network of a process."""
    found = set()
    for family in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process}/net/{family}").read_text().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            host, _, number = address.partition(":")
            if state == "0A" and int(number, 16) == port:
                found.add(f"{family}:{host}")
    return found


_STATUS = re.compile(rb"HTTP/1\.\d \d{3} ")
_ONE_MORE = b"GET /v1/models/m HTTP/1.1\r\nConnection: close\r\n\r\n"


def converse(port: int, request: bytes, answers: int | None) -> tuple[bytes, bool]:
    """What a server on this machine answers, and whether it then closes the connection.

    `answers`: how many answers are awaited from a server that leaves the connection open, None from one that closes
    it. An open connection shows by what it does: a further request is answered on it; and where no answer is awaited,
    the server has read everything and ends only after the client did.
    """
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        if answers == 0:
            silent = _settled(connection)
            connection.shutdown(socket.SHUT_WR)
            return _to_the_end(connection), not silent
        if answers:
            received = connection.recv(1 << 16)
            with suppress(ConnectionError):
                connection.sendall(_ONE_MORE)
        received += _to_the_end(connection)
    places = [found.start() for found in _STATUS.finditer(received)]
    if answers and len(places) > answers:
        return received[: places[answers]], False
    return received, True


def _settled(connection: socket.socket) -> bool:
    """Wait until the other side has read everything, or said something. True: it has read, and said nothing yet."""

    def said() -> bool:
        return bool(select.select([connection], [], [], 0)[0])

    until(lambda: said() or _unread(connection) == 0, "the server to read or to answer")
    return not said()


def _unread(connection: socket.socket) -> int:
    """Bytes that the program at the other end of a connection within this machine has not read yet."""
    wanted = f"{connection.getpeername()[1]:04X}", f"{connection.getsockname()[1]:04X}"
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            words = line.split()
            if (words[1][-4:], words[2][-4:]) == wanted:
                return int(words[4].partition(":")[2], 16)
    return 0


def _to_the_end(connection: socket.socket) -> bytes:
    received = b""
    with suppress(ConnectionResetError):
        while chunk := connection.recv(1 << 16):
            received += chunk
    return received
