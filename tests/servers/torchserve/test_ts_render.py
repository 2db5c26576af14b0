"""config.properties: what stands in it, why, and what never does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.servers.torchserve.plans import ADAPTER, ALL_LOOPBACK, NO_TOKEN, PAGE, deploy, plan, settings, text
from tests.support import hostile
from tests.support.examples import most
from wizard.errors import WizardError
from wizard.plan import apply_patch
from wizard.servers.torchserve import properties
from wizard.servers.torchserve.keys import keys

NATIVE: dict[str, Any] = {"run__how": "native"}
SIX: dict[str, Any] = {"version": "0.12.0", **NATIVE, "gateway__kind": "none"}
NEWEST = "0.12.0"
ADDRESS = re.compile(r"(https?)://([^:/]+)(?::(\d+))?|unix:/.*", re.IGNORECASE)
"""The pattern of the server itself, ConfigManager.java:159-162 (v0.12.0)."""


def test_the_safe_default_in_a_container() -> None:
    assert settings(deploy(version=NEWEST)) == {
        "inference_address": "http://0.0.0.0:8080",
        "management_address": "http://127.0.0.1:8081",
        "enable_metrics_api": "false",
        "grpc_inference_address": "127.0.0.1",
        "grpc_inference_port": "7070",
        "grpc_management_address": "127.0.0.1",
        "grpc_management_port": "7071",
        "model_store": "/home/model-server/model-store",
        "load_models": "echo=echo.mar",
        "enable_model_api": "false",
        "allowed_urls": "none",
        "install_py_dep_per_model": "false",
        "workflow_store": "/home/model-server/wf-store",
        "disable_token_authorization": "false",
        "default_workers_per_model": "1",
    }


def test_the_safe_default_without_a_container() -> None:
    found = settings(deploy(version=NEWEST, **NATIVE))
    assert found["inference_address"] == "http://127.0.0.1:8080"
    assert found["management_address"] == "http://127.0.0.1:8081"
    assert found["model_store"] == "/models"
    assert found["workflow_store"] == "run/tmp"
    assert found["enable_metrics_api"] == "false"
    assert "default_workers_per_model" not in found


@pytest.mark.parametrize("version", ADAPTER.versions)
@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {**ALL_LOOPBACK},
        {**ALL_LOOPBACK, **NO_TOKEN, "cors__inference__origins": [PAGE], "cors__management__origins": [PAGE]},
        {**NATIVE, "bind__inference__scope": "all", "gateway__kind": "none", **NO_TOKEN},
        {"tls__mode": "self-signed", **ALL_LOOPBACK},
        {"run__network": "host"},
    ],
)
def test_no_key_that_the_release_does_not_know(version: str, wishes: dict[str, Any]) -> None:
    found = settings(deploy(version=version, **wishes))
    for name in found:
        assert keys().known[name].known_in(version), name
    assert not set(found) & set(keys().not_keys)


@pytest.mark.parametrize("version", ["0.8.1", "0.9.0", "0.10.0"])
def test_old_releases_get_grpc_ports_but_no_addresses(version: str) -> None:
    found = settings(deploy(version=version))
    assert (found["grpc_inference_port"], found["grpc_management_port"]) == ("7070", "7071")
    assert "grpc_inference_address" not in found
    assert "disable_token_authorization" not in found and "enable_model_api" not in found


def test_workflow_store_key_only_where_it_is_heard() -> None:
    assert "workflow_store" not in settings(deploy(version="0.9.0"))
    assert "workflow_store" in settings(deploy(version="0.10.0"))


def test_token_off_is_said_since_on_is_the_default() -> None:
    assert settings(deploy(version=NEWEST, **NO_TOKEN))["disable_token_authorization"] == "true"
    gateway = deploy(version=NEWEST, auth__inference="gateway-token", auth__management="gateway-token")
    assert settings(gateway)["disable_token_authorization"] == "true"


def test_metrics_that_somebody_reaches_are_filled() -> None:
    found = settings(deploy(version=NEWEST, bind__metrics__scope="loopback"))
    assert found["metrics_address"] == "http://0.0.0.0:8082"
    assert found["metrics_mode"] == "prometheus"
    assert "enable_metrics_api" not in found


@pytest.mark.parametrize(
    ("listener", "address"),
    [
        ({"scope": "loopback"}, "http://127.0.0.1:8080"),
        ({"scope": "loopback", "port": 9000}, "http://127.0.0.1:9000"),
        ({"scope": "interface", "address": "10.0.0.5"}, "http://10.0.0.5:8080"),
        ({"scope": "all"}, "http://0.0.0.0:8080"),
        ({"scope": "socket", "address": "/run/me/in f.sock"}, "unix:/run/me/in f.sock"),
        ({"scope": "socket", "address": "/run/me/a:b.sock"}, "unix:/run/me/a:b.sock"),
    ],
)
def test_native_addresses(listener: dict[str, Any], address: str) -> None:
    assert settings(deploy(**SIX, bind__inference=listener))["inference_address"] == address


def test_an_ipv6_address_is_never_written() -> None:
    listener = {"scope": "interface", "address": "fd00::1"}
    deployment = deploy(**SIX, bind__inference=listener, bind__grpc=listener)
    found = settings(deployment)
    assert found["inference_address"] == "http://127.0.0.1:8080"
    assert found["grpc_inference_address"] == "127.0.0.1"
    assert "cannot listen on fd00::1" in text(deployment)


def test_behind_a_gateway_it_is_plain_and_silent_about_cors() -> None:
    origins = [PAGE, "https://two.example"]
    deployment = deploy(
        version=NEWEST,
        tls__mode="self-signed",
        cors__inference__origins=origins,
        cors__inference__credentials=True,
        gateway__kind="nginx",
    )
    found = settings(deployment)
    assert found["inference_address"] == "http://0.0.0.0:8080"
    assert not [name for name in found if name.startswith("cors") or "file" in name]


def test_one_origin_and_any_origin_are_native() -> None:
    one = settings(deploy(version=NEWEST, **NO_TOKEN, cors__inference__origins=[PAGE]))
    assert one["cors_allowed_origin"] == PAGE
    assert (one["cors_allowed_methods"], one["cors_allowed_headers"]) == ("GET, POST", "content-type")
    any_ = settings(deploy(version=NEWEST, **NO_TOKEN, cors__inference__origins=["*"]))
    assert any_["cors_allowed_origin"] == "*"


def test_a_list_of_origins_is_never_written() -> None:
    two = [PAGE, "https://two.example"]
    for kind in ("none", "auto", "nginx"):
        found = settings(deploy(version=NEWEST, **NO_TOKEN, cors__inference__origins=two, gateway__kind=kind))
        assert "cors_allowed_origin" not in found


def test_native_tls_names_the_files_and_covers_grpc() -> None:
    docker = settings(deploy(version=NEWEST, tls__mode="self-signed", **ALL_LOOPBACK))
    assert docker["inference_address"] == "https://0.0.0.0:8080"
    assert docker["metrics_address"] == "https://0.0.0.0:8082"
    assert docker["certificate_file"] == "/home/model-server/tls/certificate.pem"
    assert docker["private_key_file"] == "/home/model-server/tls/key.pem"
    assert docker["enable_grpc_ssl"] == "true"
    alone = settings(deploy(version=NEWEST, tls__mode="self-signed"))
    assert alone["management_address"] == "http://127.0.0.1:8081"
    assert "enable_grpc_ssl" not in alone
    own = {"mode": "files", "certificate": "/etc/tls/my cert.pem", "key": "tls/key.pem"}
    native = settings(deploy(version=NEWEST, **NATIVE, tls=own))
    assert (native["certificate_file"], native["private_key_file"]) == ("/etc/tls/my cert.pem", "./tls/key.pem")


def test_models_go_by_their_own_names() -> None:
    models = [
        {"name": "one", "path": "/a/model.mar"},
        {"name": "two", "path": "/b/model.mar"},
        {"name": "three", "path": "/c/weird, name=$$X$$.tar.gz"},
        {"name": "four", "path": "./folder"},
    ]
    found = settings(deploy(models=models, version=NEWEST))
    assert found["load_models"] == "one=one.mar,two=two.mar,three=three.tar.gz,four=/home/model-server/models/four"


def test_native_models_keep_their_file_names() -> None:
    models = [
        {"name": "a", "path": "/store/one.mar"},
        {"name": "b", "path": "/store/x=y with blank.mar"},
        {"name": "c", "path": "/store/caf\u00e9.mar"},
        {"name": "d", "path": "/store/folder"},
        {"name": "e", "path": "/else/where"},
    ]
    deployment = deploy(models=models, version=NEWEST, **NATIVE)
    found = settings(deployment)
    assert found["model_store"] == "/store"
    names = "a=one.mar,b=x=y with blank.mar,c=caf\u00e9.mar,d=folder,e=/else/where"
    assert found["load_models"] == names
    assert "load_models=a=one.mar,b=x=y with blank.mar,c=caf\\u00e9.mar" in text(deployment)


def test_native_names_that_no_list_can_hold() -> None:
    with pytest.raises(WizardError, match="load_models"):
        text(deploy(models=[{"name": "a", "path": "/store/a,b.mar"}], version=NEWEST, **NATIVE))
    with pytest.raises(WizardError):
        text(deploy(models=[{"name": "a", "path": "/sto\\re/a.mar"}], version=NEWEST, **NATIVE))


def test_no_model_loads_nothing() -> None:
    assert "load_models" not in settings(deploy(models=[], version=NEWEST))


def test_each_block_has_a_cause_and_a_reason() -> None:
    deployment = deploy(version=NEWEST, **NO_TOKEN, **ALL_LOOPBACK, cors__inference__origins=[PAGE])
    first, *blocks = ADAPTER.config_files(deployment)[0].blocks
    assert first.text.startswith("# ") and first.text.isascii()
    for block in blocks:
        lines = block.text.strip("\n").split("\n")
        assert lines[0] == f"# {block.why}"
        assert all("=" in line for line in lines[1:]) and len(lines) > 1
        root = block.cause.split(".")[0]
        assert hasattr(deployment.plan, root)
        cause: Any = deployment.plan
        for part in block.cause.split("."):
            cause = getattr(cause, part)


def test_both_readers_see_the_same_model_store() -> None:
    deployment = deploy(models=[{"name": "m", "path": "/stor\u00e9 #1 = x/m.mar"}], version=NEWEST, **NATIVE)
    launcher = {entry.key: entry.value for entry in properties.read_launcher(text(deployment))}
    assert launcher["model_store"] == settings(deployment)["model_store"] == "/stor\u00e9 #1 = x"


LISTENERS = st.one_of(
    st.sampled_from(["loopback", "all", "internal", "off"]).map(lambda scope: {"scope": scope}),
    st.sampled_from(["10.0.0.5", "fd00::1"]).map(lambda ip: {"scope": "interface", "address": ip}),
    st.just({"scope": "socket", "address": "/run/x/a.sock"}),
)
ORIGINS = st.lists(st.sampled_from([PAGE, "https://two.example", "http://localhost:3000"]), max_size=3, unique=True)
RULES = st.builds(
    lambda origins, methods, headers, cookies: {
        "origins": origins,
        "methods": methods,
        "headers": headers,
        "credentials": cookies,
    },
    st.one_of(st.just(["*"]), ORIGINS),
    st.lists(st.sampled_from(["GET", "POST", "PUT", "DELETE"]), unique=True),
    st.lists(st.sampled_from(["content-type", "x-a", "authorization"]), unique=True),
    st.booleans(),
)
AUTHS = st.sampled_from(["none", "server-token", "gateway-token"])
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,12}", fullmatch=True)
PATHS = hostile.values().filter(lambda t: bool(t) and not any(c in t for c in "\0\r\n")).map(lambda t: f"/{t}.mar")
PATCHES = st.fixed_dictionaries(
    {
        "version": st.sampled_from(ADAPTER.versions),
        "run.how": st.sampled_from(["docker", "native"]),
        "run.network": st.sampled_from(["bridge", "host"]),
        "run.gpu": st.booleans(),
        "bind.inference": LISTENERS,
        "bind.management": LISTENERS,
        "bind.metrics": LISTENERS,
        "bind.grpc": LISTENERS,
        "bind.grpc_management": LISTENERS,
        "cors.inference": RULES,
        "cors.management": RULES,
        "auth.inference": AUTHS,
        "auth.management": AUTHS,
        "tls.mode": st.sampled_from(["off", "self-signed"]),
        "gateway.kind": st.sampled_from(["auto", "none", "nginx"]),
    }
)
MODELS = st.lists(
    st.builds(lambda n, p: {"name": n, "path": p}, NAMES, PATHS), max_size=3, unique_by=lambda m: m["name"]
)


@hypothesis_settings(deadline=None, max_examples=most(120))
@given(patch=PATCHES, models=MODELS)
def test_whatever_is_answered_nothing_wrong_can_be_written(patch: dict[str, Any], models: list[dict[str, Any]]) -> None:
    """The table of settings that people copy and that fail in silence, over random plans."""
    from wizard.placement.resolve import resolve

    deployment = resolve(apply_patch(plan(models=models), patch))
    try:
        found = settings(deployment)
    except WizardError:
        assert deployment.plan.run.how == "native"  # a path that the file cannot hold; nothing is written
        return
    written = text(deployment)
    assert written.startswith("# ")
    assert not set(found) & set(keys().not_keys)
    assert all(keys().known[name].known_in(deployment.plan.version) for name in found)
    for name in ("inference_address", "management_address", "metrics_address"):
        match = ADDRESS.fullmatch(found.get(name, "http://a"))
        assert match and "[" not in found.get(name, ""), found[name]
    for name in ("grpc_inference_address", "grpc_management_address"):
        assert re.fullmatch(r"\d+\.\d+\.\d+\.\d+", found.get(name, "127.0.0.1"))
    if patch["run.how"] == "docker" and patch["run.network"] == "bridge" and patch["bind.inference"]["scope"] != "off":
        assert "127.0.0.1" not in found["inference_address"]  # unreachable through any published port
    origin = found.get("cors_allowed_origin", "")
    assert "," not in origin and " " not in origin and not origin.endswith("/")
    assert found.get("load_models", "").lower() != "all"
    assert found["allowed_urls"] == "none"
    assert (found.get("disable_token_authorization", "true") == "false") == deployment.server_token
    # `$$$$` names no variable: 0.12.0 started with it as a value.
    assert not any(re.search(r"\$\$[^$]+\$\$", block.text) for block in ADAPTER.config_files(deployment)[0].blocks)
    launcher = {entry.key: entry.value for entry in properties.read_launcher(written)}
    assert launcher["model_store"] == found["model_store"]
