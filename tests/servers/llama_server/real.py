"""Running llama-server for tests without a container, and questions to it. Nothing of the product's trial is used."""

from __future__ import annotations

import http.client
import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support import requires

ROOT = requires.ROOT
SAMPLE = ROOT / "src/wizard/servers/llama_server/sample/alphabet.gguf"
START_S = 120.0


@dataclass(frozen=True)
class Reply:
    """What came back. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def cors(self) -> dict[str, str]:
        """Every CORS header of the answer."""
        return {name: value for name, value in self.headers.items() if name.startswith("access-control-")}


def ask(
    port: int, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
) -> Reply:
    """One request on a connection of its own, with exactly these headers beside Host and Content-Length."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        given = dict(headers or {})
        named = {name.lower() for name in given}
        connection.putrequest(method, path, skip_host="host" in named, skip_accept_encoding=True)
        for name, value in given.items():
            connection.putheader(name, value)
        if body is not None and "content-length" not in named:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        answer = connection.getresponse()
        return Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def _home(build: str, folder: Path) -> dict[str, str]:
    """Where a server looks for what it was not told: Debian's build has the page of its interface in a folder."""
    cache = {"LLAMA_CACHE": str(folder / "cache"), "HF_HOME": str(folder / "cache")}
    page = ROOT / ".cache/llama-server/root/usr/share/llama.cpp/llama-server/simplechat-legacy-ui"
    return {**cache, "LLAMA_ARG_STATIC_PATH": str(page)} if build == "b11669" else cache


class Server:
    """A build of llama-server, or the program at a path, with these flags.

    As a context it is ready; AssertionError with its log when it ends before.
    """

    def __init__(
        self,
        build: str,
        port: int,
        folder: Path,
        flags: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        model: Path | None = SAMPLE,
    ) -> None:
        command = build if build.startswith("/") else requires.llama_server_command(build)
        assert command is not None
        given = ["--model", str(model)] if model else []
        self.port = port
        self.log_file = folder / f"llama-server-{port}.log"
        self._log = self.log_file.open("wb")
        keep = {name: value for name, value in os.environ.items() if not name.startswith(("LLAMA_", "AIP_"))}
        self.process = subprocess.Popen(
            [command, *given, "--port", str(port), *flags],
            cwd=folder,
            env={**keep, **_home(build, folder), **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def __enter__(self) -> Self:
        self.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self.log_file.read_text("utf-8", "replace")

    def wait(self) -> None:
        """Until it has loaded its model: the port answers anything but 503."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"exit {self.process.returncode}\n{self.log[-3000:]}"
            try:
                if self.ask("GET", "/health").status != 503:
                    return
            except OSError:
                pass
            time.sleep(0.05)
        self.stop()
        raise AssertionError(f"not ready within {START_S} s\n{self.log[-3000:]}")

    def exit_code(self) -> int:
        """Of a process that is expected to end by itself."""
        try:
            return self.process.wait(START_S)
        finally:
            self.stop()

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Reply:
        return ask(self.port, method, path, headers, body)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


LAST_LINE = "exiting due to model loading error"


def refusal(build: str, port: int, folder: Path, model: Path, flags: Sequence[str] = ()) -> str:
    """The log of a server that ends because of its model.

    A server that ends may lose the last lines of its log (common/log.cpp: the logger is not flushed at the end); such a
    log says nothing about the reason, and the server is started again until one is whole.
    """
    for _ in range(20):
        server = Server(build, port, folder, ["--no-warmup", *flags], model=model)
        assert server.exit_code() == 1, server.log
        if LAST_LINE in server.log:
            return server.log
    raise AssertionError(f"no whole log in 20 starts:\n{server.log}")
