"""A page's request, judged as a browser does: the CORS protocol of the Fetch standard, hop by hop.

Pure: the server is a function from the request on the wire to the answer. The code uses the standard's own terms; it is
tested against the recorded cases in tests/data/cors_cases.json and a live Chromium.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from wizard.cors import network
from wizard.cors.checks import cors_check, preflight_check, resource_policy_check
from wizard.cors.exchange import Answer, CallingPage, Exchange, PageRequest, Response, WireRequest
from wizard.cors.headers import BODY_HEADERS, Headers
from wizard.cors.profile import Profile, profile_named
from wizard.cors.request import Prepared, Stop, prepare
from wizard.cors.rules import VerdictKind, explain, rules
from wizard.cors.safelist import CLIENT_HINTS, SAFE_METHODS, unsafe_names
from wizard.cors.urls import Url, parse

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 20


@dataclass(frozen=True, slots=True)
class Hop:
    """One request on the wire and its answer. `rule` is the rule that failed here, "" if none did."""

    request: WireRequest
    response: Response | None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the page gets, and why."""

    verdict: VerdictKind
    preflight_sent: bool
    actual_sent: bool
    """Whether a request other than a preflight reached a server, which then carried it out, whatever the verdict."""
    rule: str
    """The rule that decided, also for allowed requests; its text is in `rules.rules()`."""
    explanation: str
    hops: tuple[Hop, ...]

    @property
    def cause(self) -> str | None:
        """The rule that blocked, None if nothing did."""
        return self.rule if self.verdict == "blocked" else None


def evaluate(exchange: Exchange, profile: str | Profile = "standard") -> Verdict:
    """Judge a recorded exchange."""
    return fetch(exchange.page, exchange.request, exchange.answer, profile)


def fetch(page: CallingPage, request: PageRequest, answer: Answer, profile: str | Profile = "standard") -> Verdict:
    """Judge a request of a page to a server that answers with `answer`. WizardError for an unknown profile."""
    return _Fetch(page, request, answer, profile_named(profile)).run()


