"""Hostile input: recorded files cut, joined and broken are read or refused; never a crash, never for long."""

from __future__ import annotations

import time
from contextlib import suppress
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.check.test_cases import CASES
from tests.support.checking import check
from tests.support.examples import most
from wizard.check import effective
from wizard.check.analysis import Analysis
from wizard.check.findings import words
from wizard.check.fixing import mend
from wizard.check.importing import draft
from wizard.check.reports.github import as_annotations
from wizard.check.reports.junit import as_junit
from wizard.check.reports.sarif import as_sarif
from wizard.check.reports.text import as_text
from wizard.errors import WizardError
from wizard.observed.source import Source

NAMES = sorted({case["name"] for case in CASES} | {"x.bat", "x.ps1", "notes.md", "-"})
TEXTS = [case["text"] for case in CASES]
_SERVICE = "  s{n}:\n    image: tensorflow/serving\n    ports: ['{port}:8501']\n"
PIECES = st.one_of(
    st.sampled_from(
        ["\\", '"', "'", "${", "$(", "`", "{", "}", "[", "]", "\n", "\r\n", "\t", ":", "=", "#", "<<EOF\n"]
    ),
    st.sampled_from(["&a ", "*a", "--", "\\u", "\x00", "\ufeff", "\u202e", "\ud800", "9" * 30, "-p ", "ENV ", "CMD ["]),
    st.text(max_size=6),
)


@st.composite
def broken(draw: st.DrawFn) -> tuple[str, str]:
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(0, 5))):
        at, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        middle = draw(st.one_of(PIECES, st.sampled_from(TEXTS).map(lambda other: other[:200])))
        text = text[:at] + middle + text[draw(st.sampled_from([at, end])) :]
    return draw(st.sampled_from(NAMES)), text


def everything(sources: list[Source]) -> None:
    by_path = {source.path: source for source in sources}
    analysis = Analysis(by_path.get)
    for source in sources:
        analysis.add(source)
    found = analysis.reports()
    reports = [(report, words(report)) for report in found]
    for report, lines in reports:
        rows = report.source.text.count("\n") + 1
        assert all(line.line is None or 1 <= line.line <= rows for line in lines)
    list(as_text(reports, lambda text, _: text, 100))
    as_sarif(reports)
    list(as_annotations(reports))
    as_junit(reports, [])
    effective.as_json(analysis.observed)
    list(effective.as_text(analysis.observed))
    with patch.object(analysis, "reports", lambda: found), suppress(WizardError):  # not everything once more
        draft(analysis)


@settings(max_examples=most(200), suppress_health_check=[HealthCheck.too_slow])
@given(broken())
def test_no_text_breaks_anything(made: tuple[str, str]) -> None:
    everything([Source(*made)])


@settings(max_examples=most(60), suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(broken(), min_size=2, max_size=3, unique_by=lambda made: made[0]))
def test_nor_do_several_beside_each_other(made: list[tuple[str, str]]) -> None:
    everything([Source(name, text) for name, text in made])


@settings(max_examples=most(60), suppress_health_check=[HealthCheck.too_slow])
@given(broken())
def test_mending_broken_files_ends_and_stays(made: tuple[str, str]) -> None:
    (once,) = mend([Source(*made)], lambda _: None)
    (twice,) = mend([Source(made[0], once.text)], lambda _: None)
    assert not twice.changed


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.properties", "inference_address=http://x\nmodel_store=" + "\\" * 200_000 + "\n"),
        ("config.properties", "inference_address=x\nmodel_store=y\n" + "a=1\n" * 10_000),
        ("config.properties", "model_store=x\nload_models=" + "a=b," * 100_000 + "\n"),
        ("config.properties", "model_store=x\nload_models=a.mar\nallowed_urls=(.*)*(.*)*x\n"),
        ("models.config", "model_config_list " + "{ a " * 20_000),
        ("run.sh", "tensorflow_model_server " + "$(" * 50_000),
        ("run.sh", "tensorflow_model_server " + "--a=b " * 10_000),
        ("start.sh", "--a tensorflow_model_server" + " \t" * 20_000 + "\nx"),
        ("run.sh", "docker run " + "-p 1-65535:1-65535 " * 50 + " tensorflow/serving\n"),
        ("compose.yml", "services:\n  a:\n    image: tensorflow/serving\n    command: [" + "x," * 40_000 + "]\n"),
        ("Dockerfile", "FROM tensorflow/serving\n" + "RUN a \\\n" * 20_000),
        ("compose.yml", "services:\n" + "".join(_SERVICE.format(n=n, port=n + 10_000) for n in range(4_000))),
        ("README.md", "tensorflow/serving\n" + "```sh\ntensorflow_model_server\n```\n" * 2_000),
        ("README.md", "tensorflow/serving\n" + "```" * 50_000),
        ("nginx.conf", "# Made by Serving Wizard\n" + "http { " * 20_000),
        ("models.ini", "version = 1\n[a]\nmodel = a.gguf\n" + " " * 20_000 + "x\nb = c" + " " * 50_000 + "d\n"),
        ("x.ps1", "llama-server -m a.gguf\n$a = @(" + '"b" ' * 100),
        ("run.sh", "tensorflow_model_server " + "".join(f"--unknwon_flag_{n}=1 " for n in range(5_000))),
        (
            "README.md",
            "".join(f"```yaml\nservices:\n  s{n}:\n    image: tensorflow/serving\n```\n" for n in range(3_000)),
        ),
        (
            "run.sh",
            "".join(
                f"cat > {n}.yml <<EOF\nservices:\n  s{n}:\n    image: tensorflow/serving\nEOF\n" for n in range(3_000)
            ),
        ),
        ("server.env", "LLAMA_ARG_MODEL=a.gguf\n" + "HF_TOKEN=" + "n_" * 50_000 + "\n" + "n_" * 50_000 + "_tokens=1\n"),
    ],
    ids=range(21),
)
def test_no_text_takes_long(name: str, text: str) -> None:
    began = time.process_time()
    everything([Source(name, text)])
    assert time.process_time() - began < 20


