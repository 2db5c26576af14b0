from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wizard.samples import sample_path

SAMPLES = {"torchserve": "echo", "tensorflow-serving": "half_plus_two"}
APIS = {
    "torchserve": ("inference", "management", "metrics", "grpc", "grpc_management"),
    "tensorflow-serving": ("inference", "grpc"),
}
Try = Callable[..., tuple[int, dict[str, Any], str]]


def answers_file(folder: Path, server: str, tables: str, ports: dict[str, int]) -> Path:
    """An answers file with the bundled sample and every API on a free port of its own."""
    name = SAMPLES[server]
    text = [f'schema = 1\nserver = "{server}"\n', f'[[models]]\nname = "{name}"\npath = "{sample_path(server)}"\n']
    path = folder / "answers.toml"
    path.write_text("".join(text) + tables)
    del ports
    return path


@pytest.fixture
def try_it(tmp_path: Path, free_port: Callable[[], int]) -> Try:
    """Run `serving-wizard try` as a user would and return exit code, report and what it said."""

    def run(server: str, tables: str = "", *more: str) -> tuple[int, dict[str, Any], str]:
        path = answers_file(tmp_path, server, tables, {})
        command = [sys.executable, "-m", "wizard", "try", str(path), "--format", "json", "--timeout", "120"]
        for api in APIS[server]:
            if f"bind.{api}" in tables or api == "inference":
                command += ["--set", f"bind.{api}.port={free_port()}"]
                if f"bind.{api}" not in tables:
                    command += ["--set", f"bind.{api}.scope=loopback"]
        done = subprocess.run([*command, *more], capture_output=True, text=True, timeout=280)
        report = json.loads(done.stdout) if done.stdout.strip() else {}
        return done.returncode, report, done.stderr

    return run


def assert_agrees(result: tuple[int, dict[str, Any], str]) -> dict[str, Any]:
    """Every probe agrees with its prediction, and there were probes."""
    code, report, said = result
    differing = [p for p in report.get("probes", []) if not p["agrees"]]
    assert code == 0, (said, differing, report.get("log_tail"))
    assert report["started"] and not differing
    assert report["summary"]["agree"] == len(report["probes"]) >= 5
    return report
