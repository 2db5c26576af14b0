"""How the server is run: command, mounts, memory-backed folders, and where its keys are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.servers.torchserve.plans import ADAPTER, ALL_LOOPBACK, HOST, NO_TOKEN, deploy
from wizard.deployment import Deployment, Mount, Process
from wizard.servers.torchserve.keys import keys
from wizard.servers.version_given import release

HOME = "/home/model-server"


def server(**patch: Any) -> Process:
    return found(deploy(**patch))


def found(deployment: Deployment) -> Process:
    process = deployment.process("server")
    assert process is not None
    return process


def test_the_command_replaces_the_entrypoint_that_switches_the_token_off() -> None:
    process = server(version="0.12.0")
    assert process.entrypoint == ("torchserve",)
    assert process.command == ("--start", "--foreground", "--ncs", "--ts-config", f"{HOME}/config.properties")
    assert ("TS_CONFIG_FILE", f"{HOME}/config.properties") in process.environment


@pytest.mark.parametrize("version", ADAPTER.versions)
@pytest.mark.parametrize("how", ["docker", "native"])
@pytest.mark.parametrize("token", [True, False])
def test_flags_are_those_the_release_knows(version: str, how: str, token: bool) -> None:
    process = server(version=version, run__how=how, gateway__kind="none", **({} if token else NO_TOKEN))
    flags = [word for word in process.command if word.startswith("--")]
    assert all(release(keys().flags[flag].first) <= release(version) for flag in flags)
    assert {"--start", "--foreground", "--ncs", "--ts-config"} <= set(flags)
    assert "--disable-token-auth" not in flags
    assert ("--workflow-store" in flags) == (release(version) < (0, 10, 0))


def test_a_native_server_runs_in_the_folder_of_the_files() -> None:
    process = server(version="0.9.0", run__how="native", gateway__kind="none")
    assert process.command == (
        *("torchserve", "--start", "--foreground", "--ncs"),
        *("--ts-config", "./config.properties", "--workflow-store", "run/tmp"),
    )
    assert (process.image, process.mounts, process.tmpfs, process.entrypoint) == ("", (), (), None)
    assert dict(process.environment)["TS_CONFIG_FILE"] == "./config.properties"
    assert not process.isolated


def test_each_archive_is_mounted_alone_and_read_only() -> None:
    models = [
        {"name": "one", "path": "/a/model.mar"},
        {"name": "two", "path": "store/model.mar"},
        {"name": "three", "path": "./store/three.tar.gz"},
        {"name": "four", "path": "../folder"},
        {"name": "five", "path": "C:\\models\\five.mar"},
    ]
    mounts = server(models=models, version="0.12.0").mounts
    assert mounts == (
        Mount("./config.properties", f"{HOME}/config.properties"),
        Mount("/a/model.mar", f"{HOME}/model-store/one.mar"),
        Mount("./store/model.mar", f"{HOME}/model-store/two.mar"),
        Mount("./store/three.tar.gz", f"{HOME}/model-store/three.tar.gz"),
        Mount("./../folder", f"{HOME}/models/four"),
        Mount("C:\\models\\five.mar", f"{HOME}/model-store/five.mar"),
    )
    assert all(mount.read_only for mount in mounts)


def test_baked_files_lie_where_they_would_be_mounted() -> None:
    mounted = server(version="0.12.0")
    baked = server(version="0.12.0", run__packaging="image", tls__mode="self-signed", **ALL_LOOPBACK)
    assert set(mounted.mounts) <= set(baked.baked)
    assert [mount.target for mount in baked.mounts] == [f"{HOME}/tls/key.pem"]
    assert baked.command == mounted.command and baked.working_dir == mounted.working_dir


def test_what_the_server_writes_to_is_in_memory_and_its_own() -> None:
    process = server(version="0.12.0")
    assert process.read_only_root
    folders = dict(process.tmpfs)
    assert set(folders) == {"/tmp", f"{HOME}/tmp", f"{HOME}/logs", f"{HOME}/run", f"{HOME}/wf-store"}
    for folder in (f"{HOME}/tmp", f"{HOME}/logs", f"{HOME}/run"):
        assert {"uid=1000", "gid=1000", "mode=0700", "nosuid"} <= set(folders[folder].split(","))
    assert "uid=" not in folders[f"{HOME}/wf-store"] and "mode=0555" in folders[f"{HOME}/wf-store"]
    environment = dict(process.environment)
    assert (environment["TEMP"], environment["LOG_LOCATION"]) == (f"{HOME}/tmp", f"{HOME}/logs")
    assert process.working_dir == f"{HOME}/run"


def test_where_the_keys_are() -> None:
    assert ADAPTER.token_file(deploy(version="0.12.0")) == f"{HOME}/run/key_file.json"
    assert ADAPTER.token_file(deploy(version="0.12.0", run__how="native")) == "key_file.json"
    assert ADAPTER.token_file(deploy(version="0.12.0", **NO_TOKEN)) is None
    assert ADAPTER.token_file(deploy(version="0.9.0")) is None


def test_tls_files_are_mounted_and_the_key_is_never_baked() -> None:
    mounts = server(version="0.12.0", tls__mode="self-signed").mounts
    assert Mount("./secrets/tls.crt", f"{HOME}/tls/certificate.pem") in mounts
    assert Mount("./secrets/tls.key", f"{HOME}/tls/key.pem", secret=True) in mounts
    own = {"mode": "files", "certificate": "/etc/c.pem", "key": "k.pem"}
    mounts = server(version="0.12.0", tls=own).mounts
    assert Mount("/etc/c.pem", f"{HOME}/tls/certificate.pem") in mounts
    assert Mount("./k.pem", f"{HOME}/tls/key.pem", secret=True) in mounts


def test_shared_secrets_and_sockets_run_as_the_user_of_this_machine() -> None:
    host = replace(HOST, uid=1234, gid=4321)
    socket = {"scope": "socket", "address": "/run/me/ts.sock"}
    for wishes in ({"tls__mode": "self-signed"}, {"bind__inference": socket}):
        process = found(deploy(host=host, version="0.12.0", **wishes))
        assert process.user == "1234:4321"
        assert "uid=1234,gid=4321" in dict(process.tmpfs)[f"{HOME}/run"]
    assert found(deploy(host=host, version="0.12.0")).user == ""


def test_a_socket_folder_is_mounted_writable() -> None:
    deployment = deploy(version="0.12.0", bind__inference={"scope": "socket", "address": "/run/me/ts.sock"})
    assert Mount("/run/me", "/run/serving-wizard", read_only=False) in found(deployment).mounts
    endpoint = deployment.endpoint("inference")
    assert endpoint is not None and endpoint.backend_address == "unix:/run/serving-wizard/ts.sock"


def test_own_images_and_gpu() -> None:
    assert server(version="0.11.0", run__gpu=True).image == "pytorch/torchserve:0.11.0-gpu"
    assert server(version="0.11.0", run__image="me/ts:1").image == "me/ts:1"
