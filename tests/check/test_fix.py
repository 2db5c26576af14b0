"""Mending: what was meant comes out, everything else of the file stays, and nobody is let in."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.check.test_cases import Case, every, said
from tests.support.commands import command
from tests.support.each import each
from tests.support.examples import most
from wizard.check.fixing import Mended, mend
from wizard.errors import WizardError
from wizard.machine import checkfiles, rewriting
from wizard.observed.source import Source

BASE = (
    "inference_address=http://127.0.0.1:8080\nmanagement_address=http://127.0.0.1:8081\nmodel_store=/m\n"
    "workflow_store=/w\nallowed_urls=none\nload_models=cat.mar\n"
)


@cache
def mended(name: str, text: str) -> Mended:
    (result,) = mend([Source(name, text)], lambda _: None)
    return result


def lines(name: str, text: str) -> list[str]:
    """The lines that differ, as they are now."""
    result = mended(name, text)
    return [row[1:] for row in result.diff() if row.startswith("+") and not row.startswith("+++")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cors.allowed.origin=https://app.example", "cors_allowed_origin=https://app.example"),
        ("cors.allowed.origin : https://app.example", "cors_allowed_origin : https://app.example"),
        ("CORS_ALLOWED_METHODS=GET", "cors_allowed_methods=GET"),
        ("netty_client_thread=4", "netty_client_threads=4"),
        ("default_workers_per_model=1 ", "default_workers_per_model=1"),
        ("metrics_mode=promethus", "metrics_mode=prometheus"),
        ("metrics_address=http://127.0.0.1:8082/", "metrics_address=http://127.0.0.1:8082"),
        ("metrics_address=127.0.0.1:8082", "metrics_address=http://127.0.0.1:8082"),
    ],
)
def test_a_key_or_value_beyond_doubt_is_rewritten_in_place(before: str, after: str) -> None:
    assert lines("config.properties", BASE + before + "\n") == [after]


def test_a_program_is_left_alone_as_an_edit_of_a_command_line_is_none_of_a_list() -> None:
    wrong = 'import subprocess\nsubprocess.run(["torchserve", "--start", "--foreground", "--model-store", "/m"])\n'
    assert [line.id for line in said("serve.py", wrong)] == ["TS-SNAPSHOT-TRAP"]
    assert mended("serve.py", wrong).text == wrong


@pytest.mark.parametrize(
    "line",
    [
        "cors.allowed.origin=*",
        "cors.allowed.origin=https://a.example,https://b.example",
        "metrics.address=http://0.0.0.0:8082",
        "metrics_address=http://0.0.0.0:8082/",
        "disable_token_authorization=yes",
        "enable-model-api=true",
        "cors.allow.credentials=true",
        "allowed.urls=.*",
    ],
)
def test_what_would_let_somebody_in_or_cannot_be_had_needs_a_decision(line: str) -> None:
    result = mended("config.properties", BASE + line + "\n")
    assert not result.changed and any(each.severity == "functional" for each in result.left)


def test_the_copied_address_goes_and_another_one_is_asked_about() -> None:
    text = 'model_config_list {{\n  config {{\n    name: "cat"\n    base_path: "/m/cat"\n    address: "{}" # here\n'
    text += '    model_platform: "tensorflow"\n  }}\n}}\n'
    every = mended("models.config", text.format("0.0.0.0").replace(" # here", ""))
    assert every.changed and "address" not in every.text and not every.left
    assert every.text.count("\n") == text.count("\n") - 1
    assert not mended("models.config", text.format("127.0.0.1")).changed


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        (
            "run.sh",
            "docker run -p 127.0.0.1:8501:8501 -e TF_SERVING_ADDRESS=0.0.0.0 -e MODEL_NAME=cat -v /m:/models/cat"
            " tensorflow/serving:2.19.1\n",
            "docker run -p 127.0.0.1:8501:8501 -e MODEL_NAME=cat -v /m:/models/cat tensorflow/serving:2.19.1\n",
        ),
        (
            "run.sh",
            "docker run --rm -v deploy/store:/home/model-server/model-store pytorch/torchserve:0.12.0-cpu\n",
            "docker run --rm -v ./deploy/store:/home/model-server/model-store pytorch/torchserve:0.12.0-cpu\n",
        ),
        (
            "torchserve.service",
            "[Service]\nUser=s\nExecStart=/opt/bin/torchserve --start --ncs --ts-config /c\n",
            "[Service]\nUser=s\nExecStart=/opt/bin/torchserve --foreground --start --ncs --ts-config /c\n",
        ),
        ("batching.config", "max_batch_size: 32\nnum_batch_threads: 4 # x\n", "max_batch_size { value: 32 }\n"
         "num_batch_threads { value: 4 } # x\n"),
        (
            "models.config",
            'model_config_list {\n  config {\n    name: "a"\n    base_path: "/a"\n  }\n}\n',
            'model_config_list {\n  config {\n    name: "a"\n    base_path: "/a"\n'
            '    model_platform: "tensorflow"\n  }\n}\n',
        ),
        (
            "compose.yml",
            "services:\n  tf:\n    image: tensorflow/serving:2.19.1\n    environment:\n      - MODEL_NAME=cat # mine\n"
            "      - TF_SERVING_ADDRESS=0.0.0.0\n    volumes: [./cat:/models/cat]\n",
            "services:\n  tf:\n    image: tensorflow/serving:2.19.1\n    environment:\n      - MODEL_NAME=cat # mine\n"
            "    volumes: [./cat:/models/cat]\n",
        ),
    ],
)  # fmt: skip
def test_other_files_are_mended_too(name: str, before: str, after: str) -> None:
    assert mended(name, before).text == after


@each(every())
def test_mending_twice_is_mending_once_and_opens_nothing(case: Case) -> None:
    once = mended(case["name"], case["text"])
    if not once.changed:
        return
    assert not mended(case["name"], once.text).changed
    before, after = exposed(case["name"], case["text"]), exposed(case["name"], once.text)
    assert not after - before


@each(every())
def test_what_was_mended_is_gone_and_line_ends_stay(case: Case) -> None:
    once = mended(case["name"], case["text"])
    if not once.changed:
        return
    count = Counter(line.id for line in said(case["name"], case["text"]))
    after = Counter(line.id for line in said(case["name"], once.text))
    gone = Counter(line.id for line in once.done)
    assert all(after[rule] == 0 or after[rule] <= count[rule] - gone[rule] for rule in gone)
    assert not once.text.count("\t") - case["text"].count("\t")
    if "\r" not in case["text"]:
        windows = mended(case["name"], case["text"].replace("\n", "\r\n"))
        assert windows.text == once.text.replace("\n", "\r\n")


def exposed(name: str, text: str) -> Counter[tuple[str, str, str | None]]:
    return Counter((line.id, line.severity, line.api) for line in said(name, text) if line.effect == "exposes")


@settings(max_examples=most(80))
@given(
    st.lists(st.sampled_from(["# größe", "", "   ", "! note", "job_queue_size = 10", "a b c"]), max_size=5),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_everything_else_stays(around: list[str], newline: str, final: bool) -> None:
    rows = [*around, "netty_client_thread = 4", *around, *BASE.splitlines()]
    text = newline.join(rows) + (newline if final else "")
    assert mended("config.properties", text).text == text.replace("netty_client_thread =", "netty_client_threads =")


def test_the_command_keeps_a_copy_and_says_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "config.properties"
    path.write_text(BASE + "netty_client_thread=4\ncors.allow.credentials=true\n")
    path.chmod(0o640)

    def fix(*arguments: str) -> subprocess.CompletedProcess[str]:
        return command("fix", "config.properties", *arguments, cwd=tmp_path)

    before = path.read_text()
    dry = fix("--dry-run")
    assert dry.returncode == 1 and path.read_text() == before and "+netty_client_threads=4" in dry.stdout
    done = fix("--format", "json")
    (file,) = json.loads(done.stdout)["files"]
    assert set(file) == {"path", "changed", "diff", "mended", "left"} and file["changed"]
    assert [each["id"] for each in file["mended"]] == ["TS-KEY-UNKNOWN"] and done.returncode == 1
    assert (tmp_path / "config.properties.orig").read_text() == before and path.stat().st_mode & 0o777 == 0o640
    again = fix()
    assert "Nothing can be fixed" in again.stderr and not (tmp_path / "config.properties.orig1").exists()


def test_of_several_at_once_one_writes_and_the_copy_is_of_the_first_file(tmp_path: Path) -> None:
    """What changed since it was read is left alone, so no copy is made of a file that was fixed already."""
    path, before = tmp_path / "config.properties", BASE + "netty_client_thread=4\n"
    path.write_text(before)
    words = [sys.executable, "-m", "wizard", "fix", str(path)]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) for _ in range(4)]
    said = [process.communicate(timeout=60)[0] for process in running]
    assert not [each for each in said if "Traceback" in each]
    assert {each.name for each in tmp_path.iterdir()} == {path.name, f"{path.name}.orig"}
    assert (tmp_path / f"{path.name}.orig").read_text() == before
    assert "netty_client_threads=4" in path.read_text()


def test_a_file_that_changed_since_it_was_read_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "config.properties"
    path.write_text(BASE)
    source = checkfiles.load(str(path))
    path.write_text(BASE + "# mine\n")
    assert source is not None
    with pytest.raises(WizardError, match="has changed since it was read"):
        rewriting.rewrite(source, "x")
    assert path.read_text() == BASE + "# mine\n" and len(list(tmp_path.iterdir())) == 1


def test_where_the_disk_refuses_no_copy_stays(tmp_path: Path) -> None:
    path = tmp_path / "config.properties"
    path.write_text(BASE)
    source = checkfiles.load(str(path))
    assert source is not None
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(BASE), former[1]))
    try:
        with pytest.raises(WizardError, match="It is as it was"):
            rewriting.rewrite(source, BASE + "# more\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
    assert [each.name for each in tmp_path.iterdir()] == [path.name] and path.read_text() == BASE


def test_a_wrong_key_beside_the_right_one_says_what_to_decide_and_where(tmp_path: Path) -> None:
    """Which of two values is meant only the reader knows; where both are equal, the dead line goes."""
    path = tmp_path / "config.properties"
    wrong, right = "cors.allowed.origin=https://a.example.com\n", "cors_allowed_origin=https://b.example.com\n"
    path.write_text(BASE + wrong + right)
    done = command("fix", "config.properties", cwd=tmp_path)
    at = len(BASE.splitlines()) + 1
    place = f"config.properties:{at}: TS-KEY-UNKNOWN needs a decision: cors.allowed.origin is not a key of TorchServe."
    said = done.stderr.splitlines()
    number = next(number for number, line in enumerate(said) if line.startswith(place))
    assert said[number + 1].strip() == (
        f"→ Use cors_allowed_origin. Line {at + 1} sets it to https://b.example.com: decide which value you want, "
        "write it there, remove this line."
    )
    decide = next(line for line in said if line.startswith("Decide about TS-KEY-UNKNOWN"))
    assert ": serving-wizard config.properties" in decide and path.read_text() == BASE + wrong + right
    same = right.replace("_", ".")
    for end in ("\n", "\r\n"):
        for rows in (same + right, right + same):
            text = (BASE + rows).replace("\n", end)
            assert mended("config.properties", text).text == (BASE + right).replace("\n", end)


@pytest.mark.parametrize("key", ["cors.allowed.origin", "cors_allowed_origin"])
def test_standard_input_comes_out_mended_or_as_it_was(key: str) -> None:
    text = f"{BASE}{key}=https://app.example\n"
    done = command("fix", "-", "--fail-on", "none", stdin=text)
    assert (done.returncode, done.stdout) == (0, f"{BASE}cors_allowed_origin=https://app.example\n")
    assert ("-cors.allowed.origin=" in done.stderr) == (key == "cors.allowed.origin")
    assert "save this as a file, then serving-wizard FILE" in done.stderr and "serving-wizard -" not in done.stderr


def test_a_file_and_a_link_to_it_are_one_file_to_rewrite(tmp_path: Path) -> None:
    """As in sites-available and sites-enabled: the second of them had "changed since it was read"."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").mkdir()
    (tmp_path / "real/config.properties").write_text(BASE + "cors.allowed.origin=https://app.example\n")
    (tmp_path / "link/config.properties").symlink_to("../real/config.properties")
    done = command("fix", ".", "--fail-on", "none", "--format", "json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [Path(file["path"]) for file in json.loads(done.stdout)["files"]] == [Path("real/config.properties")]
    assert (tmp_path / "link/config.properties").is_symlink()
    assert "cors_allowed_origin" in (tmp_path / "real/config.properties").read_text()


COMPOSE = Source(
    "deploy/compose.yaml",
    "services:\n  ts:\n    image: pytorch/torchserve:0.12.0-cpu\n    ports: ['127.0.0.1:8080:8080']\n"
    "    environment: {TS_DISABLE_TOKEN_AUTHORIZATION: 'true'}\n"
    "    command: torchserve --start --foreground --ncs --ts-config /home/model-server/config.properties\n"
    "    volumes: ['./config.properties:/home/model-server/config.properties']\n",
)
"""Mounts the config.properties beside it."""


def beside(text: str) -> Mended:
    """A configuration that is named alone, with the Compose file beside it."""
    files = {COMPOSE.path: COMPOSE}
    (result,) = mend([Source("deploy/config.properties", text)], files.get)
    return result


def test_a_mend_that_opens_something_only_with_the_compose_file_beside_it_is_not_made() -> None:
    text = BASE.replace("127.0.0.1:8080", "0.0.0.0:8080") + "enable_envvars_config=true \n"
    result = beside(text)  # mended, the variables of the container would count, which switch the token off
    assert not result.changed and "TS-BOOL" in {line.id for line in result.left}
    assert mended("config.properties", text).changed


def test_what_the_compose_file_publishes_in_vain_is_left_to_decide() -> None:
    result = beside(BASE.replace("8080\n", "8080/\n", 1))
    assert "inference_address=http://127.0.0.1:8080\n" in result.text
    assert [(line.id, line.line) for line in result.left if line.severity == "functional"] == [("RUN-BIND-LOOPBACK", 1)]
