"""The advice that is copied most, mended: the server then does what was meant, or the wizard opens where it cannot."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import psutil
import pytest

from tests.support import requires
from tests.support.commands import command
from tests.support.processes import popen
from tests.support.waiting import until, until_listens
from wizard.servers.sample import sample_path
from wizard.session import decisions, there
from wizard.session.opening import open_path
from wizard.session.session import Session

FreePort = Callable[[], int]
PAGE, OTHER, STRANGER = "https://app.example", "https://b.example", "https://evil.example"
ADDRESSES = """\
inference_address=http://127.0.0.1:{}
management_address=http://127.0.0.1:{}
metrics_address=http://127.0.0.1:{}
grpc_inference_port={}
grpc_management_port={}
disable_token_authorization=true
allowed_urls=none
"""
COMPOSE = """\
services:
  ts:
    image: pytorch/torchserve:0.12.0-cpu
    ports: ["127.0.0.1:{port}:8080"]
    volumes:
      - ./config.properties:/home/model-server/config.properties
      - ./store:/home/model-server/model-store
"""
IN_DOCKER = "inference_address=http://0.0.0.0:8080\nload_models=echo.mar\nallowed_urls=none\n"


def wizard(*words: str, cwd: Path, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """The program in a folder, with its state there."""
    environment = {**os.environ, "XDG_STATE_HOME": str(cwd / "state")}
    done = subprocess.run(
        [sys.executable, "-m", "wizard", *words], cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done


def mended(name: str, cwd: Path, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    """`fix` in a folder, with its state there."""
    done = command("fix", name, cwd=cwd, env={"XDG_STATE_HOME": str(cwd / "state")})
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done


def allowed(port: int, origin: str) -> str | None:
    """Which origin the inference API lets read its answer."""
    with urlopen(Request(f"http://127.0.0.1:{port}/ping", headers={"Origin": origin}), timeout=10) as answer:
        found: str | None = answer.headers.get("Access-Control-Allow-Origin")
        return found


@contextmanager
def torchserve(folder: Path, port: int) -> Iterator[None]:
    """The real server with the config.properties of a folder."""
    server = requires.torchserve_command()
    assert server is not None
    (folder / "store").mkdir(exist_ok=True)
    words = [server, "--start", "--foreground", "--ncs", "--model-store", "store", "--ts-config", "config.properties"]
    environment = {**os.environ, "TEMP": str(folder), "TMPDIR": str(folder)}
    launcher = popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: _answers(port), "the server answers", while_true=lambda: launcher.poll() is None)
        yield
    finally:
        for each in (*psutil.Process(launcher.pid).children(recursive=True), psutil.Process(launcher.pid)):
            each.kill()
        launcher.wait()


def _answers(port: int) -> bool:
    try:
        return bool(urlopen(f"http://127.0.0.1:{port}/ping", timeout=2).status == 200)
    except (URLError, OSError):
        return False


@requires.needs_torchserve
def test_one_origin_under_dotted_keys_can_read_once_it_is_mended(tmp_path: Path, free_port: FreePort) -> None:
    port = free_port()
    text = ADDRESSES.format(port, *(free_port() for _ in range(4)))
    (tmp_path / "config.properties").write_text(
        text + f"cors.allowed.origin={PAGE}\ncors.allowed.methods=GET,POST\nmodel_store=store\n"
    )
    with torchserve(tmp_path, port):
        assert allowed(port, PAGE) is None
    mended("config.properties", tmp_path, code=None)
    assert f"cors_allowed_origin={PAGE}\n" in (tmp_path / "config.properties").read_text()
    with torchserve(tmp_path, port):
        assert allowed(port, PAGE) == PAGE


def tried(folder: Path) -> dict[str, Any]:
    """A trial of the set-up in a folder: everything as predicted."""
    report: dict[str, Any] = json.loads(wizard("try", ".", "--format", "json", cwd=folder).stdout)
    assert report["started"] and not report["summary"]["differ"], report["summary"]
    return report


def lab(folder: Path, origin: str, *words: str) -> str:
    """What a browser does with a page's request, by the answers of the set-up in a folder."""
    done = wizard("cors", ".", "--page", origin, "--method", "POST", *words, "--format", "json", cwd=folder)
    return str(json.loads(done.stdout)["verdict"])


