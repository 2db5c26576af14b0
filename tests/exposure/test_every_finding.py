"""Every finding in the catalogue is one that some Plan raises, and every one that is raised is explained."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.plans import plan as make
from tests.support.random_plans import HOSTS, random_plans
from wizard import registry
from wizard.deployment import Deployment
from wizard.deployment.certificate import Certificate, KeyPair, PrivateKey
from wizard.deployment.finding import Finding
from wizard.exposure.findings import assess, binds, certificate
from wizard.exposure.findings.known import texts
from wizard.help.topics import explain
from wizard.host import DockerFacts, Host
from wizard.machine import measured_findings
from wizard.placement.resolve import resolve
from wizard.plan import Plan

RANDOM = 400
OLD_DOCKER = Host(docker=DockerFacts(version=(20, 10, 5)))
PAGE = {"inference": {"origins": ["https://app.example"]}}
DAY = 400.0
SOUND = Certificate(names=("app.example",), days_left=DAY)
PAIRS = (
    KeyPair(Certificate("missing"), PrivateKey("missing"), True),
    KeyPair(Certificate("not-pem"), PrivateKey("not-pem"), True),
    KeyPair(SOUND, PrivateKey(kind="RSA", open_to_others=True), False),
    KeyPair(SOUND, PrivateKey(encrypted=True), True),
    KeyPair(SOUND, PrivateKey(kind="EC"), True),
    KeyPair(SOUND, PrivateKey(kind="RSA", bits=1024), True),
    KeyPair(SOUND, PrivateKey(kind="RSA", with_more=True), True),
    KeyPair(Certificate(names=("app.example",), days_left=-1.0), PrivateKey(kind="RSA"), True),
    KeyPair(Certificate(names=("app.example",), days_left=3.0), PrivateKey(kind="RSA"), True),
    KeyPair(SOUND, PrivateKey(kind="RSA"), unvouched="it is signed by itself"),
    KeyPair(Certificate(names=(), days_until_valid=2.0, days_left=DAY), PrivateKey(kind="RSA"), True),
)
"""What may be at the two paths."""


def sealed() -> Deployment:
    """TorchServe encrypts itself, on an address that the certificate is not for."""
    files = {"mode": "files", "certificate": "/c.pem", "key": "/k.pem"}
    bind = {"inference": {"scope": "interface", "address": "10.0.0.5"}}
    return resolve(make("torchserve", tls=files, bind=bind), HOSTS[1])


def chosen() -> Iterator[tuple[Plan, Host]]:
    """What is rare among random Plans."""
    yield make("tensorflow-serving", version="2.21.0"), Host()
    yield make("torchserve", run={"image": "pytorch/torchserv:0.12.0-cpu"}), Host()
    socket = {"inference": {"scope": "socket", "address": "/run/x/server.sock"}}
    yield make("torchserve", bind=socket), Host(uid=0, gid=0)
    yield make("llama-server", models=[{"name": "m", "id": "someone/model-GGUF"}]), Host()
    yield make("llama-server", settings={"cache_type_v": "q8_0", "flash_attention": "off"}), Host()
    yield make("llama-server", settings={"embedding": True}), Host()
    yield make("torchserve", gateway={"kind": "nginx"}, settings={"max_request_size": 2**24}), Host()
    for server in registry.names():
        for version in registry.adapter(server).versions:
            yield make(server, version=version), Host()
            yield make(server, version=version, run={"how": "native"}), Host()
        yield make(server, models=[]), Host()
        yield make(server), OLD_DOCKER
        for kind in ("auto", "none"):
            for parts in _parts():
                yield make(server, gateway={"kind": kind}, **parts), HOSTS[2]


def _parts() -> Iterator[dict[str, Any]]:
    yield {"cors": {"inference": {"origins": ["https://someone.github.io", "https://github.io"]}}}
    yield {"cors": {"inference": {"origins": ["https://github.io"]}}}
    yield {"cors": {"inference": {**PAGE["inference"], "headers": ["*"]}}, "auth": {"inference": "gateway-token"}}
    yield {"cors": PAGE, "auth": {"inference": "server-token"}}
    yield {"cors": PAGE, "audiences": ["browser"], "auth": {"inference": "gateway-token"}}
    yield {"cors": {"inference": {"origins": ["*"], "credentials": True}}}
    yield {"models": [{"name": "m", "path": "/m", "labels": {"stable": 3}, "versions": [1]}]}
    yield {"run": {"network": "host"}, "bind": {"inference": {"scope": "internal"}}}
    yield {"run": {"how": "native"}, "bind": {"grpc": {"scope": "loopback"}}}


@cache
def raised() -> dict[str, Finding]:
    found: dict[str, Finding] = {}
    for plan, host in (*chosen(), *random_plans(RANDOM, seed=7)):
        found |= {each.id: each for each in assess(resolve(plan, host))}
    for pair in PAIRS:
        found |= {each.id: each for each in certificate.find(sealed(), pair)}
    found |= {each.id: each for each in binds.not_here(resolve(sealed().plan, Host()))}
    nowhere = resolve(make("llama-server", settings={"projector": "/nowhere/mm.gguf"}), Host())
    found |= {each.id: each for each in measured_findings.findings(nowhere, {}, Path("/"))}
    return found


CATALOGUE = sorted({id_ for server in registry.names() for id_ in texts(server).texts})


@pytest.mark.parametrize("id_", CATALOGUE)
def test_every_finding_is_raised_by_some_plan(id_: str) -> None:
    assert id_ in raised()


def test_every_finding_that_is_raised_is_explained_by_its_id_and_by_its_name() -> None:
    for finding in raised().values():
        for name in (finding.id, finding.name):
            topic = explain(name)
            assert (topic.kind, topic.name) == ("finding", finding.id)
