"""A gateway that follows a policy, seen through the browser's rules."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.cors.exchange import Page, PageRequest, Response, WireRequest
from wizard.cors.fetch import Verdict, fetch
from wizard.cors.policy import CorsPolicy, answers_for, gateway
from wizard.cors.probes import look_alikes, origin_probes

APP, UI = "https://app.example", "http://localhost:3000"
POLICY = CorsPolicy((APP, UI), headers=("content-type", "authorization"), credentials=True, expose=("retry-after",))
API = "https://api.example/v1"
JSON = PageRequest(API, method="POST", headers=(("Content-Type", "application/json"),), body="{}")


class Backend:
    """A server that answers everything, with CORS headers of its own, and counts its work."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.runs = 0

    def __call__(self, request: WireRequest) -> Response:
        self.runs += 1
        extra = (("Access-Control-Allow-Origin", "*"), ("Set-Cookie", "a=b"), ("Retry-After", "3"), ("Vary", "x"))
        return Response(self.status, (("Content-Type", "application/json"), *extra))


def ask(page: str, request: PageRequest = JSON, policy: CorsPolicy = POLICY, status: int = 200) -> tuple[Verdict, int]:
    backend = Backend(status)
    return fetch(Page(page), request, gateway(policy, backend)), backend.runs


@pytest.mark.parametrize("page", [APP, UI])
@pytest.mark.parametrize("credentials", ["omit", "include"])
@pytest.mark.parametrize("status", [200, 401, 429, 500])
def test_listed_pages_read_every_answer_with_cookies_and_token(page: str, credentials: str, status: int) -> None:
    headers = (*JSON.headers, ("Authorization", "Bearer t"))
    request = replace(JSON, headers=headers, credentials=credentials)  # type: ignore[arg-type]
    verdict, runs = ask(page, request, status=status)
    assert (verdict.verdict, runs) == ("allowed", 1)
    assert verdict.readable_headers == ("content-type", "retry-after")


@pytest.mark.parametrize("page", ["https://evil.example", "null", *look_alikes(APP), *look_alikes(UI)])
def test_other_pages_neither_read_nor_make_the_server_work(page: str) -> None:
    simple = PageRequest(API, method="POST", body="{}")
    for request in (JSON, simple, replace(simple, mode="no-cors"), PageRequest(API, mode="no-cors")):
        verdict, runs = ask(page, request)
        assert verdict.verdict != "allowed"
        assert runs == 0


def test_callers_that_are_no_browsers_are_not_refused() -> None:
    request = WireRequest(API, "POST", (("Content-Type", "application/json"),), False, 0, False)
    assert gateway(POLICY, Backend())(request).status == 200  # type: ignore[union-attr]


def test_any_origin_reads_without_credentials_only() -> None:
    policy = CorsPolicy(("*",), credentials=True)
    assert ask("https://anyone.example", policy=policy)[0].verdict == "allowed"
    with_cookies = replace(JSON, credentials="include")
    assert ask("https://anyone.example", with_cookies, policy)[0].cause == "preflight-wildcard-with-credentials"


def test_methods_and_types_that_are_not_allowed_are_told_to_the_page() -> None:
    deleted, runs = ask(APP, replace(JSON, method="DELETE"))
    assert (deleted.cause, runs) == ("preflight-method-not-allowed", 0)
    backend = Backend()
    simple = PageRequest(API, method="POST", body="{}")
    verdict = fetch(Page(APP), simple, gateway(POLICY, backend, json_only=True))
    assert (verdict.verdict, backend.runs) == ("allowed", 0)
    assert verdict.hops[-1].response is not None
    assert verdict.hops[-1].response.status == 415


def test_a_silent_server_is_a_readable_error() -> None:
    verdict = fetch(Page(APP), JSON, gateway(POLICY, lambda _: None))
    assert verdict.verdict == "allowed"
    assert verdict.hops[-1].response is not None
    assert verdict.hops[-1].response.status == 502


ORIGINS = st.sampled_from([APP, UI, "null", "https://evil.example", "https://app.example:8443", None])


@given(ORIGINS, st.sampled_from(["GET", "OPTIONS", "POST"]), st.booleans(), st.booleans())
def test_every_answer_varies_and_names_at_most_one_listed_origin(
    origin: str | None, method: str, preflight: bool, credentials: bool
) -> None:
    headers = [("Origin", origin)] if origin else []
    if preflight:
        headers.append(("Access-Control-Request-Method", "POST"))
    policy = replace(POLICY, credentials=credentials)
    found = answers_for(policy, WireRequest(API, method, tuple(headers), False, 0, False))
    assert ("Vary", "Origin") in found
    named = [value for name, value in found if name == "Access-Control-Allow-Origin"]
    assert named == ([origin] if origin in policy.origins else [])
    assert (("Access-Control-Allow-Credentials", "true") in found) == bool(named and credentials)
    assert ("Access-Control-Max-Age" in dict(found)) == bool(named and method == "OPTIONS" and preflight)


def test_a_correct_gateway_echoes_no_origin_of_the_probes() -> None:
    for probe in origin_probes([APP, UI], seed=5):
        if probe.skipped or not probe.origins:
            continue
        request = WireRequest(API, probe.method, (("Origin", probe.origins[0]), *probe.headers), False, 0, False)
        named = dict(answers_for(POLICY, request)).get("Access-Control-Allow-Origin")
        assert named == (probe.origins[0] if probe.origins[0] in (APP, UI) else None)
