"""A model that the server fetches by its id: what is written, said and refused, and the real builds with a hub."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.servers.llama_server.hub import REPOSITORY, hub
from tests.servers.llama_server.real import SAMPLE
from tests.support import requires
from tests.support.plans import plan
from tests.support.ports import free_port, own_ports
from tests.trial.conftest import assert_agrees, try_arguments
from wizard import registry
from wizard.cli import main
from wizard.errors import WizardError
from wizard.exposure.findings import assess
from wizard.help.firstaid import diagnose
from wizard.host import Host
from wizard.placement.resolve import resolve
from wizard.plan import Plan, answers, apply_patch

pytestmark = pytest.mark.usefixtures("registered")
FETCHED: dict[str, Any] = {"models": [{"name": "alphabet", "id": REPOSITORY}]}
TEXT = f'schema = 1\nserver = "llama-server"\n[[models]]\nname = "alphabet"\nid = "{REPOSITORY}"\n'


def made(**parts: Any) -> Plan:
    return plan("llama-server", **{**FETCHED, **parts})


def ids(answers_: Plan) -> dict[str, str]:
    return {finding.id: finding.severity for finding in assess(resolve(answers_))}


def test_the_answers_hold_an_id_in_place_of_a_path() -> None:
    text = answers.dump(answers.load(TEXT))
    assert f'id = "{REPOSITORY}"' in text and "path" not in text
    assert answers.load(text) == answers.load(TEXT)
    with_path = answers.dump(made(models=[{"name": "a", "path": "/m/a.gguf"}]))
    assert 'path = "/m/a.gguf"' in with_path and "\nid =" not in with_path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "a model needs a path on this machine, or an id that the server fetches"),
        ('id = "a/b"\npath = "c"', "a model has a path on this machine or an id that the server fetches, not both"),
        ('id = "a b"', "an id is letters, digits and ._:/@+- without blanks, such as USER/MODEL"),
        ('path = ""', "at least 1 character"),
    ],
)
def test_a_model_has_one_source(line: str, said: str) -> None:
    with pytest.raises(WizardError) as refused:
        answers.load(f'schema = 1\nserver = "llama-server"\n[[models]]\nname = "m"\n{line}\n')
    assert said in str(refused.value)


def test_a_path_takes_the_place_of_an_id_and_back() -> None:
    with_path = apply_patch(made(), {"models.0.id": None, "models.0.path": "/m/a.gguf"})
    assert (with_path.models[0].path, with_path.models[0].id) == ("/m/a.gguf", None)
    assert apply_patch(with_path, {"models.0.path": None, "models.0.id": REPOSITORY}) == made()


def test_the_container_may_fetch_and_keeps_what_it_got() -> None:
    server = resolve(made(), Host(uid=1000, gid=1000)).process("server")
    assert server is not None
    assert server.command[:4] == ("--hf-repo", REPOSITORY, "--alias", "alphabet") and "--offline" not in server.command
    assert ("LLAMA_CACHE", "/fetched") in server.environment and server.user == "1000:1000"
    (folder,) = [mount for mount in server.mounts if not mount.read_only]
    assert (folder.source, folder.target) == ("./fetched", "/fetched")
    internal = made(bind={"inference": {"scope": "internal"}})
    assert [network.internal for network in resolve(internal).networks] == [False]
    of_a_file = plan("llama-server", bind={"inference": {"scope": "internal"}})
    assert [network.internal for network in resolve(of_a_file).networks] == [True]


def test_behind_a_gateway_the_way_out_lets_this_machine_in_so_the_server_asks_for_its_key() -> None:
    deployment = resolve(made(gateway={"kind": "nginx"}, auth={"inference": "none"}))
    assert deployment.presented and deployment.server_token
    (endpoint,) = [each for each in deployment.endpoints if each.api == "inference"]
    (behind,) = [door for door in endpoint.access.doors if not door.front]
    assert {who for who, _ in behind.callers} == {"you", "local-users", "pages"} and behind.token == "server-token"
    closed = resolve(plan("llama-server", gateway={"kind": "nginx"}, auth={"inference": "none"}))
    (of_a_file,) = [door for each in closed.endpoints[:1] for door in each.access.doors if not door.front]
    assert not of_a_file.callers and not closed.presented


def test_it_is_said_and_what_cannot_be_fetched_is_refused() -> None:
    assert ids(made())["LLAMA-FETCHES"] == "low"
    two = [*FETCHED["models"], {"name": "b", "path": "/m/b.gguf"}]
    for answers_ in (made(models=two), made(models=[{"name": "m", "id": "no-slash"}])):
        assert ids(answers_)["CANNOT-BE-HAD"] == "functional"


@pytest.mark.parametrize("server", [name for name in registry.names() if name != "llama-server"])
def test_servers_that_fetch_nothing_say_so(server: str) -> None:
    (finding,) = [f for f in assess(resolve(plan(server, **FETCHED))) if f.id == "CANNOT-BE-HAD"]
    assert "fetches no models; give alphabet a path on this machine." in finding.message


def test_a_command_line_that_names_a_repository_is_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = f"llama-server -hf {REPOSITORY}:F16 --host 127.0.0.1 --port 8080 --api-key-file keys\n"
    (tmp_path / "serve.sh").write_text(f"#!/bin/sh\n{line}")
    capsys.readouterr()
    main.main(["import", str(tmp_path / "serve.sh"), "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert f"{REPOSITORY}:F16" in json.dumps(found) and "name the files" not in json.dumps(found)


def test_the_token_of_the_hub_is_handed_on_by_its_name_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    (tmp_path / "answers.toml").write_text(TEXT)
    assert main.main(["generate", str(tmp_path / "answers.toml"), "--out", str(tmp_path / "out")]) == 0
    written = {path.name: path.read_text() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert "      HF_TOKEN: null\n" in written["compose.yaml"] and " --env HF_TOKEN " in written["run.sh"]
    assert not [name for name, text in written.items() if "hf_secret" in text]
    assert resolve(plan("llama-server")).processes[0].handed_on == (), "a model of this machine needs none"


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ("ggml-org/gemma-3-1b-it-GGUF:Q8_0", "--set models.0.id=ggml-org/gemma-3-1b-it-GGUF:Q8_0"),
        ("./ggml-org/gemma-3-1b-it-GGUF", ""),
        ("models/a/b", ""),
    ],
)
def test_an_id_where_a_path_was_looked_for(
    argument: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.main(["generate", argument, "--out", "out"]) == 2
    told = capsys.readouterr().err
    assert ("Did you mean the id of a model that llama-server downloads?" in told) is bool(said) and said in told


def test_null_takes_an_answer_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "answers.toml").write_text(TEXT)
    given = ["generate", str(tmp_path / "answers.toml"), "--out", str(tmp_path / "out"), "--dry-run"]
    assert main.main([*given, "--set", "models.0.id=null"]) == 2
    assert "a model needs a path on this machine, or an id that the server fetches" in capsys.readouterr().err
    path = json.dumps(str(SAMPLE))
    assert main.main([*given, "--set", "models.0.id=null", "--set", f"models.0.path={path}"]) == 0


def test_a_model_by_its_id_is_not_said_to_be_a_version_of_its_own() -> None:
    (refused,) = [f for f in assess(resolve(plan("tensorflow-serving", **FETCHED))) if f.id == "CANNOT-BE-HAD"]
    assert not [key for remedy in refused.remedies for key, _ in remedy.patch if key.endswith("as_version")]
    pasted = "No versions of servable alphabet found under base path /models/alphabet"
    aids = diagnose(pasted, plan("tensorflow-serving", **FETCHED))
    assert aids and not [key for aid in aids for key, _ in aid.patch if key.endswith("as_version")]


@pytest.mark.live
@pytest.mark.usefixtures("own_ports_state")
def test_both_builds_fetch_it_in_a_trial_and_answer_as_predicted(
    native_build: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answers.toml"
    path.write_text(answers.dump(own_ports(answers.load(f'{TEXT}[run]\nhow = "native"\n'))))
    with hub() as port:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("LLAMA_CACHE", str(tmp_path / "cache"))
        capsys.readouterr()
        code = main.main([*try_arguments(path), "--set", f"version={native_build}"])
    out, said = capsys.readouterr()
    assert_agrees((code, json.loads(out), said))
    assert list((tmp_path / "cache").rglob("*.gguf"))


@pytest.fixture
def own_ports_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.images(requires.LLAMA_SERVER_IMAGE)
def test_the_written_script_starts_a_container_that_fetches_it(tmp_path: Path) -> None:
    """The script as it was written, but for the address of the hub; started again without the hub, it still serves."""
    (tmp_path / "answers.toml").write_text(f"{TEXT}[bind.inference]\nscope = 'loopback'\nport = {free_port()}\n")
    out = tmp_path / f"out-{free_port()}"
    assert main.main(["generate", str(tmp_path / "answers.toml"), "--out", str(out)]) == 0
    # The engine names the gateway of its own network only after it was started a second time.
    here = "{{(index .IPAM.Config 0).Subnet}}"
    subnet = subprocess.check_output(["docker", "network", "inspect", "bridge", "-f", here], text=True).strip()
    bridge = str(ip_network(subnet)[1])
    script = out / "run.sh"
    token, presented = "hf_secret", set[str]()
    with hub(bridge, presented) as port:
        script.write_text(script.read_text().replace("--env ", f"--env HF_ENDPOINT=http://{bridge}:{port} --env ", 1))
        first = _status(script, HF_TOKEN=token)
    second = _status(script)
    try:
        assert (first, second) == (200, 200)
        assert f"Bearer {token}" in presented, "the variable of whoever starts it is handed on"
        assert not any(token.encode() in path.read_bytes() for path in out.rglob("*") if path.is_file())
        assert list((out / "fetched").rglob("alphabet-F16.gguf"))
    finally:
        subprocess.run([script, "down"], check=True)


def _status(script: Path, **variables: str) -> int:
    subprocess.run([script, "up"], check=True, capture_output=True, env={**os.environ, **variables})
    port = answers.load((script.parent / "wizard.toml").read_text()).bind.inference
    assert port is not None and port.port is not None
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port.port, timeout=10)
        try:
            connection.request("GET", "/health")
            if (status := connection.getresponse().status) != 503:
                return status
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    return 0
