"""Ready means that a real prediction was answered, not just that a port is open or a health page says OK."""

from __future__ import annotations

import http.client
import queue
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from wizard.errors import ExitCode, WizardError
from wizard.gateway.general import LOG_LINE
from wizard.gateway.names import host_names
from wizard.prediction.answer import usual_request
from wizard.prediction.values import Probe
from wizard.trial import logs
from wizard.trial.probes import SOCKET, send

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.deployment import Deployment
    from wizard.trial.backend import Cancel


class Address(NamedTuple):
    """Where to ask; `gateway`: that is the gateway's address, because it cannot be bypassed."""

    host: str
    port: int
    tls: bool = False
    gateway: bool = False


def by_socket(deployment: Deployment) -> Address | None:
    """The unix socket for the inference API, as a path on this machine; None if it has none."""
    listener = deployment.plan.listener("inference")
    return Address(f"{SOCKET}{listener.address}", 0) if listener is not None and listener.scope == "socket" else None


class Started(Protocol):
    """The part of a running trial that readiness looks at."""

    deployment: Deployment
    samples: Mapping[str, str]

    def state(self) -> tuple[str, int]:
        """Status (`running`, `exited`, …) and exit code of the server."""

    def server_address(self) -> Address:
        """Where the inference API answers, if possible bypassing the gateway; host "" = nothing here can ask it."""

    def gateway_address(self) -> Address | None:
        """Where the gateway answers HTTP; None if there is none."""

    def tokens(self) -> dict[str, str]:
        """API -> the token that is valid for it."""

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        """The last lines of the log, without secrets."""

    def hindered(self) -> str:
        """What outside the server keeps it from running, as a sentence; "" = nothing that is known."""


_PAUSE_S = 0.05
_REFUSED_S = 5.0
"""Seconds of the same refusal (4xx) after which waiting longer is useless: it is up, and refuses the request."""
_ANSWER_S = 30.0
_GATEWAY_S = 10.0
_TOO_MANY = 429
"""The gateway's "slow down", which says nothing about the server."""
_SILENT = "It printed nothing. Some servers end before their last lines are written: try again."
_KILLED = 137
"""128 + SIGKILL: only the kernel kills a server of a trial, when memory runs out."""


def wait(trial: Started, timeout: float, cancel: Cancel) -> float:
    """Ask for a prediction until one is answered with 200, then wait for the gateway.

    Returns the seconds it took. Raises WizardError with the reason if the server ends, keeps refusing, or time is up.
    """
    begin = time.monotonic()
    probe = _prediction(trial)
    pause = _pause(trial)
    last, refused_since = "nothing answered yet", begin
    while True:
        left = timeout - (time.monotonic() - begin)
        if left <= 0:
            break
        status, text = _watched(trial, probe, min(left, _ANSWER_S), cancel)
        if status == 200:
            _gateway(trial, cancel)
            return time.monotonic() - begin
        now = time.monotonic()
        if not 400 <= status < 500 or status == _TOO_MANY or text != last:
            refused_since = now
        elif now - refused_since > _REFUSED_S:
            raise _refusal(text)
        last = text
        time.sleep(pause)
    raise WizardError(
        f"The server was not ready within {timeout:.0f} s",
        f"last answer: {last}",
        "The last lines of its log follow; a larger --timeout helps only if it was still loading.",
        ExitCode.ENVIRONMENT,
    )


def _pause(trial: Started) -> float:
    """Seconds between two requests; through a gateway, slow enough to leave its rate limit to the probes."""
    through_gateway = trial.server_address().gateway
    return max(_PAUSE_S, 2 / trial.deployment.plan.gateway.requests_per_second) if through_gateway else _PAUSE_S


def _gateway(trial: Started, cancel: Cancel) -> None:
    """Wait until the gateway answers anything; if it never does, the probes will report it."""
    place = trial.gateway_address()
    if place is None:
        return
    probe = Probe("gateway", "loopback-v4", place.host, place.port, "inference", "http", "", tls=place.tls)
    end = time.monotonic() + _GATEWAY_S
    while time.monotonic() < end:
        cancel.check()
        try:
            send(probe, "", timeout=_GATEWAY_S)
        except (OSError, http.client.HTTPException, ValueError):
            time.sleep(_PAUSE_S)
        else:
            return


