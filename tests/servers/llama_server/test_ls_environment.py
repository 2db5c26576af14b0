"""What both builds take from their environment beside the variables of flags, and what they make of a file of keys."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.servers.llama_server.hub import REPOSITORY, hub
from tests.servers.llama_server.real import SAMPLE, Server, ask
from tests.support import requires
from tests.support.waiting import until

pytestmark = requires.needs_llama_server
BUILDS = requires.LLAMA_SERVER_BUILDS
FreePort = Callable[[], int]
CACHES = {
    "LLAMA_CACHE": "",
    "HF_HUB_CACHE": "",
    "HUGGINGFACE_HUB_CACHE": "",
    "HF_HOME": "hub",
    "XDG_CACHE_HOME": "huggingface/hub",
    "HOME": ".cache/huggingface/hub",
}
"""Variable -> where in its folder a fetched model lies; whichever is set first is used."""


def path_of_model(server: Server) -> str:
    found: str = json.loads(server.ask("GET", "/props").body)["model_path"]
    return found


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("first", range(0, len(CACHES), 2))
def test_where_a_fetched_model_is_kept(build: str, first: int, tmp_path: Path, free_port: FreePort) -> None:
    names = list(CACHES)[first:]
    none = dict.fromkeys(CACHES, "")
    with hub() as port:
        env = {**none, **{name: str(tmp_path / name) for name in names}, "HF_ENDPOINT": f"http://127.0.0.1:{port}"}
        with Server(build, free_port(), tmp_path, ("-hf", REPOSITORY), env, model=None) as server:
            place = path_of_model(server)
    assert place.startswith(f"{tmp_path / names[0] / CACHES[names[0]]}/models--"), place


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("order", [0, 1])
def test_a_fetched_model_goes_before_a_file(build: str, order: int, tmp_path: Path, free_port: FreePort) -> None:
    flags = [("-hf", REPOSITORY), ("-m", str(SAMPLE))]
    words = [word for each in (flags if order else reversed(flags)) for word in each]
    with hub() as port:
        env = {"MODEL_ENDPOINT": f"http://127.0.0.1:{port}", "HF_ENDPOINT": "http://127.0.0.1:9"}
        with Server(build, free_port(), tmp_path, words, env, model=None) as server:
            assert "models--me--alphabet" in path_of_model(server)


@pytest.mark.parametrize("build", BUILDS)
def test_offline_needs_a_model_that_was_fetched_before(build: str, tmp_path: Path, free_port: FreePort) -> None:
    with hub() as port:
        env = {"HF_ENDPOINT": f"http://127.0.0.1:{port}"}
        words = ("-hf", REPOSITORY, "--offline")
        assert Server(build, free_port(), tmp_path, words, env, model=None).exit_code() == 1
        with Server(build, free_port(), tmp_path, words[:2], env, model=None):
            pass
        with Server(build, free_port(), tmp_path, words, env, model=None) as server:
            assert server.ask("GET", "/health").status == 200


@pytest.mark.parametrize("build", BUILDS)
def test_vertex_moves_the_port(build: str, tmp_path: Path, free_port: FreePort) -> None:
    port, moved = free_port(), free_port()
    env: Mapping[str, str] = {
        "AIP_MODE": "PREDICTION", "AIP_HTTP_PORT": str(moved), "AIP_HEALTH_ROUTE": "/well", "AIP_PREDICT_ROUTE": "/ask",
    }  # fmt: skip
    server = Server(build, port, tmp_path, (), env)
    server.port = moved
    with server:
        assert ask(moved, "GET", "/well").status == 200
        assert ask(moved, "POST", "/ask", body=b'{"instances": []}').status == 200
        with pytest.raises(OSError):
            ask(port, "GET", "/health")


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("env", [{}, {"LLAMA_SERVER_SLOTS_DEBUG": "1"}])
def test_prompts_are_shown_for_debugging_only(
    build: str, env: dict[str, str], tmp_path: Path, free_port: FreePort
) -> None:
    with Server(build, free_port(), tmp_path, (), env) as server:
        server.ask("POST", "/completion", body=b'{"prompt": "abcxyz", "n_predict": 3}')
        assert (b"abcxyz" in server.ask("GET", "/slots").body) is bool(env)


@pytest.mark.parametrize("build", BUILDS)
def test_a_line_of_a_key_file_is_a_key_as_it_stands(build: str, tmp_path: Path, free_port: FreePort) -> None:
    (tmp_path / "keys").write_bytes(b"# keys\none\n\ntwo,three\nfour \nfive\r\n")
    with Server(build, free_port(), tmp_path, ("--api-key-file", "keys")) as server:
        asked = ("one", "two", "three", "two,three", "four", "four ", "five", "# keys", "")
        found = {key: server.ask("GET", "/props", {"Authorization": f"Bearer {key}"}).status for key in asked}
    assert found == {key: 200 if key in ("one", "two,three") else 401 for key in asked}


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    ("hosts", "answering"),
    [
        (("127.0.0.1,127.0.0.2",), {"b11669": ["127.0.0.1", "127.0.0.2"]}),
        (("127.0.0.1, 127.0.0.2,",), {"b11669": ["127.0.0.1", "127.0.0.2"]}),
        (("127.0.0.1,::1",), {"b11669": ["127.0.0.1", "::1"]}),
        (("127.0.0.2,127.0.0.1,127.0.0.2",), {}),
        (("127.0.0.1", "127.0.0.2"), {"b11669": ["127.0.0.2"], "b10434": ["127.0.0.2"]}),
        (("::",), {build: ["127.0.0.1", "127.0.0.2", "::1"] for build in BUILDS}),
    ],
)
def test_where_it_listens(
    build: str, hosts: tuple[str, ...], answering: dict[str, list[str]], tmp_path: Path, free_port: FreePort
) -> None:
    port = free_port()
    server = Server(build, port, tmp_path, [word for host in hosts for word in ("--host", host)])
    wanted = answering.get(build)
    if wanted is None:
        assert server.exit_code() == 1
        return
    with contextlib.ExitStack() as stack:
        stack.callback(server.stop)
        until(lambda: _status(wanted[0], port) == 200, "it answers")
        assert [at for at in ("127.0.0.1", "127.0.0.2", "::1") if _status(at, port) == 200] == wanted


def _status(address: str, port: int) -> int:
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()
