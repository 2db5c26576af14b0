"""Requests by hand to a running trial: the first request, sending one, and the same as a command to copy."""

from __future__ import annotations

import http.client
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.artifacts.calling import certified_name
from wizard.cors.exchange import PageRequest
from wizard.formats.shell import sh
from wizard.prediction import page_call
from wizard.trial import probes

if TYPE_CHECKING:
    from wizard.deployment import Deployment
    from wizard.prediction.values import Probe
    from wizard.trial.probes import ProbeResult

_SHOWN = 20_000
"""Maximum characters of an answer that are shown."""


@dataclass(frozen=True, slots=True)
class ConsoleRequest:
    """One request as shown on the screen."""

    probe: Probe
    """Where it goes, with TLS or not."""
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: str
    deployment: Deployment | None = None
    """Where it connects; None if unknown."""
    certificate: str = ""
    """Path of a certificate that has to be named, because no authority vouches for it; "" = none."""
    name: str = ""
    """The name for which the user's own certificate is valid, if known; "" = the address is enough."""

    @property
    def place(self) -> str:
        """HOST:PORT that it goes to."""
        host = f"[{self.probe.address}]" if ":" in self.probe.address else self.probe.address
        return f"{host}:{self.probe.port}"

    @property
    def url(self) -> str:
        """The whole address."""
        return f"{'https' if self.probe.tls else 'http'}://{self.place}{self.path}"

    @property
    def verified(self) -> bool:
        """Whether the certificate can be verified: it is named here, or an authority vouches for it."""
        known = self.deployment
        return bool(self.certificate) or (known is not None and known.plan.tls.mode == "files" and not known.unvouched)


@dataclass(frozen=True, slots=True)
class ConsoleReply:
    """The answer."""

    status: int
    """0 = no answer."""
    headers: tuple[tuple[str, str], ...]
    body: str
    seconds: float
    problem: str = ""


def sample(results: Sequence[ProbeResult]) -> Probe | None:
    """The prediction request that a caller with all permissions would send to a trial from this machine."""
    fit = [
        r.probe
        for r in results
        if r.probe.kind not in ("connect", "preflight") and not r.probe.page and r.measured == "200"
    ]
    fit.sort(key=lambda p: (p.api != "inference", p.method != "POST", not p.body, p.address != "127.0.0.1"))
    return fit[0] if fit else None


def begin(probe: Probe, token: str, deployment: Deployment | None = None, folder: Path | None = None) -> ConsoleRequest:
    """The sample as a request to edit, including the token. `folder`: that of the trial's files."""
    made_anew = ("host", "content-length", "authorization")
    headers = [(name, value) for name, value in probe.headers if name not in made_anew]
    if token and probe.token == "right":
        headers.append(("authorization", f"Bearer {token}"))
    certificate = name = ""
    if probe.tls and folder and deployment:
        certificate = str(folder / deployment.handed_out) if deployment.handed_out else ""
        name = certified_name(deployment)
    return ConsoleRequest(probe, probe.method, probe.path, tuple(headers), probe.body, deployment, certificate, name)


def headers_of(text: str) -> tuple[tuple[str, str], ...]:
    """Lines of `name: value`. Raises ValueError for any other line."""
    found = []
    for line in text.splitlines():
        if line.strip():
            name, colon, value = line.partition(":")
            if not colon or not name.strip() or any(c in name.strip() for c in ' "\\/()<>@,;[]?={}'):
                raise ValueError(f"not a header: {line.strip()[:40]} (write name: value)")
            found.append((name.strip().lower(), value.strip()))
    return tuple(found)


def send(request: ConsoleRequest) -> ConsoleReply:
    """Send it. Errors are reported in the answer."""
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
    """A command for a POSIX shell. Secrets go through a pipe: every user can read command lines."""
    words = ["curl", "-sS", "-i", *_trust(request), "-X", request.method]
    secret = [f"{name}: {value}" for name, value in request.headers if name in _SECRET]
    for name, value in request.headers:
        words += [] if name in _SECRET else ["-H", f"{name}: {value}"]
    words += ["-H", "@-"] if secret else []
    if request.body:
        words += ["--data-raw", request.body]
    url = f"https://{request.name}:{request.probe.port}{request.path}" if request.name else request.url
    command = " ".join(sh(word) for word in (*words, url))
    return f"printf '%s\\n' {' '.join(map(sh, secret))} | {command}" if secret else command


_SECRET = ("authorization", "cookie")


def _trust(request: ConsoleRequest) -> list[str]:
    """curl's options for the certificate; -k only if nothing is known that would verify it."""
    words = ["--connect-to", f"::{request.place}"] if request.name else []
    if request.certificate:
        return [*words, "--cacert", request.certificate]
    return words if request.verified or not request.probe.tls else [*words, "-k"]


def as_fetch(request: ConsoleRequest) -> str:
    """JavaScript for the console of a page that may make this call.

    Raises ValueError with the reason, and what helps, if a browser lets no listed page make it.
    """
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
    words += ["-SkipCertificateCheck"] if request.probe.tls and not _known_anyway(request) else []
    words += ["-Headers", f"@{{ {pairs} }}"] if pairs else []
    words += ["-Body", _single(request.body)] if request.body else []
    return " ".join(words)


def _single(text: str) -> str:
    """A PowerShell string in which nothing is expanded; PowerShell knows four apostrophes besides the one of ASCII."""
    doubled = "".join(ch * 2 if ch in "'\u2018\u2019\u201a\u201b" else ch for ch in text)
    return f"'{doubled}'"


def as_python(request: ConsoleRequest) -> str:
    """A Python program without other packages."""
    body = f"{request.body!r}.encode()" if request.body else "None"
    trust, context = _python_trust(request)
    lines = [
        f"import {'ssl, ' if context else ''}urllib.request",
        *trust,
        f"request = urllib.request.Request({request.url!r}, data={body},",
        f"    headers={dict(request.headers)!r}, method={request.method!r})",
        f"with urllib.request.urlopen(request{context}) as answer:",
        "    print(answer.status, answer.headers, answer.read().decode())",
    ]
    return "\n".join(lines)


def _known_anyway(request: ConsoleRequest) -> bool:
    """Whether the certificate is accepted without further options."""
    return request.verified and not (request.certificate or request.name)


def _python_trust(request: ConsoleRequest) -> tuple[list[str], str]:
    """Lines that create a context for TLS, and the argument that passes it on. Python can only call by the address."""
    if not request.probe.tls or _known_anyway(request):
        return [], ""
    if request.name or not request.certificate:
        return [], ", context=ssl._create_unverified_context()"
    made = f"trust = ssl.create_default_context(cafile={request.certificate!r})"
    # The named certificate is trusted by itself, even if another one signed it.
    return [made, "trust.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN"], ", context=trust"


FORMS = {"curl": as_curl, "fetch": as_fetch, "PowerShell": as_powershell, "Python": as_python}
"""The formats a request can be copied in."""
