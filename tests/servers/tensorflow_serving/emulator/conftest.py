"""The servers the rows are sent to: the emulator, and with WIZARD_REAL_TFSERVING=1 also the real image."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import free_port

from .harness import SAMPLE, Launcher, Server

ROWS: dict[str, dict[str, Any]] = {
    row["id"]: row for row in tomllib.loads(Path(__file__).with_name("rows.toml").read_text("utf-8"))["row"]
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "row(id): the row of rows.toml that a test checks")


@pytest.fixture(scope="session", params=["emulator", pytest.param("real", marks=pytest.mark.real_tfserving)])
def launcher(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Launcher:
    return Launcher(request.param, (tmp_path_factory.getbasetemp(),))


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base path with versions 1 and 2 of the sample."""
    path = tmp_path_factory.mktemp("models") / "half_plus_two"
    shutil.copytree(SAMPLE, path, copy_function=shutil.copyfile)
    return path


def models_config(*entries: str) -> str:
    return "model_config_list {\n" + "".join(f"  config {{ {entry} }}\n" for entry in entries) + "}\n"


def entry(name: str, base_path: Path | str, more: str = "") -> str:
    return f'name: "{name}" base_path: "{base_path}" model_platform: "tensorflow" {more}'


@pytest.fixture(scope="session")
def running(
    launcher: Launcher, models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Server]]:
    """Return a server by name, started when first asked for."""
    directory = tmp_path_factory.mktemp("shared")
    monitoring = directory / "monitoring"
    monitoring.write_text("prometheus_config { enable: true }")
    elsewhere = directory / "elsewhere"
    elsewhere.write_text('prometheus_config { enable: true path: "/metrics" }')
    labels = directory / "labels"
    policy = 'model_version_policy { all {} } version_labels { key: "stable" value: 1 }'
    labels.write_text(models_config(entry("m", models, policy)))
    single = ["--model_name=m", f"--model_base_path={models}"]
    arguments = {
        "plain": single,
        "cors": [*single, "--rest_api_enable_cors_support", f"--monitoring_config_file={monitoring}"],
        "labels": [
            f"--model_config_file={labels}",
            "--allow_version_labels_for_unavailable_models",
            f"--monitoring_config_file={elsewhere}",
            "--enable_grpc_healthcheck_service",
        ],
    }
    servers: dict[str, Server] = {}

    def get(name: str) -> Server:
        if name not in servers:
            port, rest = free_port(), free_port()
            flags = [f"--port={port}", f"--rest_api_port={rest}", *arguments[name]]
            servers[name] = launcher.start(*flags, port=port, rest=rest)
            servers[name].wait_output("Exporting HTTP/REST API at:localhost:")
        return servers[name]

    yield get
    for server in servers.values():
        server.stop()


@pytest.fixture
def start(launcher: Launcher) -> Iterator[Callable[..., Server]]:
    """Start a server of one's own; it is stopped at the end of the test."""
    servers: list[Server] = []

    def begin(*args: str, **options: Any) -> Server:
        port, rest = free_port(), free_port()
        given = [argument.format(port=port, rest=rest) for argument in args]
        servers.append(launcher.start(*given, port=port, rest=rest, **options))
        return servers[-1]

    yield begin
    for server in servers:
        server.stop()
