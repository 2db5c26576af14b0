"""Ready means that a real prediction was answered, not that a port is open or a health page smiles."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from wizard import servers
from wizard.errors import ExitCode, WizardError
from wizard.predictions import Probe, usual_request
from wizard.services.probes import send

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wizard.deployment import Deployment


class Started(Protocol):
    """The part of a running trial that readiness looks at."""

    deployment: Deployment
    samples: Mapping[str, str]

    def state(self) -> tuple[str, int]:
        """Status (`running`, `exited`, …) and exit code of the server."""

    def straight(self) -> tuple[str, int, bool]:
        """Address and port of the inference API, and whether that is the gateway's because it cannot be passed."""

    def tokens(self) -> dict[str, str]:
        """API -> right token."""

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        """The last lines of the log."""


_PAUSE_S = 0.1


def wait(trial: Started, timeout: float, cancelled: Callable[[], bool]) -> float:
    """Ask for a prediction until one is answered with 200. Returns the seconds it took.

    Raises WizardError with the last log lines when the server ends or the time is over.
    """
    begin = time.monotonic()
    probe = _prediction(trial)
    token = ""
    last = "nothing answered yet"
    while time.monotonic() - begin < timeout:
        if cancelled():
            raise WizardError("The trial was cancelled", exit_code=ExitCode.INTERRUPTED)
        _must_run(trial)
        left = max(1.0, timeout - (time.monotonic() - begin))
        try:
            if probe.token == "right" and not token:
                token = trial.tokens().get("inference", "")
            raw = send(probe, token, timeout=min(left, 30.0))
        except (OSError, http.client.HTTPException) as problem:
            last = f"{type(problem).__name__}: {problem}"
        else:
            if raw.status == 200:
                return time.monotonic() - begin
            last = f"{raw.status} {raw.body[:200].decode('utf-8', errors='replace')}"
        time.sleep(_PAUSE_S)
    raise WizardError(
        f"The server was not ready within {timeout:.0f} s",
        f"last answer: {last}",
        "The last lines of its log follow; a larger --timeout helps only if it was still loading.",
        ExitCode.ENVIRONMENT,
    )


def _must_run(trial: Started) -> None:
    status, code = trial.state()
    if status in ("exited", "dead"):
        raise WizardError(
            f"The server ended by itself (exit code {code})",
            "\n".join(trial.log_tail(8)),
            "The last lines of its log say why.",
            ExitCode.ENVIRONMENT,
        )


def _prediction(trial: Started) -> Probe:
    """A prediction sent straight to the server process, past any gateway that can be passed."""
    deployment = trial.deployment
    endpoint = deployment.endpoint("inference")
    if endpoint is None or not deployment.plan.models:
        raise WizardError("There is no model to ask", hint="Add a model to the answers.")
    adapter = servers.adapter(deployment.plan.server)
    request, body = usual_request(deployment, adapter, endpoint, trial.samples)
    address, port, gated = trial.straight()
    token = endpoint.auth == "server-token" or (gated and endpoint.auth == "gateway-token")
    return Probe(
        "ready",
        "loopback-v4",
        address,
        port,
        "inference",
        "http",
        "200",
        method=request.method,
        path=request.path,
        headers=request.headers,
        body=body,
        token="right" if token else "none",
        tls=endpoint.tls and (gated or endpoint.served_by == "server"),
    )