def set_up(folder: Path, port: int, cors: str) -> Session:
    """A set-up in Docker with some CORS lines, opened in the wizard."""
    (folder / "store").mkdir()
    shutil.copy(sample_path("torchserve"), folder / "store" / "echo.mar")
    (folder / "config.properties").write_text(IN_DOCKER + cors)
    (folder / "compose.yaml").write_text(COMPOSE.format(port=port))
    session = Session(opened=open_path(str(folder)))
    session.begin(session.load())
    return session


TWO = (
    f"cors.allowed.origin={PAGE},{OTHER}\ncors.allowed.methods=GET,POST\ncors.allowed.headers=content-type,x-trace\n"
    "cors.allow.credentials=true\n"
)


@requires.needs_images(requires.TORCHSERVE_IMAGE, requires.NGINX_IMAGE)
def test_two_origins_with_cookies_open_the_wizard_which_puts_a_gateway_there(
    tmp_path: Path, free_port: FreePort
) -> None:
    session = set_up(tmp_path, free_port(), TWO)
    said = mended(".", tmp_path, code=1).stderr
    left = (tmp_path / "config.properties").read_text()
    assert f"cors.allowed.origin={PAGE},{OTHER}\n" in left and "cors.allow.credentials=true\n" in left
    assert "TS-KEY-UNKNOWN needs a decision" in said
    assert "in the wizard: serving-wizard . --at cors.inference\n" in said
    rows = {row.id: row for row in decisions.rows(session)}
    assert rows["cors.inference"].value == f"{PAGE}, {OTHER}, with cookies"
    assert rows["cors.inference"].origin == "config.properties:4"
    assert rows["protect.gateway"].value == "nginx: an answer needs it"
    assert any("cors.allow.credentials: the server never read it" in each.sentence for each in there.unlike(session))
    agreed = json.dumps([each for each in tried(tmp_path)["probes"] if each["agrees"]])
    assert PAGE in agreed and OTHER in agreed
    for page in (PAGE, OTHER):
        assert lab(tmp_path, page, "--credentials", "--header", "x-trace") == "allowed"
    assert lab(tmp_path, STRANGER) == "blocked"


@requires.needs_images(requires.TORCHSERVE_IMAGE)
def test_any_origin_is_no_mending_but_a_decision(tmp_path: Path, free_port: FreePort) -> None:
    session = set_up(tmp_path, free_port(), "cors.allowed.origin=*\n")
    said = mended(".", tmp_path, code=1).stderr
    assert "cors.allowed.origin=*" in (tmp_path / "config.properties").read_text()
    assert "needs a decision" in said
    rows = {row.id: row for row in decisions.rows(session)}
    assert rows["cors.inference"].value == "no other site may read"
    assert any("* is not carried over" in each.sentence for each in there.unlike(session))
    tried(tmp_path)
    assert lab(tmp_path, STRANGER) == "blocked"
    assert lab(tmp_path, STRANGER, "--set", 'cors.inference.origins=["*"]') == "allowed"


MODELS = """\
model_config_list {{
  config {{
    name: "half_plus_two"
    base_path: "{}"
    model_platform: "tensorflow"
    address: "0.0.0.0"
  }}
}}
"""


def serving(folder: Path, *flags: str, **variables: str) -> subprocess.Popen[bytes]:
    """TensorFlow Serving's stand-in."""
    with (folder / "log").open("wb") as log:
        return popen(
            [sys.executable, "-m", "wizard.servers.tensorflow_serving.emulator", *flags],
            cwd=folder,
            env={**os.environ, **variables},
            stdout=log,
            stderr=log,
        )


def listening(process: subprocess.Popen[bytes], port: int) -> set[str]:
    """The addresses a process listens on with a port."""
    found = psutil.Process(process.pid).net_connections(kind="tcp")
    return {each.laddr.ip for each in found if each.status == psutil.CONN_LISTEN and each.laddr.port == port}


