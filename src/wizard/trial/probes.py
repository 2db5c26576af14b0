"""Measure: send the probes of a trial and record the results, in the words of `prediction.values.Probe`.

Shares no code with the predictions: what a page could read is judged here from the raw headers alone.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from wizard.prediction.values import OPEN, UNREACHABLE, Probe
from wizard.trial import late_listeners, second_look
from wizard.trial.second_look import NO_ANSWER, NOT_MEASURED

_T = TypeVar("_T")
CONNECT_S = 5.0
"""Seconds until an address that drops packets counts as unreachable.

A kernel with a full queue also drops first packets, which are sent again after one and after three seconds.
"""
ANSWER_S = 20.0
"""Seconds for one answer; a prediction on a small machine may take a while."""
WRONG_TOKEN = "wrong-token"
SOCKET = "unix:"
"""The prefix of a unix socket's address; the path follows."""
NOT_HTTP = "not HTTP"
_AT_ONCE = 16
_LOOK_S = 0.1
"""Seconds between two checks whether the trial should end."""
_NOT_FROM_HERE = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EPERM, errno.EACCES}
    | {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETUNREACH, errno.ENETDOWN}
)
"""This machine could not even try."""


class NotMeasuredError(Exception):
    """Something prevented a probe from deciding; the message says what. It counts neither for nor against."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """A probe and its result."""

    probe: Probe
    measured: str
    detail: str = ""
    seconds: float = 0.0

    @property
    def agrees(self) -> bool | None:
        """Whether the result is as predicted; None if nothing could be measured."""
        return None if self.measured.startswith(NOT_MEASURED) else self.measured == self.probe.predicted


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as received."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name]


FromContainer = Callable[[Probe], str]
"""Measures a container vantage point: `open` or `unreachable`."""


def measure_all(
    probes: Sequence[Probe],
    tokens: dict[str, str],
    from_container: FromContainer | None,
    done: Callable[[ProbeResult], None],
    cancelled: Callable[[], bool] = lambda: False,
    hindered: Mapping[str, str] = MappingProxyType({}),
) -> tuple[ProbeResult, ...]:
    """Measure every probe, several at a time, and call `done` as each ends. Results are in the order of the probes.

    What is not reached is tried for some more seconds, see `late_listeners`; what gets no answer in time is measured
    again when nothing else is running, see `second_look`. `hindered`: id of a probe that cannot decide -> why.
    """
    results: dict[str, ProbeResult] = {}

    def ask(probe: Probe, seconds: float = ANSWER_S) -> ProbeResult:
        return _guarded(probe, tokens, from_container, hindered.get(probe.id, ""), seconds)

    def kept(jobs: Iterable[Future[list[ProbeResult]]], *aside: Callable[[ProbeResult], bool]) -> list[ProbeResult]:
        """Collect the results of the jobs, and return those put aside for another look."""
        rest = []
        for result in (each for found in _as_they_end(jobs, cancelled) for each in found):
            if any(wanted(result) for wanted in aside):
                rest.append(result)
            else:
                results[result.probe.id] = result
                done(result)
        return rest

    pool = ThreadPoolExecutor(max_workers=_AT_ONCE)
    try:
        late, silent = late_listeners.wanted, second_look.wanted
        again = kept([pool.submit(lambda p: [ask(p)], probe) for probe in probes], late, silent)
        places = late_listeners.places(filter(late, again))
        again += kept([pool.submit(late_listeners.settled, place, ask, cancelled) for place in places], silent)
        listeners = second_look.listeners(filter(silent, again), results.values())
        kept([pool.submit(second_look.settled, each, ask, cancelled) for each in listeners])
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return tuple(results[p.id] for p in probes if p.id in results)


def _as_they_end(jobs: Iterable[Future[_T]], cancelled: Callable[[], bool]) -> Iterator[_T]:
    """The result of each job, until all have ended or the trial should end."""
    waiting = set(jobs)
    while waiting and not cancelled():
        over, waiting = wait(waiting, _LOOK_S, FIRST_COMPLETED)
        for job in over:
            yield job.result()


def send(probe: Probe, token: str, timeout: float = ANSWER_S) -> RawAnswer:
    """Send one HTTP probe.

    Raises OSError or http.client.HTTPException if there is no answer. A TimeoutError with `no answer` means that the
    connection was accepted before.
    """
    connection = http.client.HTTPConnection(probe.address, probe.port, timeout=timeout)
    connection.sock = _connected(probe, timeout)
    try:
        connection.putrequest(probe.method, probe.path, skip_host=True, skip_accept_encoding=True)
        for name, value in _headers(probe, token):
            connection.putheader(name, value.encode("utf-8"))
        announced = any(name == "content-length" for name, _ in probe.headers)
        body = probe.body.encode() if probe.method in ("POST", "PUT", "PATCH") and not announced else b""
        if (body or probe.method == "POST") and not announced:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        return RawAnswer(answer.status, tuple(answer.getheaders()), answer.read(1_000_000))
    except TimeoutError:
        raise TimeoutError(NO_ANSWER) from None
    finally:
        connection.close()


def readable(raw: RawAnswer, page: str, credentials: bool = False) -> bool:
    """Whether the answer's own headers let a page with that origin read it (exactly one matching value)."""
    allowed = [value.strip(" \t") for value in raw.values("access-control-allow-origin")]
    if len(allowed) != 1:
        return False
    if credentials:
        return allowed[0] == page and raw.values("access-control-allow-credentials") == ["true"]
    return allowed[0] in ("*", page)


