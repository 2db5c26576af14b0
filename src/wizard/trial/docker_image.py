"""The images of a trial: pulled with progress, or built with the model in them."""

from __future__ import annotations

import io
import json
import queue
import socket
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from docker.errors import APIError, ImageNotFound

from wizard.artifacts import dockerfile
from wizard.artifacts.names import baked_name
from wizard.deployment import Mount
from wizard.errors import ExitCode, WizardError
from wizard.machine import docker_engine
from wizard.trial import logs
from wizard.trial.backend import Cancel
from wizard.trial.events import Emit, StageEvent

_LOOK_S = 0.1
_STOP_S = 120.0
"""Seconds to wait for the builder's current step; what a longer one leaves, the next trial removes."""
_PIECE = 1 << 20
_PIECE_SAID = 512
"""Bytes: a larger piece would only be delivered when it is full."""
_LONGEST = 1 << 20
"""Maximum bytes of one message from the engine."""
_TAR = {"Content-Type": "application/x-tar"}
_MEMORY = 32 * 2**20
"""Maximum bytes of a build context kept in memory; a larger one goes to disk."""


def ensure(client: Any, name: str, emit: Emit, cancel: Cancel) -> None:
    """Make an image available here, pulling it with progress if necessary. Raises WizardError if it cannot be had."""
    try:
        client.images.get(name)
        emit(StageEvent("pull", f"{name} is here", 1.0))
        return
    except ImageNotFound:
        pass
    emit(StageEvent("pull", f"pulling {name}", 0.0))
    layers: dict[str, tuple[int, int]] = {}
    try:
        for message in _pulled(client, name, cancel):
            if "error" in message:
                raise docker_engine.translate(RuntimeError(str(message["error"])), f"pull {name}")
            _progress(message, layers, name, emit)
    except APIError as problem:
        raise docker_engine.translate(problem, f"pull {name}") from None
    emit(StageEvent("pull", f"{name} is here", 1.0))


def _pulled(client: Any, name: str, cancel: Cancel) -> Iterator[dict[str, Any]]:
    """The messages of a pull.

    They are read in a thread, because a registry that stalls would block forever. Raises WizardError when cancelled:
    the thread then closes the pull, which also ends it in the engine.
    """
    messages: queue.SimpleQueue[dict[str, Any] | Exception | None] = queue.SimpleQueue()
    over = threading.Event()

    def read() -> None:
        try:
            repository, tag = _parts(name)
            stream = client.api.pull(repository, tag=tag, stream=True)
            for line in logs.lines(stream, _LONGEST):
                messages.put(_message(line))
                if over.is_set():
                    stream.close()
                    return
            messages.put(None)
        except Exception as problem:
            messages.put(problem)

    threading.Thread(target=read, daemon=True).start()
    try:
        while True:
            try:
                message = messages.get(timeout=0.2)
            except queue.Empty:
                cancel.check()
                continue
            if message is None:
                return
            if isinstance(message, Exception):
                raise message
            yield message
            cancel.check()
    finally:
        over.set()


def _message(line: bytes) -> dict[str, Any]:
    """What a line from the engine says, {} if it makes no sense."""
    with suppress(ValueError, RecursionError):
        said = json.loads(line)
        return said if isinstance(said, dict) else {}
    return {}


def _parts(name: str) -> tuple[str, str | None]:
    """Repository and tag; without a tag, the default one, so that not every tag is pulled."""
    if "@" in name:
        return name, None
    repository, colon, tag = name.rpartition(":")
    return (repository, tag) if colon and "/" not in tag else (name, "latest")


def _progress(message: dict[str, Any], layers: dict[str, tuple[int, int]], name: str, emit: Emit) -> None:
    detail = message.get("progressDetail") or {}
    if message.get("status") == "Downloading" and detail.get("total"):
        layers[str(message.get("id"))] = (int(detail.get("current", 0)), int(detail["total"]))
        done, total = (sum(pair[i] for pair in layers.values()) for i in (0, 1))
        text = f"pulling {name}: {done // 2**20} of {total // 2**20} MiB in {len(layers)} layer(s)"
        emit(StageEvent("pull", text, done / total))
    elif message.get("status") == "Extracting":
        emit(StageEvent("pull", f"unpacking {name}"))


def build(client: Any, tag: str, context: IO[bytes], cancel: Cancel) -> None:
    """Build an image from such a context. Raises WizardError with the builder's own words if that fails.

    Without the builder's cache: two trials of one model would share the intermediate layers, and the engine would
    remove those with the image of the trial that ends first, while the other needs them. When cancelled, it returns
    after the builder has ended: nobody would find what the builder finishes later.
    """
    building = _Build(client, tag, context)
    worker = threading.Thread(target=building.run, daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(_LOOK_S)
        if cancel():
            building.stop()
            worker.join(_STOP_S)
            cancel.check()
    if building.problem is not None:
        raise docker_engine.translate(building.problem, "build the image with the model in it") from building.problem


class _Build:
    """One request to the builder, in its own thread."""

    def __init__(self, client: Any, tag: str, context: IO[bytes]) -> None:
        self.problem: Exception | None = None
        self._api = client.api
        self._parameters = {"t": tag, "rm": "true", "forcerm": "true", "nocache": "true"}
        self._context = context
        self._answer: Any = None
        self._over = threading.Event()

    def run(self) -> None:
        """Send the context, then read the builder's output until it ends."""
        address = f"{self._api.base_url}/v{self._api.api_version}/build"
        try:
            with self._api.post(
                address, data=self._sent(), params=self._parameters, headers=_TAR, stream=True, timeout=None
            ) as answer:
                self._answer = answer
                if self._over.is_set():
                    self.stop()
                for line in logs.lines(answer.iter_content(_PIECE_SAID), _LONGEST):
                    self._said(_message(line))
        except Exception as problem:
            self.problem = self.problem or problem

    def stop(self) -> None:
        """Let the builder end after its current step.

        Nothing more is sent, and its output is still read: it treats this like a caller that has gone, and its last
        message says that it has ended.
        """
        self._over.set()
        connection = getattr(getattr(self._answer, "raw", None), "connection", None)
        with suppress(AttributeError, OSError):
            connection.sock.shutdown(socket.SHUT_WR)  # type: ignore[union-attr]

    def _sent(self) -> Iterator[bytes]:
        while data := self._context.read(_PIECE):
            if self._over.is_set():
                raise WizardError("The build was cancelled", exit_code=ExitCode.INTERRUPTED)
            yield data

    def _said(self, message: dict[str, Any]) -> None:
        if "message" in message or "error" in message:
            self.problem = RuntimeError(str(message.get("error") or message["message"]).strip())


def build_context(base: str, baked: Sequence[Mount], folder: Path, labels: Mapping[str, str]) -> IO[bytes]:
    """A tar with a Dockerfile and everything it copies. Raises WizardError if something is missing.

    The labels come first: each step makes an image, and if a build is killed, an image without labels would stay
    forever.
    """
    buffer: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115 - the caller closes it
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for mount in baked:
            source = folder / mount.source
            if not source.exists():
                raise WizardError(
                    f"{source} is missing", "it was to be copied into the image", exit_code=ExitCode.ENVIRONMENT
                )
            tar.add(source.resolve(), arcname=baked_name(mount))
        text = dockerfile.text(base, baked, labels).encode()
        head = tarfile.TarInfo(dockerfile.FILE_NAME)
        head.size = len(text)
        tar.addfile(head, io.BytesIO(text))
    buffer.seek(0)
    return buffer


__all__ = ["build", "build_context", "ensure"]
