"""What is said in words about who calls is what the map of reach says."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from tests.support.plans import plan
from wizard import presets
from wizard.artifacts import render
from wizard.cli.commands import show
from wizard.deployment.finding import Finding
from wizard.exposure.findings import assess
from wizard.exposure.reach import reach
from wizard.exposure.token_rows import rows
from wizard.host import Host, Interface
from wizard.placement.resolve import resolve

HOST = Host(interfaces=(*Host().interfaces, Interface("eth0", "10.0.0.5", 24, "private")))
SERVERS = ("torchserve", "tensorflow-serving", "llama-server")


def test_a_preset_says_when_the_internet_gets_in() -> None:
    for name, server in itertools.product(presets.names(), SERVERS):
        preset = presets.load(name)
        made = presets.merged({"server": server}, preset)
        deployment = resolve(plan(**made), HOST)
        found = rows(deployment, reach(deployment), "inference")
        inside = any(row.audience == "internet" and row.gets_in for row in found)
        assert inside == ("internet" in preset.summary), (name, server)


@pytest.mark.parametrize("server", SERVERS)
def test_nothing_shares_a_docker_network_without_docker(server: str) -> None:
    for how, there in (("native", False), ("docker", True)):
        deployment = resolve(plan(server, run={"how": how}, bind={"inference": {"scope": "all"}}), HOST)
        said = [row.who for row in rows(deployment, reach(deployment), "inference") if row.audience == "containers"]
        assert said and all(("on the same Docker network" in who) is there for who in said), said
        text = next(file.text for file in render(deployment) if file.path == "EXPOSURE.md")
        assert ("containers on the same Docker network" in text) is there
        assert ("containers on this machine" in text) is not there


def test_who_has_a_token_on_is_not_told_to_take_one() -> None:
    for token in ("none", "gateway-token", "server-token"):
        found = assess(resolve(plan("torchserve", auth={"inference": token}), HOST))
        here = next(f for f in found if f.name == "BIND-LOOPBACK-USERS@inference")
        assert ("or a token" in here.instead) == (token == "none"), here.instead


def test_findings_of_several_apis_are_told_apart_and_counted_as_listed(capsys: pytest.CaptureFixture[str]) -> None:
    one = Finding("X", "medium", "It is open.", "Why.", "Close it.", ("measured",), api="inference")
    two = replace(one, id="Y", severity="low")
    show.talk_summary([one, replace(one, api="grpc"), two, replace(two, api="grpc"), two], "high")
    said = capsys.readouterr().err
    assert "X [inference]" in said and "X [grpc]" in said
    assert "2 low or for information: Y [inference], Y [grpc]" in said


def test_a_page_in_development_is_not_only_told_to_go() -> None:
    rule = {"inference": {"origins": ["http://localhost:5173"]}}
    for callers, first in ((["browser"], "Only this machine"), (["lan"], "Remove http://localhost:5173")):
        found = assess(resolve(plan(audiences=callers, bind={"inference": {"scope": "all"}}, cors=rule)))
        (local,) = [each for each in found if each.id == "CORS-LOCALHOST-PROD"]
        assert local.remedies[0].label == first
