"""An answer that was not given never contradicts one that was."""

from __future__ import annotations

import itertools
import random
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.examples import most
from tests.support.plans import plan
from wizard import registry
from wizard.exposure.findings import assess
from wizard.exposure.findings.contradictions import RULES
from wizard.placement.defaults import complete
from wizard.placement.resolve import resolve
from wizard.plan import Auth, Bind, Listener, Plan, Scope, answers
from wizard.session.steps.callers import token_kind

PLANS = most(2_000)
ORIGINS = (["https://app.example"], ["https://app.example", "https://b.example"], ["*"])
VERSIONS = {
    "torchserve": ("", "0.9.0", "0.11.0", "0.11.1"),
    "tensorflow-serving": ("", "2.11.0"),
    "llama-server": ("", "b10001", "b10434"),
}
TOKENS = ("none", "server-token", "gateway-token")
PORTS = (8080, 8081, 8082, 8083, 7070, 7071, 8500, 8501, 8502, 18080, 65534, 65535)


def partial_plan(some: random.Random) -> Plan:
    """Answers of which any may be missing."""
    server = some.choice(list(VERSIONS))
    bind: dict[str, dict[str, Any]] = {}
    for spec in registry.adapter(server).apis:
        if some.random() < 0.35:
            scope = some.choice(("loopback", "all", "interface", "internal", "off", "socket"))
            address = {"interface": "10.0.0.5", "socket": f"/tmp/x/{spec.api}.sock"}.get(scope, "")
            bind[spec.api] = {"scope": scope, "address": address}
            if some.random() < 0.5:
                bind[spec.api]["port"] = some.choice(PORTS)
    pages = [spec.api for spec in registry.adapter(server).apis if spec.browser_callable and some.random() < 0.4]
    return plan(
        server,
        version=some.choice(VERSIONS[server]),
        run={"how": some.choice(("docker", "native")), "network": some.choice(("bridge", "bridge", "host"))},
        bind=bind,
        cors={api: {"origins": some.choice(ORIGINS), "credentials": some.random() < 0.2} for api in pages},
        auth={api: some.choice(TOKENS) for api in ("inference", "management") if some.random() < 0.4},
        gateway={"kind": some.choice(("auto", "auto", "nginx", "none"))},
        tls={"mode": some.choice(("off", "off", "off", "self-signed"))},
    )


def broken(made: Plan) -> frozenset[tuple[str, str]]:
    """The contradictions, without the search for what would mend them."""
    deployment = resolve(made)
    return frozenset((f.id, f.api or "") for rule in RULES for f in rule(deployment))


def completions(given: Plan, some: random.Random) -> Iterator[Plan]:
    """Other ways to fill in what was left out: every pair of tokens, some scopes, ports that nobody else has."""
    done = complete(given)
    specs = registry.adapter(given.server).apis
    pairs = list(
        itertools.product(
            [given.auth.inference] if given.auth.inference else TOKENS,
            [given.auth.management] if given.auth.management else TOKENS,
        )
    )
    for number in range(4):
        bind: dict[str, Any] = {}
        for place, spec in enumerate(specs):
            scopes: tuple[Scope, ...] = ("loopback", "all") if spec.browser_callable else ("off", "loopback", "all")
            scope = some.choice(scopes)
            found = given.listener(spec.api) or (Listener(scope=scope) if number else done.listener(spec.api))
            port = given.listener(spec.api) and given.listener(spec.api).port  # type: ignore[union-attr]
            shared = spec.shares_listener_with and bind[spec.shares_listener_with].port
            bind[spec.api] = found.model_copy(update={"port": port or shared or 21_000 + place})  # type: ignore[union-attr]
        for inference, management in pairs:
            auth = Auth(inference=inference, management=management)  # type: ignore[arg-type]
            yield done.model_copy(update={"auth": auth, "bind": Bind.model_construct(**bind)})


def test_completing_a_partial_plan_breaks_nothing_that_some_completion_leaves_whole() -> None:
    some = random.Random(20)
    whole = 0
    for _ in range(PLANS):
        given = partial_plan(some)
        mine = broken(given)
        whole += not mine
        if mine:
            better = next((c for c in completions(given, some) if not broken(c)), None)
            assert better is None, (given, mine, better and (better.auth, better.bind))
    assert PLANS // 5 < whole < PLANS