@pytest.mark.live  # a server
def test_the_address_in_models_config_goes_and_every_interface_is_what_there_is(
    tmp_path: Path, free_port: FreePort
) -> None:
    (tmp_path / "models.config").write_text(MODELS.format(sample_path("tensorflow-serving")))
    port = free_port()
    flags = ("--model_config_file=models.config", f"--rest_api_port={port}", f"--port={free_port()}")
    refused = serving(tmp_path, *flags)
    assert refused.wait(60) != 0 and "address" in (tmp_path / "log").read_text()
    mended("models.config", tmp_path)
    process = serving(tmp_path, *flags)
    try:
        until_listens(port, process, lambda: (tmp_path / "log").read_text())
        assert listening(process, port) & {"0.0.0.0", "::"}
    finally:
        process.kill()
        process.wait()


RUN = "docker run -p 8501:8501 {}-e MODEL_NAME=half tensorflow/serving:2.19.1{}\n"
STARTED = "tensorflow_model_server --model_name=half{} --model_base_path=/models/half --rest_api_port=8501\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RUN.format("-e TF_SERVING_ADDRESS=0.0.0.0 ", ""), RUN.format("", "")),
        (
            RUN.format("", " --bind_all_interfaces --allow_version_labels_for_unavailable_models=true"),
            RUN.format("", " --allow_version_labels_for_unavailable_models=true"),
        ),
        (
            "#!/bin/sh\nexport TF_SERVING_ADDRESS=0.0.0.0\n" + STARTED.format(" --bind_all_interfaces=true"),
            "#!/bin/sh\n" + STARTED.format(""),
        ),
        (STARTED.format(" --address=0.0.0.0"), STARTED.format("")),
    ],
)
def test_the_invented_variable_and_flag_go(tmp_path: Path, before: str, after: str) -> None:
    (tmp_path / "run.sh").write_text(before)
    mended("run.sh", tmp_path, code=None)
    assert (tmp_path / "run.sh").read_text() == after


@pytest.mark.live  # a server
def test_the_invented_variable_and_flag_changed_nothing(tmp_path: Path, free_port: FreePort) -> None:
    for flags, variables in (
        ((), {"TF_SERVING_ADDRESS": "127.0.0.1"}),
        (("--bind_all_interfaces",), {}),
        (("--bind_all_interfaces=false", "--address=127.0.0.1"), {}),
        ((), {}),
    ):
        port = free_port()
        model = ("--model_name=half", f"--model_base_path={sample_path('tensorflow-serving')}")
        process = serving(tmp_path, *model, f"--rest_api_port={port}", f"--port={free_port()}", *flags, **variables)
        try:
            until_listens(port, process, lambda: (tmp_path / "log").read_text())
            assert listening(process, port) & {"0.0.0.0", "::"}, variables
        finally:
            process.kill()
            process.wait()


@pytest.mark.parametrize(
    ("name", "text", "asked"),
    [
        ("models.config", MODELS.format("/models/half").replace("0.0.0.0", "127.0.0.1"), "bind.inference"),
        ("run.sh", RUN.format("-e TF_SERVING_ADDRESS=127.0.0.1 ", ""), "bind.inference"),
        ("run.sh", RUN.format("", " --bind_all_interfaces=false"), "bind.inference"),
        ("run.sh", RUN.format("", " --config=/models/models.config"), "model"),
        ("config.properties", IN_DOCKER + "management_cors.allowed.origin=https://a.example\n", "cors.management"),
        ("config.properties", IN_DOCKER + "cors.allow.credentials=true\n", "cors.inference"),
    ],
)
def test_what_cannot_be_had_opens_the_wizard_at_its_question(tmp_path: Path, name: str, text: str, asked: str) -> None:
    (tmp_path / name).write_text(text)
    said = mended(name, tmp_path, code=1).stderr
    assert (tmp_path / name).read_text() == text
    assert f"in the wizard: serving-wizard {name} --at {asked}\n" in said
    session = Session(opened=open_path(str(tmp_path / name)))
    session.begin(session.load())
    assert asked in {step.id for step in session.steps}


def test_a_port_of_a_line_with_several_answers_is_asked_about_at_its_own_api(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text(RUN.format("", ""))
    said = mended("run.sh", tmp_path, code=None).stderr
    assert "Decide about RUN-PUBLISHED in the wizard: serving-wizard run.sh --at bind.inference\n" in said