def preflight_passes(raw: RawAnswer, probe: Probe) -> bool:
    """Whether the answer to a preflight permits the request it announced."""
    wanted = dict(probe.headers)
    method = wanted.get("access-control-request-method", "GET")
    names = [n.strip() for n in wanted.get("access-control-request-headers", "").split(",") if n.strip()]
    methods = _list(raw, "access-control-allow-methods")
    headers = [name.lower() for name in _list(raw, "access-control-allow-headers")]
    named = all(name in headers or ("*" in headers and name != "authorization") for name in names)
    permitted = method in ("GET", "HEAD", "POST") or method in methods or "*" in methods
    return 200 <= raw.status < 300 and readable(raw, probe.page) and permitted and named


def _list(raw: RawAnswer, name: str) -> list[str]:
    return [part.strip() for value in raw.values(name) for part in value.split(",")]


def _guarded(
    probe: Probe, tokens: dict[str, str], from_container: FromContainer | None, hindrance: str, seconds: float
) -> ProbeResult:
    begin = time.monotonic()
    try:
        if hindrance:
            raise NotMeasuredError(hindrance)
        measured, detail = _measure(probe, tokens, from_container, seconds)
    except NotMeasuredError as problem:
        measured, detail = f"{NOT_MEASURED}: {problem}", ""
    except (OSError, http.client.HTTPException, ValueError) as problem:
        measured, detail = _no_answer(problem)
    except Exception as problem:  # whatever it is, it says nothing about the deployment
        measured, detail = f"{NOT_MEASURED}: {type(problem).__name__}: {problem}", ""
    return ProbeResult(probe, measured, detail, time.monotonic() - begin)


def _no_answer(problem: Exception) -> tuple[str, str]:
    if isinstance(problem, (ConnectionResetError, http.client.RemoteDisconnected)):
        # docker-proxy accepts a connection before anything listens behind it and then resets it.
        return UNREACHABLE, "reset: accepted, then dropped"
    if isinstance(problem, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) or str(problem) == NO_ANSWER:
        return NO_ANSWER, "the connection was accepted, then nothing came, or it was cut before it was encrypted"
    if isinstance(problem, (http.client.HTTPException, ssl.SSLError, ValueError)):
        return NOT_HTTP, f"{type(problem).__name__}: {problem}"
    if isinstance(problem, OSError) and problem.errno in _NOT_FROM_HERE:
        return f"{NOT_MEASURED}: this machine could not try ({problem.strerror})", ""
    return UNREACHABLE, str(problem) or type(problem).__name__


def _measure(
    probe: Probe, tokens: dict[str, str], from_container: FromContainer | None, seconds: float
) -> tuple[str, str]:
    if probe.vantage in ("peer-container", "other-container"):
        if from_container is None:
            raise NotMeasuredError("no container to probe from")
        return _inside(probe, from_container), ""
    if probe.kind == "connect":
        return _connect(probe), ""
    token = tokens.get(probe.api, "") if probe.token == "right" else WRONG_TOKEN
    raw = send(probe, token, seconds)
    detail = raw.body[:200].decode("utf-8", errors="replace").strip()
    if probe.kind == "preflight":
        return f"{raw.status} {'passes' if preflight_passes(raw, probe) else 'fails'}", detail
    if probe.page:
        return f"{raw.status} {'readable' if readable(raw, probe.page) else 'unreadable'}", detail
    return str(raw.status), detail


def _inside(probe: Probe, from_container: FromContainer) -> str:
    """Errors here come from the engine or the way to it, and are of many kinds; they say nothing about the
    deployment."""
    try:
        return from_container(probe)
    except NotMeasuredError:
        raise
    except Exception as problem:
        raise NotMeasuredError(f"{type(problem).__name__}: {problem}") from problem


def _connect(probe: Probe) -> str:
    """A connection that is accepted and closed at once means a proxy with nothing behind it: unreachable."""
    with socket.create_connection((probe.address, probe.port), timeout=CONNECT_S) as connection:
        connection.settimeout(0.3)
        try:
            return UNREACHABLE if connection.recv(1) == b"" else OPEN
        except TimeoutError:
            return OPEN


def _connected(probe: Probe, timeout: float) -> socket.socket:
    """An open connection.

    A target that does not accept soon is unreachable; a handshake may take as long as an answer.
    """
    plain = _plain(probe.address, probe.port)
    plain.settimeout(timeout)
    if not probe.tls:
        return plain
    # Not the default context, which would read every authority of this system for each probe.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The certificate of a trial is self-signed; who answers is known from the address.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        return context.wrap_socket(plain)
    except OSError:
        plain.close()
        raise


def _plain(address: str, port: int) -> socket.socket:
    """A connection to an address and port, or to the file of a unix socket (`unix:/path`)."""
    if not address.startswith(SOCKET):
        return socket.create_connection((address, port), timeout=CONNECT_S)
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.settimeout(CONNECT_S)
        connection.connect(address.removeprefix(SOCKET))
    except OSError:
        connection.close()
        raise
    return connection


def _host(probe: Probe) -> str:
    """The target, as in a Host header."""
    if probe.address.startswith(SOCKET):
        return "localhost"
    return f"{f'[{probe.address}]' if ':' in probe.address else probe.address}:{probe.port}"


def _headers(probe: Probe, token: str) -> list[tuple[str, str]]:
    given = dict(probe.headers)
    headers = [("Host", given.pop("host", _host(probe))), ("Connection", "close")]
    if probe.token != "none":
        headers.append(("Authorization", f"Bearer {token}"))
    return headers + list(given.items())
