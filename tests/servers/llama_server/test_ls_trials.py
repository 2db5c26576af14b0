"""The intents, started for real and probed: in Docker, and without it with both builds."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers.llama_server.real import SAMPLE
from tests.support import requires
from tests.support.plans import plan
from tests.support.ports import own_ports
from tests.trial.conftest import Result, assert_agrees, try_arguments
from wizard.cli import main
from wizard.machine import hostfacts
from wizard.placement import intents
from wizard.placement.resolve import resolve
from wizard.plan import answers
from wizard.trial import native_backend

pytestmark = pytest.mark.usefixtures("registered")

PAGE = 'origins = ["https://app.example"]\n'
JSON_AND_KEY = 'headers = ["content-type", "authorization"]\n'
OPEN = '[auth]\ninference = "none"\n'
OWN = next((i for i in hostfacts.measure().own_addresses if i.family == 4), None)

# An intent whose files are those of another is named beside it.
INTENTS = {
    "I1, I10 with a key, which a program gives": "",
    "I1, I5 without a key and without pages": OPEN,
    "I3": '[bind.inference]\nscope = "all"\n',
    "I6 with a key": f"[cors.inference]\n{PAGE}{JSON_AND_KEY}",
    "I6 without a key": f"[cors.inference]\n{PAGE}{OPEN}",
    "I7": f"[cors.inference]\n{PAGE}credentials = true\n{OPEN}",
    "I8": f'[cors.inference]\norigins = ["*"]\n{OPEN}',
    "I10 a token of the gateway, from a page": (
        f'[cors.inference]\n{PAGE}{JSON_AND_KEY}[auth]\ninference = "gateway-token"\n'
    ),
    "I11 by the gateway": '[tls]\nmode = "self-signed"\n[gateway]\nkind = "nginx"\n',
    "I12 a unix socket": '[bind.inference]\nscope = "socket"\naddress = "FOLDER/llama.sock"\n',
    "I13": f'[[models]]\nname = "second"\npath = {json.dumps(str(SAMPLE))}\n',
    "metrics on the same port": '[bind.metrics]\nscope = "loopback"\n',
}
DOCKER = {
    **INTENTS,
    "I4": '[bind.inference]\nscope = "internal"\n',
    "I9 metrics apart": '[bind.inference]\nscope = "all"\n[bind.metrics]\nscope = "loopback"\n',
    "I11 by the server": '[tls]\nmode = "self-signed"\n',
    "I14 model baked into an image": '[run]\npackaging = "image"\n',
    "I14 the network of this machine": '[run]\nnetwork = "host"\n',
}
NATIVE = '[run]\nhow = "native"\n'
if OWN:
    INTENTS["I2"] = f'[bind.inference]\nscope = "interface"\naddress = "{OWN.address}"\n'
    INTENTS["I2 several"] = f'[bind.inference]\nscope = "interface"\naddress = "127.0.0.1, {OWN.address}"\n'
    DOCKER |= {name: INTENTS[name] for name in ("I2", "I2 several")}
    DOCKER["I2 several, the network of this machine"] = f'{INTENTS["I2 several"]}[run]\nnetwork = "host"\n'

WHERE_ONLY = ("I2", "I2 several", "I3", "I11 by the gateway")
"""Where it listens and what stands before it: to both builds the same flags, so one of them is tried."""
BUILDS = [
    (name, build) for name in INTENTS for build in requires.LLAMA_SERVER_BUILDS[: 1 if name in WHERE_ONLY else None]
]

Try = Callable[..., Result]


@pytest.fixture
def try_it(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Try:
    """Run `serving-wizard try` on the sample: exit code, report and what it said."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def run(tables: str, *more: str) -> Result:
        model = f'[[models]]\nname = "alphabet"\npath = {json.dumps(str(SAMPLE))}\n'
        path = tmp_path / "answers.toml"
        (tmp_path / "s").mkdir(exist_ok=True)
        tables = tables.replace("FOLDER", str(tmp_path / "s"))
        text = f'schema = 1\nserver = "llama-server"\n{model}{tables}'
        path.write_text(answers.dump(own_ports(answers.load(text))))
        capsys.readouterr()
        code = main.main([*try_arguments(path), *more])
        written, said = capsys.readouterr()
        report: dict[str, Any] = json.loads(written) if written.strip() else {}
        return code, report, said

    return run


