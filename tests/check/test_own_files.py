"""Silence on what the wizard itself writes, for every preset and server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from wizard import presets, servers
from wizard.check.analysis import check
from wizard.check.findings import words
from wizard.machine import checkfiles, project
from wizard.plan import answers
from wizard.servers.sample import sample_path

WIDE = {"scope": "all"}
VARIANTS: dict[str, dict[str, Any]] = {
    "docker": {"run": {"how": "docker"}},
    "native": {"run": {"how": "native"}},
    "baked": {"run": {"how": "docker", "packaging": "image"}},
    "gpu": {"run": {"how": "docker", "gpu": True}},
    "host-network": {"run": {"how": "docker", "network": "host"}},
    "TLS": {"run": {"how": "docker"}, "tls": {"mode": "self-signed"}},
}


def written(server: str, preset: str, variant: str, folder: Path) -> list[str]:
    data: dict[str, Any] = {
        "schema": 1,
        "server": server,
        "models": [{"name": "sample", "path": str(sample_path(server))}],
    }
    data = presets.merged(data, presets.load(preset))
    for key, value in VARIANTS[variant].items():
        data[key] = {**data.get(key, {}), **value}
    plan = answers.validate(data, "", "test")
    made = project.prepare(plan, folder, folder / "out")
    if any(finding.severity == "functional" for finding in made.findings):
        return []
    project.write(made, "fail")
    return [path for path in (str(each) for each in (folder / "out").rglob("*")) if Path(path).is_file()]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("preset", presets.names())
@pytest.mark.parametrize("server", ["llama-server", "tensorflow-serving", "torchserve"])
def test_nothing_is_said_about_generated_files(server: str, preset: str, variant: str, tmp_path: Path) -> None:
    if not written(server, preset, variant, tmp_path):
        pytest.skip("these answers contradict each other")
    reports = check(checkfiles.named([str(tmp_path / "out")]), checkfiles.load)
    assert any(report.kind and report.server == server for report in reports)
    said = [
        (report.source.name, line.id, line.line)
        for report in reports
        for line in words(report)
        if line.severity != "info"
    ]
    # A key that only its owner may read, and the owner is root: the container then has to be root too, which is said.
    assert not {name for _, name, _ in said} - ({"RUN-IMAGE-ROOT"} if variant == "TLS" and os.getuid() == 0 else set())


def test_every_server_is_looked_at() -> None:
    assert {"llama-server", "tensorflow-serving", "torchserve"} == set(servers.names())
