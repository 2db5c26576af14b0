"""The knowledge files against the constants of every release, and against what must not be in them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.servers.torchserve.plans import ADAPTER, ALL_LOOPBACK, DATA, deploy, settings
from tests.support.each import each
from wizard.errors import WizardError
from wizard.servers.contract import Abilities
from wizard.servers.torchserve.keys import Key, keys
from wizard.servers.torchserve.knowledge import knowledge, supported
from wizard.servers.version_given import release

CONSTANTS: dict[str, Any] = json.loads((DATA / "constants.json").read_text("utf-8"))
VERSIONS = ("0.12.0", "0.11.1", "0.11.0", "0.10.0", "0.9.0", "0.8.2", "0.8.1")
NOT_KEYS_OF_CONFIG_MANAGER = {
    "torchelastic_ts",
    "ts_request_sequence_id",
    "ts_request_sequence_start",
    "ts_request_sequence_end",
}
LAUNCHER_ONLY = {"vmargs", "plugins_path"}
TYPES = {
    "address",
    "host",
    "port",
    "bool",
    "int",
    "float",
    "string",
    "path",
    "list",
    "origin",
    "regex",
    "regex-list",
    "json",
}


def constants(version: str) -> set[str]:
    return {*CONSTANTS["all"], *CONSTANTS["more"][version]} - NOT_KEYS_OF_CONFIG_MANAGER


def test_versions_are_those_covered_newest_first() -> None:
    assert ADAPTER.versions == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_keys_of_each_release_are_the_constants_of_its_front_end(version: str) -> None:
    known = {key.name for key in keys().known.values() if key.known_in(version)}
    assert known - LAUNCHER_ONLY == constants(version)


@pytest.mark.parametrize("how", ["docker", "native"])
@pytest.mark.parametrize("kind", ["none", "nginx"])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_key_that_is_written_is_one_that_the_release_reads(version: str, kind: str, how: str) -> None:
    written = set(settings(deploy(version=version, run__how=how, gateway__kind=kind, **ALL_LOOPBACK)))
    assert len(written) > 5 and written <= constants(version) | LAUNCHER_ONLY


def test_launcher_keys_are_marked() -> None:
    readers = {key.name: key.reader for key in keys().known.values() if key.reader != "java"}
    assert readers == {"vmargs": "launcher", "plugins_path": "launcher", "model_store": "both"}


@each((key,) for key in keys().known.values())
def test_each_key_says_what_it_is(key: Key) -> None:
    assert key.type in TYPES
    assert key.meaning.endswith(".") and "\n" not in key.meaning
    assert not key.risk or key.risk.endswith(".")
    assert key.evidence
    assert key.first in VERSIONS
    if key.type == "bool":
        assert key.default in ("true", "false")
    if key.type in ("int", "port") and not key.computed:
        assert key.default.isdecimal()


def test_variables_that_override_keys() -> None:
    known = keys().known
    assert known["inference_address"].env == "TS_INFERENCE_ADDRESS"
    assert known["token_expiration_min"].env == "TS_TOKEN_EXPIRATION_TIME_MIN"
    without = {name for name, key in known.items() if not key.env}
    assert without == {
        "use_native_io",
        "io_ratio",
        "metric_time_interval",
        "enable_envvars_config",
        "use_env_allowed_urls",
        "model_snapshot",
        "models",
        "system_metrics_cmd",
        "python",
        "vmargs",
        "plugins_path",
    }


def test_defaults_that_decide_exposure() -> None:
    expected = {
        "inference_address": "http://127.0.0.1:8080",
        "management_address": "http://127.0.0.1:8081",
        "metrics_address": "http://127.0.0.1:8082",
        "grpc_inference_address": "127.0.0.1",
        "grpc_management_address": "127.0.0.1",
        "grpc_inference_port": "7070",
        "grpc_management_port": "7071",
        "allowed_urls": "file://.*|http(s)?://.*",
        "disable_token_authorization": "false",
        "enable_model_api": "false",
        "cors_allowed_origin": "",
    }
    assert {name: keys().known[name].default for name in expected} == expected


def test_what_is_taken_for_a_key_is_none() -> None:
    wrong = keys().not_keys
    assert {
        "cors.allowed.origin",
        "cors.allowed.methods",
        "cors.allow.credentials",
        "management_cors.allowed.origin",
        "CORS_ALLOWED_ORIGIN",
        "cors_allowed_origins",
    } <= set(wrong)
    assert not set(wrong) & set(keys().known)
    for version in VERSIONS:
        assert not set(wrong) & constants(version)
    for one in wrong.values():
        assert one.happens.endswith(".") and one.instead and one.evidence
        named = set(re.findall(r"[\w-]+", one.instead)) & ({*keys().known} | {*keys().flags})
        assert named or one.instead.startswith(("a gateway", "nothing")), one


def test_flags_and_when_they_came() -> None:
    flags = keys().flags
    assert flags["--ncs"] is flags["--no-config-snapshots"]
    assert flags["--disable-token-auth"].first == "0.11.1"
    assert flags["--cpp-log-config"].first == "0.10.0"
    assert flags["--workflow-store"].first == "0.8.1"
    assert all(flag.meaning.endswith(".") and flag.evidence for flag in flags.values())


@pytest.mark.parametrize("version", VERSIONS)
def test_abilities_row_by_row(version: str) -> None:
    able = ADAPTER.abilities(version)
    number = release(version)
    assert able.binds_http and not able.binds_ipv6 and able.http_socket
    assert able.binds_grpc == (number >= (0, 11, 0))
    assert able.grpc_off == ("loopback" if number >= (0, 11, 0) else "never")
    assert (able.cors_origins, able.cors_methods, able.cors_headers) == ("one", (), ())
    assert able.cors_shared and able.tls_http and able.tls_grpc
    assert able.token == (number >= (0, 11, 1))
    assert ADAPTER.default_auth(version) == ("server-token" if number >= (0, 11, 1) else "none")


@pytest.mark.parametrize("version", VERSIONS)
def test_facts_are_there_and_speak_of_the_release(version: str) -> None:
    facts = ADAPTER.abilities(version).facts
    names = (
        "binds_http binds_grpc binds_ipv6 binds_several cors_off cors_origins cors_token cors_credentials cors_methods "
        "cors_headers cors_shared token tls_http tls_grpc metrics_port http_socket grpc_off models"
    )
    for name in names.split():
        assert facts[name].text.endswith(".") and facts[name].evidence
    assert ("every interface" in facts["binds_grpc"].text) == (release(version) < (0, 11, 0))
    assert facts["token"].text.startswith("TorchServe before") == (release(version) < (0, 11, 1))


def test_abilities_are_all_data() -> None:
    assert isinstance(ADAPTER.abilities("0.12.0"), Abilities)
    assert ADAPTER.abilities("0.12.0") is ADAPTER.abilities("0.12")


def test_short_and_unknown_releases() -> None:
    assert supported("0.11") == "0.11.1"
    assert ADAPTER.image("0.12", gpu=False) == "pytorch/torchserve:0.12.0-cpu"
    assert ADAPTER.image("0.9.0", gpu=True) == "pytorch/torchserve:0.9.0-gpu"
    for version, near in (("0.7.1", "0.8.1"), ("0.13.0", "0.12.0"), ("1.0", "0.12.0"), ("0.10.7", "0.10.0")):
        with pytest.raises(WizardError, match="Nothing is known") as refused:
            ADAPTER.abilities(version)
        assert near in refused.value.hint


def test_the_v_of_a_tag_is_no_other_release() -> None:
    assert ADAPTER.abilities("v0.12.0") is ADAPTER.abilities("0.12.0")
    assert ADAPTER.image("v0.11", gpu=False) == "pytorch/torchserve:0.11.1-cpu"
    for version in ("v", "vv0.12.0", "version 0.12.0"):
        with pytest.raises(WizardError, match=f"TorchServe {version}"):
            ADAPTER.abilities(version)


def test_no_text_calls_cors_protection() -> None:
    spoken = [fact.text for fact in knowledge().facts.values()]
    spoken += [key.meaning + key.risk for key in keys().known.values()]
    assert not [each for each in spoken if "protect" in each.lower()]


def test_each_file_is_read_once() -> None:
    assert knowledge() is knowledge()
    assert keys() is keys()


def test_the_oldest_release_of_the_keys_is_the_oldest_covered() -> None:
    assert min((key.first for key in keys().known.values()), key=release) == knowledge().versions[-1]
