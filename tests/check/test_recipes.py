"""Justfiles, Procfiles and Taskfiles: the commands of their recipes, which only their names tell from other files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.checking import check
from wizard.check.findings import words
from wizard.machine import checkfiles
from wizard.observed.source import Source

JUSTFILE = """\
set dotenv-load
model := "/srv/a.gguf"
export LLAMA_ARG_API_KEY := "abc"

default: serve

# starts the server
serve port="8080": (build "llama-server -m x")
    @llama-server -m {{model}} \\
      --host 0.0.0.0 --port {{port}} \\
      -c 4096

llama-server +ARGS:
    #!/usr/bin/env python3
    print("llama-server -m x --host 0.0.0.0")

cats:
    #!/usr/bin/env bash
    set -euo pipefail
    -docker run --init -p 8501:8501 -e MODEL_NAME=cat -v ./cat:/models/cat tensorflow/serving:2.19.1
"""
PROCFILE = "web: gunicorn app:app\nllm: llama-server -m /srv/a.gguf --host 0.0.0.0 --port $PORT\n"
TASKFILE = """\
version: '3'
vars: {N: cat}
tasks:
  serve:
    cmds:
      - docker run --init -p 127.0.0.1:8501:8501 -e MODEL_NAME={{.N}} -v ./m:/models/{{.N}} tensorflow/serving:2.19.1
      - cmd: llama-server -m /srv/a.gguf --host 0.0.0.0 --port {{.PORT}}
      - task: other
  one:
    cmd: tensorflow_model_server --rest_api_port = 8501 --model_name=cat --model_base_path=/m
"""


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("justfile", JUSTFILE, {("LS-OPEN", 10), ("RUN-PUBLISHED", 20)}),
        (".justfile", JUSTFILE, {("LS-OPEN", 10), ("RUN-PUBLISHED", 20)}),
        ("serve.just", JUSTFILE.replace("\n", "\r\n"), {("LS-OPEN", 10), ("RUN-PUBLISHED", 20)}),
        ("Procfile", PROCFILE, {("LS-OPEN", 2)}),
        ("Procfile.dev", PROCFILE.replace("0.0.0.0", "127.0.0.1 --api-key-file /k"), set()),
        ("Taskfile.yml", TASKFILE, {("LS-OPEN", 7), ("TFS-FLAG-SPACED", 10)}),
    ],
)
def test_commands_of_recipes_are_judged_at_their_lines(name: str, text: str, expected: set[tuple[str, int]]) -> None:
    (report,) = check([Source(name, text)])
    assert not report.problem
    assert {(line.id, line.line) for line in words(report) if line.severity != "info"} == expected


def test_recipes_are_found_in_a_folder(tmp_path: Path) -> None:
    for name in ("justfile", ".justfile", "a.just", "Procfile", "Taskfile.yml"):
        (tmp_path / name).write_text(PROCFILE)
    assert len(list(checkfiles.named([str(tmp_path)]))) == 5