def test_places_stay_where_they_are_behind_a_broken_escape() -> None:
    head = "inference_address=http://127.0.0.1:8080\nmodel_store=/m\n"
    text = head + "x=\\user\\\\user\ny=\\use\nnetty_client_thread=4\n"
    (report,) = check([Source("config.properties", text)])
    found = [(line.id, line.line, line.column) for line in words(report)]
    assert ("TS-KEY-UNKNOWN", 5, 1) in found and ("TS-ESCAPE", 3, 1) in found


def test_a_comment_that_names_a_build_of_one_server_does_not_disturb_another() -> None:
    everything([Source("two.sh", "# llama.cpp b10434\ntorchserve --start --ncs\nllama-server -m x.gguf\n")])


def test_kustomizations_that_all_name_each_other_take_no_time() -> None:
    """60 of them with 1,000 resources each took more than two minutes."""
    count = 60
    pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {name: a, image: 'pytorch/torchserve'}\n"
    files = []
    for number in range(count):
        named = "".join(f"- ../d{other % count}\n- r{other}.yaml\n" for other in range(500))
        text = f"images: [{{name: pytorch/torchserve, newTag: '0.12.0'}}]\nresources:\n{named}"
        files += [Source(f"d{number}/kustomization.yaml", text), Source(f"d{number}/pod.yaml", pod)]
    found = {source.path: source for source in files}
    began = time.process_time()
    check(files, found.get)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("models.config", "model_config_list {" + 'config { name: "m" base_path: "/m" }' * 8_000 + "}"),
        ("s.sh", "llama-server -m x " + "--port 80 " * 10_000 + "\n"),
        ("u.service", f"[Service]\nEnvironment=A={'a' * 50_000}\nExecStart=llama-server -m {'${A}' * 20_000}\n"),
        ("a.py", "import subprocess\n" + "c = 'llama-server -m a'\nsubprocess.run(c)\n" * 500),
        ("Dockerfile", "FROM a\n" + "ENV A=1\nCOPY <<E /s.sh\nllama-server -m a\nE\n" * 700),
        ("a.sh", "".join(f"read X{n} <<E\ntorchserve\nE\necho $X{n} > {n}.properties\n" for n in range(3_000))),
    ],
    ids=["models", "flags", "variables", "program", "image", "kept"],
)
def test_many_of_the_same_take_no_longer_for_each(name: str, text: str) -> None:
    began = time.process_time()
    check([Source(name, text)], lambda _: None)
    assert time.process_time() - began < 6


@pytest.mark.parametrize("command", ["echo -e", "echo -n", "echo -ne", "echo -n -e", "echo -e -n", "printf -n", "echo"])
@pytest.mark.parametrize("name", ["Dockerfile", "start.sh"])
def test_options_of_echo_end(name: str, command: str) -> None:
    """Where the shell of a Dockerfile reads escapes anyway, an option of echo was looked at again and again."""
    text = f"{command} 'inference_address=http://127.0.0.1:8080\\nload_models=all' > config.properties\n"
    head = "FROM pytorch/torchserve:0.12.0-cpu\nRUN " if name == "Dockerfile" else "torchserve --start\n"
    everything([Source(name, head + text)])


@pytest.mark.parametrize("before", ["cd a", ". ./some.env", "export $(cat some.env)"])
def test_what_a_long_script_does_before_each_start_is_looked_at_once(before: str) -> None:
    script = Source("start.sh", "#!/bin/sh\n" + f"{before}\nllama-server -m x.gguf\n" * 3_000)
    begin = time.process_time()
    check([script])
    assert time.process_time() - begin < 5
