"""Settings that answers decide: what is written and read back; test_ts_real.py starts 0.12.0 and 0.9.0 with them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.servers.torchserve.fleet import ADJUSTED, NEW, OLD, ONLY_NEW
from tests.servers.torchserve.plans import ADAPTER, ALL_LOOPBACK, deploy, plan, settings
from tests.support.each import each
from wizard.check.analysis import Analysis
from wizard.check.importing import draft
from wizard.exposure.findings.contradictions import contradictions, find
from wizard.observed.source import Source
from wizard.plan.settings import declared
from wizard.servers.torchserve.keys import keys

EVERY = {**ADJUSTED, **ONLY_NEW}


def test_every_setting_is_written_once_as_the_release_reads_it() -> None:
    deployment = deploy(version=NEW, **{f"settings__{name}": value for name, value in EVERY.items()})
    found = settings(deployment)
    assert set(EVERY) == {setting.name for setting in declared("torchserve")}
    for setting in declared("torchserve"):
        value = str(EVERY[setting.name]).lower()
        assert found[setting.spelled] == (f"-Xmx{value}m" if setting.name == "heap" else value)
        assert keys().known[setting.spelled].known_in(NEW)
    assert [*contradictions(deployment)] == []


def test_a_release_that_ignores_a_setting_is_told() -> None:
    (found,) = contradictions(deploy(version=OLD, settings__startup_timeout=44))
    assert "settings.startup_timeout sets default_startup_timeout" in found.message and NEW in found.message


@pytest.mark.parametrize(
    ("size", "allowed", "told"), [(2**23, 8, False), (2**23 + 1, 8, True), (2**31 - 1, 2048, False)]
)
def test_a_gateway_that_takes_less_than_the_server_is_told(size: int, allowed: int, told: bool) -> None:
    wishes: dict[str, Any] = {
        "gateway__kind": "nginx",
        "gateway__max_body_mib": allowed,
        "settings__max_request_size": size,
    }
    deployment = deploy(version=NEW, **wishes)
    found = [shown for shown in find(deployment) if shown.id == "TS-BODY-GATEWAY"]
    assert [fix.patch for shown in found for fix in shown.remedies] == (
        [(("gateway.max_body_mib", 9),)] if told else []
    )
    bare = deploy(version=NEW, settings__max_request_size=size)
    assert "TS-BODY-GATEWAY" not in {shown.id for shown in contradictions(bare)}


@pytest.mark.parametrize(("seconds", "waits"), [(30, 120), (600, 600)])
def test_a_gateway_waits_as_long_as_the_server(seconds: int, waits: int) -> None:
    deployment = deploy(version=NEW, gateway__kind="nginx", settings__response_timeout=seconds, **ALL_LOOPBACK)
    found = [route.wait_s for route in ADAPTER.gateway_routes(deployment) if "predict" in route.does]
    assert found == [waits, waits]


def imported(text: str) -> tuple[dict[str, Any], list[str]]:
    """What a file says under `settings`, and what is not carried over."""
    source = Source("config.properties", f"inference_address=http://127.0.0.1:8080\nmodel_store=/m\n{text}\n")
    analysis = Analysis({source.path: source}.get)
    analysis.add(source)
    found = draft(analysis)
    data: Any = found.data
    return data.get("settings", {}), [lost.what.partition(":")[0] for lost in found.lost]


def test_what_is_written_is_read_back() -> None:
    written = settings(deploy(version=NEW, **{f"settings__{name}": value for name, value in EVERY.items()}))
    own = {setting.spelled for setting in declared("torchserve")}
    found, lost = imported("\n".join(f"{key}={value}" for key, value in written.items() if key in own))
    assert found == EVERY and lost == []
    assert plan(version=NEW, **{f"settings__{name}": value for name, value in found.items()}).settings.given == EVERY


@each([("install_py_dep_per_model=true", 1), ("install_py_dep_per_model=false", 0), ("enable_model_api=TRUE", 1)])
def test_a_switch_that_what_is_written_leaves_off_is_named_where_it_was_on(line: str, times: int) -> None:
    assert imported(line) == ({}, [line.partition("=")[0]] * times)


@each(
    [
        ("prefer_direct_buffer=TRUE", {"direct_buffer": True}),
        ("prefer_direct_buffer=yes", {"direct_buffer": False}),
        ("vmargs=-Xmx4g", {"heap": 4096}),
        ("vmargs=-Xmx4g -XX:+ExitOnOutOfMemoryError", {}),
        ("vmargs: -Xmx4g", {}),
        ("job_queue_size=0", {}),
        ("max_request_size=10", {}),
        ("default_response_timeout=259200", {}),
    ],
)
def test_a_line_is_carried_over_as_the_server_reads_it_or_named(line: str, found: dict[str, Any]) -> None:
    given, lost = imported(line)
    assert given == found
    assert lost == ([] if found else [re.split("[=:]", line)[0]])
