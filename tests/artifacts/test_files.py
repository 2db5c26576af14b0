"""The written files, read back by independent readers: Compose, PyYAML, a real shell."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.artifacts.test_writers import as_yaml
from tests.support import hostile, requires
from tests.support.each import each
from tests.support.examples import most
from tests.support.plans import plan, plans
from wizard import artifacts
from wizard.artifacts.names import project
from wizard.errors import WizardError
from wizard.harmless import harmless
from wizard.host import Host, Interface
from wizard.placement.resolve import resolve
from wizard.plan import Plan

LAN = Interface("eth0", "10.0.0.5", 24, "private")
HOST = Host(interfaces=(*Host().interfaces, LAN), uid=0, gid=0)
LISTED = {"inference": {"origins": ["https://app.example"], "credentials": True}}
FEATURES: dict[str, Plan] = {
    "torchserve": plan(),
    "torchserve image": plan(run={"packaging": "image"}),
    "torchserve gpu": plan(run={"gpu": True}),
    "torchserve host network": plan(run={"network": "host"}),
    "torchserve internal": plan(bind={"inference": {"scope": "internal"}}),
    "torchserve one address": plan(bind={"inference": {"scope": "interface", "address": "10.0.0.5"}}),
    "torchserve own tls": plan(tls={"mode": "self-signed"}, auth={"inference": "none", "management": "none"}),
    "torchserve socket": plan(bind={"inference": {"scope": "socket", "address": "/run/x/ts.sock"}}),
    "torchserve gateway": plan(cors=LISTED, auth={"inference": "gateway-token"}, tls={"mode": "self-signed"}),
    "tensorflow": plan("tensorflow-serving", bind={"inference": {"scope": "all"}}),
    "tensorflow gateway": plan("tensorflow-serving", cors=LISTED, bind={"grpc": {"scope": "loopback"}}),
    "tensorflow image": plan("tensorflow-serving", run={"packaging": "image"}),
}
SOURCES = {name: text for name, text in hostile.VALUES.items() if text.strip() and not set(text) & set("\0\r\n/")}


def rendered(wanted: Plan, host: Host = HOST) -> dict[str, str]:
    return {f.path: f.text for f in artifacts.render(resolve(wanted, host))}


def check(command: tuple[str, ...], folder: Path, text: str) -> None:
    (folder / "compose.yaml").write_text(text)
    done = subprocess.run(
        [*command, "-f", "compose.yaml", "config", "-q"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, (done.stderr, text)


@pytest.mark.compose
@pytest.mark.parametrize("name", FEATURES)
def test_compose_accepts_the_file(name: str, tmp_path: Path, compose_command: tuple[str, ...]) -> None:
    check(compose_command, tmp_path, rendered(FEATURES[name])["compose.yaml"])


@pytest.mark.compose
@settings(max_examples=most(6), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wanted=plans())
def test_compose_accepts_any_file(wanted: Plan, tmp_path: Path) -> None:
    files = rendered(wanted)
    if "compose.yaml" in files:
        check(list(requires.compose_commands().values())[-1], tmp_path, files["compose.yaml"])


@settings(max_examples=most(150))
@given(wanted=plans())
def test_yaml_says_what_the_deployment_says(wanted: Plan) -> None:
    deployment = resolve(wanted, HOST)
    files = rendered(wanted)
    if deployment.plan.run.how != "docker":
        assert "compose.yaml" not in files and "run.ps1" not in files
        return
    found = as_yaml(files["compose.yaml"])
    for process in deployment.processes:
        service = found["services"][process.name]
        assert service["command"] == list(process.command)
        assert {v["target"]: v["source"] for v in service.get("volumes", [])} == {
            m.target: m.source for m in process.mounts
        }
        assert len(service.get("ports", [])) == len(process.publishes)
        assert service["cap_drop"] == ["ALL"] and service["init"] is True
    assert {n for n, v in (found.get("networks") or {}).items() if v.get("internal")} == {
        n.name for n in deployment.networks if n.internal
    }


@each((name,) for name in SOURCES)
def test_a_hostile_path_is_read_back_by_yaml(name: str) -> None:
    path = "/models/" + SOURCES[name]
    try:
        files = rendered(plan(models=[{"name": "m", "path": path}]))
    except WizardError:
        return  # refused with a reason
    document = as_yaml(files["compose.yaml"])
    sources = [v["source"] for v in document["services"]["server"]["volumes"]]
    assert path.replace("$", "$$") in sources
    assert set(document) == {"services", "networks"}
    answers = files["wizard.toml"]
    import tomllib

    assert tomllib.loads(answers)["models"][0]["path"] == path


RECORDER = """#!/bin/sh
for word; do printf '%s\\0' "$word"; done >>"$RECORD"
printf '\\0' >>"$RECORD"
"""


@pytest.fixture
def record(tmp_path: Path) -> Callable[[dict[str, str], str], list[list[str]]]:
    """Run run.sh with a `docker` that only writes down what it was asked for."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    program.write_text(RECORDER)
    program.chmod(0o755)

    def run(files: dict[str, str], folder: str) -> list[list[str]]:
        where = tmp_path / folder
        for name, text in files.items():
            (where / name).parent.mkdir(parents=True, exist_ok=True)
            (where / name).write_text(text)
        (tmp_path / "record").write_text("")
        environment = {"PATH": f"{program.parent}:{os.environ['PATH']}", "RECORD": str(tmp_path / "record")}
        done = subprocess.run(
            ["sh", str(where / "run.sh"), "up"], capture_output=True, text=True, env=environment, timeout=60
        )
        assert done.returncode == 0, done.stderr
        calls = (tmp_path / "record").read_bytes().split(b"\0\0")
        return [[w.decode() for w in call.split(b"\0")] for call in calls if call]

    return run