def _refusal(text: str) -> WizardError:
    return WizardError(
        "The server is up, but refuses a prediction",
        f"its answer: {text}",
        "The model did not load, or wants another body: set models.sample to a request it takes.",
        ExitCode.ENVIRONMENT,
    )


def _watched(trial: Started, probe: Probe, timeout: float, cancel: Cancel) -> tuple[int, str]:
    """Send the request while checking that the server still runs: a request to a broken model hangs for minutes."""
    answers: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_ask(trial, probe, timeout)), daemon=True).start()
    end = time.monotonic() + timeout
    while True:
        cancel.check()
        _must_run(trial)
        try:
            return answers.get(timeout=0.2)
        except queue.Empty:
            if time.monotonic() > end:
                return 0, f"no answer within {timeout:.0f} s"


def _ask(trial: Started, probe: Probe, timeout: float) -> tuple[int, str]:
    """Status and text of an answer, 0 if there was none."""
    try:
        token = trial.tokens().get(probe.api, "") if probe.token == "right" else ""
        raw = send(probe, token, timeout=timeout)
    except WizardError as problem:
        return 0, problem.title
    except (OSError, http.client.HTTPException, ValueError, KeyError) as problem:
        return 0, f"{type(problem).__name__}: {problem}"
    return raw.status, f"{raw.status} {raw.body[:200].decode('utf-8', errors='replace').strip()}"


def _must_run(trial: Started) -> None:
    status, code = trial.state()
    if status == "removed":
        raise WizardError(
            "The server's container was removed while it was tried",
            hint="Somebody else did that; try again.",
            exit_code=ExitCode.ENVIRONMENT,
        )
    if status in ("exited", "dead"):
        said = _last_words(trial)
        raise WizardError(
            f"The server ended by itself (exit code {code}{', out of memory' if code == _KILLED else ''})",
            "\n".join(said),
            trial.hindered() or ("The last lines of its log say why." if said else _SILENT),
            ExitCode.ENVIRONMENT,
        )


def _last_words(trial: Started) -> tuple[str, ...]:
    """The end of the log without the gateway's lines: when the server is gone, each request to it adds one."""
    whole = trial.log_tail(logs.KEPT)
    return logs.tail([line for line in whole if not LOG_LINE.search(line)], 8)


def _prediction(trial: Started) -> Probe:
    """A prediction sent directly to the server process, bypassing the gateway if possible.

    If only the gateway can reach the server and predictions are off, something it does forward is requested.
    """
    deployment = trial.deployment
    endpoint = deployment.endpoint("inference")
    if endpoint is None or not deployment.plan.models:
        raise WizardError("There is no model to ask", hint="Add a model to the answers.")
    place, front = trial.server_address(), trial.gateway_address()
    if not place.host and front is not None and deployment.front is not None:
        endpoint, place = deployment.front, front._replace(gateway=True)
    if not place.host:
        raise WizardError(
            "Nothing here can ask whether the server is ready",
            "predictions are off, and only the gateway reaches the server",
            "Open inference to this machine: bind.inference.scope = 'loopback'.",
            ExitCode.ENVIRONMENT,
        )
    request, body = usual_request(deployment, endpoint, trial.samples)
    names = host_names(deployment, endpoint) if place.gateway else ()
    # A gateway that is published nowhere is asked at its container's address, which is none of its names.
    named = (("host", names[0]),) if names and place.host not in names else ()
    token = endpoint.auth == "server-token" or (place.gateway and endpoint.auth == "gateway-token")
    return Probe(
        "ready",
        "loopback-v4",
        place.host,
        place.port,
        endpoint.api,
        "http",
        "200",
        method=request.method,
        path=request.path,
        headers=(*request.headers, *named),
        body=body,
        token="right" if token else "none",
        tls=endpoint.tls and (place.gateway or endpoint.served_by == "server"),
    )
