"""Files of variables beside what starts a server: each is read as its reader does, and fills in a unit's command."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.checking import check
from tests.support.each import each
from wizard.check.analysis import Analysis
from wizard.check.environment_files import Dialect, read
from wizard.check.findings import words
from wizard.observed.source import Source, SourcePart

TEXT = 'A=1\n# B=2\nexport C=3\nD="4"\nE=5 # five\nF=${A}\n'
READ: dict[Dialect, dict[str, str]] = {
    "compose": {"A": "1", "C": "3", "D": "4", "E": "5", "F": "${A}"},
    "engine": {"A": "1", "D": '"4"', "E": "5 # five", "F": "${A}"},
    "systemd": {"A": "1", "D": "4", "E": "5 # five", "F": "${A}"},
    "shell": {"A": "1", "C": "3", "D": "4", "E": "5", "F": "${A}"},
    "exports": {"C": "3"},
}


@each(READ.items())
def test_each_reader_has_its_own_way(dialect: Dialect, values: dict[str, str]) -> None:
    source = Source("x.env", TEXT)
    found = list(read(SourcePart(source, source.region, "x.env"), dialect))
    assert {variable.name: variable.value for variable in found} == values
    assert [source.text[v.start : v.end] for v in found if v.name == "A"] == ["A=1"] * ("A" in values)
    expanding = {"F"} if dialect in ("compose", "shell") else set()
    assert {variable.name for variable in found if variable.expands} == expanding


UNIT = "[Service]\nUser=tf\nEnvironmentFile=/etc/default/tf\nExecStart=/usr/bin/tensorflow_model_server {flags}\n"


def said(flags: str, variables: str) -> list[tuple[str, int | None, str]]:
    files = {"tf.service": Source("tf.service", UNIT.format(flags=flags)), "tf": Source("tf", variables)}
    reports = check([files["tf.service"]], files.get)
    return [(report.source.path, line.line, line.id) for report in reports for line in words(report)]


def test_the_command_of_a_unit_is_filled_in() -> None:
    flags = "--port=0 --grpc_socket_path=/run/tf.sock --model_name=cat --model_base_path=${BASE} $MORE"
    assert said(flags, "BASE=/srv/cat\nMORE=\n") == []
    assert said(flags, "BASE=srv/cat\nMORE=\n") == [("tf.service", 4, "TFS-BASE-RELATIVE")]
    cors = "--rest_api_port=8501 --rest_api_enable_cors_support"
    assert ("tf.service", 4, "TFS-CORS-ANY") in said(flags, f"BASE=/srv/cat\nMORE={cors}\n")


def test_what_nothing_sets_is_said_once_the_file_is_known() -> None:
    flags = "--port=0 --grpc_socket_path=/run/tf.sock --model_base_path=${BASE}"
    assert ("tf.service", 4, "RUN-UNIT-VARIABLE") in said(flags, "BAES=/srv/cat\n")


def test_variables_of_others_in_the_same_file_are_left_alone() -> None:
    compose = "services:\n  tf:\n    image: pytorch/torchserve:0.12.0-cpu\n    env_file: .env\n"
    files = {"compose.yml": Source("compose.yml", compose), ".env": Source(".env", "MODEL_STORE=/x\nAPI_KEY=y\n")}
    assert not [line.id for report in check(files.values(), files.get) for line in words(report)]


KEPT = "llama-server --metrics --cors-origins https://a.example --cors-headers authorization,content-type\n"
VARIABLES = "LLAMA_ARG_MODEL=/srv/a.gguf\nLLAMA_ARG_HOST='0.0.0.0'\nexport LLAMA_ARG_PORT=9000\nLLAMA_API_KEY=${KEY}\n"


@each(
    [
        ("set -a\n. ./x.env\nset +a\n", {"/srv/a.gguf", "0.0.0.0", "9000"}),
        ("set -o allexport; source x.env; set +o allexport\n", {"/srv/a.gguf", "0.0.0.0", "9000"}),
        ("export $(grep -v '^#' x.env | xargs)\n", {"/srv/a.gguf", "0.0.0.0", "9000"}),
        ("export $(cat x.env | xargs -d '\\n')\n", {"/srv/a.gguf", "0.0.0.0", "9000"}),
        ("source x.env\n", {"9000"}),
        ("set -a\nset +a\n. ./x.env\n", {"9000"}),
        ("if [ -f other.env ]; then . ./other.env; fi\n", set()),
        ('source "$HOME/x.env"\n', set()),
    ]
)
def test_a_script_gives_what_it_takes_from_a_file(before: str, values: set[str]) -> None:
    """What it only sources is not exported: the shell itself shows which the program gets."""
    files = {"x.env": Source("x.env", VARIABLES), "start.sh": Source("start.sh", before + KEPT)}
    analysis = Analysis(files.get)
    analysis.add(files["start.sh"])
    analysis.reports()
    (found,) = analysis.observed
    given = {each.value for each in found.settings if each.layer == "environment" and each.name != "LLAMA_API_KEY"}
    assert given == values
    assert found.start is not None and found.start.environment_open == (not values)


@pytest.mark.parametrize(
    "before",
    ["set -a\n. ./x.env\nset +a\n", ". ./x.env\n", "export $(grep -v '^#' x.env | sed 's/export //' | xargs)\n"],
)
def test_the_shell_gives_the_same(tmp_path: Path, before: str) -> None:
    (tmp_path / "x.env").write_text("A=1\nexport B=2\n# C=3\n")
    done = subprocess.run(
        ["sh", "-c", f"{before}env"], cwd=tmp_path, capture_output=True, text=True, env={"PATH": os.environ["PATH"]}
    )
    source = Source("x.env", (tmp_path / "x.env").read_text())
    dialect: Dialect = "exports" if before.startswith(".") else "shell"
    expected = {f"{v.name}={v.value}" for v in read(SourcePart(source, source.region, "x.env"), dialect)}
    assert expected == {row for row in done.stdout.splitlines() if row[:2] in ("A=", "B=", "C=")}
