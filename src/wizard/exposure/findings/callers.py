"""Compares the named callers with the other answers: who was meant, but gets nothing.

If the Plan does not say that pages call, only one thing is reported about listed pages: that they may not send the
token.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from wizard import registry
from wizard.deployment import Caller, Deployment, Endpoint
from wizard.deployment.common_remedies import IN_DOCKER
from wizard.deployment.finding import Finding, Remedies, Remedy
from wizard.exposure.findings.folding import listed
from wizard.exposure.findings.known import finding
from wizard.placement.resolve import patched
from wizard.plan import PAGE_AUDIENCES, Plan
from wizard.prediction import page_call

SAID = {
    "me": "programs on this machine",
    "browser": "a web page on this machine",
    "web-app": "a web app in other people's browsers",
    "containers": "other containers",
    "lan": "other machines in the network",
    "internet": "anyone on the internet",
}
"""An audience in a sentence that begins with "You said that"."""
_COME_AS: dict[str, Caller] = {
    "me": "you",
    "browser": "pages",
    "web-app": "lan",
    "containers": "containers",
    "lan": "lan",
    "internet": "lan",  # by a public address of this machine, or by a port that a router forwards to it
}


_PAGE_REFUSED = "CALLERS-PAGE-REFUSED"
_CALLED = "You said that web pages will call it"
_LISTED = "Origins are listed"
_REFUSED = {
    "": "You said that web pages will call it, but the browser refuses the usual call from pages of {pages}.",
    "token": "{said}, and a token is asked for, but pages of {pages} may not send one.",
    "mixed": "You said that web apps will call it from other computers, but browsers there refuse: "
    "pages of {pages} are encrypted, and the server is not.",
}


def find(deployment: Deployment) -> Iterator[Finding]:
    """What the named callers do not get, each with the changes that give it to them."""
    for rule in (_shut_out, _pages, _cookies):
        yield from rule(deployment)


def _shut_out(deployment: Deployment) -> Iterator[Finding]:
    """Callers who cannot connect to any endpoint that predicts."""
    offers, missing = list(predicting(deployment)), _missing(deployment)
    if not offers or not missing:
        return
    open_ = [each for each in offers if each.scope != "off" and (each.protocol == "http" or missing == ["me"])]
    at = (open_ or offers)[0]
    said = f"You said that {listed([SAID[who] for who in missing])} will call it, but {_who_connects(at)}."
    remedies = Remedies(lambda: _working(deployment, _openings(deployment, at, missing)))
    yield finding("CALLERS-SHUT-OUT", api=at.api, remedies=remedies, message=said)


def _missing(deployment: Deployment) -> list[str]:
    """The named audiences that cannot connect to any endpoint that predicts."""
    offers = list(predicting(deployment))
    return [who for who in deployment.plan.audiences if not any(_connects(who, each) for each in offers)]


def come_from_elsewhere(deployment: Deployment, endpoint: Endpoint) -> bool:
    """Whether a named caller reaches this endpoint's predictions from another machine."""
    named = any(_COME_AS[who] == "lan" for who in deployment.plan.audiences)
    return named and "predict" in registry.spec(deployment.plan.server, endpoint.api).does


def predicting(deployment: Deployment) -> Iterator[Endpoint]:
    """The endpoints that answer predictions."""
    for endpoint in deployment.endpoints:
        if "predict" in registry.spec(deployment.plan.server, endpoint.api).does:
            yield endpoint


def _connects(audience: str, endpoint: Endpoint) -> bool:
    """Whether an audience can connect.

    Pages speak HTTP, and use an address of this machine. A container's own address changes at each start, so it is
    nothing a program on this machine could be told.
    """
    caller, access = _COME_AS[audience], endpoint.access
    if audience in PAGE_AUDIENCES:
        return endpoint.protocol == "http" and caller in access.address_callers
    if caller == "you":
        return access.front is not None and access.front.way(caller) not in (None, "container-address")
    return caller in access.callers


def _who_connects(endpoint: Endpoint) -> str:
    callers = endpoint.access.callers
    if endpoint.closed or not callers:
        return "nobody can connect: it is off"
    if endpoint.scope == "socket":
        return "only those with access to its socket can connect"
    if "lan" in callers:
        return "they cannot connect"
    if not endpoint.access.address_callers:
        return "its port is not published: it is for containers on its Docker network"
    return "only this machine can connect"


def _openings(deployment: Deployment, at: Endpoint, missing: list[str]) -> Iterator[Remedy]:
    """Smallest change first; last, the one that withdraws the callers."""
    key = f"bind.{at.api}."
    if {"me", "browser"} & set(missing):
        yield Remedy("Open it to this machine", ((f"{key}scope", "loopback"), (f"{key}address", "")))
    if "containers" in missing:
        yield Remedy("Open it to containers", ((f"{key}scope", "internal"), (f"{key}address", "")))
        yield IN_DOCKER
    own = [i for i in deployment.host.own_addresses if i.kind == "private" and i.family == 4]
    if len(own) == 1:
        label = f"Open it on {own[0].address} ({own[0].name})"
        yield Remedy(label, ((f"{key}scope", "interface"), (f"{key}address", own[0].address)))
    yield Remedy("Open it on every network", ((f"{key}scope", "all"), (f"{key}address", "")))
    yield _unsaid(deployment.plan, missing)


