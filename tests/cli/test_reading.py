"""Commands that only read: what is in a model, what a server can do, what another one would do."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.support import model_builders as b
from tests.support.commands import command, on_a_terminal
from tests.support.terminals import written
from wizard import registry
from wizard.servers.sample import sample_path

ANSWERS = """
server = "torchserve"
[[models]]
name = "echo"
path = "{path}"
[bind.inference]
scope = "all"
"""


def wizard(*arguments: str) -> tuple[int, str, str]:
    done = command(*arguments)
    return done.returncode, done.stdout, done.stderr


def as_json(*arguments: str) -> Any:
    code, out, said = wizard(*arguments, "--format", "json")
    assert code in (0, 1), said
    return json.loads(out)


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "wizard.toml"
    path.write_text(ANSWERS.format(path=sample_path("torchserve")))
    return path


def test_inspect_says_what_it_is_and_how_to_ask_it() -> None:
    found = as_json("inspect", str(sample_path("tensorflow-serving")))
    assert (found["kind"], found["servers"], found["problems"]) == ("savedmodel-base", ["tensorflow-serving"], [])
    assert [(m["name"], m["version"]) for m in found["models"]] == [("half_plus_two", "1"), ("half_plus_two", "2")]
    assert found["models"][0]["signatures"]["serving_default"]["inputs"] == {"x": "float32 [any, 1]"}
    assert found["sample"]["path"] == "/v1/models/half_plus_two:predict"
    assert json.loads(found["sample"]["body"]) == {"instances": [[1.0]]}
    other = as_json("inspect", str(sample_path("tensorflow-serving")), "--server", "torchserve", "--fail-on", "none")
    assert other["problems"] and other["sample"] is None
    code, out, _ = wizard("inspect", str(sample_path("torchserve")))
    assert code == 0 and "a TorchServe archive, for TorchServe" in out and "POST /predictions/echo" in out


def test_inspect_names_what_is_wrong_with_an_id_that_can_be_explained(tmp_path: Path) -> None:
    b.put(tmp_path / "half" / "1")
    code, out, said = wizard("inspect", str(tmp_path / "half" / "1"), "--format", "json")
    found = json.loads(out)
    assert code == 1, said
    assert found["servers"] == ["tensorflow-serving"]
    assert {p["id"] for p in found["problems"]} == {"MODEL-AT-VERSION-LEVEL"}
    assert found["problems"][0]["severity"] == "functional"
    (tmp_path / "weights.pt").write_bytes(b"x")
    assert as_json("inspect", str(tmp_path / "weights.pt"))["servers"] == []
    code, _, said = wizard("inspect", str(tmp_path / "none"))
    assert code == 2 and "There is nothing at" in said


def test_intents_has_a_row_for_each_server_and_way_to_run() -> None:
    rows = as_json("intents")["intents"]
    assert {(r["server"], r["how"]) for r in rows} == {(s, h) for s in registry.names() for h in ("docker", "native")}
    assert {r["server"] for r in as_json("intents", "--server", "torchserve")["intents"]} == {"torchserve"}
    assert {r["layer"] for r in rows} >= {"native", "publish", "gateway"}


def test_compare_says_what_is_kept_moved_and_lost(answers: Path) -> None:
    found = as_json("compare", str(answers), "--server", "tensorflow-serving")
    assert set(found) == {"kept", "moved", "lost", "changed", "problems"}
    lost = [each for each in found["lost"] if each["was"] == "native"]
    assert lost and all(each["layer"] == "impossible" for each in lost)
    lan = [each for each in found["changed"] if each["audience"] == "lan" and each["api"] == "inference"]
    assert lan[0]["before"]["send"] == "no" and lan[0]["after"]["send"] == "yes"


NARROW = {"COLUMNS": "80", "TERM": "xterm-256color"}


def test_reach_fits_the_terminal_and_leaves_out_what_nobody_reaches(answers: Path) -> None:
    drawn = on_a_terminal("reach", str(answers), **NARROW, NO_COLOR="1")
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in drawn.splitlines()) <= 80
    assert "nobody reaches: " in drawn and not re.search(r"\x1b\[(3|9)", drawn)
    assert "nobody reaches: " not in on_a_terminal("reach", str(answers), "--all", **NARROW, NO_COLOR="1")
    _, piped, _ = wizard("reach", str(answers))
    assert "\x1b" not in piped
    dumb = on_a_terminal("reach", str(answers), **{**NARROW, "TERM": "dumb"})
    assert dumb == drawn


KEYS = ("inference_address", "management_address", "metrics_address")
READ = {
    "intents": ("intents",),
    "compare": ("compare", "ANSWERS", "--server", "tensorflow-serving"),
    "presets": ("presets",),
    "doctor": ("doctor",),
    "cors": ("cors", "ANSWERS", "--page", "https://app.example"),
    "term": ("explain", "preflight"),
    "in force": ("explain", "TORCHSERVE"),
    "kinds": ("explain",),
    "message": ("explain", "connect ECONNREFUSED 127.0.0.1:8080"),
    "inspect": ("inspect", str(sample_path("tensorflow-serving"))),
}


def placed(words: tuple[str, ...], answers: Path) -> tuple[str, ...]:
    """The words of a command, with the files that they name."""
    config = answers.parent / "config.properties"
    config.write_text("".join(f"{key}=http://0.0.0.0:80{at}\n" for at, key in enumerate(KEYS, 80)))
    return tuple({"ANSWERS": str(answers), "TORCHSERVE": str(config)}.get(word, word) for word in words)


@pytest.mark.parametrize("name", READ)
def test_what_a_person_reads_fits_the_terminal_and_nothing_of_it_is_cut(name: str, answers: Path) -> None:
    words = placed(READ[name], answers)
    _, piped, _ = wizard(*words)
    for columns in (60, 80, 120):
        drawn = on_a_terminal(*words, COLUMNS=str(columns), TERM="xterm-256color", NO_COLOR="1")
        assert "\x1b" not in drawn, columns
        assert on_a_terminal(*words, COLUMNS=str(columns), TERM="dumb") == drawn, columns
        lines = drawn.splitlines()
        wide = [line for line in lines if len(line.rstrip()) > columns and len(line.split()) > 1]
        assert [line for line in wide if not line.startswith("A request to try")] == [], columns
        missing = Counter(piped.split()) - Counter(drawn.split())
        assert missing <= Counter({"why": 9, "measured": 9}), columns
        assert len(lines) < 5 * max(len(piped.splitlines()), 5), f"{columns}: a column of single words is no table"


def test_a_closed_output_is_said_and_is_no_fault_of_the_program() -> None:
    run = [sys.executable, "-m", "wizard", "intents"]
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *run], capture_output=True, text=True)
    assert done.returncode == 3 and "standard output" in done.stderr and "Traceback" not in done.stderr
    silent = subprocess.run(["sh", "-c", 'exec "$@" 2>&-', "sh", *run, "--nonsense"], capture_output=True, text=True)
    assert (silent.returncode, silent.stderr) == (2, "")


CLOSED = [("wizard", "--plain"), ("demo",), ("explain", "-"), ("check", "-"), ("generate", "-")]


@pytest.mark.parametrize("words", CLOSED, ids=" ".join)
def test_a_closed_input_is_an_empty_one(words: tuple[str, ...], tmp_path: Path) -> None:
    run = ["sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "wizard", *words]
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, cwd=tmp_path, env=env)
    assert done.returncode in (0, 2, 3) and "itself failed" not in done.stderr, done.stderr


def test_a_line_prompt_takes_bytes_that_are_no_text(tmp_path: Path) -> None:
    """Most locales refuse them on standard input; only C.UTF-8 lets them through."""
    env = {**os.environ, "PYTHONIOENCODING": "utf-8:strict", "XDG_STATE_HOME": str(tmp_path)}
    run = [sys.executable, "-m", "wizard", "wizard", "--plain"]
    done = subprocess.run(run, input=b"\xff\xfe\n\n", capture_output=True, timeout=60, cwd=tmp_path, env=env)
    assert "\ufffd\ufffd\n" in (said := done.stderr.decode()) and "The input ended" in said


EVENTS = """
from wizard.cli.progress import events_shown
from wizard.trial.events import StageEvent
with events_shown() as tell:
    tell(StageEvent("pull", "pulling an image", 0.25))
    tell(StageEvent("pull", "an image is here", 1.0))
