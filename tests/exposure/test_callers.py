"""What was said about callers is held against the answers."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import pytest

from tests.support.examples import most
from tests.support.plans import plan as make
from tests.support.random_plans import HOSTS, random_plans
from wizard import presets, registry
from wizard.deployment.finding import Finding
from wizard.exposure.findings import assess, callers
from wizard.exposure.reach import reach
from wizard.host import Host
from wizard.placement.resolve import resolve
from wizard.plan import Plan, apply_patch

HOST = HOSTS[1]
PAGE = {"inference": {"origins": ["https://app.example"]}}
NO_TOKEN = {"inference": "none", "management": "none"}
SERVERS = ("torchserve", "tensorflow-serving")


def said(plan: Plan, host: Host = HOST) -> dict[str, Finding]:
    return {f.name: f for f in callers.find(resolve(plan, host))}


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(
    ("parts", "name", "words"),
    [
        ({"audiences": ["lan"]}, "CALLERS-SHUT-OUT@inference", "only this machine can connect"),
        ({"audiences": ["me", "internet"]}, "CALLERS-SHUT-OUT@inference", "anyone on the internet"),
        ({"audiences": ["web-app"], "cors": PAGE}, "CALLERS-SHUT-OUT@inference", "other people's browsers"),
        ({"audiences": ["containers"], "run": {"how": "native"}}, "CALLERS-SHUT-OUT@inference", "other containers"),
        ({"audiences": ["me"], "bind": {"inference": {"scope": "off"}}}, "CALLERS-SHUT-OUT@inference", "it is off"),
        (
            {"audiences": ["lan"], "bind": {"inference": {"scope": "internal"}}},
            "CALLERS-SHUT-OUT@inference",
            "for containers on its",
        ),
        (
            {"audiences": ["me"], "bind": {"inference": {"scope": "internal"}}},
            "CALLERS-SHUT-OUT@inference",
            "not published",
        ),
        ({"audiences": ["browser"]}, "CALLERS-NO-ORIGIN@inference", "no origin is listed"),
        (
            {"audiences": ["browser"], "cors": PAGE, "auth": {"inference": "gateway-token"}},
            "CALLERS-PAGE-REFUSED@inference",
            "may not send one",
        ),
        (
            {"audiences": ["web-app"], "cors": PAGE, "bind": {"inference": {"scope": "all"}}, "auth": NO_TOKEN},
            "CALLERS-PAGE-REFUSED@inference",
            "from other computers",
        ),
        (
            {
                "audiences": ["browser"],
                "cors": {"inference": {"origins": ["http://localhost:3000"], "headers": []}},
                "gateway": {"kind": "nginx"},
                "auth": NO_TOKEN,
            },
            "CALLERS-PAGE-REFUSED@inference",
            "refuses the usual call",
        ),
        (
            {"audiences": ["browser"], "cors": {"inference": {**PAGE["inference"], "credentials": True}}},
            "CALLERS-COOKIES@inference",
            "nothing here reads them",
        ),
    ],
)
def test_who_was_meant_and_gets_nothing_is_told_first_with_a_fix(
    server: str, parts: dict[str, Any], name: str, words: str
) -> None:
    plan = make(server, **parts)
    finding = said(plan)[name]
    assert words in finding.message
    others = [f for f in assess(resolve(plan, HOST)) if f.severity != "functional"]
    assert others[0].cause == "audiences"
    assert finding.remedies or finding.asks
    for remedy in finding.remedies:
        after = said(apply_patch(resolve(plan, HOST).plan, remedy.patch))
        assert finding.key not in {f.key for f in after.values()}, remedy
    nobody = said(plan.model_copy(update={"audiences": ()}))
    assert _of_the_token(nobody.values())


def _of_the_token(found: Iterable[Finding]) -> bool:
    """Whether nothing is told but that pages may not send the token."""
    return all("Origins are listed, and a token is asked for" in finding.message for finding in found)


@pytest.mark.parametrize("how", ["docker", "native"])
@pytest.mark.parametrize("server", [*SERVERS, "llama-server"])
def test_listed_pages_that_may_not_send_the_token_are_out_of_reach_and_it_is_told(server: str, how: str) -> None:
    def plan(*headers: str, **inference: str) -> Plan:
        cors, bind = {"inference": {**PAGE["inference"], "headers": headers}}, {"inference": inference}
        token = {"inference": "gateway-token"}
        return make(server, cors=cors, auth=token, run={"how": how}, bind=bind if inference else {})

    def of_the_page(plan: Plan) -> tuple[str, str]:
        cells = reach(resolve(plan, HOST))
        return next((c.send, c.read) for c in cells if (c.audience, c.api) == ("page-allowed", "inference"))

    refused = said(plan("content-type"))
    assert _of_the_token(refused.values()) and list(refused) == ["CALLERS-PAGE-REFUSED@inference"]
    assert of_the_page(plan("content-type")) == ("no", "no")
    over_http = plan("content-type", scope="interface", address="10.0.0.5")  # which the browser refuses first
    assert of_the_page(over_http) == ("no", "no")
    (fix,) = refused["CALLERS-PAGE-REFUSED@inference"].remedies
    mended = apply_patch(plan("content-type"), fix.patch)
    assert not said(mended) and of_the_page(mended) == ("yes", "yes")
    assert set(mended.cors.inference.headers) == {"content-type", "authorization"}


@pytest.mark.parametrize("server", SERVERS)
def test_an_encrypted_page_and_a_server_on_one_network_address_is_a_contradiction_with_a_fix(server: str) -> None:
    plan = make(
        server,
        audiences=["web-app"],
        cors=PAGE,
        bind={"inference": {"scope": "interface", "address": "10.0.0.5"}},
        auth=NO_TOKEN,
    )
    found = {f.id: f for f in assess(resolve(plan, HOST))}
    assert found["CORS-MIXED"].severity == "functional"
    assert found["CORS-MIXED"].remedies


@pytest.mark.parametrize("server", SERVERS)
def test_who_gets_what_was_meant_hears_nothing(server: str) -> None:
    headers = {"origins": ["https://app.example"], "headers": ["content-type", "authorization"]}
    plan = make(
        server,
        audiences=["me", "browser", "web-app", "containers", "lan", "internet"],
        bind={"inference": {"scope": "all"}},
        cors={"inference": headers},
        auth={"inference": "gateway-token"},
        tls={"mode": "self-signed"},
    )
    assert said(plan) == {}
    assert said(make(server, audiences=["me"])) == {}
    assert said(make(server, audiences=["me", "containers"])) == {}


@pytest.mark.parametrize(("server", "preset"), list(itertools.product(SERVERS, presets.names())))
def test_no_preset_contradicts_what_it_says_of_callers(server: str, preset: str) -> None:
    answers = {"server": server, "models": [{"name": "m", "path": "/m"}]}
    plan = Plan.model_validate(presets.merged(answers, presets.load(preset)))
    assert said(plan) == {}


def test_of_random_plans_nothing_is_said_where_nobody_was_named_and_every_fix_works() -> None:
    seen: set[str] = set()
    for number, (plan, host) in enumerate(random_plans(most(2_000), seed=14)):
        silent = resolve(plan.model_copy(update={"audiences": ()}), host)
        assert _of_the_token(callers.find(silent)), number
        whole = resolve(plan, host)
        for finding in said(plan, host).values():
            seen.add(finding.id)
            assert plan.audiences or _of_the_token([finding])
            assert finding.severity in ("medium", "low")
            for remedy in finding.remedies:
                after = said(apply_patch(whole.plan, remedy.patch), host)
                assert finding.key not in {f.key for f in after.values()}, (plan, finding, remedy)
    assert seen == {"CALLERS-SHUT-OUT", "CALLERS-NO-ORIGIN", "CALLERS-PAGE-REFUSED", "CALLERS-COOKIES"}


def test_what_pages_lose_by_a_token_of_the_servers_own_is_said_plainly() -> None:
    """Nothing was said of tokens, pages are listed and there is to be no gateway: the server's token is off."""
    plan = make(cors=PAGE, gateway={"kind": "none"})
    (found,) = [f for f in assess(resolve(plan, HOST)) if f.id == "TS-TOKEN-OFF"]
    assert "so that web pages can call it" in found.message
    assert "no web page could call" in found.why
    after = {f.id for f in assess(resolve(apply_patch(plan, found.remedies[0].patch), HOST))}
    assert not after & {"TS-TOKEN-OFF", "TS-PREFLIGHT-TOKEN"}
    usual = make(auth=NO_TOKEN)
    (other,) = [f for f in assess(resolve(usual, HOST)) if f.id == "TS-TOKEN-OFF"]
    assert "no web page could call" not in other.why


@pytest.mark.parametrize("server", registry.names())
def test_a_metrics_page_that_is_reached_predicts_nothing(server: str) -> None:
    plan = make(server, audiences=["lan"], bind={"inference": {"scope": "off"}, "metrics": {"scope": "all"}})
    assert "CALLERS-SHUT-OUT@inference" in said(plan)


@pytest.mark.parametrize("server", registry.names())
def test_what_a_gateway_forwards_is_among_what_the_api_does(server: str) -> None:
    adapter = registry.adapter(server)
    for api in adapter.apis:
        deployment = resolve(make(server, bind={api.api: {"scope": "all"}}, gateway={"kind": "nginx"}), HOST)
        routes = [route for route in adapter.gateway_routes(deployment) if route.api == api.api]
        assert {does for route in routes for does in route.does} <= set(api.does), api
