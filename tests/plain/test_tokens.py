"""Line prompts load no full screen, and show a new token once, to a person only."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plain.talking import Talk, environment, piped

pytestmark = pytest.mark.live

PROGRAM = """
import json, sys
from wizard.cli.main import main
code = main(["demo", "--server", "torchserve", "--plain"])
print(json.dumps([code, *(name for name in ("textual", "rich") if name in sys.modules)]))
"""


def token_in(folder: Path) -> str:
    return (folder / "serving-echo" / "secrets" / "inference.token").read_text().strip()


def kept_elsewhere(folder: Path, token: str) -> list[str]:
    """Files outside the secrets that hold the token."""
    found = [path for path in folder.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]
    return [str(path.relative_to(folder)) for path in found if path.parent.name != "secrets"]


def test_a_whole_run_of_line_prompts_loads_no_full_screen(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="\n" * 100,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment(tmp_path),
        timeout=120,
        check=True,
    )
    assert (tmp_path / "serving-echo" / "compose.yaml").is_file()
    assert json.loads(done.stdout) == [0]


def test_a_new_token_is_shown_once_in_a_terminal(tmp_path: Path) -> None:
    with Talk(tmp_path, "demo", "--server", "torchserve", "--plain") as talk:
        talk.enter_until("Must callers show a token?")
        talk.type("gateway-token")
        talk.enter_until("New token, shown this once")
        talk.type("")
        talk.enter_until("Enter leaves:")
        talk.type("")
        talk.until("Written to")
    token = token_in(tmp_path)
    assert talk.text.count(token) == 1
    assert kept_elsewhere(tmp_path, token) == []
    with Talk(tmp_path, "serving-echo", "--plain") as again:
        again.answer("What to do:", "")
        again.until("Written to")
    assert "New token" not in again.text
    assert token not in again.text


def test_a_new_token_is_not_written_into_a_pipe(tmp_path: Path) -> None:
    answers = "\n" * 100
    first = piped(answers, tmp_path, "demo", "--server", "torchserve", "--plain")
    assert first.returncode == 0, first.stderr
    path = tmp_path / "serving-echo" / "wizard.toml"
    path.write_text(path.read_text().replace("[auth]", "[auth]\n", 1))
    gated = path.read_text().replace('inference = "server-token"', 'inference = "gateway-token"')
    assert 'inference = "gateway-token"' in gated, path.read_text()
    path.write_text(gated)
    done = piped(answers, tmp_path, "serving-echo", "--plain")
    assert done.returncode == 0, done.stderr
    assert "A new token is in" in done.stderr
    assert token_in(tmp_path) not in done.stderr
