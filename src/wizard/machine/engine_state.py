"""Whether containers can be started here, found out in a moment: the engine, Compose, and which images are present.

It uses HTTP without the engine's SDK, whose import would be noticeable while somebody types. An engine at an address of
another kind (ssh, TLS, a named pipe) is reported as unknown.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Timer
from urllib.parse import quote, urlsplit

from wizard.deployment import engines
from wizard.host import EngineName
from wizard.machine import compose_command, engine_address

_WAIT_S = 1.0
"""Seconds for each answer; an engine that is slower is not waited for."""
_MOST_S = 3.0
"""Seconds for all answers together."""
_FOUND = 200
_MOST = 1 << 20
"""Bytes of an answer. Of a longer one the rest is not read, and its connection is used no more."""


@dataclass(frozen=True, slots=True)
class EngineState:
    """What prevents a container from starting, and what does not."""

    version: str
    """The engine's version, such as 20.10.24; "" = none answered."""
    problem: str
    """Why none answered, as a short sentence; "" = one did, or it cannot be known from here."""
    compose: bool
    """Whether Compose is installed, as a plugin or as a program."""
    images: tuple[tuple[str, bool], ...]
    """Each image that was asked for, and whether it is present."""
    engine: EngineName = "docker"
    """Which engine was asked."""


class _Local(HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_WAIT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def look(images: Iterable[str], engine: EngineName = "docker") -> EngineState | None:
    """Ask an engine where it usually is (`engine_address`).

    Takes milliseconds, a few seconds if it hangs. None if only the SDK can use its kind of address.
    """
    compose, title = engine == "docker" and bool(compose_command.found()), engines.title(engine)
    try:
        connection = _connection(engine_address.named(engine) or f"unix://{engine_address.DOCKER}")
    except ValueError:
        return EngineState("", f"the address of the {title} engine makes no sense", compose, (), engine)
    if connection is None:
        return None
    # An answer that trickles in is waited for anew with each byte.
    most = Timer(_MOST_S, _cut, (connection,))
    most.daemon = True
    most.start()
    try:
        version = str(json.loads(_ask(connection, "/version")[1])["Version"])
        here = tuple((name, _is_here(connection, name)) for name in dict.fromkeys(images))
    except PermissionError:
        return EngineState("", f"this user may not talk to the {title} engine", compose, (), engine)
    except FileNotFoundError:
        return EngineState("", f"there is no {title} engine here", compose, (), engine)
    except (OSError, HTTPException, ValueError, KeyError, TypeError, RecursionError):
        return EngineState("", f"the {title} engine does not answer", compose, (), engine)
    finally:
        most.cancel()
        connection.close()
    return EngineState(version, "", compose, here, engine)


def _connection(address: str) -> HTTPConnection | None:
    where = urlsplit(address)
    if where.scheme == "unix" and hasattr(socket, "AF_UNIX"):
        return _Local(where.path)
    plain = where.scheme in ("tcp", "http") and not os.environ.get("DOCKER_TLS_VERIFY")
    return HTTPConnection(where.hostname or "", where.port or 2375, timeout=_WAIT_S) if plain else None


def _ask(connection: HTTPConnection, target: str) -> tuple[int, bytes]:
    connection.request("GET", target)
    answer = connection.getresponse()
    return answer.status, answer.read(_MOST)


def _cut(connection: HTTPConnection) -> None:
    with suppress(OSError, AttributeError):  # closed, or not connected yet
        connection.sock.shutdown(socket.SHUT_RDWR)


def _is_here(connection: HTTPConnection, image: str) -> bool:
    return _ask(connection, f"/images/{quote(image, safe='/:@')}/json")[0] == _FOUND