"""


def test_what_passes_is_a_bar_on_a_terminal_and_what_stays_is_a_line() -> None:
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen([sys.executable, "-c", EVENTS], stdout=follower, stderr=follower, env=environment) as process:
        drawn = written(leader, follower, process.wait).decode()
    assert "━" in drawn and "pulling an image" in drawn
    assert drawn.replace("\r\n", "\n").count("pull    an image is here\n") == 1
    done = subprocess.run([sys.executable, "-c", EVENTS], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("", "pull    an image is here\n")


def test_generate_says_in_one_line_why_it_ends_as_it_does(answers: Path, tmp_path: Path) -> None:
    code, _, said = wizard("generate", str(answers), "--out", str(tmp_path / "out"))
    assert code == 1 and re.search(r"wrote +\d+ files in .*; \d+ finding\(s\) at or above --fail-on high: exit 1", said)
    code, _, said = wizard("generate", str(answers), "--out", str(tmp_path / "out"), "--dry-run", "--fail-on", "none")
    assert code == 0 and re.search(r"would write +\d+ files in .*; exit 0", said)


def test_every_address_is_not_shown_as_one_of_this_machine() -> None:
    wide = ("--set", "bind.inference.scope=all", "--set", "bind.inference.port=9001")
    heads = [command("reach", str(sample_path("torchserve")), *more).stdout.splitlines()[0] for more in (wide, ())]
    assert "port 9001 on every address of this machine, here http://127.0.0.1:9001" in heads[0]
    assert "every address" not in heads[1] and "http://127.0.0.1:8080" in heads[1]
