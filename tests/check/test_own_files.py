"""Silence on what the wizard itself writes, for every preset and server."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.checking import check
from tests.support.examples import most
from tests.support.plans import ORIGINS, served
from wizard import artifacts, presets, registry
from wizard.check import gateways
from wizard.check.findings import words
from wizard.check.recognise import Recognised, Recogniser
from wizard.errors import WizardError
from wizard.exposure.findings import assess
from wizard.host import Host, Interface
from wizard.machine import checkfiles, project
from wizard.observed.source import Source
from wizard.placement.resolve import resolve
from wizard.plan import Plan, answers
from wizard.servers.sample import sample_path
from wizard.severity import SEVERITIES, Severity, severity_rank

WIDE = {"scope": "all"}
VARIANTS: dict[str, dict[str, Any]] = {
    "docker": {"run": {"how": "docker"}},
    "native": {"run": {"how": "native"}},
    "baked": {"run": {"how": "docker", "packaging": "image"}},
    "gpu": {"run": {"how": "docker", "gpu": True}},
    "host-network": {"run": {"how": "docker", "network": "host"}},
    "TLS": {"run": {"how": "docker"}, "tls": {"mode": "self-signed"}},
}


def written(server: str, preset: str, variant: str, folder: Path) -> list[str]:
    data: dict[str, Any] = {
        "schema": 1,
        "server": server,
        "models": [{"name": "sample", "path": str(sample_path(server))}],
    }
    data = presets.merged(data, presets.load(preset))
    for key, value in VARIANTS[variant].items():
        data[key] = {**data.get(key, {}), **value}
    plan = answers.validate(data, "", "test")
    made = project.prepare(plan, folder, folder / "out")
    if any(finding.severity == "functional" for finding in made.findings):
        return []
    project.write(made, "fail")
    return [path for path in (str(each) for each in (folder / "out").rglob("*")) if Path(path).is_file()]


@pytest.mark.usefixtures("one_key")
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("preset", presets.names())
@pytest.mark.parametrize("server", ["llama-server", "tensorflow-serving", "torchserve"])
def test_nothing_is_said_about_generated_files(server: str, preset: str, variant: str, tmp_path: Path) -> None:
    if not written(server, preset, variant, tmp_path):
        pytest.skip("these answers contradict each other")
    reports = check(checkfiles.named([str(tmp_path / "out")]), checkfiles.load)
    assert any(report.kind and report.server == server for report in reports)
    said = [
        (report.source.name, line.id, line.line)
        for report in reports
        for line in words(report)
        if line.severity != "info"
    ]
    # A key that only its owner may read, and the owner is root: the container then has to be root too, which is said.
    assert not {name for _, name, _ in said}


def test_every_server_is_looked_at() -> None:
    assert {"llama-server", "tensorflow-serving", "torchserve"} == set(registry.names())


LAN = Interface("eth0", "10.0.0.5", 24, "private")
HOST = Host(interfaces=(*Host().interfaces, LAN), uid=1000, gid=1000)


@st.composite
def plain_plans(draw: st.DrawFn) -> Plan:
    """Answers that mostly fit together, unlike those of `plans`."""
    data: dict[str, Any] = {
        **draw(served()),
        "run": {
            "how": draw(st.sampled_from(("docker", "native"))),
            "network": draw(st.sampled_from(("bridge", "bridge", "host"))),
            "packaging": draw(st.sampled_from(("mount", "image"))),
            "gpu": draw(st.booleans()),
        },
        "bind": {},
        "tls": {"mode": draw(st.sampled_from(("off", "off", "self-signed")))},
        "gateway": {"kind": draw(st.sampled_from(("auto", "auto", "nginx", "none")))},
    }
    for spec in registry.adapter(data["server"]).apis:
        scope = draw(st.sampled_from(("loopback", "all", "internal", "interface", None)))
        if scope is not None:
            data["bind"][spec.api] = {"scope": scope, "address": LAN.address if scope == "interface" else ""}
    origins = draw(st.one_of(st.just([]), st.just(["*"]), st.lists(st.sampled_from(ORIGINS), max_size=3, unique=True)))
    headers = draw(st.sampled_from((["content-type"], ["content-type", "authorization"])))
    cookies = draw(st.booleans()) and origins != ["*"]
    data["cors"] = {"inference": {"origins": origins, "headers": headers, "credentials": cookies}}
    token = draw(st.sampled_from(("none", "server-token", "gateway-token", None)))
    data["auth"] = {"inference": token} if token else {}
    return Plan.model_validate(data)


@settings(max_examples=most(200), suppress_health_check=[HealthCheck.too_slow])
@given(plain_plans())
def test_of_what_is_written_nothing_is_said_that_the_answers_were_not_told(plan: Plan) -> None:
    """No line fails, is ignored or differs; what is open is said, no worse than it was of the answers."""
    try:
        deployment = resolve(plan, HOST)
    except WizardError:
        return
    told = [finding.severity for finding in assess(deployment)]
    if "functional" in told:
        return
    worst = min(map(severity_rank, told), default=len(SEVERITIES))
    files = [Source(f"out/{file.path}", file.text) for file in artifacts.render(deployment)]
    said = [
        (report.source.name, line.id, line.line)
        for report in check(files, {file.path: file for file in files}.get)
        for line in words(report)
        if line.severity != "info" and not (line.effect == "exposes" and severity_rank(line.severity) >= worst)
    ]
    assert not said


def inference_for_any_page(server: str, run: str, scope: str | None, token: str | None, gateway: str) -> Plan:
    how, _, network = run.partition(" ")
    bind = {"scope": scope, "address": LAN.address if scope == "interface" else ""}
    return Plan.model_validate(
        {
            "server": server,
            "models": [{"name": "sample", "path": "/srv/models/sample"}],
            "run": {"how": how, "network": network or "bridge"},
            "bind": {"inference": bind} if scope else {},
            "cors": {"inference": {"origins": ["*"]}},
            "auth": {"inference": token} if token else {},
            "gateway": {"kind": gateway},
        }
    )


def about_any_page(plan: Plan) -> tuple[list[Severity], list[Severity], bool] | None:
    """What the answers are told of it, what `check` says of their files, and whether the server itself allows it; None
    if the answers contradict each other."""
    try:
        deployment = resolve(plan, HOST)
    except WizardError:
        return None
    findings = list(assess(deployment))
    if any(finding.severity == "functional" for finding in findings):
        return None
    files = [Source(f"out/{file.path}", file.text) for file in artifacts.render(deployment)]
    lines = [line for report in check(files, {file.path: file for file in files}.get) for line in words(report)]
    inference = deployment.endpoint("inference")
    return (
        [finding.severity for finding in findings if finding.family == "any-origin"],
        [line.severity for line in lines if line.id.endswith("-CORS-ANY")],
        inference is not None and inference.cors.layer == "native",
    )


def test_pages_that_reach_a_container_by_its_own_address_alone_are_told_alike() -> None:
    plan = inference_for_any_page("torchserve", "docker", "internal", "none", "auto")
    assert about_any_page(plan) == (["medium"], ["medium"], True)


@pytest.fixture
def each_text_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the files of all these answers three in four are one that was there before, and reading them takes longest.
    What is read depends on the text, its path and the variables beside it alone."""
    read: dict[object, Recognised] = {}
    look = Recogniser.look

    def once(self: Recogniser, source: Source, variables: Mapping[str, str] | None = None) -> Recognised:
        key = (source.path, source.text, source.flaw, tuple((variables or {}).items()))
        if key not in read:
            read[key] = look(self, source, variables)
        return read[key]

    monkeypatch.setattr(Recogniser, "look", once)
    find = gateways.find
    monkeypatch.setattr(gateways, "find", cache(lambda source: tuple(find(source))))


