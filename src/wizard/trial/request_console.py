"""Requests by hand to a trial that runs: what to begin with, sending one, and the same as a command to copy."""

from __future__ import annotations

import http.client
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.deployment import Deployment
    from wizard.prediction.values import Probe
    from wizard.trial.probes import ProbeResult

_SHOWN = 20_000
"""Characters of an answer that are shown."""


@dataclass(frozen=True, slots=True)
class ConsoleRequest:
    """One request as it stands on the screen."""

    probe: Probe
    """Where it goes, with TLS or not."""
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: str
    deployment: Deployment | None = None
    """What it goes to; None where that is not known."""
    certificate: str = ""
    """Path of the certificate made for the trial; "" = there is none, or it is the user's own."""

    @property
    def url(self) -> str:
        """The whole address."""
        host = f"[{self.probe.address}]" if ":" in self.probe.address else self.probe.address
        return f"{'https' if self.probe.tls else 'http'}://{host}:{self.probe.port}{self.path}"


@dataclass(frozen=True, slots=True)
class ConsoleReply:
    """What came back."""

    status: int
    """0 = nothing came."""
    headers: tuple[tuple[str, str], ...]
    body: str
    seconds: float
    problem: str = ""


def sample(results: Sequence[ProbeResult]) -> Probe | None:
    """The prediction request of a trial that a caller with everything right would send, from this machine."""
    fit = [
        r.probe
        for r in results
        if r.probe.kind not in ("connect", "preflight") and not r.probe.page and r.measured == "200"
    ]
    fit.sort(key=lambda p: (p.api != "inference", p.method != "POST", not p.body, p.address != "127.0.0.1"))
    return fit[0] if fit else None


def begin(probe: Probe, token: str, deployment: Deployment | None = None, folder: Path | None = None) -> ConsoleRequest:
    """The sample as a request to edit; the token stands in it. `folder`: that of the trial's files."""
    made_anew = ("host", "content-length", "authorization")
    headers = [(name, value) for name, value in probe.headers if name not in made_anew]
    if token and probe.token == "right":
        headers.append(("authorization", f"Bearer {token}"))
    made = probe.tls and folder and deployment and deployment.plan.tls.mode == "self-signed"
    certificate = f"{folder}/secrets/tls.crt" if made else ""
    return ConsoleRequest(probe, probe.method, probe.path, tuple(headers), probe.body, deployment, certificate)


def headers_of(text: str) -> tuple[tuple[str, str], ...]:
    """Lines of `name: value`. Raises ValueError for a line that is none."""
    found = []
    for line in text.splitlines():
        if line.strip():
            name, colon, value = line.partition(":")
            if not colon or not name.strip() or any(c in name.strip() for c in ' "\\/()<>@,;[]?={}'):
                raise ValueError(f"not a header: {line.strip()[:40]} (write name: value)")
            found.append((name.strip().lower(), value.strip()))
    return tuple(found)


def send(request: ConsoleRequest) -> ConsoleReply:
    """Send it. What goes wrong is told in the answer."""
    from wizard.trial import probes

    probe = replace(
        request.probe,
        method=request.method,
        path=request.path,
        headers=request.headers,
        body=request.body,
        token="none",
    )
    began = time.monotonic()
    try:
        raw = probes.send(probe, "")
    except (OSError, http.client.HTTPException, ValueError) as problem:
        return ConsoleReply(0, (), "", time.monotonic() - began, str(problem) or type(problem).__name__)
    text = raw.body.decode("utf-8", errors="replace")
    return ConsoleReply(raw.status, raw.headers, text[:_SHOWN], time.monotonic() - began)


def as_curl(request: ConsoleRequest) -> str:
    """A command for a POSIX shell. What lets a caller in goes through a pipe: every user can read arguments."""
    from wizard.formats.shell import sh

    words = ["curl", "-sS", "-i", *_trust(request), "-X", request.method]
    secret = [f"{name}: {value}" for name, value in request.headers if name in _SECRET]
    for name, value in request.headers:
        words += [] if name in _SECRET else ["-H", f"{name}: {value}"]
    words += ["-H", "@-"] if secret else []
    if request.body:
        words += ["--data-raw", request.body]
    command = " ".join(sh(word) for word in (*words, request.url))
    return f"printf '%s\\n' {' '.join(map(sh, secret))} | {command}" if secret else command


_SECRET = ("authorization", "cookie")


def _trust(request: ConsoleRequest) -> list[str]:
    """curl's words for the certificate: a user's own need not be for the address of this machine that is called."""
    if request.certificate:
        return ["--cacert", request.certificate]
    return ["-k"] if request.probe.tls else []


def as_fetch(request: ConsoleRequest) -> str:
    """JavaScript for the console of a page that may make this call.

    Raises ValueError with the reason, and what helps, where a browser lets no listed page make it.
    """
    from wizard.cors.exchange import PageRequest
    from wizard.prediction import page_call

    asked = PageRequest(request.url, request.method, request.headers, request.body or None)
    endpoint = request.deployment.endpoint(request.probe.api) if request.deployment else None
    if request.deployment is None or endpoint is None:
        return page_call.script(asked)
    if not endpoint.cors.origins:
        raise ValueError(f"no page may make this call: no origin is listed (cors.{endpoint.api}.origins)")
    asked = replace(asked, credentials="include" if endpoint.cors.credentials else "same-origin")
    made = page_call.calls(request.deployment, endpoint, asked)
    allowed = [each.page for each in made if each.verdict.verdict == "allowed"]
    if not allowed:
        raise ValueError(f"no page may make this call: {made[0].problem} {made[0].instead}")
    return f"// in the console of a page of {' or '.join(allowed)}\n{page_call.script(asked)}"


def as_powershell(request: ConsoleRequest) -> str:
    """A command for PowerShell 7."""
    pairs = "; ".join(f"{_single(name)} = {_single(value)}" for name, value in request.headers)
    words = ["Invoke-WebRequest", "-Method", request.method, "-Uri", _single(request.url), "-SkipHttpErrorCheck"]
    words += ["-SkipCertificateCheck"] if request.probe.tls else []
    words += ["-Headers", f"@{{ {pairs} }}"] if pairs else []
    words += ["-Body", _single(request.body)] if request.body else []
    return " ".join(words)


def _single(text: str) -> str:
    """A PowerShell string in which nothing is expanded; it knows four more apostrophes than ASCII has."""
    doubled = "".join(ch * 2 if ch in "'\u2018\u2019\u201a\u201b" else ch for ch in text)
    return f"'{doubled}'"


def as_python(request: ConsoleRequest) -> str:
    """A Python program without other packages."""
    body = f"{request.body!r}.encode()" if request.body else "None"
    trust = f"create_default_context(cafile={request.certificate!r})" if request.certificate else ""
    context = f", context=ssl.{trust or '_create_unverified_context()'}" if request.probe.tls else ""
    lines = [
        f"import {'ssl, ' if request.probe.tls else ''}urllib.request",
        f"request = urllib.request.Request({request.url!r}, data={body},",
        f"    headers={dict(request.headers)!r}, method={request.method!r})",
        f"with urllib.request.urlopen(request{context}) as answer:",
        "    print(answer.status, answer.headers, answer.read().decode())",
    ]
    return "\n".join(lines)


FORMS = {"curl": as_curl, "fetch": as_fetch, "PowerShell": as_powershell, "Python": as_python}
"""What a request can be copied as."""
