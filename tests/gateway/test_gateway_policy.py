"""The gateway's predicted answers, seen through the browser's rules: who reads, and what makes the server work."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.harness import APP, EVIL, UI
from tests.gateway.properties import alike
from wizard.cors.origin_probes import origin_probes
from wizard.deployment import Deployment, Endpoint
from wizard.gateway import answer
from wizard.placement.resolve import resolve
from wizard.plan import Plan
from wizard.prediction.browser import Judgement, judge
from wizard.servers.requests import Request

PREDICT = "/predictions/echo"
JSON = (("content-type", "application/json"),)


def deployment(**rule: Any) -> Deployment:
    rule = {"origins": [APP, UI], "headers": ["content-type", "authorization"], "credentials": True, **rule}
    return resolve(
        Plan.model_validate(
            {
                "server": "torchserve",
                "models": [{"name": "echo", "path": "/echo.mar"}],
                "bind": {"inference": {"scope": "loopback"}},
                "cors": {"inference": rule},
                "auth": {"inference": "none", "management": "none"},
                "gateway": {"kind": "nginx"},
            }
        )
    )


GATED = deployment()


def inference(made: Deployment) -> Endpoint:
    found = made.endpoint("inference")
    assert found is not None and found.served_by == "gateway"
    return found


def ask(page: str, method: str = "POST", headers: Any = JSON, cookies: bool = False, **rule: Any) -> Judgement:
    return judge(deployment(**rule) if rule else GATED, "inference", page, method, headers, cookies, PREDICT)


@pytest.mark.parametrize("page", [APP, UI])
@pytest.mark.parametrize("cookies", [True, False])
def test_listed_pages_read_answers_with_cookies_and_token(page: str, cookies: bool) -> None:
    found = ask(page, headers=(*JSON, ("authorization", "Bearer t")), cookies=cookies)
    assert (found.verdict.verdict, found.ran) == ("allowed", True)


@pytest.mark.parametrize("page", [EVIL, "null", *alike(APP), *alike(UI)])
def test_other_pages_neither_read_nor_make_the_server_work(page: str) -> None:
    for method, headers in (("POST", JSON), ("POST", ()), ("GET", ()), ("PUT", JSON)):
        found = ask(page, method, headers)
        assert (found.verdict.verdict, found.ran) == ("blocked", False)


def test_any_origin_reads_without_cookies_only() -> None:
    assert ask(EVIL, origins=["*"], credentials=False).verdict.verdict == "allowed"
    assert ask(EVIL, cookies=True, origins=["*"]).verdict.rule == "preflight-wildcard-with-credentials"


def test_methods_that_are_not_allowed_are_told_to_the_page() -> None:
    found = ask(APP, "DELETE")
    assert (found.verdict.rule, found.ran) == ("preflight-method-not-allowed", False)


ORIGINS = st.sampled_from([APP, UI, "null", EVIL, "https://app.example:8443", None])


@given(ORIGINS, st.sampled_from(["GET", "OPTIONS", "POST"]), st.booleans(), st.booleans())
def test_every_answer_varies_and_names_at_most_one_listed_origin(
    origin: str | None, method: str, preflight: bool, cookies: bool
) -> None:
    headers = [("origin", origin)] if origin else []
    if preflight:
        headers.append(("access-control-request-method", "POST"))
    made = deployment(credentials=cookies)
    found = answer(made, inference(made), Request(method, PREDICT, tuple(headers))).headers
    assert ("vary", "Origin") in found
    named = [value for name, value in found if name == "access-control-allow-origin"]
    assert named == ([origin] if origin in (APP, UI) else [])
    assert (("access-control-allow-credentials", "true") in found) == bool(named and cookies)
    assert ("access-control-max-age" in dict(found)) == bool(named and method == "OPTIONS" and preflight)


def test_no_origin_of_the_probes_is_named_but_the_listed_ones() -> None:
    for probe in origin_probes([APP, UI], seed=5):
        if probe.skipped or not probe.origins:
            continue
        headers = (("origin", probe.origins[0]), *((name.lower(), value) for name, value in probe.headers))
        found = dict(answer(GATED, inference(GATED), Request(probe.method, PREDICT, headers)).headers)
        named = probe.origins[0] if probe.origins[0] in (APP, UI) else None
        assert found.get("access-control-allow-origin") == named


@pytest.mark.parametrize("size", [1, 8, 500, 2048])
def test_the_container_has_room_for_the_largest_body_and_for_nginx(size: int) -> None:
    plan = {
        **GATED.plan.model_dump(by_alias=True, exclude_none=True),
        "gateway": {"kind": "nginx", "max_body_mib": size},
    }
    gateway = resolve(Plan.model_validate(plan)).process("gateway")
    assert gateway is not None
    ((place, options),) = gateway.tmpfs
    held = int(options.split("size=")[1].split("m")[0])
    assert place == "/tmp"
    assert size * 2 <= held < gateway.memory_mib
