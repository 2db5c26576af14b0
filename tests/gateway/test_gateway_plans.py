"""The configurations of many plans: nginx takes them, our own reader reads them, and a linter finds nothing new."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.gateway.harness import HOST, present
from tests.support.examples import most
from tests.support.plans import plan as plan_of
from tests.support.plans import plans
from tests.support.requires import find
from wizard.deployment import Deployment
from wizard.deployment.finding import Finding
from wizard.exposure.findings.contradictions import contradictions
from wizard.formats import nginx as reader
from wizard.gateway import config_files
from wizard.gateway.layout import CONFIG, RELAY_CONFIG, gated, layout
from wizard.gateway.relay import relayed
from wizard.machine import files, tokens
from wizard.placement.resolve import resolve
from wizard.plan import Plan, apply_patch

ACCEPTED = {
    "hsts_header": "HSTS holds for every port of a host name, localhost included; its owner must decide.",
}


def written(deployment: Deployment, folder: Path) -> list[Path]:
    """The gateway's files with secrets; a container's paths are moved into the folder."""
    files.write_set(config_files(deployment), folder)
    tokens.ensure(deployment, folder)
    present(deployment, folder)
    found = [folder / each.path for each in config_files(deployment)]
    for each in found:
        text = each.read_text()
        if not layout(deployment).native:
            text = text.replace("/etc/nginx/secrets", str(folder / "secrets"))
            text = re.sub(r"(pid|_temp_path) /tmp", rf"\1 {folder}/run", text)
            text = text.replace("server server:", "server 127.0.0.1:")
        each.write_text(text)
    for name in ("run/gateway", "run/relay"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return found


@pytest.mark.nginx
@settings(max_examples=most(60), suppress_health_check=list(HealthCheck), database=None)
@given(plan=plans())
def test_nginx_takes_the_configuration_of_any_plan_and_our_reader_reads_it(nginx: str, plan: Plan) -> None:
    deployment = resolve(plan, HOST)
    if not deployment.has_gateway or not gated(deployment) or port_clashes(deployment):
        return
    folder = Path(tempfile.mkdtemp(prefix="gateway-plans-"))
    try:
        for place in written(deployment, folder):
            done, text = said(nginx, folder, place)
            assert done.returncode == 0, (done.stderr, text)
            (http,) = (each for each in reader.read(text) if each.name == "http")
            wanted = relayed(deployment) if place.name == "relay.conf" else gated(deployment)
            assert len(http.all("server")) == len(wanted)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def said(nginx: str, folder: Path, place: Path) -> tuple[subprocess.CompletedProcess[str], str]:
    """What nginx says of a configuration, and its text."""
    text = on_sockets(place.read_text())
    place.write_text(text)
    command = [nginx, "-t", "-p", ".", "-c", str(place.relative_to(folder))]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60), text


def port_clashes(deployment: Deployment) -> list[Finding]:
    return [found for found in contradictions(deployment) if found.id == "PORT-CLASH"]


@pytest.mark.nginx
@pytest.mark.parametrize(
    "second",
    [
        {"scope": "internal", "port": 1033},
        {"scope": "interface", "address": "10.0.0.5", "port": 1033},
        {"scope": "all", "port": 1033},
    ],
)
@pytest.mark.parametrize("server", ["torchserve", "llama-server", "tensorflow-serving"])
def test_two_apis_of_a_gateway_in_a_container_on_one_port_are_a_finding_and_no_nginx_takes_them(
    nginx: str, server: str, second: dict[str, Any], tmp_path: Path
) -> None:
    """Whatever addresses of this machine are published, in there it listens at one."""
    bind = {"inference": {"scope": "loopback", "port": 1033}, "metrics": second}
    asked = plan_of(server, bind=bind, gateway={"kind": "nginx"}, auth={"inference": "gateway-token"})
    deployment = resolve(asked, HOST)
    (found,) = port_clashes(deployment)
    assert found.severity == "functional" and found.remedies
    (tmp_path / "clash").mkdir()
    (place,) = written(deployment, tmp_path / "clash")
    done, _ = said(nginx, tmp_path / "clash", place)
    assert done.returncode != 0 and "duplicate default server" in done.stderr
    mended = resolve(apply_patch(asked, found.remedies[0].patch), HOST)
    assert not port_clashes(mended)
    (tmp_path / "mended").mkdir()
    (place,) = written(mended, tmp_path / "mended")
    done, text = said(nginx, tmp_path / "mended", place)
    assert done.returncode == 0, (done.stderr, text)


@pytest.mark.parametrize(("server", "patience"), [("llama-server", 3600), ("torchserve", 120)])
def test_a_long_answer_is_waited_for(server: str, patience: int) -> None:
    assert f"{patience}s" in waits(server)[CONFIG]


def test_the_relay_of_an_isolated_server_never_gives_up_before_the_gateway() -> None:
    found = waits("tensorflow-serving")
    assert set(found[CONFIG]) == {"120s"}
    assert set(found[RELAY_CONFIG]) == {"1d"}


def waits(server: str) -> dict[str, list[str]]:
    """How long each file of a native gateway lets the server be silent."""
    origins = {"inference": {"origins": ["https://a.example", "https://b.example"]}}
    made = resolve(Plan.model_validate({"server": server, "run": {"how": "native"}, "cors": origins}), HOST)
    return {each.path: re.findall(r"proxy_read_timeout (\w+);", each.text) for each in config_files(made)}


def on_sockets(text: str) -> str:
    """The plan's addresses and ports may not be free, or not here at all: sockets in the folder stand in, one for each
    address and port."""
    stand_ins: dict[str, str] = {}

    def stand_in(found: re.Match[str]) -> str:
        return "listen " + stand_ins.setdefault(found[0], f"unix:run/{len(stand_ins)}.sock")

    return re.sub(r"listen (?!unix:)[^\s;]+", stand_in, text)


def _gixy() -> str | None:
    own = Path(sys.executable).with_name("gixy")
    return str(own) if own.exists() else find(os.environ.get("WIZARD_GIXY", "gixy"), "gixy")


EXAMPLES = {
    "torchserve with management": {
        "server": "torchserve",
        "models": [{"name": "m", "path": "/m.mar"}],
        "bind": {"inference": {"scope": "all"}, "management": {"scope": "loopback"}},
        "cors": {
            "inference": {"origins": ["https://app.example", "http://localhost:3000"], "credentials": True},
            "management": {"origins": ["https://admin.example"]},
        },
        "auth": {"inference": "gateway-token", "management": "gateway-token"},
    },
    "native tensorflow serving with gRPC and TLS": {
        "server": "tensorflow-serving",
        "models": [{"name": "m", "path": "/m"}],
        "run": {"how": "native"},
        "bind": {"inference": {"scope": "loopback"}, "grpc": {"scope": "loopback"}},
        "cors": {"inference": {"origins": ["https://app.example"]}},
        "auth": {"inference": "gateway-token", "management": "gateway-token"},
        "tls": {"mode": "self-signed"},
    },
    "any page": {
        "server": "torchserve",
        "models": [{"name": "m", "path": "/m.mar"}],
        "bind": {"inference": {"scope": "all"}},
        "cors": {"inference": {"origins": ["*"]}},
        "auth": {"inference": "none", "management": "none"},
        "gateway": {"kind": "nginx"},
    },
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_gixy_finds_only_what_is_explained(tmp_path: Path, name: str) -> None:
    gixy = _gixy()
    if gixy is None:
        pytest.skip("needs gixy (pip install gixy-ng, or $WIZARD_GIXY)")
    deployment = resolve(Plan.model_validate(EXAMPLES[name]), HOST)
    assert deployment.has_gateway
    for place in written(deployment, tmp_path):
        done = subprocess.run([gixy, "-f", "json", str(place)], capture_output=True, text=True, timeout=120)
        found = json.loads(done.stdout)
        assert {each["plugin"] for each in found} <= set(ACCEPTED), found


def test_gixy_would_find_something(tmp_path: Path) -> None:
    gixy = _gixy()
    if gixy is None:
        pytest.skip("needs gixy (pip install gixy-ng, or $WIZARD_GIXY)")
    place = tmp_path / "nginx.conf"
    place.write_text("events {} http { server { location / { return 301 http://$host$uri; } } }")
    done = subprocess.run([gixy, "-f", "json", str(place)], capture_output=True, text=True, timeout=120)
    assert {each["plugin"] for each in json.loads(done.stdout)} - set(ACCEPTED)


def test_the_reasons_at_the_top_are_in_words() -> None:
    """Nobody who reads the file knows the wizard's ids."""
    wanted = plan_of(
        cors={"inference": {"origins": ["https://a.example", "https://b.example"]}}, auth={"inference": "none"}
    )
    text = config_files(resolve(wanted))[0].text
    assert "# Why it is here: several origins, headers, cookies. " in text
    assert not re.search(r"\bI\d+\b", text)
