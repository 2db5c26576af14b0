"""What the server loads, when it waits, and what a changed directory or configuration file does."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import until
from wizard.servers.tensorflow_serving.emulator.versions import parse_version

from .conftest import entry, models_config
from .harness import SAMPLE, Server, is_open

Start = Callable[..., Server]
REST_UP = "Exporting HTTP/REST API at:localhost:"
PORTS = ("--port={port}", "--rest_api_port={rest}")


def put(version: Path) -> Path:
    """Put a version of the sample there, complete at once."""
    version.parent.mkdir(parents=True, exist_ok=True)
    hidden = version.with_name(f".{version.name}")
    shutil.copytree(SAMPLE / "1", hidden, copy_function=shutil.copyfile)
    return hidden.rename(version)


def replace(path: Path, text: str) -> None:
    new = path.with_suffix(".new")
    new.write_text(text)
    new.rename(path)


def states(server: Server, name: str = "m") -> dict[str, str]:
    reply = server.request("GET", f"/v1/models/{name}")
    if reply.status != 200:
        return {}
    return {one["version"]: one["state"] for one in json.loads(reply.body)["model_version_status"]}


def wait_states(server: Server, expected: dict[str, str], name: str = "m") -> None:
    until(lambda: states(server, name) == expected, lambda: f"{expected}, not {states(server, name)}")


def still_closed(server: Server) -> bool:
    return server.process.poll() is None and not is_open(server.port) and not is_open(server.rest)


@pytest.mark.row("base-path-missing-waits")
def test_waits_for_a_missing_base_path(start: Start, tmp_path: Path) -> None:
    base = tmp_path / "late"
    server = start(*PORTS, "--model_name=m", f"--model_base_path={base}")
    line = (
        "FileSystemStoragePathSource encountered a filesystem access error: "
        f"Could not find base path {base} for servable m with error NOT_FOUND: {base} not found"
    )
    server.wait_output(line, count=2)
    assert still_closed(server)
    put(base / "1")
    server.wait_output(REST_UP)
    assert states(server) == {"1": "AVAILABLE"}


@pytest.mark.row("no-version-waits")
def test_waits_for_a_numbered_child(start: Start, tmp_path: Path) -> None:
    (tmp_path / "m").mkdir()
    server = start(*PORTS, "--model_name=m", f"--model_base_path={tmp_path}/m")
    warning = f"No versions of servable m found under base path {tmp_path}/m. Did you forget to name your leaf"
    server.wait_output(warning, count=2)
    assert still_closed(server)
    put(tmp_path / "m" / "7")
    server.wait_output(REST_UP)
    assert states(server) == {"7": "AVAILABLE"}


@pytest.mark.row("version-directory-given")
def test_a_version_directory_is_no_base_path(start: Start, models: Path) -> None:
    server = start(*PORTS, "--model_name=m", f"--model_base_path={models}/1")
    server.wait_output(f"No versions of servable m found under base path {models}/1.")
    assert still_closed(server)


@pytest.mark.row("one-bad-path-stops-all")
def test_one_missing_path_stops_every_model(start: Start, models: Path, tmp_path: Path) -> None:
    config = tmp_path / "c"
    config.write_text(models_config(entry("good", models), entry("bad", tmp_path / "none")))
    server = start(*PORTS, f"--model_config_file={config}")
    server.wait_output(f"Could not find base path {tmp_path}/none for servable bad", count=2)
    assert still_closed(server)
    assert "Loading servable version {name: good" not in server.output


@pytest.mark.row("version-names")
def test_version_names() -> None:
    accepted = {"1": 1, "001": 1, "+2": 2, "-3": -3, " 4 ": 4, "9223372036854775807": 2**63 - 1}
    for name, number in accepted.items():
        assert parse_version(name) == number
    for name in ("v1", "1.0", "1-a", "", "1_0", "٣", "9223372036854775808", "0x1", "1 2"):
        assert parse_version(name) is None


def test_versions_with_zeros_and_signs_are_served(start: Start, tmp_path: Path) -> None:
    put(tmp_path / "m" / "007")
    put(tmp_path / "m" / "v9")
    put(tmp_path / "m" / "1.0")
    server = start(*PORTS, "--model_name=m", f"--model_base_path={tmp_path}/m")
    server.wait_output(REST_UP)
    assert states(server) == {"7": "AVAILABLE"}


@pytest.mark.row("file-as-version")
def test_a_file_is_taken_for_a_version(start: Start, tmp_path: Path) -> None:
    put(tmp_path / "m" / "1")
    (tmp_path / "m" / "5").write_text("notes")
    server = start(*PORTS, "--model_name=m", f"--model_base_path={tmp_path}/m", "--max_num_load_retries=0")
    assert server.wait_exit() == 255
    assert "Could not find SavedModel .pb or .pbtxt at supplied export directory path" in server.stdout
    assert "{name: m version: 5}" in server.stdout


@pytest.mark.row("duplicate-versions")
def test_the_later_of_two_equal_numbers_wins(start: Start, tmp_path: Path) -> None:
    put(tmp_path / "m" / "001")
    put(tmp_path / "m" / "1")
    server = start(*PORTS, "--model_name=m", f"--model_base_path={tmp_path}/m")
    server.wait_output(REST_UP)
    text = "Duplicate version directories detected. Version 1 will be loaded from 1, 001 will be ignored."
    server.wait_output(text)
    server.wait_output(f"Reading SavedModel from: {tmp_path}/m/1\n")


@pytest.mark.row("version-policies")
def test_version_policies(start: Start, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        put(tmp_path / "m" / str(number))
    policies = {
        "two": "latest { num_versions: 2 }",
        "none": "latest { num_versions: 0 }",
        "all": "all {}",
        "some": "specific { versions: 1 versions: 9 }",
    }
    entries = [entry(name, tmp_path / "m", f"model_version_policy {{ {policy} }}") for name, policy in policies.items()]
    config = tmp_path / "c"
    config.write_text(models_config(*entries))
    server = start(*PORTS, f"--model_config_file={config}")
    server.wait_output(REST_UP)
    wait_states(server, {"3": "AVAILABLE", "2": "AVAILABLE"}, "two")
    wait_states(server, {"3": "AVAILABLE"}, "none")
    wait_states(server, {"3": "AVAILABLE", "2": "AVAILABLE", "1": "AVAILABLE"}, "all")
    wait_states(server, {"1": "AVAILABLE"}, "some")
    server.wait_output("Version 9 of servable some, which was requested")


_REPLACED = (("Successfully loaded", 2), ("Done unloading", 1))


@pytest.mark.row("new-version-appears")
def test_a_new_version_replaces_the_old_one(start: Start, tmp_path: Path) -> None:
    put(tmp_path / "m" / "1")
    server = start(*PORTS, "--model_name=m", f"--model_base_path={tmp_path}/m")
    server.wait_output(REST_UP)
    put(tmp_path / "m" / "2")
    wait_states(server, {"2": "AVAILABLE", "1": "END"})
    lines = [f"{done} servable version {{name: m version: {n}}}" for done, n in _REPLACED]
    for line in lines:  # what is printed arrives later than the state that is asked for
        server.wait_output(line)
    assert server.output.index(lines[0]) < server.output.index(lines[1])
    shutil.rmtree(tmp_path / "m" / "2")
    wait_states(server, {"2": "END", "1": "AVAILABLE"})


@pytest.mark.row("versions-emptied")
def test_emptied_versions_unload_but_a_missing_base_path_does_not(start: Start, tmp_path: Path) -> None:
    put(tmp_path / "m" / "1")
    server = start(*PORTS, "--model_name=m", f"--model_base_path={tmp_path}/m")
    server.wait_output(REST_UP)
    (tmp_path / "m").rename(tmp_path / "away")
    server.wait_output("Could not find base path", count=2)
    assert states(server) == {"1": "AVAILABLE"}
    (tmp_path / "m").mkdir()
    wait_states(server, {"1": "END"})
    reply = server.request("POST", "/v1/models/m:predict", body=b'{"instances": [1]}')
    assert (reply.status, json.loads(reply.body)) == (
        404,
        {"error": "Servable not found for request: Latest(m)"},
    )


@pytest.mark.row("bad-new-version")
def test_a_bad_new_version_leaves_the_old_one(start: Start, tmp_path: Path) -> None:
    put(tmp_path / "m" / "1")
    server = start(
        *PORTS,
        "--model_name=m",
        f"--model_base_path={tmp_path}/m",
        "--max_num_load_retries=1",
        "--load_retry_interval_micros=1500000",
    )
    server.wait_output(REST_UP)
    bad = put(tmp_path / "other").rename(tmp_path / "bad")
    (bad / "saved_model.pb").write_bytes(b"\x00garbage")
    bad.rename(tmp_path / "m" / "3")
    wait_states(server, {"3": "LOADING", "1": "AVAILABLE"})
    wait_states(server, {"3": "END", "1": "AVAILABLE"})
    reply = server.request("GET", "/v1/models/m/versions/3")
    status = json.loads(reply.body)["model_version_status"][0]["status"]
    assert status["error_code"] == "DATA_LOSS"
    assert status["error_message"] == f"Can't parse {tmp_path}/m/3/saved_model.pb as binary proto"


@pytest.fixture
def polled(start: Start, tmp_path: Path) -> Callable[[str], tuple[Server, Path]]:
    def begin(text: str) -> tuple[Server, Path]:
        config = tmp_path / "models.config"
        config.write_text(text)
        flags = ("--model_config_file_poll_wait_seconds=1", "--allow_version_labels_for_unavailable_models")
        server = start(*PORTS, f"--model_config_file={config}", *flags)
        server.wait_output(REST_UP)
        return server, config

    return begin


Polled = Callable[[str], tuple[Server, Path]]


@pytest.mark.row("polling-reload")
def test_a_polled_file_adds_and_drops_models(polled: Polled, models: Path) -> None:
    server, config = polled(models_config(entry("a", models)))
    server.wait_output("(Re-)adding model: a", count=3)
    replace(config, models_config(entry("b", models)))
    wait_states(server, {"2": "AVAILABLE"}, "b")
    wait_states(server, {"2": "END"}, "a")


@pytest.mark.row("polling-bad-file")
def test_a_bad_file_is_logged_and_the_old_models_stay(polled: Polled, models: Path) -> None:
    server, config = polled(models_config(entry("a", models)))
    replace(config, "model_config_list { config { address: 1 } }")
    server.wait_output(f"Failed to read ModelServerConfig file: Invalid protobuf file: '{config}'")
    config.unlink()
    server.wait_output(f"Failed to read ModelServerConfig file: {config}; No such file or directory")
    replace(config, models_config(entry("a", "relative")))
    server.wait_output("PollFilesystemAndReloadConfig failed to ReloadConfig: Expected model a to have an absolute")
    assert states(server, "a") == {"2": "AVAILABLE"}


@pytest.mark.row("polling-blocks")
def test_a_new_model_with_a_missing_path_blocks_reloads(polled: Polled, models: Path, tmp_path: Path) -> None:
    server, config = polled(models_config(entry("a", models)))
    late = tmp_path / "late"
    replace(config, models_config(entry("a", models), entry("b", late)))
    missing = f"Could not find base path {late} for servable b"
    server.wait_output(missing, count=2)
    replace(config, models_config(entry("a", models), entry("c", models)))
    # Two polls more: the second began after the file was there, and a reload would have been said before it.
    server.wait_output(missing, count=server.output.count(missing) + 2)
    assert "(Re-)adding model: c" not in server.output
    assert states(server, "a") == {"2": "AVAILABLE"}
    put(late / "1")
    wait_states(server, {"2": "AVAILABLE"}, "c")


@pytest.mark.row("platform-cannot-change")
def test_a_platform_cannot_change(polled: Polled, models: Path) -> None:
    server, config = polled(models_config(entry("a", models)))
    replace(config, models_config(entry("a", models)).replace('"tensorflow"', '"other"'))
    server.wait_output("Illegal to change a model's platform. For model a platform was tensorflow")
    assert states(server, "a") == {"2": "AVAILABLE"}


@pytest.mark.row("label-not-moved")
def test_a_label_moves_only_to_a_loaded_version(polled: Polled, models: Path) -> None:
    def labelled(version: int) -> str:
        return models_config(entry("a", models, f'version_labels {{ key: "stable" value: {version} }}'))

    server, config = polled(labelled(2))
    replace(config, labelled(1))
    server.wait_output(
        "PollFilesystemAndReloadConfig failed to ReloadConfig: Request to assign label to version 1 of model a, "
        "which is not currently available for inference"
    )
    reply = server.request("POST", "/v1/models/a/labels/stable:predict", body=b'{"instances": [1.0]}')
    assert json.loads(reply.body) == {"predictions": [2.5]}


def test_a_label_is_url_decoded(start: Start, models: Path, tmp_path: Path) -> None:
    config = tmp_path / "c"
    config.write_text(models_config(entry("a b", models, 'version_labels { key: "50%" value: 2 }')))
    flags: list[Any] = [f"--model_config_file={config}", "--allow_version_labels_for_unavailable_models"]
    server = start(*PORTS, *flags)
    server.wait_output(REST_UP)
    reply = server.request("POST", "/v1/models/a%20b/labels/50%25:predict", body=b'{"instances": [1.0]}')
    assert json.loads(reply.body) == {"predictions": [2.5]}
