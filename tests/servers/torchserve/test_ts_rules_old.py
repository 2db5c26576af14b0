"""What the rules of `check` claim of TorchServe 0.9.0, where it differs from 0.12.0 or a key came later."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.servers.torchserve.plans import PAGE
from tests.servers.torchserve.real import STARTED, archive
from tests.support.checking import check
from tests.support.requires import OLD_TORCHSERVE_IMAGE, needs_images
from tests.support.waiting import until
from wizard.check.findings import words
from wizard.observed.source import Source

if TYPE_CHECKING:
    from docker import DockerClient

pytestmark = needs_images(OLD_TORCHSERVE_IMAGE)
HOME = "/home/model-server"
TEXT = f"""\
inference_address=http://0.0.0.0:8080
management_address=http://0.0.0.0:8081
metrics_address=http://0.0.0.0:8082
grpc_inference_address=127.0.0.1
disable_token_authorization=false
enable_model_api=false
cors.allowed.origin={PAGE}
cors_allowed_origin={PAGE}/
cors_allowed_headers=content-type
job_queue_size=10
job_queue_size=20
model_store=/store
workflow_store=/tmp
allowed_urls=https://
load_models=cat.mar, dog.mar
"""


def ask(port: int, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body)."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urlopen(Request(f"http://127.0.0.1:{port}{path}", method=method, headers=named), timeout=60) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read()
    except HTTPError as problem:
        return problem.code, {k.lower(): v for k, v in problem.headers.items()}, problem.read()
    except OSError as problem:
        return 0, {}, str(problem).encode()


def test_one_start(docker_client: DockerClient, tmp_path: Path, free_port: Callable[[], int]) -> None:
    inference, management = free_port(), free_port()
    for name in ("cat", "dog", "bird"):
        archive(tmp_path / f"{name}.mar", name)
    (tmp_path / "config.properties").write_text(TEXT)
    tmp_path.chmod(0o755)
    container = docker_client.containers.run(
        OLD_TORCHSERVE_IMAGE,
        ["torchserve", "--start", "--foreground", "--ncs", "--ts-config", "/store/config.properties"],
        detach=True,
        ports={"8080/tcp": ("127.0.0.1", inference), "8081/tcp": ("127.0.0.1", management)},
        volumes={str(tmp_path): {"bind": "/store", "mode": "ro"}},
    )
    try:
        until(lambda: STARTED in container.logs().decode(), lambda: container.logs().decode()[-2000:])
        log = container.logs().decode()
        container.reload()
        tables = [Path(f"/proc/{container.attrs['State']['Pid']}/net/{name}") for name in ("tcp", "tcp6")]
        open_ = {word for table in tables for word in table.read_text().split()}
        status, headers, _ = ask(
            inference, "OPTIONS", "/predictions/cat", Origin=PAGE, Access_Control_Request_Method="POST"
        )
        described = json.loads(ask(management, "GET", "/models/cat")[2])[0]
        shown = {
            "TS-KEY-LATER grpc_inference_address": bool(open_ & {f"{'0' * length}:{7070:04X}" for length in (8, 32)}),
            "TS-KEY-LATER disable_token_authorization": ask(inference, "GET", "/ping")[0] == 200,
            "TS-KEY-LATER enable_model_api": ask(management, "POST", "/models?url=bird.mar")[0] == 200,
            "TS-CORS-ORIGIN": headers.get("access-control-allow-origin") == f"{PAGE}/",
            "no TS-CORS-TOKEN": status == 200,
            "TS-TWICE": described["jobQueueStatus"]["remainingCapacity"] == 20,
            "TS-LOAD-BLANK": "Failed to load model:  dog.mar" in log,
            "TS-WORKFLOWS-UNREAD": "Workflow Store: /store\n" in log,
            "TS-URLS-PREFIX": b"does not match any allowed URL"
            in ask(management, "POST", "/models?url=https://models.example/x.mar")[2],
        }
    finally:
        container.remove(force=True)
    assert [rule for rule, seen in shown.items() if not seen] == []


def test_the_same_file_is_told_so() -> None:
    start = f"docker run -v ./config.properties:{HOME}/config.properties {OLD_TORCHSERVE_IMAGE} torchserve --start "
    start += f"--foreground --ncs --ts-config {HOME}/config.properties\n"
    reports = check([Source("run.sh", start), Source("config.properties", TEXT)])
    said = {(line.id, line.line) for report in reports for line in words(report)}
    later = {("TS-KEY-LATER", 4), ("TS-KEY-LATER", 5), ("TS-KEY-LATER", 6)}
    assert said >= later | {
        ("TS-CORS-ORIGIN", 8),
        ("TS-TWICE", 10),
        ("TS-LOAD-BLANK", 15),
        ("TS-URLS-PREFIX", 14),
        ("TS-WORKFLOWS-UNREAD", 13),
    }
    assert "TS-CORS-TOKEN" not in {rule for rule, _ in said}


def test_flags_that_came_later_are_refused(docker_client: DockerClient) -> None:
    """TS-FLAG-UNKNOWN."""
    container = docker_client.containers.run(
        OLD_TORCHSERVE_IMAGE, ["--start", "--disable-token-auth"], entrypoint="torchserve", detach=True
    )
    try:
        assert container.wait(timeout=120)["StatusCode"] == 2
        assert "unrecognized arguments: --disable-token-auth" in container.logs().decode()
    finally:
        container.remove(force=True)