@pytest.mark.usefixtures("each_text_is_read_once")
@pytest.mark.parametrize("run", ["docker", "docker host", "native"])
@pytest.mark.parametrize("server", ["llama-server", "tensorflow-serving", "torchserve"])
def test_any_page_is_told_of_the_answers_and_of_their_files_alike(server: str, run: str) -> None:
    compared = 0
    for scope, token, gateway in product(
        ("loopback", "all", "internal", "interface", "off", None),
        ("none", "server-token", "gateway-token", None),
        ("auto", "nginx", "none"),
    ):
        about = about_any_page(inference_for_any_page(server, run, scope, token, gateway))
        if about is None:
            continue
        told, said, by_server = about
        compared += 1
        # One of the servers has no such line: that it allows any page unless told otherwise is said with its key.
        assert server == "llama-server" or bool(said) == (bool(told) and by_server), (scope, token, gateway)
        best = min(map(severity_rank, told), default=len(SEVERITIES))
        assert all(severity_rank(each) >= best for each in said), (scope, token, gateway)
    assert compared


def test_a_server_that_publishes_nothing_is_not_said_to_let_callers_in_by_its_ports(tmp_path: Path) -> None:
    assert written("torchserve", "lan-team", next(iter(VARIANTS)), tmp_path)
    reports = check(checkfiles.named([str(tmp_path / "out")]), checkfiles.load)
    (said,) = (line.message for report in reports for line in words(report) if line.id == "TS-TOKEN-OFF")
    assert said == "The token is switched off: whatever is on the container's networks may call every API."