def csv_fields(value: str) -> dict[str, str]:
    """A value of --mount, as Go's CSV reader takes it."""
    import csv

    (row,) = csv.reader([value], strict=True)
    return dict(field.split("=", 1) for field in row if "=" in field)


FOLDERS = ("with blank", "it's $HOME", 'a"b,c', "-n")
SOME = ("single quote", "dollar", "double quote", "comma", "colon", "inner blanks")
SHORT = [name for name, text in SOURCES.items() if len(text.encode()) <= 200]


@pytest.mark.parametrize(("folder", "names"), [("plain", SHORT), *((folder, SOME) for folder in FOLDERS)])
def test_a_real_shell_reads_hostile_paths_back(
    folder: str, names: Sequence[str], tmp_path: Path, record: Callable[..., Any]
) -> None:
    """All of them as models of one script, which starts some thirty programs. If that fails, each alone tells which."""
    models = {name: tmp_path / "models" / f"{SOURCES[name]}.mar" for name in names}
    (tmp_path / "models").mkdir()
    for model in models.values():
        model.write_text("x")

    def read_back(*mounted: str) -> None:
        wanted = [{"name": f"m{number}", "path": str(models[name])} for number, name in enumerate(mounted)]
        calls = record(rendered(plan(models=wanted)), folder)
        creates = [call for call in calls if call[0] == "create"]
        assert len(creates) == 1 and len(calls) <= 7
        mounts = [csv_fields(value) for option, value in pairwise(creates[0]) if option == "--mount"]
        config = os.path.realpath(tmp_path / folder / "config.properties")
        assert sorted(m["source"] for m in mounts) == sorted([config, *(str(models[name]) for name in mounted)])
        assert not list(tmp_path.glob("**/owned"))

    try:
        read_back(*names)
    except Exception:
        each((name,) for name in names)(read_back)()
        raise


@settings(max_examples=most(30))
@given(text=hostile.values())
def test_a_body_to_try_stays_in_its_quotes_or_is_not_shown(text: str) -> None:
    """The sample body is free text; commands of EXPOSURE.md send exactly it, or there are none."""
    import shlex

    try:
        wanted = plan(models=[{"name": "m", "path": "/models/m.mar", "sample": text}])
        shown = rendered(wanted)["EXPOSURE.md"]
    except WizardError:
        return
    commands = [line for line in shown.splitlines() if "curl -sS" in line]
    if harmless(text) != text:
        assert not commands and "./call.sh" in shown
        return
    assert not text.startswith("@") or "--data-raw" in shown
    if text and "\n" not in text:
        assert shlex.split(commands[-1])[-1] == text


def test_names_are_the_same_in_every_file() -> None:
    deployment = resolve(FEATURES["torchserve gateway"], HOST)
    files = rendered(FEATURES["torchserve gateway"])
    name = project(deployment)
    document = as_yaml(files["compose.yaml"])
    assert document["services"]["server"]["container_name"] == f"{name}-server"
    assert document["networks"]["front"]["name"] == f"{name}-front"
    assert f"--name {name}-server" in files["run.sh"] and f"{name}-front" in files["EXPOSURE.md"]


POWERSHELL_TEXT = re.compile(r"""'[^']*'|"(?:`.|[^"`])*"|#[^\n]*""")
"""Strings, of which two in a row are one with a quote inside, and comments."""


@pytest.mark.parametrize("name", FEATURES)
def test_the_structure_of_the_powershell_script_which_no_powershell_has_read_here(name: str) -> None:
    text = rendered(FEATURES[name])["run.ps1"]
    outside = POWERSHELL_TEXT.sub("", text)
    assert outside.count("{") == outside.count("}") and outside.count("(") == outside.count(")")
    for process in resolve(FEATURES[name], HOST).processes:
        for word in process.command:
            assert word in text


def test_an_empty_argument_is_written_for_every_version_of_powershell() -> None:
    """No page may read llama-server's answers where its --cors-origins is empty: it has to stay an argument."""
    text = rendered(Plan.model_validate({"server": "llama-server", "models": [{"name": "m", "path": "/m.gguf"}]}))[
        "run.ps1"
    ]
    assert " --cors-origins $empty " in text.replace("`\n", " ") and "Write-Error $_" not in text
    assert text.index("\n$empty = if (") < text.index("function Up") and "docker create" in text


def test_where_powershell_cannot_start_it_the_script_says_what_can() -> None:
    text = rendered(
        Plan.model_validate({"server": "llama-server", "models": [{"name": "m", "path": '/a "b"/m.gguf'}]})
    )["run.ps1"]
    assert text.startswith("Write-Error 'PowerShell cannot start this deployment; docker compose up -d can. ")
    assert "docker create" not in text and text.endswith("exit 1\n")


def test_no_clock_and_no_secret_in_any_file() -> None:
    one, two = (rendered(FEATURES["torchserve gateway"]) for _ in range(2))
    assert one == two
    assert "%s\\n' TOKEN | curl" in one["EXPOSURE.md"]
