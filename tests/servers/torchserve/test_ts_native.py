"""TorchServe without a container: the written command, in the folder of the written files."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.servers.torchserve.plans import ADAPTER, deploy, settings
from tests.servers.torchserve.real import START_S, STARTED, archive, fetch, write_files
from tests.support.requires import needs_torchserve
from tests.support.waiting import until

pytestmark = [needs_torchserve]
APIS = ("inference", "management", "metrics", "grpc", "grpc_management")


def test_it_runs_in_the_folder_of_the_files(torchserve: str, free_port: Callable[[], int], tmp_path: Path) -> None:
    for folder in ("store", "elsewhere", "out/run/tmp"):
        (tmp_path / folder).mkdir(parents=True)
    archive(tmp_path / "store" / "echo.mar")
    archive(tmp_path / "store" / "caf\u00e9 = two.mar")
    models = [
        {"name": "echo", "path": "../store/echo.mar"},
        {"name": "two", "path": "../store/caf\u00e9 = two.mar"},
        {"name": "folder", "path": str(archive(tmp_path / "elsewhere" / "a folder"))},
    ]
    ports: dict[str, Any] = {f"bind__{api}": {"scope": "loopback", "port": free_port()} for api in APIS}
    deployment = deploy(models=models, version="0.12.0", run__how="native", **ports)
    assert ADAPTER.impossible(deployment.plan) == ()
    out = tmp_path / "out"
    write_files(deployment, out, "\ndefault_workers_per_model=1\n")
    process = deployment.process("server")
    assert process is not None
    log = out / "log"
    environment = {**os.environ, **dict(process.environment), "TEMP": f"{out}/run/tmp", "TMPDIR": f"{out}/run/tmp"}
    with log.open("w") as sink:
        running = subprocess.Popen(
            [torchserve, *process.command[1:]],
            cwd=out,
            env=environment,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(lambda: STARTED in log.read_text(), log.read_text, START_S, lambda: running.poll() is None)
        key_file = out / str(ADAPTER.token_file(deployment))
        assert key_file.stat().st_mode & 0o777 == 0o600
        token = {"Authorization": f"Bearer {json.loads(key_file.read_text())['inference']['key']}"}
        endpoint = deployment.endpoint("inference")
        assert endpoint is not None
        for model in deployment.plan.models:
            connection = http.client.HTTPConnection("127.0.0.1", endpoint.host_port, timeout=START_S)
            assert fetch(connection, "POST", f"/predictions/{model.name}", token).body == b"ran"
        written = settings(deployment)
        assert f"Inference address: {written['inference_address']}" in log.read_text()
        assert f"Workflow Store: {out}/run/tmp" in log.read_text()
        assert (out / "run" / "logs" / "ts_log.log").exists()
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
