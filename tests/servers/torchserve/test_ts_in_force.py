"""The settings that `explain` says are in force are those that the real 0.12.0 says it runs with."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.servers.torchserve.native import LISTENERS, FreePort, Native
from tests.support.requires import needs_torchserve
from wizard.check.analysis import Analysis
from wizard.machine import checkfiles
from wizard.observed.seen import Setting
from wizard.servers.torchserve.reading.overriding import FLAGS

DUMPED = {
    "model_store": "Model Store",
    "load_models": "Initial Models",
    "netty_client_threads": "Netty client threads",
    "default_workers_per_model": "Default workers per model",
    "max_request_size": "Maximum Request Size",
    "metrics_mode": "Metrics mode",
}
KEYS = {"TS_MODEL_STORE": "model_store", "TS_LOAD_MODELS": "load_models", **FLAGS}
USUAL = "--start --foreground --ncs --ts-config config.properties"
SNAPSHOT = (
    'model_snapshot={"name":"s.cfg","modelCount":1,"created":1700000000000,"models":{"cat":{"1.0":{"defaultVersion":true,'
    '"marName":"cat.mar","minWorkers":1,"maxWorkers":1,"batchSize":1,"maxBatchDelay":100,"responseTimeout":120}}}}\n'
)


def settings(folder: Path) -> tuple[Setting, ...]:
    """What is read of the script in a folder."""
    analysis = Analysis(checkfiles.load, folder=checkfiles.names_in)
    source = checkfiles.load(str(folder / "start.sh"))
    assert source is not None
    analysis.add(source)
    analysis.reports()
    return analysis.observed[0].settings


def start(
    torchserve: str, folder: Path, free_port: FreePort, text: str, flags: str, variables: Mapping[str, str]
) -> tuple[Native, dict[str, Setting], list[Setting]]:
    """(the server, what is said to be in force by key, what is said not to be)."""
    server = Native(torchserve, folder, free_port, text, tuple(shlex.split(flags)), variables)
    server.wait()
    exports = "".join(f"export {name}={value}\n" for name, value in variables.items())
    (folder / "start.sh").write_text(f"{exports}torchserve {flags}\n")
    every = settings(folder)
    counting = {KEYS.get(each.name, each.name.removeprefix("TS_").lower()): each for each in every if each.counts}
    return server, counting, [each for each in every if not each.counts]


@needs_torchserve
@pytest.mark.parametrize(
    ("more", "flags", "variables", "beaten"),
    [
        (
            "netty_client_threads=2\nnetty_client_threads=5\nload_models=dog.mar\n",
            f"{USUAL} --models dog.mar --models cat=cat.mar",
            {"TS_MAX_REQUEST_SIZE": "777"},
            {
                "netty_client_threads": "a later line",
                "load_models": "the flag --models",
                "--models": "a later flag",
                "TS_MAX_REQUEST_SIZE": "the file, without enable_envvars_config=true,",
            },
        ),
        (
            "enable_envvars_config=true\nnetty_client_threads=$$MANY$$\nmax_request_size=100\n",
            f"{USUAL} --models dog.mar",
            {"TS_MAX_REQUEST_SIZE": "777", "TS_LOAD_MODELS": "cat.mar", "MANY": "4"},
            {"max_request_size": "the variable TS_MAX_REQUEST_SIZE", "--models": "the variable TS_LOAD_MODELS"},
        ),
        (
            "netty_client_threads=3\n",
            f"{USUAL.replace('config.properties', 'missing.properties')}",
            {"TS_CONFIG_FILE": "config.properties"},
            {"--ts-config": "the variable TS_CONFIG_FILE"},
        ),
    ],
)
def test_what_counts_is_what_it_runs_with(
    more: str,
    flags: str,
    variables: dict[str, str],
    beaten: dict[str, str],
    torchserve: str,
    tmp_path: Path,
    free_port: FreePort,
) -> None:
    server, counting, not_counting = start(torchserve, tmp_path / "ts", free_port, LISTENERS + more, flags, variables)
    with server:
        said = server.said
    for key, words in DUMPED.items():
        if key in counting:
            assert said[words].lower() == counting[key].value.lower(), key
    assert said["Config file"] == "config.properties"
    assert {each.name: each.shadowed_by for each in not_counting} == beaten


@needs_torchserve
def test_the_models_of_an_earlier_run_come_before_those_that_are_named(
    torchserve: str, tmp_path: Path, free_port: FreePort
) -> None:
    server, counting, not_counting = start(
        torchserve,
        tmp_path / "ts",
        free_port,
        LISTENERS + SNAPSHOT + "load_models=dog.mar\n",
        f"{USUAL} --models bird.mar",
        {},
    )
    with server:
        assert b'"cat"' in server.ask("management", "GET", "/models", server.key("management")).body
        assert b"bird" not in server.ask("management", "GET", "/models", server.key("management")).body
    assert {each.name: each.shadowed_by for each in not_counting} == dict.fromkeys(
        ("load_models", "--models"), "model_snapshot"
    )
    assert counting["model_snapshot"].layer == "file"


@needs_torchserve
def test_without_a_file_it_goes_on_with_the_newest_snapshot(
    torchserve: str, tmp_path: Path, free_port: FreePort
) -> None:
    folder = tmp_path / "ts"
    logs = {"LOG_LOCATION": f"{folder}/logs"}
    first = "--start --foreground --ts-config config.properties"
    server, _, _ = start(torchserve, folder, free_port, LISTENERS + "netty_client_threads=7\n", first, logs)
    with server:
        pass
    (folder / "config.properties").write_text(server._filled(LISTENERS + "netty_client_threads=2\n").decode())
    (folder / "start.sh").write_text(
        f"export LOG_LOCATION={folder}/logs\ntorchserve --start --foreground --model-store store\n"
    )
    with server:
        (folder / "log").write_text("")
        server.process = server.again(("--start", "--foreground", "--model-store", "store"))
        server.wait()
        said = server.said
    (threads,) = [each for each in settings(folder) if each.name == "netty_client_threads"]
    assert said["Netty client threads"] == threads.value == "7"
    assert threads.source is not None and said["Config file"].endswith("-startup.cfg")
    assert Path(threads.source.path).parent == folder / "logs" / "config"
