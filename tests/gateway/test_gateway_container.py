"""The gateway's container: an ordinary account, no capabilities, nothing to write to but its own /tmp."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.harness import APP
from tests.support.ports import own_ports
from wizard.machine import docker_engine, project
from wizard.plan import Plan
from wizard.servers.sample import sample_path
from wizard.trial import backend, runner

pytestmark = pytest.mark.docker


def inside(container: Any, script: str) -> str:
    code, output = docker_engine.execute(container, ["sh", "-c", script])
    return f"{code} {output.decode()}"


def test_the_gateways_container_can_do_nothing_but_its_work(
    docker_client: Any, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    plan = Plan.model_validate(
        {
            "server": "tensorflow-serving",
            "models": [{"name": "half_plus_two", "path": str(sample_path("tensorflow-serving"))}],
            "bind": {"inference": {"scope": "loopback"}},
            "cors": {"inference": {"origins": [APP], "headers": ["content-type", "authorization"]}},
            "auth": {"inference": "gateway-token"},
            "tls": {"mode": "self-signed"},
        }
    )
    made = project.prepare(own_ports(plan), tmp_path, tmp_path)
    seen: dict[str, Any] = {}

    def visit(running: backend.RunningTrial) -> None:
        (container,) = docker_client.containers.list(
            filters={"name": f"serving-wizard-{running.mark.id}-gateway"}, ignore_removed=True
        )
        seen["top"] = container.top()["Processes"]
        seen["attrs"] = container.attrs
        seen["account"] = inside(container, "id -u")
        seen["caps"] = inside(container, "grep -E '^Cap(Eff|Prm|Bnd)|^NoNewPrivs' /proc/self/status")
        seen["root"] = inside(container, "touch /x /etc/nginx/x")
        seen["secret"] = inside(container, "echo x >> /etc/nginx/secrets/inference_tokens.map")
        seen["config"] = inside(container, "echo x >> /etc/nginx/wizard/nginx.conf")
        seen["tmp"] = inside(container, "touch /tmp/x && ! [ -x /tmp/x ]")
        seen["log"] = container.logs().decode()
        seen["token"] = running.tokens()["inference"]

    report = runner.run(made, backend.Options(), lambda event: None, visit=visit)
    assert report.agrees, [(r.probe.id, r.probe.predicted, r.measured) for r in report.differing]
    assert seen["account"].split() != ["0", "0"]
    assert seen["caps"].count("0000000000000000") == 3, seen["caps"]
    assert "NoNewPrivs:\t1" in seen["caps"]
    assert "root" not in {row[0] for row in seen["top"]}
    for name in ("root", "secret", "config"):
        assert "Read-only file system" in seen[name] or "Permission denied" in seen[name], (name, seen[name])
    assert seen["tmp"].startswith("0")
    host = seen["attrs"]["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapDrop"], host["Privileged"]) == (True, ["ALL"], False)
    assert len(seen["attrs"]["NetworkSettings"]["Networks"]) == 2
    assert seen["token"] not in seen["log"]
    assert '"s":401' in seen["log"]