def _unsaid(plan: Plan, audiences: Sequence[str]) -> Remedy:
    rest = [who for who in plan.audiences if who not in audiences]
    return Remedy(f"{listed([SAID[who] for who in audiences]).capitalize()} will not call it", (("audiences", rest),))


def _pages(deployment: Deployment) -> Iterator[Finding]:
    """Pages that can connect, but are refused by the browser."""
    said = [who for who in deployment.plan.audiences if who in PAGE_AUDIENCES]
    for endpoint in deployment.endpoints:
        if endpoint.protocol != "http" or not endpoint.published:
            continue
        spec = registry.spec(deployment.plan.server, endpoint.api)
        asked = deployment.plan.cors_rule(endpoint.api).origins
        if said and "predict" in spec.does and spec.browser_callable and not asked:
            message = f"You said that {listed([SAID[who] for who in said])} will call it, but no origin is listed."
            yield finding("CALLERS-NO-ORIGIN", api=endpoint.api, message=message)
        elif (said or endpoint.auth != "none") and deployment.plan.models and _answers_pages(deployment, endpoint):
            yield from _refused(deployment, endpoint, said)


def _answers_pages(deployment: Deployment, endpoint: Endpoint) -> bool:
    """Whether there is a policy to judge. A missing policy that was asked for is reported as a contradiction."""
    abilities = registry.adapter(deployment.plan.server).abilities(deployment.plan.version)
    preflights = endpoint.auth != "server-token" or endpoint.served_by == "gateway" or abilities.token_preflights
    return bool(endpoint.cors.origins) and preflights


def _refused(deployment: Deployment, endpoint: Endpoint, said: Sequence[str]) -> Iterator[Finding]:
    """Each reason why listed pages cannot make the usual call, once, with the origins it applies to."""
    wanted = page_call.usual_call(deployment, endpoint)
    failed: dict[tuple[str, bool], list[page_call.PageCall]] = {}
    for call in page_call.calls(deployment, endpoint, wanted):
        if not call.works and call.verdict.rule != "mixed-content":  # it is reported as a contradiction
            failed.setdefault((call.verdict.rule, False), []).append(call)
        elif call.works and "web-app" in said and endpoint.exposure == "all":
            far = page_call.call(deployment, endpoint, call.page, page_call.elsewhere(wanted))
            if not far.works:
                failed.setdefault((far.verdict.rule, True), []).append(far)
    for (rule, everywhere), calls in failed.items():
        token = endpoint.auth != "none" and "authorization" in calls[0].problem.lower()
        variant = "mixed" if everywhere else "token" if token else ""
        if not said and not token:
            continue
        remedies = _Mending(
            () if everywhere else calls, partial(page_call.fix, deployment, endpoint, calls[0], everywhere)
        )
        pages = "any origin" if endpoint.cors.origins == ("*",) else listed([call.page for call in calls])
        yield finding(
            _PAGE_REFUSED,
            api=endpoint.api,
            remedies=remedies,
            message=_REFUSED[variant].format(pages=pages, said=_CALLED if said else _LISTED),
            why=calls[0].problem,
            variant=variant,
            subject=rule,
        )


class _Mending(Remedies):
    """The changes after which calls of pages work, and those calls as they are refused in a browser on this machine."""

    def __init__(self, refused: Sequence[page_call.PageCall], working: Callable[[], tuple[Remedy, ...]]) -> None:
        super().__init__(working)
        self.refused = refused


def refused(found: Iterable[Finding], endpoint: Endpoint) -> dict[str, page_call.PageCall]:
    """Page -> its call, for those that the findings say are refused in a browser on this machine."""
    mendings = (each.remedies for each in found if each.id == _PAGE_REFUSED and each.api == endpoint.api)
    return {call.page: call for each in mendings if isinstance(each, _Mending) for call in each.refused}


def offered(found: Iterable[Finding], endpoint: Endpoint, failed: page_call.PageCall) -> Sequence[Remedy] | None:
    """The changes that were offered for a page's failing call; None if nothing was said about it."""
    key = (_PAGE_REFUSED, endpoint.api, failed.verdict.rule)
    return next((each.remedies for each in found if each.key == key), None)


def _cookies(deployment: Deployment) -> Iterator[Finding]:
    """Pages are meant to send cookies, but nobody reads any."""
    if not PAGE_AUDIENCES & set(deployment.plan.audiences):
        return
    for endpoint in deployment.endpoints:
        if endpoint.published and endpoint.cors.credentials and endpoint.cors.origins != ("*",):
            off = Remedy("No cookies", ((f"cors.{endpoint.api}.credentials", False),))
            yield finding("CALLERS-COOKIES", api=endpoint.api, remedies=(off,))


def _working(deployment: Deployment, remedies: Iterator[Remedy]) -> tuple[Remedy, ...]:
    """The changes after which everybody who is named can connect."""
    after = ((each, patched(deployment, each.patch)) for each in remedies)
    return tuple(each for each, made in after if made is not None and not _missing(made))
