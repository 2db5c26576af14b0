"""What a page is told to send is what a browser lets it send."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.support.examples import most
from tests.support.plans import plan as make
from tests.support.random_plans import HOSTS, random_plans
from wizard.artifacts.exposure import render
from wizard.cors.exchange import CallingPage, PageRequest
from wizard.cors.fetch import fetch
from wizard.deployment import Deployment, Endpoint
from wizard.placement.resolve import resolve
from wizard.plan import apply_patch
from wizard.prediction import page_call
from wizard.prediction.browser import replies
from wizard.prediction.values import Probe
from wizard.trial.request_console import ConsoleRequest, as_fetch

HOST = HOSTS[1]
TWO = ["https://app.example", "http://localhost:3000"]
SNIPPET = re.compile(r"In the console of ([^\n]*):\n\n(`{3,})js\n(.*?)\n\2\n", re.DOTALL)


def read(script: str) -> PageRequest:
    """A printed call as a request, read by JSON's own rules."""
    words = script.removeprefix("await (await fetch(").removesuffix(")).text()")
    url, end = json.JSONDecoder().raw_decode(words)
    options: dict[str, Any] = json.loads(words[end:].removeprefix(", "))
    assert set(options) <= {"method", "headers", "body", "credentials"}
    headers = tuple(options["headers"].items())
    credentials = options.get("credentials", "same-origin")
    return PageRequest(url, options["method"], headers, options.get("body"), credentials=credentials)


def shown_text(deployment: Deployment) -> str:
    """EXPOSURE.md without what is found and reached, which other tests look at."""
    return render(deployment, {}, (), ()).text


def printed(deployment: Deployment) -> tuple[tuple[str, ...], PageRequest] | None:
    """The pages that EXPOSURE.md names and the call that it prints for them."""
    found = SNIPPET.search(shown_text(deployment))
    if found is None:
        return None
    pages = tuple(re.findall("`(.*?)`", found[1]))
    schemes = ("https", "http") if "any page" in found[1] else tuple(re.findall(r"\bhttps?\b", found[1]))
    return pages or tuple(f"{scheme}://page.example" for scheme in schemes), read(found[3])


def inference(deployment: Deployment) -> Endpoint:
    return next(e for e in deployment.endpoints if e.api == "inference")


def test_every_call_that_is_printed_for_a_page_is_one_that_a_browser_allows() -> None:
    shown = refused = 0
    wanted = max(200, most(2_000))  # of fewer Plans too few have a call to show
    for number, (plan, host) in enumerate(random_plans(wanted, seed=15)):
        deployment = resolve(plan, host)
        endpoint = inference(deployment)
        call = printed(deployment)
        text = shown_text(deployment)
        if call is None:
            refused += "Not from " in text
            told = not endpoint.url or not plan.models or "No web page may read" in text or "Not from " in text
            assert told or endpoint.scope == "socket", (number, plan)
            continue
        shown += 1
        pages, request = call
        assert set(pages) <= set(page_call.pages_of(endpoint))
        assert (request.credentials == "include") == endpoint.cors.credentials
        assert any(name == "Authorization" for name, _ in request.headers) == (endpoint.auth != "none")
        for page in pages:
            verdict = fetch(CallingPage(page), request, replies(deployment, endpoint))
            last = verdict.hops[-1].response
            assert verdict.verdict == "allowed", (number, page, verdict.explanation)
            assert last and last.status == 200, (number, page, last)
        left_out = set(page_call.pages_of(endpoint)) - set(pages)
        assert all(f"`{page}`" in text or endpoint.cors.origins == ("*",) for page in left_out)
    assert shown > wanted // 12
    assert refused > most(2_000) // 40


def test_a_token_that_pages_may_not_send_is_said_with_the_answer_to_change() -> None:
    plan = make(cors={"inference": {"origins": TWO}}, auth={"inference": "gateway-token"})
    deployment = resolve(plan, HOST)
    text = render(deployment, {}).text
    assert printed(deployment) is None
    assert "Not from a page of `https://app.example` or `http://localhost:3000`: The page sends Authorization" in text
    assert '`cors.inference.headers = ["content-type", "authorization"]`' in text
    mended = resolve(apply_patch(plan, {"cors.inference.headers": ["content-type", "authorization"]}), HOST)
    assert printed(mended) is not None


