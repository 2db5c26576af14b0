"""Talk to the engine, Docker or Podman: connect, find out what it is, and turn its errors into advice."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple

from docker.errors import APIError, DockerException, ImageNotFound, create_api_error_from_http_exception
from requests.exceptions import HTTPError as RefusedError
from requests.exceptions import RequestException
from urllib3.exceptions import HTTPError

from wizard import machine
from wizard.deployment.labels import FOLDER_LABEL, TRIAL_LABEL
from wizard.errors import ExitCode, WizardError
from wizard.host import DockerFacts
from wizard.machine import engine_address, engine_client

if TYPE_CHECKING:
    from wizard.deployment.engines import Engine

_FRAME_HEAD = 8
_MOST_OUTPUT = 1 << 16
"""Maximum number of bytes read from a program's output in a container."""
LOOK_S = 10.0
"""Seconds for each answer of an engine that is only examined."""
_INSTALL = "Install Docker Engine, Docker Desktop or Podman, start it, and try again; everything else works without it."
_START_PODMAN = "Start its service: systemctl --user enable --now podman.socket (for root's without --user)."


def connect(address: str = "", timeout: float = 60) -> Any:
    """A client of the engine at an address, by default the usual one (`engine_address`).

    `timeout`: seconds for each answer. Raises WizardError (exit code 3) that says what is missing.
    """
    address = address or engine_address.named()
    environment = {**os.environ, **({"DOCKER_HOST": address} if address else {})}
    try:
        client = engine_client.from_env(environment, timeout)
        client.ping()
    except (DockerException, RequestException, ValueError, TypeError, LookupError, AttributeError) as problem:
        # The SDK raises the last four if something other than an engine answers.
        raise _unusable(problem, address) from None
    return client


def is_podman(client: Any) -> bool:
    """Whether Podman answers, rather than Docker."""
    return any(part.get("Name") == "Podman Engine" for part in client.version().get("Components") or ())


def insist(client: Any, engine: Engine) -> None:
    """Raises WizardError if another engine answers than the one everything was made for."""
    with speaking("say what it is"):
        podman = is_podman(client)
        own = podman and bool(client.info().get("Rootless"))
    there = "Podman" if podman else "Docker"
    if there != engine.title:
        raise WizardError(
            f"{there} answers where {engine.title} was expected",
            f"at {client.api.base_url}",
            f'Say so in the answers: run.engine = "{there.lower()}".',
            ExitCode.ENVIRONMENT,
        )
    if own != engine.own_accounts:
        raise WizardError(
            f"This Podman is {'an ordinary user' if own else 'root'}'s",
            f"at {client.api.base_url}; run.sh would ask this user's own",
            "Leave CONTAINER_HOST and DOCKER_HOST unset, or be that user.",
            ExitCode.ENVIRONMENT,
        )


def engine_facts() -> DockerFacts:
    """What the engine is, never raises."""
    try:
        client = connect(timeout=LOOK_S)
    except WizardError as problem:
        return DockerFacts(problem=problem.title, hint=problem.hint)
    version = str(client.version().get("Version", ""))
    numbers = tuple(int(n) for n in re.findall(r"\d+", version)[:3])
    return DockerFacts(version=numbers, usable=True, engine="podman" if is_podman(client) else "docker")


def execute(container: Any, words: Sequence[str]) -> tuple[int, bytes]:
    """Run a program in a container. Returns its exit code and its output, both streams together.

    Not the SDK's `exec_run`: that takes over the connection after the head of the answer, and loses what had arrived
    with it, which is everything if this process was slow to read. If a program writes too much or does not end, only
    the beginning is read, and the code is 1. Raises the SDK's APIError, and OSError.
    """
    api = container.client.api
    made = api.exec_create(container.id, list(words))["Id"]
    address = f"{api.base_url}/v{api.api_version}/exec/{made}/start"
    with api.post(address, json={"Detach": False, "Tty": False}, timeout=api.timeout, stream=True) as answer:
        try:
            answer.raise_for_status()
        except RefusedError as problem:
            create_api_error_from_http_exception(problem)
        data, ended = _beginning(answer, api.timeout)
    code = int(api.exec_inspect(made)["ExitCode"] or 0) if ended else 1
    return code, b"".join(_frames(data))


def _beginning(answer: Any, seconds: float) -> tuple[bytes, bool]:
    """What an answer contains, and whether that is all: no more than is wanted, and only what arrives within that
    time."""
    data, end = bytearray(), time.monotonic() + seconds
    for byte in answer.iter_content(1):  # a larger piece would be waited for until it is full
        data += byte
        if len(data) > _MOST_OUTPUT or time.monotonic() > end:
            return bytes(data), False
    return bytes(data), True


def _frames(data: bytes) -> Iterator[bytes]:
    """The parts of a multiplexed stream: each has a head of eight bytes that ends with its length."""
    while len(data) >= _FRAME_HEAD:
        end = _FRAME_HEAD + int.from_bytes(data[4:_FRAME_HEAD], "big")
        yield data[_FRAME_HEAD:end]
        data = data[end:]


class Publisher(NamedTuple):
    """A container that publishes a port of this machine."""

    name: str
    folder: str
    """Where its run script or Compose file is, "" = unknown."""
    trial: bool


def publisher(client: Any, port: int) -> Publisher | None:
    """The container that publishes a port of this machine, None if none does."""
    found = client.containers.list(filters={"publish": str(port)}, ignore_removed=True)
    if not found:
        return None
    labels = found[0].labels
    return Publisher(found[0].name, labels.get(FOLDER_LABEL, ""), TRIAL_LABEL in labels)


