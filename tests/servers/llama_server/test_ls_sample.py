"""The bundled sample: made by the script, the same bytes each time, and a model to both real builds."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.servers.llama_server.real import ROOT, SAMPLE, Server
from tests.support import requires

SCRIPT = ROOT / "scripts" / "make_alphabet_model.py"


def run(*arguments: str) -> int:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], check=False, capture_output=True).returncode


def test_the_bundled_file_is_what_the_script_makes(tmp_path: Path) -> None:
    assert run("--check") == 0
    other = tmp_path / "other.gguf"
    assert run("--out", str(other)) == 0 and other.read_bytes() == SAMPLE.read_bytes()
    other.write_bytes(b"GGUF")
    assert run("--check", "--out", str(other)) == 1


@requires.needs_llama_server
@pytest.mark.parametrize("build", requires.LLAMA_SERVER_BUILDS)
def test_both_builds_serve_it(build: str, tmp_path: Path, free_port: Callable[[], int]) -> None:
    with Server(build, free_port(), tmp_path) as server:
        chat = json.dumps({"messages": [{"role": "user", "content": "say abc"}]}).encode()
        answer = server.ask("POST", "/v1/chat/completions", {"Content-Type": "application/json"}, chat)
        message = json.loads(answer.body)["choices"][0]
        assert (message["message"]["content"], message["finish_reason"]) == ("defghijklmnopqrstuvwxyz", "stop")
        plain = server.ask("POST", "/completion", {}, b'{"prompt": "12", "n_predict": 3}')
        assert json.loads(plain.body)["content"] == "345"