def test_cookies_that_are_allowed_go_along() -> None:
    plan = make("tensorflow-serving", cors={"inference": {"origins": TWO, "credentials": True}})
    found = printed(resolve(plan, HOST))
    assert found and found[1].credentials == "include"


def test_where_a_call_works_on_this_machine_alone_it_is_said() -> None:
    bind = {"inference": {"scope": "all"}}
    plan = make("tensorflow-serving", cors={"inference": {"origins": TWO}}, bind=bind)
    text = render(resolve(plan, HOST), {}).text
    assert "From a page of `https://app.example` only in a browser on this machine" in text
    sealed = apply_patch(plan, {"tls.mode": "self-signed"})
    assert "only in a browser on this machine" not in render(resolve(sealed, HOST), {}).text


@pytest.mark.parametrize(
    ("parts", "keys"),
    [
        ({"cors": {"inference": {"origins": TWO, "headers": []}}}, ["cors.inference.headers"]),
        (
            {
                "cors": {"inference": {"origins": TWO, "headers": []}},
                "bind": {"inference": {"scope": "all", "port": 6000}},
            },
            ["bind.inference.port", "cors.inference.headers"],
        ),
        (
            {
                "cors": {"inference": {"origins": TWO}},
                "bind": {"inference": {"scope": "interface", "address": "10.0.0.5"}},
            },
            ["tls.mode"],
        ),
    ],
)
def test_everything_that_stands_in_the_way_is_taken_away(parts: dict[str, Any], keys: list[str]) -> None:
    no_token = {"inference": "none", "management": "none"}
    deployment = resolve(make(gateway={"kind": "nginx"}, auth=no_token, **parts), HOST)
    endpoint = inference(deployment)
    failed = page_call.calls(deployment, endpoint, page_call.usual_call(deployment, endpoint))[0]
    assert not failed.works
    (remedy,) = page_call.fix(deployment, endpoint, failed)
    assert [key for key, _ in remedy.patch] == keys
    after = resolve(apply_patch(deployment.plan, remedy.patch), HOST)
    there = inference(after)
    assert page_call.calls(after, there, page_call.usual_call(after, there))[0].works


def copied(plan_parts: dict[str, Any], headers: tuple[tuple[str, str], ...]) -> str:
    deployment = resolve(make(**plan_parts), HOST)
    endpoint = inference(deployment)
    probe = Probe("p", "loopback-v4", "127.0.0.1", endpoint.host_port, "inference", "http", "200")
    return as_fetch(ConsoleRequest(probe, "POST", "/predictions/m", headers, "{}", deployment))


def test_the_console_of_a_trial_copies_a_call_only_for_pages_that_may_make_it() -> None:
    json_ = ("content-type", "application/json")
    cookies = {"cors": {"inference": {"origins": TWO, "credentials": True}}, "auth": {"inference": "none"}}
    text = copied(cookies, (json_,))
    assert text.startswith("// in the console of a page of https://app.example or http://localhost:3000\n")
    assert read(text.partition("\n")[2]).credentials == "include"
    with pytest.raises(ValueError, match="does not allow the header x-mine"):
        copied(cookies, (json_, ("x-mine", "1")))
    with pytest.raises(ValueError, match="no origin is listed"):
        copied({}, (json_,))


def test_a_page_call_is_told_from_an_error() -> None:
    """A readable 404 is no call that works."""
    deployment = resolve(make("tensorflow-serving", cors={"inference": {"origins": TWO}}), HOST)
    endpoint = inference(deployment)
    wanted = page_call.usual_call(deployment, endpoint)
    assert page_call.call(deployment, endpoint, TWO[0], wanted).works
    lost_call = replace(wanted, url=endpoint.url + "/nowhere", method="GET", headers=(), body=None)
    lost = page_call.call(deployment, endpoint, TWO[0], lost_call)
    assert (lost.works, lost.status, lost.problem) == (False, 404, "The answer is 404.")
