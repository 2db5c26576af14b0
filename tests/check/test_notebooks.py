"""Jupyter notebooks: what their cells start and write is judged at the line of the file where it stands."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.checking import check
from wizard.check.findings import ReportLine, words
from wizard.check.fixing import mend
from wizard.formats import notebook
from wizard.machine import checkfiles
from wizard.observed.source import Source

PRINTED = "docker run -p 8501:8501 tensorflow/serving:2.19.1\n"
"""What a cell printed when it ran, which nobody runs."""


def made(*cells: tuple[str, str], indent: int | None = 1, lines: bool = True) -> str:
    """A notebook as Jupyter writes it; `lines`: each cell as a list of its lines."""
    return json.dumps(
        {
            "cells": [
                {
                    "cell_type": kind,
                    "metadata": {"source": [PRINTED]},
                    "outputs": [{"output_type": "stream", "text": [PRINTED]}],
                    "source": text.splitlines(keepends=True) if lines else text,
                }
                for kind, text in cells
            ],
            "metadata": {"title": PRINTED},
            "nbformat": 4,
        },
        indent=indent,
    )


def said(text: str, name: str = "serve.ipynb") -> list[ReportLine]:
    (report,) = check([Source(name, text)])
    assert report.kind in ("notebook", "") and not report.problem
    return [line for line in words(report) if line.severity != "info"]


def at(text: str, lines: list[ReportLine]) -> set[tuple[str, str]]:
    """(rule, the word at its place)."""
    rows = text.split("\n")
    return {(each.id, rows[each.line - 1][(each.column or 1) - 1 :].split()[0]) for each in lines if each.line}


PUBLISHED = (
    'docker run --init -p 8501:8501 \\\n  -e MODEL_NAME="cat" -v "$PWD/cat:/models/cat" tensorflow/serving:2.19.1\n'
)


@pytest.mark.parametrize(
    "cell",
    [
        ("code", "import os\n!" + PUBLISHED + "print('served')\n"),
        ("code", "%%bash --bg\n" + PUBLISHED),
        ("code", "%%script bash --no-raise-error\n" + PUBLISHED),
        ("code", "%%time\n!!" + PUBLISHED),
        ("code", "  %system " + PUBLISHED),
        ("markdown", "# Serve\n\nIn a terminal:\n\n```shell\n" + PUBLISHED + "```\n"),
        ("code", "%%writefile start.sh\n#!/bin/sh\n" + PUBLISHED),
    ],
    ids=["line", "bash", "script", "double", "system", "markdown", "writefile"],
)
@pytest.mark.parametrize("lines", [True, False], ids=["lines", "text"])
@pytest.mark.parametrize("name", ["serve.ipynb", "-"])
def test_a_command_is_judged_at_its_place(cell: tuple[str, str], lines: bool, name: str) -> None:
    text = made(("markdown", 'Über "Katzen" 😀\n'), cell, lines=lines)
    assert at(text, said(text, name)) == {("RUN-PUBLISHED", "-p")}


@pytest.mark.parametrize("indent", [None, 1, 2])
def test_a_server_that_a_cell_starts_in_the_background(indent: int | None) -> None:
    cell = (
        "%%bash --bg\nnohup tensorflow_model_server \\\n  --rest_api_port = 8501 \\\n"
        '  --model_name=cat --model_base_path="${MODEL_DIR}" > server.log 2>&1\n'
    )
    text = made(("code", cell), indent=indent)
    assert at(text, said(text)) == {("TFS-FLAG-SPACED", "--rest_api_port")}


def test_a_file_that_a_cell_writes_is_read_with_the_command_that_names_it() -> None:
    config = "inference_address=http://0.0.0.0:8080\nmanagement_address=http://127.0.0.1:8081\nenable_ssl=true\n"
    text = made(
        ("code", "%%writefile config.properties\n" + config),
        ("code", "!torchserve --start --ncs --model-store ms --models cat.mar --ts-config config.properties"),
    )
    found = at(text, said(text))
    assert {
        ("TS-OPEN", 'inference_address=http://0.0.0.0:8080\\n",'),
        ("TS-KEY-UNKNOWN", 'enable_ssl=true\\n"'),
    } <= found


def test_other_files_that_cells_write() -> None:
    dockerfile = 'FROM tensorflow/serving:2.19.1\nENV MODEL_NAME=cat\nCMD ["--alow_growth=true"]\n'
    compose = 'services:\n  s:\n    image: tensorflow/serving:2.19.1\n    init: true\n    ports: ["8500:8500"]\n'
    text = made(
        ("code", "%%writefile Dockerfile\n" + dockerfile),
        ("code", "%%writefile deploy/docker-compose.yml\n" + compose),
        (
            "code",
            "%%writefile -a models.config\nmodel_config_list { config { name: 'a' base_path: 'rel' } }\n",
        ),
    )
    assert {rule for rule, _ in at(text, said(text))} == {
        "TFS-FLAG-UNKNOWN",
        "RUN-PUBLISHED",
        "TFS-PATH-RELATIVE",
        "TFS-PLATFORM-NONE",
    }


def test_what_python_fills_in_is_not_known_and_what_was_printed_is_not_read() -> None:
    text = made(
        (
            "code",
            "!docker run --init -p 127.0.0.1:{port}:8501 -e MODEL_NAME={name} -v {d}:/m tensorflow/serving:{tag}",
        ),
        ("code", "# docker run -p 8501:8501 tensorflow/serving\nimage = 'tensorflow/serving'\nprint('!docker run')\n"),
        ("raw", PRINTED),
    )
    assert not said(text)


def test_nothing_is_rewritten_in_a_notebook() -> None:
    text = made(
        ("code", "%%writefile config.properties\ninference_address=http://0.0.0.0:8080\ncors.allowed.origin=*\n")
    )
    (mended,) = mend([Source("serve.ipynb", text)], lambda _: None)
    assert not mended.changed and any(line.id == "TS-KEY-UNKNOWN" for line in mended.left)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"cells": [{"source": ["!docker run tensorflow/serving',
        '"\\"' * 50_000,
        "[" * 50_000,
        "]}" * 9,
        '"cells":',
    ],
)
def test_what_is_no_notebook_says_nothing(text: str) -> None:
    begin = time.monotonic()
    assert not said(text)
    assert time.monotonic() - begin < 5


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=4), st.booleans())
def test_each_character_has_its_place(cells: list[str], lines: bool) -> None:
    text = made(*[("markdown", body) for body in cells], lines=lines)
    inside = notebook.read(text)
    assert inside.text == "".join(f"{body}\n\n" for body in cells if body)
    for offset, character in enumerate(inside.text):
        if character.isalnum():
            assert text[inside.origin(offset)] == (character if character.isascii() else "\\")


def test_folders_of_notebooks_keep_those_that_name_a_server(tmp_path: Path) -> None:
    (tmp_path / "plots.ipynb").write_text(made(("code", "!pip install matplotlib")).replace("tensorflow/serving", "x"))
    (tmp_path / "serve.ipynb").write_text(made(("code", "!" + PUBLISHED)))
    assert [source.name for source in checkfiles.named([str(tmp_path)])] == ["serve.ipynb"]


def test_what_a_cell_of_python_starts_is_found_at_its_words() -> None:
    code = (
        "%pip install torchserve\n!ls \\\n  -l\nimport subprocess\nport = 8501\n"
        'server = subprocess.Popen(["tensorflow_model_server", "--rest_api_port=8501", "--model_config=x",\n'
        '    "--model_name=cat", f"--port={port}", "--model_base_path=models/cat"])\n'
        "if port:\n    !echo started\n"
    )
    text = made(("markdown", "Serving"), ("code", code))
    assert at(text, said(text)) == {
        ("TFS-FLAG-MISSPELT", '\\"--model_config=x\\",\\n",'),
        ("TFS-BASE-RELATIVE", '\\"--model_base_path=models/cat\\"])\\n",'),
    }


@pytest.mark.parametrize(
    "code",
    [
        'import subprocess\nsubprocess.run("tensorflow_model_server --rest_api_port=8501 --model_name=cat '
        '--model_base_path=/m/cat &", shell=True)\n',
        "import os\nos.system('docker run -p 127.0.0.1:8501:8501 --init -e MODEL_NAME=cat -v /m/cat:/models/cat "
        "tensorflow/serving:2.19.1')\n",
        "subprocess\n$ not python: tensorflow_model_server --rest_api_prt=8501\n",
        "import subprocess\nprint('tensorflow_model_server --rest_api_prt=8501')\n",
    ],
)
def test_python_that_is_right_or_starts_nothing_is_silent(code: str) -> None:
    assert said(made(("code", code))) == []