class _Fetch:
    """The standard's request while it is being processed."""

    def __init__(self, page: CallingPage, request: PageRequest, answer: Answer, profile: Profile) -> None:
        # What new URL() says of a file: page is not what it sends.
        self.page = replace(page, origin="null", kind="file") if page.origin == "file://" else page
        self.request = request
        self.answer = answer
        self.profile = profile
        self.include = request.credentials == "include"
        self.tainting = "basic"
        self.urls: list[Url] = []
        self.method = ""
        self.headers: Headers = ()
        self.hops: list[Hop] = []

    def run(self) -> Verdict:
        try:
            self._main(prepare(self.page, self.request, self.profile))
        except Stop as stop:
            return self._verdict(stop)
        raise AssertionError("a request ends with a rule")

    def _verdict(self, stop: Stop) -> Verdict:
        rule = rules()[stop.rule]
        if self.hops and rule.verdict == "blocked":
            last = self.hops[-1]
            self.hops[-1] = Hop(last.request, last.response, stop.rule)
        facts = {"origin": self.page.origin, "url_origin": self.urls[-1].origin if self.urls else "", **stop.facts}
        return Verdict(
            verdict=rule.verdict,
            preflight_sent=any(hop.request.preflight for hop in self.hops),
            actual_sent=any(not hop.request.preflight for hop in self.hops),
            rule=stop.rule,
            explanation=explain(stop.rule, facts),
            hops=tuple(self.hops),
        )

    def _main(self, start: Prepared) -> None:
        self.method, self.headers = start.method, start.headers
        url: Url | None = start.url
        while url is not None:
            self.urls.append(url)
            url = self._hop(url, start)

    def _hop(self, url: Url, start: Prepared) -> Url | None:
        """One iteration of the standard's "main fetch"; returns the next address after a redirect.

        Raises Stop at the end.
        """
        network.before_connecting(self.page, url, self.profile)
        if not (self.tainting == "basic" and url.origin == self.page.origin != "null"):
            self._leave_origin(url, start.mode)
        network.local_network(self.page, url, self.profile)
        if self.tainting == "cors":
            self._preflight(url, start.force_preflight)
        response = self._send(url, self.method, self.headers, False)
        if response is None:
            raise Stop("no-answer")
        passed = {"basic": "same-origin", "opaque": "no-cors"}.get(self.tainting, "")
        if self.tainting == "cors":
            passed = cors_check("response", response, self._origin(), self.include)
        elif self.tainting == "opaque":
            resource_policy_check(response, self.page.origin, url.origin)
        if response.status in _REDIRECTS:
            target = self._redirect_target(url, response)
            if target is not None:
                return self._follow(url, target, response, start)
        raise Stop(passed, value=self._origin())

    def _leave_origin(self, url: Url, mode: str) -> None:
        """The request goes, or earlier went, to an origin that is not the page's."""
        if url.scheme == "data" or (url.scheme == "blob" and url.origin == self.page.origin):
            raise Stop("local-url")
        if mode == "same-origin":
            raise Stop("mode-same-origin")
        if mode == "no-cors" and self.request.redirect != "follow":
            raise Stop("no-cors-redirect-mode")
        if not url.is_http:
            raise Stop("url-scheme", scheme=url.scheme)
        self.tainting = "opaque" if mode == "no-cors" else "cors"

    def _origin(self) -> str:
        """The Origin header: "null" after a redirect from one foreign origin to another."""
        previous = self.page.origin
        for url in self.urls:
            if url.origin != previous != self.page.origin:
                return "null"
            previous = url.origin
        return self.page.origin

    def _preflight(self, url: Url, force: bool) -> None:
        names = unsafe_names(self.headers, self.profile.client_hints_safelisted)
        if not (force or names or self.method not in SAFE_METHODS):
            return
        asked: list[tuple[str, str]] = [("Access-Control-Request-Method", self.method)]
        if names:
            asked.append(("Access-Control-Request-Headers", ",".join(names)))
        response = self._send(url, "OPTIONS", tuple(asked), True)
        if response is None:
            raise Stop("preflight-no-answer")
        preflight_check(response, self.method, names, self._origin(), self.include, self.profile)

    def _send(self, url: Url, method: str, headers: Headers, preflight: bool) -> Response | None:
        sent = list(headers)
        if self.tainting == "cors" or (method not in ("GET", "HEAD")):
            sent.append(("Origin", self._origin()))
        site = network.sec_fetch_site(self.page.origin, self.urls)
        if site:
            sent.append(("Sec-Fetch-Site", site))
        same = self.tainting == "basic" and self.request.credentials == "same-origin"
        request = WireRequest(
            url=url.href,
            method=method,
            headers=tuple(sent),
            preflight=preflight,
            hop=len(self.urls) - 1,
            credentials=not preflight and (self.include or same),
        )
        response = self.answer(request)
        self.hops.append(Hop(request, response))
        return response

    def _redirect_target(self, url: Url, response: Response) -> Url | None:
        places = {value.strip(" \t") for name, value in response.headers if name.lower() == "location"}
        target = parse(next(iter(places)), url.href) if len(places) == 1 else None
        mode = self.request.redirect
        if self.profile.redirect_needs_location:
            if places <= {""} and mode != "manual":
                return None
            if places and target is None:
                mode = "follow"
        if mode == "error":
            raise Stop("redirect-mode-error")
        if mode == "manual":
            raise Stop("manual-redirect")
        if places and target is None:
            raise Stop("redirect-location", value=" and ".join(sorted(places)))
        return target

    def _follow(self, url: Url, target: Url, response: Response, start: Prepared) -> Url:
        """The standard's "HTTP-redirect fetch"."""
        if not target.is_http:
            raise Stop("redirect-scheme", scheme=target.scheme)
        if len(self.urls) > _MOST_REDIRECTS:
            raise Stop("redirect-limit")
        foreign = start.mode == "cors" and target.origin != self.page.origin
        strict = self.profile.refuses_redirect_userinfo and not self.request.xhr
        if target.userinfo and (foreign or self.tainting == "cors" or strict):
            raise Stop("redirect-userinfo")
        if self.request.stream and response.status != 303:
            raise Stop("redirect-stream")
        to_get = (response.status in (301, 302) and self.method == "POST") or (
            response.status == 303 and self.method not in ("GET", "HEAD")
        )
        dropped: frozenset[str] = BODY_HEADERS if to_get else frozenset()
        self.method = "GET" if to_get else self.method
        if target.origin != url.origin:
            dropped |= {"authorization"}
            dropped |= CLIENT_HINTS if self.profile.client_hints_safelisted else set()
        self.headers = tuple(pair for pair in self.headers if pair[0].lower() not in dropped)
        return target
