"""What further rules of `check` claim, shown by the real llama-server. One start shows several of them."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.servers.llama_server.hub import REPOSITORY, hub
from tests.servers.llama_server.real import SAMPLE, Server, ask
from tests.servers.llama_server.test_ls_rules import parsed
from tests.servers.torchserve.fleet import own_address
from tests.support import requires

BUILDS = requires.LLAMA_SERVER_BUILDS
EXAMPLES = Path(__file__).parents[2] / "check" / "rules"
PAGE = {"Origin": "https://app.example"}
PREFLIGHT = {**PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
TEXT = {**PAGE, "Content-Type": "text/plain"}
"""What a page may send without asking first."""
JSON, ASKED = {"Content-Type": "application/json"}, b'{"model":"chat","prompt":"a","max_tokens":1}'

pytestmark = requires.needs_llama_server
FreePort = Callable[[], int]


@pytest.mark.parametrize("build", BUILDS)
def test_one_start_without_a_key(build: str, tmp_path: Path, free_port: FreePort) -> None:
    flags = ("--host", "0.0.0.0", "-np", "2", "-np", "1", "--repeat-last-n", "3x", "--slot-save-path", f"{tmp_path}/")
    variables = {"LLAMA_ARG_METRICS": "1", "LLAMA_ARG_TOP_K": "7x"}
    with Server(build, free_port(), tmp_path, flags, variables) as server:
        with socket.create_connection((own_address(), server.port), 10):
            pass
        props = json.loads(server.ask("GET", "/props").body)
        asked = server.ask("POST", "/completion", TEXT, b'{"prompt": "a", "n_predict": 1}')
        saved = server.ask("POST", "/slots/0?action=save", TEXT, b'{"filename": "taken"}')
        shown = {
            "LS-NO-KEY": asked.status == 200 and asked.headers["access-control-allow-origin"] in ("*", PAGE["Origin"]),
            "LS-POWER": saved.status == 200 and (tmp_path / "taken").exists(),
            "LS-FLAG-TWICE": props["total_slots"] == 1,
            "LS-VALUE-CUT": props["default_generation_settings"]["params"]["repeat_last_n"] == 3,
            "LS-ENV-CUT": props["default_generation_settings"]["params"]["top_k"] == 7,
            "LS-ENV": server.ask("GET", "/metrics").status == 501,
        }
        shown["LS-OPEN"] = True  # the connection above
    assert [rule for rule, seen in shown.items() if not seen] == []


@pytest.mark.parametrize("build", BUILDS)
def test_one_start_with_keys(build: str, tmp_path: Path, free_port: FreePort) -> None:
    (tmp_path / "keys").write_bytes((EXAMPLES / "LS-KEY-BLANK" / "failing" / "keys").read_bytes())
    flags = ("--api-key-file", "keys", "--api-key", "51aa07", "--cors-origins", PAGE["Origin"], "--cors-credentials")
    with Server(build, free_port(), tmp_path, flags) as server:
        arguments = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
        asked, answer = server.ask("OPTIONS", "/props", PREFLIGHT), server.ask("GET", "/health", PAGE)

        def with_key(key: str) -> int:
            return server.ask("GET", "/props", {"Authorization": f"Bearer {key}"}).status

        shown = {
            "LS-KEY-BLANK": (with_key("9f1c55aa03"), with_key("9f1c55aa03 "), with_key("77b0e4d2c9"))
            == (401, 401, 200),
            "LS-KEY-ARGUMENT": b"51aa07" in arguments and b"77b0e4d2c9" not in arguments,
            "LS-CORS-HEADERS": asked.headers["access-control-allow-headers"] == "*",
            "LS-CORS-COOKIES": "access-control-allow-credentials" in asked.headers
            and "access-control-allow-credentials" not in answer.headers,
        }
    assert [rule for rule, seen in shown.items() if not seen] == []


@pytest.mark.parametrize("build", BUILDS)
def test_a_router_without_a_key_loads_models_for_any_page(build: str, tmp_path: Path, free_port: FreePort) -> None:
    """LS-ROUTER-OPEN."""
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "chat.gguf").write_bytes(SAMPLE.read_bytes())
    with Server(build, free_port(), tmp_path, ["--models-dir", "models"], model=None) as server:
        loaded = server.ask("POST", "/models/load", TEXT, b'{"model": "chat"}')
    assert loaded.status == 200, loaded.body


@pytest.mark.parametrize("build", BUILDS)
def test_the_file_of_a_socket_stays(build: str, tmp_path: Path, free_port: FreePort) -> None:
    """LS-SOCKET-LEFT."""
    place = tmp_path / "llama.sock"
    first = Server(build, free_port(), tmp_path, ["--host", str(place)])
    while first.process.poll() is None and not place.exists():
        pass
    first.stop()
    assert place.exists()
    assert Server(build, free_port(), tmp_path, ["--host", str(place)]).exit_code() == 1


ENDS = {
    "LS-HOST-REFUSED": (("--host", "127.0.0.1:8080"), BUILDS),
    "LS-HOST-SEVERAL": (("--host", "127.0.0.1,127.0.0.2"), ("b10434",)),
    "LS-MODEL-ELSEWHERE": (("-m", "/nowhere/tiny.gguf"), BUILDS),
    "LS-OFFLINE": (("-hf", REPOSITORY, "--offline"), BUILDS),
}
"""Rule -> flags of a start, and the builds that end with them."""


@pytest.mark.parametrize("rule", ENDS)
def test_it_ends(rule: str, tmp_path: Path, free_port: FreePort) -> None:
    flags, builds = ENDS[rule]
    for build in builds:
        model = None if rule == "LS-OFFLINE" else SAMPLE
        assert Server(build, free_port(), tmp_path, flags, model=model).exit_code() == 1, build


@pytest.mark.parametrize("build", BUILDS)
def test_of_a_file_and_a_repository_the_file_waits_behind(build: str, tmp_path: Path, free_port: FreePort) -> None:
    """LS-MODEL-UNREAD; the file is served where the repository cannot be had, offline too."""
    both = ("-hf", REPOSITORY)
    with hub() as port:
        variables = {"HF_ENDPOINT": f"http://127.0.0.1:{port}"}
        with Server(build, free_port(), tmp_path, both, variables, tmp_path / "absent.gguf") as server:
            assert server.ask("GET", "/health").status == 200
    (tmp_path / "other").mkdir()
    with Server(build, free_port(), tmp_path / "other", (*both, "--offline")) as server:
        assert server.ask("GET", "/health").status == 200


def helped(build: str) -> str:
    """What a build says of its flags."""
    command = requires.llama_server_command(build)
    assert command is not None
    return subprocess.run([command, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout


def test_what_only_some_builds_take(tmp_path: Path) -> None:
    """LS-FLAG-GOING and LS-FLAG-OLD; LS-ENV-GONE: the newer build lists no variable for it, and takes no notice."""
    older, newer = "b10434", "b11669"
    assert [parsed(build, ["--mlock"], tmp_path).returncode for build in (older, newer)] == [0, 1]
    assert ["LLAMA_ARG_MLOCK" in helped(build) for build in (older, newer)] == [True, False]
    assert parsed(newer, [], tmp_path, LLAMA_ARG_MLOCK="1").returncode == 0


@pytest.mark.parametrize("build", BUILDS)
def test_it_ends_at_the_first_word_it_does_not_know(build: str, tmp_path: Path) -> None:
    """LS-FLAG-ALSO."""
    done = parsed(build, ["--n_ctx", "4096", "--low-vram"], tmp_path)
    assert done.returncode == 1 and "invalid argument: --n-ctx" in done.stderr and "low-vram" not in done.stderr


def test_a_shell_ends_the_command_at_a_lost_backslash(tmp_path: Path) -> None:
    """LS-FLAG-LOST, TFS-FLAG-LOST, TS-FLAG-LOST and RUN-LINE-CUT."""
    text = (EXAMPLES / "LS-FLAG-LOST" / "failing" / "serve.sh").read_text("utf-8")
    cut = "llama-server --host 127.0.0.1 \\ \n  --api-key-file keys\n"
    for script in (text, cut):
        named = script.replace("llama-server", "show")
        done = subprocess.run(
            ["sh", "-c", f"show() {{ printf '%s\\n' \"$@\"; }}\n{named}"], cwd=tmp_path, capture_output=True, text=True
        )
        assert "127.0.0.1" in done.stdout and "--api-key-file" not in done.stdout
        assert "--api-key-file: not found" in done.stderr


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("rule", ["LS-PRESET-GONE", "LS-PRESET-TOP", "LS-PRESET-TWICE"])
def test_lists_of_models(build: str, rule: str, tmp_path: Path, free_port: FreePort) -> None:
    """The key of LS-PRESET-GONE lets these two builds start and the model never load."""
    server, _ = router(build, rule, tmp_path, free_port)
    with server:
        models = json.loads(server.ask("GET", "/models").body)["data"]
        if rule == "LS-PRESET-GONE":
            assert server.ask("POST", "/v1/completions", JSON, ASKED).status != 200
    arguments = {each["id"]: each["status"]["args"] for each in models}
    assert ("default" in arguments) is (rule == "LS-PRESET-TOP")
    if rule == "LS-PRESET-TOP":
        assert "--ctx-size" in arguments["default"] and "--ctx-size" not in arguments["chat"]
    elif rule == "LS-PRESET-TWICE":
        assert "--ctx-size" in arguments["chat"] and "--model" not in arguments["chat"]


def router(build: str, rule: str, folder: Path, free_port: FreePort) -> tuple[Server, str]:
    """A router with the failing example of a rule."""
    (folder / "chat.gguf").write_bytes(SAMPLE.read_bytes())
    text = (EXAMPLES / rule / "failing" / "models.ini").read_text("utf-8").replace("/srv/", f"{folder}/")
    (folder / "models.ini").write_text(text)
    return Server(build, free_port(), folder, ["--models-preset", "models.ini"], model=None), text


@pytest.mark.parametrize("build", BUILDS)
def test_the_process_of_a_model_has_tools_and_no_key(build: str, tmp_path: Path, free_port: FreePort) -> None:
    """LS-PRESET-TOOLS."""
    server, _ = router(build, "LS-PRESET-TOOLS", tmp_path, free_port)
    with server:
        assert server.ask("POST", "/v1/completions", JSON, ASKED).status == 200
        arguments = next(words for child in psutil.Process(server.process.pid).children() if (words := child.cmdline()))
        port = int(arguments[arguments.index("--port") + 1])
        body = b'{"tool":"exec_shell_command","params":{"command":"touch ran"}}'
        assert ask(port, "POST", "/tools", TEXT, body).status == 200
    assert (tmp_path / "ran").exists()