@pytest.mark.images(requires.LLAMA_SERVER_IMAGE, requires.NGINX_IMAGE)
@pytest.mark.parametrize("name", DOCKER)
def test_in_docker_it_is_as_predicted(try_it: Try, name: str) -> None:
    assert_agrees(try_it(DOCKER[name]))


@pytest.mark.nginx
@pytest.mark.parametrize(("name", "native_build"), BUILDS, indirect=["native_build"])
def test_without_a_container_it_is_as_predicted(try_it: Try, name: str, native_build: str) -> None:
    assert_agrees(try_it(NATIVE + INTENTS[name], "--set", f"version={native_build}"))


@pytest.mark.nginx
def test_without_a_container_the_build_with_openssl_encrypts(
    try_it: Try, native_build: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other build was made without it, and says so at the start, in lines that may not have been read yet."""
    monkeypatch.setattr(native_backend, "_LOG_EVERY_S", 3.0)
    tables = f'{NATIVE}[tls]\nmode = "self-signed"\n'
    result = try_it(tables, "--set", f"version={native_build}")
    if native_build == "b11669":
        assert_agrees(result)
    else:
        # Ended at once, it printed nothing in 4 of 60 starts on a busy machine: its log is written by another thread.
        assert result[0] != 0 and "The server ended by itself" in result[2]
        assert "SSL" in json.dumps(result[1]) if result[1]["log_tail"] else "It printed nothing" in result[2]


@pytest.fixture
def left(tmp_path: Path) -> None:
    """The file of a socket, left from an earlier run."""
    (tmp_path / "s").mkdir()
    with socket.socket(socket.AF_UNIX) as earlier:
        earlier.bind(str(tmp_path / "s/llama.sock"))


@pytest.mark.images(requires.LLAMA_SERVER_IMAGE)
@pytest.mark.usefixtures("left")
def test_a_socket_that_was_left_keeps_no_container_from_starting(try_it: Try) -> None:
    assert_agrees(try_it(DOCKER["I12 a unix socket"]))


@pytest.mark.usefixtures("left")
def test_a_socket_that_was_left_keeps_no_server_from_starting(try_it: Try, native_build: str) -> None:
    assert_agrees(try_it(NATIVE + INTENTS["I12 a unix socket"], "--set", f"version={native_build}"))


@pytest.mark.parametrize("heard", [True, False])
def test_only_a_socket_at_which_nobody_answers_is_removed(tmp_path: Path, heard: bool) -> None:
    path = tmp_path / "llama.sock"
    bind = {"inference": {"scope": "socket", "address": str(path)}}
    (process,) = resolve(plan("llama-server", run={"how": "native"}, bind=bind)).processes
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        if heard:
            other.listen()
        subprocess.run([*(process.entrypoint or ()), "true"], check=True, timeout=60)
        assert path.exists() is heard


@pytest.mark.parametrize("table", [INTENTS, DOCKER], ids=["native", "docker"])
def test_every_row_of_the_table_of_intents_is_tried(table: dict[str, str]) -> None:
    how = "docker" if table is DOCKER else "native"
    granted = {row.intent.value for row in intents.rows("llama-server", how=how) if row.layer != "impossible"}
    tried = {intent for name in table for intent in re.findall(r"\bI\d+", name)} | ({"I2"} if OWN is None else set())
    tried |= {"I4"} if table is INTENTS else set()  # without networks of containers it is I1
    # I14 is how each of these is run; I15, reading what is there, starts nothing (tests/check).
    assert granted - {"I14", "I15"} <= tried
    refused = {row.intent.value for row in intents.rows("llama-server", how=how)} - granted
    assert refused == {"I9", "I12", "I16", "I17"}
