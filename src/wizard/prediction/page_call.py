"""The call that a page is told to make, judged like a browser would before anybody is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from wizard.cors.exchange import CallingPage, PageRequest
from wizard.cors.fetch import Verdict, fetch
from wizard.cors.rules import rules
from wizard.deployment import Deployment, Endpoint
from wizard.deployment.common_remedies import SELF_SIGNED, SELF_SIGNED_AT_GATEWAY
from wizard.deployment.finding import Remedy
from wizard.harmless import json_text
from wizard.placement.resolve import patched
from wizard.prediction.answer import usual_request
from wizard.prediction.browser import replies

TOKEN = "TOKEN"
"""Stands in a snippet for the token."""
_ANY_PAGE = ("https://page.example", "http://page.example")
"""If every origin may read, one page of each scheme stands for all."""
_ELSEWHERE = "192.0.2.1"
"""An address that is not the browser's own computer (RFC 5737)."""
_MOST_FAULTS = 5
"""Maximum number of obstacles to one call that are removed."""
_USUAL_PORT = 18080
"""A port that browsers connect to; they refuse some others."""


@dataclass(frozen=True, slots=True)
class PageCall:
    """A request of a page, and what the browser makes of it."""

    page: str
    """The page's origin."""
    request: PageRequest
    verdict: Verdict

    @property
    def status(self) -> int:
        """The status that answers the request itself; 0 = it is not sent."""
        last = self.verdict.hops[-1] if self.verdict.hops else None
        return last.response.status if last and last.response and not last.request.preflight else 0

    @property
    def works(self) -> bool:
        """Whether the page gets the answer, and the answer is not an error."""
        return self.verdict.verdict == "allowed" and 200 <= self.status < 300

    @property
    def problem(self) -> str:
        """Why it does not work, in one or two sentences; "" if it works."""
        if self.works:
            return ""
        return f"The answer is {self.status}." if self.verdict.verdict == "allowed" else self.verdict.explanation

    @property
    def instead(self) -> str:
        """The advice of the rule that refused it; "" if none did."""
        return "" if self.works else rules()[self.verdict.rule].instead


def pages_of(endpoint: Endpoint) -> tuple[str, ...]:
    """The origins whose pages may read its answers; for any origin, one https page and one http page."""
    return _ANY_PAGE if endpoint.cors.origins == ("*",) else endpoint.cors.origins


def usual_call(deployment: Deployment, endpoint: Endpoint, samples: Mapping[str, str] | None = None) -> PageRequest:
    """A request from a page that shows that the API works: with the token if one is needed, and with cookies if
    allowed."""
    asked, body = usual_request(deployment, endpoint, samples or {})
    headers = [(name.title(), value) for name, value in asked.headers]
    if asked.token != "none":
        headers.append(("Authorization", f"Bearer {TOKEN}"))
    return PageRequest(
        endpoint.url + asked.path,
        asked.method,
        tuple(headers),
        body or None,
        credentials="include" if endpoint.cors.credentials else "same-origin",
    )


def call(deployment: Deployment, endpoint: Endpoint, page: str, request: PageRequest) -> PageCall:
    """Judge a call by its predicted answers."""
    return PageCall(page, request, fetch(CallingPage(page), request, replies(deployment, endpoint)))


def calls(deployment: Deployment, endpoint: Endpoint, request: PageRequest) -> tuple[PageCall, ...]:
    """The call from every page that may read the answers."""
    return tuple(call(deployment, endpoint, page, request) for page in pages_of(endpoint))


def elsewhere(request: PageRequest) -> PageRequest:
    """The same from a browser on another computer, which calls this machine by another address."""
    parts = urlsplit(request.url)
    return replace(request, url=request.url.replace(parts.netloc, f"{_ELSEWHERE}:{parts.port}", 1))


def fix(deployment: Deployment, endpoint: Endpoint, failed: PageCall, everywhere: bool = False) -> tuple[Remedy, ...]:
    """The change to the Plan after which the browser allows the call; () if none was found.

    `everywhere`: from other computers too. Obstacles are removed one after another.
    """
    found: dict[str, Any] = {}
    labels: list[str] = []
    for _ in range(_MOST_FAULTS):
        step = next(_mending(deployment, endpoint, failed, found, everywhere), None)
        if step is None:
            break
        remedy, failed = step
        found |= dict(remedy.patch)
        labels.append(remedy.label if not labels else remedy.label[:1].lower() + remedy.label[1:])
        if failed.works:
            return (Remedy(" and ".join(labels), tuple(found.items())),)
    return ()


def _mending(
    deployment: Deployment, endpoint: Endpoint, failed: PageCall, before: dict[str, Any], everywhere: bool
) -> Iterator[tuple[Remedy, PageCall]]:
    """Changes after which the call works or is refused by another rule, and the resulting call."""
    for remedy in _candidates(deployment, endpoint, failed):
        after = patched(deployment, before | dict(remedy.patch))
        there = after.endpoint(endpoint.api) if after is not None else None
        if after is None or there is None or not there.url or failed.page not in pages_of(there):
            continue
        wanted = usual_call(after, there)
        again = call(after, there, failed.page, elsewhere(wanted) if everywhere else wanted)
        if again.works or again.problem != failed.problem:
            yield remedy, again


def _candidates(deployment: Deployment, endpoint: Endpoint, failed: PageCall) -> Iterator[Remedy]:
    """Changes that may help against the rule that refused the call."""
    rule, key = failed.verdict.rule, f"cors.{endpoint.api}."
    if rule in ("preflight-header-not-allowed", "preflight-authorization-not-listed"):
        allowed = deployment.plan.cors_rule(endpoint.api).headers
        lacking = [name.lower() for name, _ in failed.request.headers if name.lower() not in allowed]
        yield Remedy(f"Let pages send {' and '.join(lacking)}", ((f"{key}headers", [*allowed, *lacking]),))
    elif rule == "mixed-content":
        yield SELF_SIGNED
        yield SELF_SIGNED_AT_GATEWAY
    elif rule == "bad-port":
        yield Remedy(f"Use port {_USUAL_PORT}", ((f"bind.{endpoint.api}.port", _USUAL_PORT),))
    elif "credentials" in rule:
        yield Remedy("No cookies", ((f"{key}credentials", False),))
    yield Remedy("Let the gateway answer pages", (("gateway.kind", "auto"),))


def script(request: PageRequest) -> str:
    """The call as JavaScript, for the console of a page's developer tools."""
    options: dict[str, object] = {"method": request.method, "headers": dict(request.headers)}
    if request.credentials != "same-origin":
        options["credentials"] = request.credentials
    if request.body is not None:
        options["body"] = request.body
    return f"await (await fetch({json.dumps(request.url)}, {json_text(options, compact=True)})).text()"