@pytest.mark.parametrize(
    ("parts", "inference", "management"),
    [
        # The gateway checks one token, so it checks the other as well: the server's own would be on for both.
        (
            {
                "auth": {"management": "gateway-token"},
                "bind": {"management": {"scope": "loopback"}},
                "cors": {"inference": {"origins": ORIGINS[0]}, "management": {"origins": ["https://admin.example"]}},
            },
            "gateway-token",
            "gateway-token",
        ),
        ({"auth": {"inference": "gateway-token"}, "run": {"how": "native"}}, "gateway-token", "gateway-token"),
        ({"auth": {"inference": "none"}, "run": {"how": "native"}}, "none", "gateway-token"),
        # A page cannot pass the server's own token, and there is to be no gateway.
        ({"cors": {"inference": {"origins": ORIGINS[0]}}, "gateway": {"kind": "none"}}, "none", "server-token"),
        # Nothing was said: as safe as it gets.
        ({}, "server-token", "server-token"),
        ({"run": {"how": "native"}}, "server-token", "server-token"),
    ],
)
def test_tokens_follow_what_was_said(parts: dict[str, Any], inference: str, management: str) -> None:
    found = complete(plan(**parts))
    assert (found.auth.inference, found.auth.management) == (inference, management)
    assert not broken(plan(**parts))


def test_a_port_that_was_left_out_is_one_that_no_other_api_has() -> None:
    found = complete(plan(bind={"inference": {"scope": "loopback", "port": 8081}, "management": {"scope": "loopback"}}))
    assert (found.bind.inference.port, found.bind.management.port) == (8081, 8082)  # type: ignore[union-attr]
    metrics = {"scope": "loopback"}
    here = complete(
        plan("tensorflow-serving", bind={"inference": {"scope": "loopback", "port": 8600}, "metrics": metrics})
    )
    assert here.bind.metrics.port == 8600  # type: ignore[union-attr]
    gated = {"gateway": {"kind": "nginx"}, "bind": {"metrics": metrics, "grpc": {"scope": "loopback", "port": 8502}}}
    apart = complete(plan("tensorflow-serving", **gated))
    assert apart.bind.metrics.port == 8503  # type: ignore[union-attr]


def test_a_server_that_cannot_be_kept_to_this_machine_is_said_to_be_open() -> None:
    """Only where nothing at all could narrow it; the findings then ask for a confirmation."""
    everywhere = complete(plan("tensorflow-serving", run={"network": "host"}))
    assert everywhere.bind.inference.scope == "all"  # type: ignore[union-attr]
    assert {"high", "critical"} & {f.severity for f in assess(resolve(everywhere))}
    behind = complete(plan("tensorflow-serving", run={"how": "native"}))
    assert behind.bind.inference.scope == "loopback"  # type: ignore[union-attr]


def test_two_apis_at_the_highest_port_get_a_free_one_offered() -> None:
    at_the_top = {"scope": "loopback", "port": 65_000}
    found = assess(resolve(plan(bind={"inference": at_the_top, "management": at_the_top})))
    clash = next(f for f in found if f.id == "PORT-CLASH")
    assert clash.remedies


@pytest.mark.parametrize("server", list(VERSIONS))
def test_what_is_written_out_names_only_apis_that_the_server_has(server: str) -> None:
    own = {spec.api for spec in registry.adapter(server).apis}
    data = tomllib.loads(answers.dump(complete(plan(server))))
    assert all(set(data[table]) <= own for table in ("bind", "cors", "auth"))
    given = plan(server, cors={"management": {}}, auth={"management": "none"})
    data = tomllib.loads(answers.dump(complete(given)))
    assert "management" in data["cors"] and data["auth"]["management"] == "none", "what was given stays"


@pytest.mark.parametrize("pages", [[], ["https://app.example"]])
def test_the_token_that_nobody_chose_is_one_that_listed_pages_can_keep(pages: list[str]) -> None:
    """As `--token` chooses it: the server's own keys change at every start, and a page has to send one."""
    made = plan("torchserve", cors={"inference": {"origins": pages}})
    assert complete(made).auth.inference == token_kind(made) == ("gateway-token" if pages else "server-token")
    assert not broken(complete(made))
