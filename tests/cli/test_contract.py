"""The command line's documented shapes and exit codes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.support.commands import command
from wizard.servers.sample import sample_path

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def cli(tmp_path: Path) -> Run:
    def run(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return command(*arguments, stdin=stdin, cwd=tmp_path, env=environment)

    return run


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    path = tmp_path / "answers.toml"
    path.write_text(
        f'schema = 1\nserver = "torchserve"\n[[models]]\nname = "echo"\npath = "{sample_path("torchserve")}"\n'
        '[bind.inference]\nscope = "loopback"\n'
    )
    return path


def document(done: subprocess.CompletedProcess[str]) -> Any:
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)


def test_generate_writes_and_reports(cli: Run, answers: Path, tmp_path: Path) -> None:
    done = cli("generate", str(answers), "--out", "out", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = document(done)
    assert set(found) == {"files", "findings", "capabilities"}
    written = {f["path"]: f for f in found["files"]}
    assert {"wizard.toml", "compose.yaml", "config.properties", "run.sh", "run.ps1", "EXPOSURE.md"} <= set(written)
    for path, entry in written.items():
        assert set(entry) == {"path", "action", "bytes"}
        assert (tmp_path / "out" / path).stat().st_size == entry["bytes"]
    keys = {"id", "severity", "effect", "api", "message", "why", "instead", "line", "column", "evidence", "fixable"}
    assert all(set(f) == keys for f in found["findings"])
    assert all(set(c) == {"intent", "api", "layer", "reason"} for c in found["capabilities"])
    told = [(c["intent"], c["api"]) for c in found["capabilities"]]
    assert len(told) == len(set(told))


def test_the_advice_where_no_model_is_given_can_be_followed_on_the_command_line(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "answers.toml").write_text('schema = 1\nserver = "torchserve"\n')
    command = ("generate", "answers.toml", "--out", "out", "--dry-run")
    advice = cli(*command).stderr.partition("NO-MODEL")[2]
    said = re.findall(r"--set\s+(\S+)=(NAME|PATH)", advice)
    assert len(said) == 2, advice
    given = {"NAME": "echo", "PATH": str(sample_path("torchserve"))}
    sets = [word for key, what in said for word in ("--set", f"{key}={given[what]}")]
    done = cli(*command, *sets)
    assert (done.returncode, "NO-MODEL" in done.stderr) == (0, False), done.stderr


def test_generate_again_from_what_was_written_changes_nothing(cli: Run, answers: Path, tmp_path: Path) -> None:
    cli("generate", str(answers), "--out", "out")
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()}
    done = cli("generate", "out", "--out", "out", "--format", "json", "--on-conflict=fail")
    assert done.returncode == 0, done.stderr
    assert {f["action"] for f in document(done)["files"]} == {"unchanged"}
    assert before == {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir() if p.is_file()}


def test_generate_dry_run_writes_nothing(cli: Run, answers: Path, tmp_path: Path) -> None:
    done = cli("generate", str(answers), "--out", "out", "--dry-run", "--format", "json")
    assert done.returncode == 0
    assert document(done)["files"]
    assert not (tmp_path / "out").exists()


def test_a_conflict_is_never_silent(cli: Run, answers: Path, tmp_path: Path) -> None:
    cli("generate", str(answers), "--out", "out")
    (tmp_path / "out" / "run.sh").write_text("mine")
    for policy in ("ask", "fail"):
        done = cli("generate", str(answers), "--out", "out", f"--on-conflict={policy}")
        assert done.returncode == 2 and "run.sh" in done.stderr
        assert (tmp_path / "out" / "run.sh").read_text() == "mine"
    done = cli("generate", str(answers), "--out", "out", "--on-conflict=backup")
    assert done.returncode == 0
    kept = list((tmp_path / "out" / ".serving-wizard-backup").rglob("run.sh"))
    assert [k.read_text() for k in kept] == ["mine"]


def test_comments_in_the_targets_answers_survive(cli: Run, answers: Path, tmp_path: Path) -> None:
    cli("generate", str(answers), "--out", "out")
    own = tmp_path / "out" / "wizard.toml"
    own.write_text(own.read_text().replace('server = "torchserve"', 'server = "torchserve"  # ours'))
    done = cli("generate", "out", "--out", "out", "--set", "bind.inference.port=9000", "--on-conflict=backup")
    assert done.returncode == 0, done.stderr
    assert "# ours" in own.read_text() and "port = 9000" in own.read_text()


CONTRADICTION = (
    "--set",
    'cors.inference.origins=["https://a.example", "https://b.example"]',
    "--set",
    "gateway.kind=none",
)


def test_contradictions_write_nothing_unless_told(cli: Run, answers: Path, tmp_path: Path) -> None:
    done = cli("generate", str(answers), "--out", "out", "--format", "json", *CONTRADICTION)
    assert done.returncode == 1
    assert document(done)["files"] == [] and not (tmp_path / "out").exists()
    assert any(f["severity"] == "functional" and f["fixable"] for f in document(done)["findings"])
    done = cli("generate", str(answers), "--out", "out", "--fail-on", "none", *CONTRADICTION)
    assert done.returncode == 0 and (tmp_path / "out" / "compose.yaml").exists()


def test_a_model_path_that_is_not_there_will_not_work(cli: Run, answers: Path, tmp_path: Path) -> None:
    """As with no model at all: nothing is written or tried unless told."""
    lost = ("--set", "models.0.path=/nowhere/echo.mar")
    done = cli("generate", str(answers), "--out", "out", "--format", "json", *lost)
    assert done.returncode == 1 and not (tmp_path / "out").exists()
    found = {f["id"]: f["severity"] for f in document(done)["findings"]}
    assert found["MODEL-PATH-MISSING"] == "functional"
    done = cli("generate", str(answers), "--out", "out", "--fail-on", "none", *lost)
    assert done.returncode == 0 and (tmp_path / "out" / "compose.yaml").exists()
    done = cli("try", str(answers), *lost)
    assert done.returncode == 1 and "There is nothing at /nowhere/echo.mar" in done.stderr
    assert cli("generate", str(answers), "--out", "new", "--set", "models=[]").returncode == 1


def test_high_findings_fail_but_are_written_and_can_be_accepted(cli: Run, answers: Path, tmp_path: Path) -> None:
    wide = ("--set", "bind.inference.scope=all", "--set", "auth.inference=none")
    done = cli("generate", str(answers), "--out", "out", *wide, "--format", "json")
    assert done.returncode == 1 and (tmp_path / "out" / "run.sh").exists()
    ids = [f["id"] for f in document(done)["findings"] if f["severity"] in ("high", "critical")]
    accepted = ("--set", f"accepted={json.dumps(ids)}")
    assert cli("generate", str(answers), "--out", "out2", *wide, *accepted).returncode == 0
    assert "Risks you accepted" in (tmp_path / "out2" / "EXPOSURE.md").read_text()
    assert "BIND-ALL@inference" in (tmp_path / "out2" / "wizard.toml").read_text()
    again = cli("generate", str(tmp_path / "out2"), "--out", "out3", "--set", "bind.grpc.scope=all", "--format", "json")
    assert again.returncode == 1
    assert ("BIND-ALL", "grpc") in {(f["id"], f["api"]) for f in document(again)["findings"]}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("generate", "nowhere.toml", "--out", "out"), "nothing at"),
        (("generate", "answers.toml"), "--out DIR"),
        (("generate", "bad.toml", "--out", "out"), "line 2"),
        (("reach", "bad.toml"), "Did you mean"),
        (("presets", "show", "nope"), "no preset"),
        (("cors", "answers.toml"), "--page"),
        (("generate", "answers.toml", "--out", "out", "--set", "nonsense"), "KEY=VALUE"),
        (("generate", "answers.toml", "--out", "out", "--set", "bind.inference.port=high"), "wrong type"),
        (("generate", "answers.toml", "--out", "out", "--set", "version=9.9.9"), "9.9.9"),
        (("cors", "--cases", "bad.toml"), ""),
        (("reach", "odd.toml"), 'odd.toml, line 2: accepted = ["BIND-ALLL"]'),
        (("reach", "answers.toml", "--set", 'accepted=["nope"]'), "--set accepted"),
        (("check", "answers.toml", "--probe"), "--running"),
        (("explain", "/nowhere/config.properties"), "There is no file /nowhere/config.properties"),
    ],
)
def test_bad_input_says_what_is_wrong_and_exits_2(
    cli: Run, answers: Path, tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    (tmp_path / "bad.toml").write_text('server = "torchserve"\nvresion = "0.12.0"\n')
    (tmp_path / "odd.toml").write_text('server = "torchserve"\naccepted = ["BIND-ALLL"]\n')
    done = cli(*arguments)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert words in done.stderr and "Traceback" not in done.stderr
    assert done.stdout == ""


def test_import_of_written_files_is_of_their_server(cli: Run, answers: Path) -> None:
    assert cli("generate", str(answers), "--out", "out").returncode == 0
    assert cli("import", "out", "--server", "torchserve").returncode == 0
    done = cli("import", "out", "--server", "llama-server")
    assert (done.returncode, done.stdout) == (2, "")
    assert "are for torchserve, not for llama-server" in done.stderr


def test_unknown_command_lines_exit_2(cli: Run) -> None:
    assert cli("generate").returncode == 2
    assert cli("--nonsense").returncode == 2


def test_without_a_terminal_the_wizard_says_so(cli: Run) -> None:
    done = cli()
    assert done.returncode == 2 and "terminal" in done.stderr


def test_reach(cli: Run, answers: Path) -> None:
    found = document(cli("reach", str(answers), "--format", "json"))
    assert set(found) == {"cells"}
    for cell in found["cells"]:
        assert set(cell) == {"audience", "api", "send", "read", "run", "why"}
        assert {cell["send"], cell["read"], cell["run"]} <= {"yes", "no", "prompt"}
    lan = [c for c in found["cells"] if c["audience"] == "lan"]
    assert lan and all(c["send"] == "no" for c in lan)
    assert "inference" in cli("reach", str(answers)).stdout


def test_cors_of_answers(cli: Run, answers: Path) -> None:
    page = ("--page", "https://app.example", "--method", "POST", "--header", "content-type:application/json")
    asked = ("cors", str(answers), "--api", "inference", *page, "--format", "json", "--set", "auth.inference=none")
    refused = document(cli(*asked))
    assert set(refused) == {"verdict", "preflight_sent", "actual_sent", "rule", "explanation", "layer"}
    assert refused["verdict"] == "blocked" and refused["preflight_sent"] and not refused["actual_sent"]
    allowed = document(cli(*asked, "--set", 'cors.inference.origins=["https://app.example"]'))
    assert allowed["verdict"] == "allowed" and allowed["layer"] == "native"


def test_cors_of_pages_without_an_origin_and_of_an_api_that_is_none(cli: Run, answers: Path) -> None:
    asked = ("cors", str(answers), "--set", "auth.inference=none", "--format", "json")
    anyone = ("--set", 'cors.inference.origins=["*"]')
    assert document(cli(*asked, "--page", "null"))["verdict"] == "blocked"
    assert document(cli(*asked, *anyone, "--page", "null"))["verdict"] == "allowed"
    done = cli(*asked, "--page", "https://app.example", "--api", "infrence")
    assert done.returncode == 2 and "inference, management, metrics" in done.stderr
    assert "bind.infrence" not in done.stderr
    done = cli(*asked, "--page", "https://app.example", "--path", "ping")
    assert done.returncode == 2 and "/ping" in done.stderr


@pytest.mark.parametrize("api", ["management", "grpc"])
def test_what_no_page_can_reach_is_blocked_for_every_page(cli: Run, answers: Path, api: str) -> None:
    page = ("--page", "https://app.example", "--set", "bind.grpc.scope=loopback", "--set", "bind.management.scope=off")
    done = cli("cors", str(answers), "--api", api, *page, "--format", "json", "--expect", "blocked")
    found = document(done)
    assert done.returncode == 0 and (found["verdict"], found["rule"]) == ("blocked", "no-answer")
    assert not found["preflight_sent"] and not found["actual_sent"]
    assert cli("cors", str(answers), "--api", api, *page, "--expect", "allowed").returncode == 1


MODELS = 'model_config_list {\n  config {\n    name: "half"\n    base_path: "/models/half"\n  }\n}\n'
LOG = "java.net.BindException: Address already in use\n"


@pytest.mark.parametrize(
    ("asked", "stdin", "words"),
    [
        (("--rest_api_port",), "", "--rest_api_port (TensorFlow Serving flag)"),
        (("--format", "text", "--rest_api_port=8501"), "", "--rest_api_port (TensorFlow Serving flag)"),
        (("llama-server", "--host", "0.0.0.0", "--port", "9000"), "", "listens  9000"),
        (("docker run -p 8501:8501 tensorflow/serving:2.19.1",), "", "listens  8501"),
        (("models.config",), "", "model_config_list.config.0.base_path"),
        ((".",), "", "models.config:4"),
        (("-",), MODELS, "/models/half"),
        (("-",), LOG, "The port is taken"),
        (("log.txt",), "", "The port is taken"),
    ],
)
def test_explain_takes_flags_command_lines_files_and_logs(
    cli: Run, tmp_path: Path, asked: tuple[str, ...], stdin: str, words: str
) -> None:
    (tmp_path / "models.config").write_text(MODELS)
    (tmp_path / "log.txt").write_text(LOG)
    done = cli("explain", *asked, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert words in done.stdout


def test_explain_of_a_file_that_is_refused_says_that_nothing_of_it_counts(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "models.config").write_text(MODELS.replace("base_path", "adress"))
    done = cli("explain", "models.config", "--format", "json")
    assert [each["in_force"] for each in document(done)["processes"][0]["settings"]] == [False, False]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_any_encoding_takes_what_is_said(cli: Run, answers: Path, encoding: str) -> None:
    asked = ("reach", str(answers), "--set", 'cors.inference.origins=["https://bücher.example"]')

    def said(*more: str) -> str:
        return cli(*asked, *more, PYTHONIOENCODING=encoding).stdout

    rows = [line.split() for line in said().splitlines()]
    assert any("+" in row for row in rows) and any("x" in row for row in rows)
    assert json.loads(said("--format", "json")) == document(cli(*asked, "--format", "json"))


def test_compare_says_which_model_the_other_server_does_not_load(cli: Run, answers: Path) -> None:
    done = cli("compare", str(answers), "--server", "tensorflow-serving", "--format", "json")
    assert done.returncode == 1 and "which TorchServe serves, not TensorFlow Serving" in done.stderr
    same = cli("compare", str(answers), "--server", "torchserve", "--format", "json")
    assert (same.returncode, same.stderr) == (0, "")


def test_a_file_that_is_not_there_is_no_matter_of_its_encoding(cli: Run) -> None:
    for asked in (("cors", "--exchanges", "x.json"), ("explain", "--log", "x.log"), ("check", "-", "--baseline", "b")):
        done = cli(*asked)
        assert done.returncode == 2 and "There is no such file" in done.stderr and "UTF-8" not in done.stderr


def test_an_empty_out_is_refused(cli: Run, answers: Path, tmp_path: Path) -> None:
    done = cli("generate", str(answers.parent / "answers.toml"), "--out", "")
    assert done.returncode == 2 and "--out names no folder" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"answers.toml"}


def test_inspect_of_what_no_server_loads_takes_no_side(cli: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing\n")
    (tmp_path / "half" / "1").mkdir(parents=True)
    (tmp_path / "half" / "1" / "saved_model.pb").write_bytes(b"\x08\x01")
    (problem,) = document(cli("inspect", "notes.txt", "--format", "json"))["problems"]
    assert all(word in problem["instead"] for word in ("GGUF", "SavedModel", ".mar"))
    found = document(cli("inspect", "half/1/saved_model.pb", "--format", "json"))
    assert [each["id"] for each in found["problems"]] == ["MODEL-BELOW-VERSION"]


def test_a_text_that_looks_like_a_number_is_a_text(cli: Run, answers: Path) -> None:
    done = cli("generate", str(answers), "--set", "version=0.12", "--set", "models.0.name=7", "--print", "wizard.toml")
    assert done.returncode == 0, done.stderr
    assert 'version = "0.12"' in done.stdout and 'name = "7"' in done.stdout


def test_cors_origins_and_cases(cli: Run, tmp_path: Path) -> None:
    done = cli("cors", "--origins", "-", stdin="HTTP://LOCALHOST:80/\nlocalhost:3000\n")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [set(line) for line in lines] == [{"input", "origin", "accepted", "problem"}] * 2
    assert lines[0]["origin"] == "http://localhost" and lines[0]["accepted"]
    assert lines[1]["origin"] == "null" and not lines[1]["accepted"]
    cases = Path(__file__).parents[1] / "data" / "cors_cases.json"
    for profile in ("standard", "chromium"):
        done = cli("cors", "--cases", str(cases), "--profile", profile)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(found) == 202
        assert set(found[0]) == {"id", "verdict", "preflight_sent", "actual_sent", "rule"}


def test_schema_is_a_json_schema_that_accepts_the_example(cli: Run, answers: Path) -> None:
    import tomllib

    schema = document(cli("schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(tomllib.loads(answers.read_text()), schema)


def test_every_preset_gives_files_without_contradiction(cli: Run, answers: Path, tmp_path: Path) -> None:
    names = [p["name"] for p in document(cli("presets", "--format", "json"))["presets"]]
    assert len(names) >= 5
    sample = sample_path("tensorflow-serving")
    other = tmp_path / "tf.toml"
    other.write_text(f'server = "tensorflow-serving"\n[[models]]\nname = "h"\npath = "{sample}"\n')
    for name in names:
        for source in (answers, other):
            out = f"out-{name}-{source.stem}"
            done = cli("generate", str(source), "--preset", name, "--out", out, "--format", "json")
            found = document(done)
            assert found["files"], (name, done.stderr)
            assert not [f for f in found["findings"] if f["severity"] == "functional"]


def test_no_colour_without_a_terminal(cli: Run, answers: Path) -> None:
    done = cli("generate", str(answers), "--out", "out")
    assert "\x1b" not in done.stdout + done.stderr


def test_without_an_engine_try_exits_3_and_says_what_to_do(cli: Run, answers: Path) -> None:
    done = cli("try", str(answers), DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.returncode == 3 and "Docker" in done.stderr and "Traceback" not in done.stderr
    assert cli("doctor", DOCKER_HOST="unix:///nowhere/docker.sock").returncode == 3


def test_what_cannot_work_is_a_finding_to_try_as_it_is_to_generate(cli: Run, answers: Path) -> None:
    done = cli("try", str(answers), "--set", "models.0.path=./gone.mar", DOCKER_HOST="unix:///nowhere/docker.sock")
    assert done.returncode == 1 and "MODEL-PATH-MISSING" in done.stderr and done.stdout == ""


@pytest.mark.parametrize(
    "asked",
    [
        ("--origins", "-", "--cases", "-"),
        ("--exchanges", "-", "--origins", "-"),
        ("answers.toml", "--origins", "-"),
        ("--cases", "-", "--page", "https://app.example"),
    ],
)
def test_two_questions_at_once_are_not_half_answered(cli: Run, answers: Path, asked: tuple[str, ...]) -> None:
    done = cli("cors", *asked, stdin="[]")
    assert done.returncode == 2 and done.stdout == "" and "two questions" in done.stderr


def test_a_new_token_is_not_printed_where_nobody_looks_on(cli: Run, answers: Path, tmp_path: Path) -> None:
    done = cli("generate", str(answers), "--out", "out", "--set", "auth.inference=gateway-token")
    assert done.returncode == 0, done.stderr
    place = tmp_path / "out" / "secrets" / "inference.token"
    assert place.stat().st_mode & 0o777 == 0o600
    assert "secrets/inference.token" in done.stderr
    assert place.read_text().strip() not in done.stderr + done.stdout
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file() and path.parent.name != "secrets":
            assert place.read_text().strip().encode() not in path.read_bytes()


def test_an_interrupt_exits_130_wherever_it_strikes(tmp_path: Path) -> None:
    module = """
import sys
from wizard import __main__
from wizard.cli import main as cli

def struck(arguments):
    exec("raise KeyboardInterrupt")  # as when the code of a dataclass is being made

cli._dispatch = struck
sys.argv[1:] = ["doctor"]
__main__.run()
"""
    (tmp_path / "struck.py").write_text(module)
    done = subprocess.run([sys.executable, "-m", "struck"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (130, "serving-wizard: interrupted\n")
