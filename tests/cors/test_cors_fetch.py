"""Rule by rule: each scenario is decided by the rule it was made for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cors.random_cases import make
from tests.support.each import each
from wizard.cors.cases import read_case
from wizard.cors.exchange import CallingPage, Exchange, PageRequest, RecordedHop, Response, WireRequest
from wizard.cors.fetch import Verdict, evaluate, fetch
from wizard.cors.profile import CHROMIUM
from wizard.cors.rules import rules
from wizard.cors.safelist import unsafe_names

PAGE = "https://app.example"
API = "https://api.example/v1"
ACAO, ACAC = "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials"
ACAM, ACAH, ACEH = (
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
)
OK = Response(200, ((ACAO, PAGE),))
STAR = Response(200, ((ACAO, "*"),))
PERMIT = Response(204, ((ACAO, PAGE), (ACAM, "PUT"), (ACAH, "content-type, x-a")))


@dataclass
class Server:
    """Answers by address, and keeps what arrived."""

    answers: dict[str, Response | None]
    permission: Response | None = PERMIT
    seen: list[WireRequest] = field(default_factory=list)

    def __call__(self, request: WireRequest) -> Response | None:
        self.seen.append(request)
        return self.permission if request.preflight else self.answers.get(request.url, OK)


def redirect(place: str, status: int = 302) -> Response:
    return Response(status, ((ACAO, PAGE), ("Location", place)))


def ask(
    request: PageRequest | None = None,
    response: Response | None = OK,
    permission: Response | None = PERMIT,
    page: CallingPage | None = None,
    profile: str = "standard",
) -> Verdict:
    request = request or PageRequest(API)
    server = Server({request.url: response}, permission)
    return fetch(page or CallingPage(PAGE), request, server, profile)


PUT = PageRequest(API, method="PUT")
JSON = PageRequest(API, method="POST", headers=(("Content-Type", "application/json"),), body="{}")
COOKIES = PageRequest(API, credentials="include")
NO_CORS = PageRequest(API, mode="no-cors")

SCENARIOS: dict[str, Verdict] = {
    "same-origin": ask(PageRequest("/x")),
    "origin-named": ask(),
    "wildcard": ask(response=STAR),
    "local-url": ask(PageRequest("data:text/plain,x")),
    "no-cors": ask(NO_CORS),
    "manual-redirect": ask(PageRequest(API, redirect="manual"), redirect("/2")),
    "invalid-url": ask(PageRequest("http://[")),
    "url-credentials": ask(PageRequest("https://u:p@api.example/")),
    "url-scheme": ask(PageRequest("ftp://api.example/")),
    "invalid-method": ask(PageRequest(API, method="G T")),
    "forbidden-method": ask(PageRequest(API, method="trace")),
    "invalid-header": ask(PageRequest(API, headers=(("X A", "1"),))),
    "invalid-mode": ask(PageRequest(API, mode="navigate")),
    "body-with-get": ask(PageRequest(API, body="x")),
    "no-cors-method": ask(replace(NO_CORS, method="PUT")),
    "no-cors-redirect-mode": ask(replace(NO_CORS, redirect="manual")),
    "mode-same-origin": ask(PageRequest(API, mode="same-origin")),
    "bad-port": ask(PageRequest("https://api.example:6000/")),
    "mixed-content": ask(PageRequest("http://api.example/")),
    "local-network-access": ask(
        PageRequest("http://localhost:8501/"), page=CallingPage(PAGE, space="public"), profile="chromium"
    ),
    "preflight-no-answer": ask(PUT, permission=None),
    "preflight-missing-allow-origin": ask(PUT, permission=Response(204)),
    "preflight-allow-origin-mismatch": ask(PUT, permission=Response(204, ((ACAO, PAGE + "/"),))),
    "preflight-wildcard-with-credentials": ask(
        replace(PUT, credentials="include"), permission=Response(204, ((ACAO, "*"), (ACAC, "true"), (ACAM, "PUT")))
    ),
    "preflight-allow-credentials-not-true": ask(replace(PUT, credentials="include")),
    "preflight-status": ask(PUT, permission=replace(PERMIT, status=401)),
    "preflight-methods-unparsable": ask(PUT, permission=Response(204, ((ACAO, PAGE), (ACAM, "GET PUT")))),
    "preflight-headers-unparsable": ask(JSON, permission=Response(204, ((ACAO, PAGE), (ACAH, "content-type: x")))),
    "preflight-method-not-allowed": ask(replace(PUT, method="DELETE")),
    "preflight-authorization-not-listed": ask(
        PageRequest(API, headers=(("Authorization", "Bearer t"),)),
        permission=Response(204, ((ACAO, PAGE), (ACAH, "*"))),
    ),
    "preflight-header-not-allowed": ask(PageRequest(API, headers=(("X-B", "1"),))),
    "no-answer": ask(response=None),
    "response-missing-allow-origin": ask(response=Response(500)),
    "response-allow-origin-mismatch": ask(response=Response(200, ((ACAO, PAGE), (ACAO, PAGE)))),
    "response-wildcard-with-credentials": ask(COOKIES, STAR),
    "response-allow-credentials-not-true": ask(COOKIES, Response(200, ((ACAO, PAGE), (ACAC, "True")))),
    "cross-origin-resource-policy": ask(NO_CORS, Response(200, (("Cross-Origin-Resource-Policy", "same-origin"),))),
    "redirect-mode-error": ask(PageRequest(API, redirect="error"), redirect("/2")),
    "redirect-location": ask(response=redirect("http://[")),
    "redirect-scheme": ask(response=redirect("data:,x")),
    "redirect-limit": ask(response=redirect(API)),
    "redirect-userinfo": ask(response=redirect("https://u:p@api.example/2")),
    "redirect-stream": ask(
        PageRequest(API, method="POST", stream=True), redirect("/2", 307), Response(204, ((ACAO, PAGE),))
    ),
}


def test_there_is_a_scenario_for_every_rule() -> None:
    assert list(SCENARIOS) == list(rules())


@each((rule,) for rule in SCENARIOS)
def test_the_rule_decides_its_scenario(rule: str) -> None:
    verdict = SCENARIOS[rule]
    assert verdict.rule == rule
    assert verdict.verdict == rules()[rule].verdict
    assert verdict.cause == (rule if verdict.verdict == "blocked" else None)
    assert verdict.explanation.endswith(".")
    failed = [hop.rule for hop in verdict.hops if hop.rule]
    assert failed == ([rule] if verdict.verdict == "blocked" and verdict.hops else [])


@pytest.mark.parametrize(
    "rule", [rule for rule, v in SCENARIOS.items() if v.verdict == "blocked" and not v.hops] + ["local-url"]
)
def test_what_is_refused_beforehand_sends_nothing(rule: str) -> None:
    assert not SCENARIOS[rule].preflight_sent
    assert not SCENARIOS[rule].actual_sent


@pytest.mark.parametrize("rule", [rule for rule in SCENARIOS if rule.startswith("response-")])
def test_an_unreadable_answer_has_still_been_worked_for(rule: str) -> None:
    assert SCENARIOS[rule].actual_sent


# --- what goes over the wire


def wire(
    request: PageRequest, page: CallingPage | None = None, answers: dict[str, Response | None] | None = None
) -> Server:
    server = Server({} if answers is None else answers, Response(204, ((ACAO, "*"), (ACAM, "*"), (ACAH, "*"))))
    fetch(page or CallingPage(PAGE), request, server)
    return server


def test_the_preflight_asks_in_lower_case_sorted_and_without_cookies() -> None:
    headers = (("X-B", "1"), ("Content-Type", "application/json"), ("X-A", "1"), ("Accept", "*/*"))
    request = PageRequest(API, method="POST", headers=headers, body="{}", credentials="include")
    first = wire(request).seen[0]
    assert (first.method, first.preflight, first.credentials) == ("OPTIONS", True, False)
    assert first.header("access-control-request-method") == "POST"
    assert first.header("access-control-request-headers") == "content-type,x-a,x-b"
    assert first.header("origin") == PAGE
    assert first.header("x-a") is None


def test_forbidden_headers_are_dropped_and_methods_put_into_capitals() -> None:
    headers = (("Cookie", "a"), ("Sec-X", "1"), ("Proxy-X", "1"), ("Origin", "x"), ("X-HTTP-Method", "trace"))
    (only,) = wire(PageRequest(API, method="post", headers=headers)).seen
    assert only.method == "POST"
    assert {name.lower() for name, _ in only.headers} == {"origin", "sec-fetch-site"}
    assert only.header("origin") == PAGE


def test_patch_is_sent_as_written() -> None:
    assert wire(PageRequest(API, method="patch")).seen[0].header("access-control-request-method") == "patch"


def test_no_cors_removes_the_headers_that_would_need_permission() -> None:
    headers = (("Authorization", "x"), ("Content-Type", "application/json"), ("Range", "bytes=0-1"), ("Accept", "a"))
    (only,) = wire(PageRequest(API, mode="no-cors", method="POST", headers=headers, body="{}")).seen
    assert only.header("authorization") is None
    assert only.header("range") is None
    assert only.header("content-type") == "text/plain;charset=UTF-8"
    assert only.header("accept") == "a"
    assert only.header("origin") == PAGE


def test_origin_is_sent_across_origins_and_with_what_is_no_get() -> None:
    assert wire(PageRequest("/x")).seen[0].header("origin") is None
    assert wire(PageRequest("/x", method="POST")).seen[0].header("origin") == PAGE
    assert wire(NO_CORS).seen[0].header("origin") is None
    assert wire(PageRequest(API)).seen[0].header("origin") == PAGE


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://app.example/x", "same-origin"),
        ("https://app.example:8443/x", "same-site"),
        ("https://www.app.example/x", "same-site"),
        ("https://api.example/x", "cross-site"),
        ("http://localhost:8501/x", "cross-site"),
    ],
)
def test_sec_fetch_site(url: str, site: str) -> None:
    assert wire(PageRequest(url)).seen[0].header("sec-fetch-site") == site


def test_sec_fetch_site_is_not_sent_to_plain_http_names() -> None:
    page = CallingPage("http://app.example")
    for url in ("http://api.example/", "http://0.0.0.0:8501/"):
        assert wire(PageRequest(url), page).seen[0].header("sec-fetch-site") is None


@pytest.mark.parametrize(
    ("credentials", "own", "other"),
    [("omit", False, False), ("same-origin", True, False), ("include", True, True)],
)
def test_cookies_by_credentials_mode(credentials: str, own: bool, other: bool) -> None:
    request = PageRequest("/x", credentials=credentials)  # type: ignore[arg-type]
    assert wire(request).seen[0].credentials == own
    assert wire(replace(request, url=API)).seen[0].credentials == other


def test_a_file_page_sends_null() -> None:
    assert wire(PageRequest(API), CallingPage("file://")).seen[0].header("origin") == "null"


# --- redirects


def test_after_a_third_origin_the_page_is_null() -> None:
    third = "https://third.example/"
    server = wire(PageRequest(API), answers={API: redirect(third), third: Response(200, ((ACAO, "null"),))})
    assert [request.header("origin") for request in server.seen] == [PAGE, "null"]
    own = f"{PAGE}/back"
    assert fetch(CallingPage(PAGE), PageRequest(API), Server({API: redirect(own), own: OK})).cause == (
        "response-allow-origin-mismatch"
    )


def test_from_the_own_site_to_the_target_the_origin_stays() -> None:
    server = wire(PageRequest("/x"), answers={f"{PAGE}/x": redirect(API)})
    assert [request.header("origin") for request in server.seen] == [None, PAGE]


def test_authorization_is_dropped_when_the_origin_changes_and_other_headers_are_not() -> None:
    request = PageRequest(API, headers=(("Authorization", "t"), ("X-A", "1")))
    third = "https://third.example/"
    permit = Response(204, ((ACAO, "*"), (ACAH, "authorization, x-a")))
    server = Server({API: Response(307, ((ACAO, "*"), ("Location", third)))}, permit)
    fetch(CallingPage(PAGE), request, server)
    actual = [sent for sent in server.seen if not sent.preflight]
    assert [sent.header("authorization") for sent in actual] == ["t", None]
    assert [sent.header("x-a") for sent in actual] == ["1", "1"]


@pytest.mark.parametrize(
    ("method", "status", "then"),
    [
        ("POST", 301, "GET"),
        ("POST", 302, "GET"),
        ("POST", 303, "GET"),
        ("PUT", 303, "GET"),
        ("HEAD", 303, "HEAD"),
        ("PUT", 301, "PUT"),
        ("POST", 307, "POST"),
        ("POST", 308, "POST"),
    ],
)
def test_the_method_after_a_redirect(method: str, status: int, then: str) -> None:
    body = None if method == "HEAD" else "{}"
    request = PageRequest(API, method=method, headers=(("Content-Type", "application/json"),), body=body)
    second = "https://api.example/2"
    server = wire(request, answers={API: Response(status, ((ACAO, "*"), ("Location", "2"))), second: STAR})
    last = server.seen[-1]
    assert (last.url, last.method, last.preflight) == (second, then, False)
    assert (last.header("content-type") is None) == (then != method)


def test_twenty_redirects_are_followed() -> None:
    chain: dict[str, Response | None] = {
        f"https://api.example/{n}": Response(302, ((ACAO, "*"), ("Location", str(n + 1)))) for n in range(20)
    }
    chain["https://api.example/20"] = STAR
    assert fetch(CallingPage(PAGE), PageRequest("https://api.example/0"), Server(chain)).verdict == "allowed"
    chain["https://api.example/20"] = Response(302, ((ACAO, "*"), ("Location", "21")))
    assert fetch(CallingPage(PAGE), PageRequest("https://api.example/0"), Server(chain)).cause == "redirect-limit"


# --- preflight or not


@pytest.mark.parametrize(
    ("name", "value", "simple"),
    [
        ("Accept", "a" * 128, True),
        ("Accept", "a" * 129, False),
        ("Accept", "a\tb", True),
        ("Accept", "a\x01b", False),
        ("Accept", "a:b", False),
        ("Accept-Language", "de-DE,de;q=0.9", True),
        ("Accept-Language", "en_US", False),
        ("Content-Language", "@", False),
        ("Content-Type", "text/plain; application/json", True),
        ("Content-Type", "TEXT/PLAIN", True),
        ("Content-Type", 'multipart/form-data; boundary="x"', False),
        ("Content-Type", "text/plain" + ";" + "x" * 117, True),
        ("Content-Type", "text/plain" + ";" + "x" * 118, False),
        ("Content-Type", "", False),
        ("Content-Type", "text", False),
        ("Range", "bytes=1-2", True),
        ("Range", "bytes=5-", True),
        ("Range", "bytes=2-1", False),
        ("Range", "bytes=-5", False),
        ("Range", "bytes=1-2,4-5", False),
        ("Authorization", "t", False),
    ],
)
def test_safelisted_headers(name: str, value: str, simple: bool) -> None:
    assert (unsafe_names([(name, value)]) == ()) == simple


def test_beyond_1024_bytes_in_all_every_header_needs_permission() -> None:
    just = [("Accept", "a" * 128)] * 8
    assert unsafe_names(just) == ()
    assert unsafe_names([*just, ("Accept-Language", "d")]) == ("accept", "accept-language")


def test_an_upload_listener_brings_a_preflight() -> None:
    request = PageRequest(API, method="POST", body="x", xhr=True)
    assert not ask(request).preflight_sent
    assert ask(replace(request, upload_listener=True)).preflight_sent


@pytest.mark.parametrize(
    ("body_type", "asks"), [(None, False), ("", False), ("text/plain", False), ("image/png", True)]
)
def test_the_body_brings_its_type(body_type: str | None, asks: bool) -> None:
    assert ask(PageRequest(API, method="POST", body="x", body_type=body_type)).preflight_sent == asks


# --- Chromium


def test_chromium_counts_authorization_under_the_wildcard_but_not_with_credentials() -> None:
    request = PageRequest(API, headers=(("Authorization", "t"),))
    permit = Response(204, ((ACAO, PAGE), (ACAC, "true"), (ACAH, "*")))
    assert ask(request, permission=permit, profile="chromium").verdict == "allowed"
    cookies = replace(request, credentials="include")
    assert ask(cookies, permission=permit, profile="chromium").cause == "preflight-authorization-not-listed"


def test_chromium_ignores_a_user_agent() -> None:
    request = PageRequest(API, headers=(("User-Agent", "me"),))
    assert ask(request, permission=None).cause == "preflight-no-answer"
    assert ask(request, permission=None, profile="chromium").verdict == "allowed"


@pytest.mark.parametrize(
    ("page", "verdict"),
    [
        (CallingPage("null", kind="data"), "blocked"),
        (CallingPage("null", kind="sandboxed"), "allowed"),
        (CallingPage(PAGE, space="public"), "blocked"),
        (CallingPage(PAGE, space="public", permission=True), "allowed"),
        (CallingPage("http://app.example", space="public", permission=False), "blocked"),
        (CallingPage("http://192.168.1.5", space="local"), "allowed"),
        (CallingPage(PAGE), "allowed"),
    ],
)
def test_local_network_access(page: CallingPage, verdict: str) -> None:
    request = PageRequest("http://127.0.0.1:8501/")
    found = ask(request, STAR, page=page, profile="chromium")
    assert (found.verdict, found.actual_sent) == (verdict, verdict == "allowed")
    assert ask(request, STAR, page=page).verdict == "allowed"


def test_mixed_content_spares_loopback() -> None:
    for host in ("localhost", "127.0.0.1", "[::1]", "a.localhost"):
        assert ask(PageRequest(f"http://{host}:8501/")).verdict == "allowed"
    assert ask(PageRequest("http://192.168.1.5/")).cause == "mixed-content"
    assert ask(PageRequest("http://0.0.0.0/")).cause == "mixed-content"
    assert ask(PageRequest("http://0.0.0.0/"), profile="chromium").verdict == "allowed"


# --- properties

ORIGINS = {"P": PAGE, "T": "https://api.example", "S": "https://app.example:8443", "U": "https://third.example"}
EXCHANGES = st.integers(0, 10**9).map(lambda seed: read_case(make(seed, 1, ORIGINS)[0]))


def with_origin(response: Response | None, value: str, credentials: bool) -> Response | None:
    if response is None:
        return None
    kept = [pair for pair in response.headers if pair[0].lower() not in (ACAO.lower(), ACAC.lower())]
    added = [(ACAO, value), *([(ACAC, "true")] if credentials else [])]
    return replace(response, headers=(*kept, *added))


def rewritten(exchange: Exchange, value: str, credentials: bool) -> Exchange:
    hops = (
        RecordedHop(
            hop.url, with_origin(hop.preflight, value, credentials), with_origin(hop.response, value, credentials)
        )
        for hop in exchange.hops
    )
    return replace(exchange, hops=tuple(hops))


@given(EXCHANGES, st.sampled_from(["standard", "chromium"]))
def test_naming_the_page_exactly_never_takes_an_answer_away(exchange: Exchange, profile: str) -> None:
    before = evaluate(exchange, profile)
    if any(hop.request.header("origin") == "null" != exchange.page.origin for hop in before.hops):
        return  # after a third origin the page is null, and its own name is wrong
    after = evaluate(rewritten(exchange, exchange.page.origin, True), profile)
    if before.verdict != "blocked":
        assert after.verdict == before.verdict


@given(EXCHANGES)
def test_removing_the_permission_lets_no_page_read_across_origins(exchange: Exchange) -> None:
    hops = tuple(RecordedHop(hop.url, None, hop.response and Response(hop.response.status)) for hop in exchange.hops)
    verdict = evaluate(replace(exchange, hops=hops))
    assert verdict.rule in ("same-origin", "no-cors", "manual-redirect") or verdict.verdict == "blocked"


@given(EXCHANGES)
def test_what_is_readable_with_credentials_is_so_without(exchange: Exchange) -> None:
    with_cookies = evaluate(replace(exchange, request=replace(exchange.request, credentials="include")))
    without = evaluate(replace(exchange, request=replace(exchange.request, credentials="omit")))
    if with_cookies.verdict == "allowed":
        assert without.verdict == "allowed"


@given(EXCHANGES, st.sampled_from(["standard", "chromium"]))
def test_a_verdict_agrees_with_its_own_hops(exchange: Exchange, profile: str) -> None:
    verdict = evaluate(exchange, profile)
    assert verdict.preflight_sent == any(hop.request.preflight for hop in verdict.hops)
    assert verdict.actual_sent == any(not hop.request.preflight for hop in verdict.hops)
    assert verdict.verdict == rules()[verdict.rule].verdict
    if verdict.verdict == "allowed" and verdict.hops:
        last = verdict.hops[-1]
        assert not last.request.preflight
        assert last.response is not None
    for hop in verdict.hops:
        if hop.request.preflight:
            assert not hop.request.credentials


@given(EXCHANGES)
def test_chromiums_switches_only_loosen_what_they_name(exchange: Exchange) -> None:
    off: dict[str, Any] = {name: False for name in CHROMIUM.__slots__ if name != "name"}
    plain = replace(CHROMIUM, **off)
    assert evaluate(exchange, plain) == evaluate(exchange, "standard")