@contextmanager
def speaking(doing: str) -> Iterator[None]:
    """Within the block, every error of the engine, or in reaching it, becomes a WizardError; see `translate`."""
    try:
        yield
    except (DockerException, RequestException, HTTPError, HTTPException, ConnectionError, TimeoutError) as problem:
        raise translate(problem, doing) from problem


def _speaker(problem: Exception) -> str:
    """The name of what answers: Podman's answers contain its name."""
    headers = getattr(getattr(problem, "response", None), "headers", None) or {}
    return "Podman" if str(headers.get("Server", "")).startswith("Libpod") else "Docker"


def translate(problem: Exception, doing: str) -> WizardError:
    """An error of the Docker SDK as a WizardError. `doing` completes "Docker could not …"."""
    if isinstance(problem, WizardError):
        return problem
    text = str(getattr(problem, "explanation", None) or problem)
    name = _speaker(problem)
    if isinstance(problem, ImageNotFound):
        return WizardError(
            f"{name} could not {doing}: the image is not here",
            text,
            "Check its name, or pull it first.",
            ExitCode.ENVIRONMENT,
        )
    for pattern, title, hint in _KNOWN:
        if re.search(pattern, text, re.IGNORECASE):
            if "mount" in title and engine_address.remote():
                hint = "The engine runs elsewhere (DOCKER_HOST), and the path has to exist there."
            return WizardError(
                f"{name} could not {doing}: {title}", text, _owner_hint(text, hint), ExitCode.ENVIRONMENT
            )
    if any(isinstance(cause, OSError) for cause in _causes(problem)) and not isinstance(problem, APIError):
        return _unusable(problem)
    return WizardError(f"{name} could not {doing}", text, f"The text above is {name}'s own.", ExitCode.ENVIRONMENT)


_KNOWN = (
    (r"port is already allocated", "another container has the port", "Stop that container, or choose another port."),
    (r"address already in use", "another program has the port", "Stop that program, or choose another port."),
    (
        r"cannot assign requested address",
        "the address does not belong to this machine",
        "Choose an address of this machine: serving-wizard doctor lists them.",
    ),
    (
        r"bind source path does not exist",
        "a file or folder to mount is missing",
        "It was there before: put it back, or correct the path.",
    ),
    (
        r"no such host|connection refused|timeout.*registry|dial tcp",
        "the image registry cannot be reached",
        "Check the network, or name an image that is here with --image.",
    ),
    (
        r"manifest unknown|manifest for .* not found|repository does not exist|pull access denied",
        "the image is not to be had under that name",
        "Check run.image and the server's version.",
    ),
    (r"container-init binary not found", "the program that --init needs is not there", "Install catatonit."),
    (r"no space left", "the disk is full", "Free some space (docker system df shows what Docker uses)."),
    (
        r"could not select device driver.*gpu|nvidia",
        "the engine has no GPU support",
        "Install the NVIDIA container toolkit, or set run.gpu = false.",
    ),
)


def _owner_hint(text: str, hint: str) -> str:
    """Name the program that uses the port, if it can be found out."""
    found = re.search(r":(\d{2,5})(?!\d)(?=[^:]*(?:already|failed|$))", text)
    owner = machine.ports.port_owner(int(found.group(1))) if found and "already" in text else ""
    return f"Port {found.group(1)} is held by {owner}. {hint}" if owner and found else hint


def _unusable(problem: Exception, address: str = "") -> WizardError:
    chain = list(_causes(problem))
    # What the system says, without the layers of libraries around it.
    plain = next((cause.strerror for cause in chain if isinstance(cause, OSError) and cause.strerror), "")
    if address.endswith("podman.sock"):
        said = plain or str(problem)
        return WizardError("Podman does not answer", f"{address}: {said}", _START_PODMAN, ExitCode.ENVIRONMENT)
    address = os.environ.get("DOCKER_HOST", "")
    said = f"{address}: {plain}" if address and plain else plain or str(problem)
    if address and not any(isinstance(cause, OSError) for cause in chain):
        return WizardError(
            "DOCKER_HOST does not name a Docker engine",
            f"{address}: {problem}",
            "It looks like unix:///var/run/docker.sock, tcp://HOST:2376 or ssh://USER@HOST; or leave it unset.",
            ExitCode.ENVIRONMENT,
        )
    if any(isinstance(cause, PermissionError) for cause in chain):
        return WizardError(
            "This user may not talk to the Docker engine",
            "permission denied on its socket",
            "Add the user to the docker group and log in again, or use rootless Docker.",
            ExitCode.ENVIRONMENT,
        )
    if any(isinstance(cause, FileNotFoundError) for cause in chain) or "No such file" in str(problem):
        return WizardError(
            "There is no Docker engine here",
            os.environ.get("DOCKER_HOST", "no socket was found"),
            _INSTALL,
            ExitCode.ENVIRONMENT,
        )
    if any(isinstance(cause, ConnectionError | TimeoutError) for cause in chain) or "refused" in str(problem):
        return WizardError(
            "The Docker engine does not answer", said, "Start it, or look into its log.", ExitCode.ENVIRONMENT
        )
    return WizardError("The Docker engine cannot be used", said, _INSTALL, ExitCode.ENVIRONMENT)


def _causes(problem: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    todo = [problem]
    while todo:
        each = todo.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        todo += [each.__cause__, each.__context__]
        todo += [a for a in each.args if isinstance(a, BaseException)]
        reason = getattr(each, "reason", None)
        todo.append(reason if isinstance(reason, BaseException) else None)
