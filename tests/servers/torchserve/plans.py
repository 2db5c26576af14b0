"""Plans for the tests of TorchServe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wizard import registry
from wizard.deployment import Deployment
from wizard.host import Host, Interface
from wizard.placement.resolve import resolve
from wizard.plan import Plan, apply_patch
from wizard.servers.torchserve import properties

ADAPTER = registry.adapter("torchserve")
DATA = Path(__file__).parent / "data"
MODEL = {"name": "echo", "path": "/models/echo.mar"}
PAGE = "https://app.example"
ALL_LOOPBACK: dict[str, Any] = {
    f"bind__{api}__scope": "loopback" for api in ("inference", "management", "metrics", "grpc", "grpc_management")
}
"""Every API published on this machine only."""
NO_TOKEN: dict[str, Any] = {"auth__inference": "none", "auth__management": "none"}
HOST = Host(interfaces=(*Host().interfaces, Interface("eth0", "10.0.0.5", 24, "private")))


def plan(*, models: list[dict[str, Any]] | None = None, **patch: Any) -> Plan:
    """A plan with one model; keywords are dotted keys with "__" for the dots."""
    data = {"schema": 1, "server": "torchserve", "models": [MODEL] if models is None else models}
    return apply_patch(Plan.model_validate(data), {key.replace("__", "."): value for key, value in patch.items()})


def deploy(*, models: list[dict[str, Any]] | None = None, host: Host = HOST, **patch: Any) -> Deployment:
    """The resolved plan."""
    return resolve(plan(models=models, **patch), host)


def text(deployment: Deployment) -> str:
    """The whole config.properties."""
    (file,) = ADAPTER.config_files(deployment)
    return file.text


def settings(deployment: Deployment) -> dict[str, str]:
    """What Java reads in config.properties. No key stands there twice."""
    entries = properties.read_java(text(deployment))
    found = {entry.key: entry.value for entry in entries}
    assert len(found) == len(entries)
    return found


def recorded() -> dict[str, Any]:
    """The statuses that running servers of every release gave."""
    return dict(json.loads((DATA / "answers.json").read_text("utf-8")))
