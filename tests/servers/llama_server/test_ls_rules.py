"""What the rules of `check` claim, shown by the real llama-server: the examples of the rules are what is started."""

from __future__ import annotations

import shlex
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.llama_server.real import SAMPLE, Server
from tests.support import requires
from wizard.check.findings import every_rule
from wizard.servers.llama_server.reading.rules.flags import STOPPING

EXAMPLES = Path(__file__).parents[2] / "check" / "rules"
BUILDS = requires.LLAMA_SERVER_BUILDS
ENDING = sorted(rule for rule in STOPPING if not every_rule()[rule].unshown)

pytestmark = requires.needs_llama_server
FreePort = Callable[[], int]


def example(rule: str, kind: str) -> tuple[str, list[str]]:
    """(build that the example names, flags behind the program)."""
    comment, command = (EXAMPLES / rule / kind / "serve.sh").read_text("utf-8").splitlines()[:2]
    return comment.rpartition(" ")[2], shlex.split(command)[1:]


def parsed(build: str, words: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The server asked for its version behind other flags: it ends with 0 if it takes them all."""
    command = requires.llama_server_command(build)
    assert command is not None
    (folder / "keys").write_text("9f1c55aa03\n")
    return subprocess.run(
        [command, *words, "--version"], cwd=folder, capture_output=True, text=True, timeout=60, env=environment
    )


@pytest.mark.parametrize("rule", ENDING)
def test_the_example_ends_the_server_and_the_mended_one_does_not(rule: str, tmp_path: Path) -> None:
    build, words = example(rule, "failing")
    done = parsed(build, words, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    build, words = example(rule, "fixed")
    done = parsed(build, words, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("flag", ["--api-key", "--host", "--alias", "--cors-origins", "--port", "-fa"])
def test_a_flag_at_the_end_without_its_value_ends_the_server(build: str, flag: str, tmp_path: Path) -> None:
    command = requires.llama_server_command(build)
    assert command is not None
    done = subprocess.run([command, flag], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f'error while handling argument "{flag}": expected value for argument' in done.stdout + done.stderr


@pytest.mark.parametrize("build", BUILDS)
def test_variables(build: str, tmp_path: Path) -> None:
    """LS-ENV-VALUE, LS-ENV-REMOVED; LS-ENV-CUT and LS-ENV end nothing."""
    assert parsed(build, [], tmp_path, LLAMA_ARG_JINJA="yes").returncode == 1
    assert parsed(build, [], tmp_path, LLAMA_ARG_DRAFT_MAX="16").returncode == 1
    assert parsed(build, [], tmp_path, LLAMA_ARG_CTX_SIZE="8k").returncode == 0
    assert parsed(build, [], tmp_path, LLAMA_ARG_METRICS="1", LLAMA_ARG_MLOCK="1").returncode == 0


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    ("flags", "variables", "status"),
    [
        (("--api-key", ""), {}, 200),
        (("--api-key-file", "empty"), {}, 200),
        ((), {"LLAMA_API_KEY": ""}, 200),
        ((), {"LLAMA_ARG_API_KEY": "k"}, 200),
        (("--api-key", ""), {"LLAMA_API_KEY": "k"}, 401),
        (("--api-key", "k", "--api-key", ""), {}, 401),
    ],
)
def test_which_keys_are_none(
    build: str, flags: tuple[str, ...], variables: dict[str, str], status: int, tmp_path: Path, free_port: FreePort
) -> None:
    """LS-KEY-EMPTY, LS-KEY-FILE-EMPTY and LS-ENV-KEY."""
    (tmp_path / "empty").write_text("# one key on each line\n\n")
    with Server(build, free_port(), tmp_path, flags, variables) as server:
        assert server.ask("GET", "/props").status == status


@pytest.mark.parametrize("build", BUILDS)
def test_a_star_is_the_loopback_of_ipv6_alone(build: str, tmp_path: Path, free_port: FreePort) -> None:
    """LS-HOST-STAR."""
    port = free_port()
    server = Server(build, port, tmp_path, ["--host", "*"])
    try:
        while server.process.poll() is None and "listening on" not in server.log:
            pass
        with socket.create_connection(("::1", port), 10):
            pass
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 10)
    finally:
        server.stop()


@pytest.mark.parametrize("build", BUILDS)
def test_a_folder_is_no_model(build: str, tmp_path: Path, free_port: FreePort) -> None:
    """LS-MODEL-FOLDER."""
    command = requires.llama_server_command(build)
    assert command is not None
    given = [command, "-m", f"{tmp_path}/", "--port", str(free_port())]
    done = subprocess.run(given, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "failed to read magic" in done.stdout + done.stderr


@pytest.mark.parametrize("build", BUILDS)
def test_half_of_tls_is_none(build: str, tmp_path: Path, free_port: FreePort) -> None:
    """LS-TLS-HALF."""
    with Server(build, free_port(), tmp_path, ["--ssl-key-file", "tls.key"]) as server:
        assert server.ask("GET", "/health").status == 200


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    "origins", ["https://a.example,https://b.example", "https://*.a.example", "https://a.example/"]
)
def test_origins_are_sent_as_they_stand(build: str, origins: str, tmp_path: Path, free_port: FreePort) -> None:
    """LS-CORS-LIST, LS-CORS-PATTERN and LS-CORS-SPELLING."""
    with Server(build, free_port(), tmp_path, ["--cors-origins", origins]) as server:
        answer = server.ask("GET", "/health", {"Origin": "https://a.example"})
    assert answer.headers["access-control-allow-origin"] == origins


@pytest.mark.parametrize("build", BUILDS)
def test_a_prefix_and_a_key_shut_the_health_page(build: str, tmp_path: Path, free_port: FreePort) -> None:
    """LS-PREFIX-KEY."""
    with Server(build, free_port(), tmp_path, ["--api-prefix", "/llm", "--api-key", "k"]) as server:
        assert server.ask("GET", "/llm/health").status == 401


@pytest.mark.parametrize("build", BUILDS)
def test_a_foreign_page_runs_a_command_unless_there_is_a_key(build: str, tmp_path: Path, free_port: FreePort) -> None:
    """LS-TOOLS; LS-TOOLS-KEYED once a key is asked for."""
    body = b'{"tool":"exec_shell_command","params":{"command":"touch ran"}}'
    foreign = {"Origin": "https://evil.example", "Content-Type": "text/plain"}
    with Server(build, free_port(), tmp_path, ["--agent", "--cors-origins", "localhost"]) as server:
        assert server.ask("POST", "/tools", foreign, body).status == 200
    assert (tmp_path / "ran").exists()
    (tmp_path / "ran").unlink()
    with Server(build, free_port(), tmp_path, ["--agent", "--api-key", "k"]) as server:
        assert server.ask("POST", "/tools", foreign, body).status == 401
        assert not (tmp_path / "ran").exists()
        assert server.ask("POST", "/tools", {**foreign, "Authorization": "Bearer k"}, body).status == 200
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        ("LS-PRESET-SYNTAX", None),
        ("LS-PRESET-UNKNOWN", None),
        ("LS-PRESET-QUOTES", False),
        ("LS-PRESET-HOME", False),
        ("LS-PRESET-VALUE", False),
        ("LS-PRESET-CUT", True),
        ("LS-PRESET-ROUTER", True),
        ("LS-PRESET-KEY", True),
    ],
)
def test_lists_of_models(build: str, rule: str, answers: bool | None, tmp_path: Path, free_port: FreePort) -> None:
    """None: the router does not start; False: the model never loads."""
    (tmp_path / "chat.gguf").write_bytes(SAMPLE.read_bytes())
    text = (EXAMPLES / rule / "failing" / "models.ini").read_text("utf-8")
    (tmp_path / "models.ini").write_text(text.replace("/srv/", f"{tmp_path}/"))
    server = Server(build, free_port(), tmp_path, ["--models-preset", "models.ini"], model=None)
    if answers is None:
        assert server.exit_code() == 1
        return
    with server:
        asked = b'{"model":"chat","prompt":"a","max_tokens":1}'
        found = server.ask("POST", "/v1/completions", {"Content-Type": "application/json"}, asked).status
    assert (found == 200) == answers
