"""Send a request to what is open, without a token: one GET each, for a path that changes nothing."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator, Sequence

from wizard import registry
from wizard.check.running import NO_ANSWER, Opening
from wizard.machine import hostfacts
from wizard.observed.running import RunningServer
from wizard.observed.seen import Observed

SECONDS = 5.0
"""Time limit for one answer."""


def ask(
    running: RunningServer, observed: Observed | None, opened: Sequence[Opening], everywhere: bool
) -> dict[tuple[str, int], str]:
    """(address, port) -> the answer, for each API that speaks HTTP.

    Without `everywhere`, only loopback addresses are contacted.
    """
    if observed is None:
        return {}
    apis = {spec.api: spec for spec in registry.adapter(observed.server).apis}
    found = {}
    for opening in opened:
        spec = apis.get(opening.api or "")
        if spec is not None and spec.protocol == "http":
            for address in _addresses(running, opening, everywhere):
                found[address, opening.port] = _answer(address, opening.port, spec.guarded_path or spec.probe_path)
    return found


def _addresses(running: RunningServer, opening: Opening, everywhere: bool) -> Iterator[str]:
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(opening.address, opening.address)
    if local.startswith("127.") or local == "::1":
        yield local
    if not everywhere:
        return
    if not opening.address:
        yield from (each.address for each in running.networks if each.address and each.from_here)
    elif opening.address in ("0.0.0.0", "::"):
        yield from (
            each.address for each in hostfacts.interfaces() if each.kind != "loopback" and ":" not in each.address
        )
    elif opening.address != local or not local.startswith("127."):
        yield opening.address


def _answer(address: str, port: int, path: str) -> str:
    try:
        status = _status(http.client.HTTPConnection(address, port, timeout=SECONDS), path)
    except (OSError, http.client.HTTPException):
        unchecked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        unchecked.check_hostname = False
        unchecked.verify_mode = ssl.CERT_NONE
        try:
            status = _status(http.client.HTTPSConnection(address, port, timeout=SECONDS, context=unchecked), path)
        except (OSError, http.client.HTTPException):
            return NO_ANSWER
    if status in (401, 403):
        return f"asks for a token ({status})"
    return f"answers {status} without a token"


def _status(connection: http.client.HTTPConnection, path: str) -> int:
    try:
        connection.request("GET", path, headers={"User-Agent": "serving-wizard"})
        return connection.getresponse().status
    finally:
        connection.close()
