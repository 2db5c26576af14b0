from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from wizard.cli import main
from wizard.help.messages import messages


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main.main(["explain", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_wrong_spelling_says_what_happens_and_what_to_use(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "cors.allowed.origin")
    assert code == 0
    assert "Silently ignored" in out
    assert "Use cors_allowed_origin." in out
    assert "Evidence: TorchServe 0.12.0, measured" in out
    assert err == ""


def test_several_words_make_one_topic(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "simple", "request")
    assert code == 0
    assert out.startswith("simple request\n")


def test_without_a_topic_the_kinds_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys)
    assert code == 0
    assert "TorchServe key" in out
    for kind, example in re.findall(r"(?m)^(\S.*?) +\d+  such as (.+)$", out):
        assert kind not in example and run(capsys, example)[0] == 0
    code, out, _ = run(capsys, "--format", "json")
    counted = json.loads(out)
    assert sum(counted["kinds"].values()) == counted["topics"]


def test_json_has_every_meaning_of_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "port", "--format", "json")
    found = json.loads(out)["topics"]
    assert found[0]["kind"] == "term"
    assert len(found) > 2
    assert set(found[0]) >= {"id", "title", "kind", "meaning", "why", "what_the_server_does", "evidence", "related"}


def test_a_misspelling_ends_with_suggestions(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "inferense_address")
    assert code == 2
    assert out == ""
    assert "inference_address" in err


def test_words_that_are_no_name_are_searched(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "minutes", "keys", "expire")
    assert code == 0
    assert "token_expiration_min" in out
    assert "Nothing is called" in err


def test_a_log_from_a_file_with_the_answer_that_mends_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("starting\nBind for 127.0.0.1:8501 failed: port is already allocated\n")
    plan = tmp_path / "wizard.toml"
    plan.write_text('schema = 1\nserver = "tensorflow-serving"\n[[models]]\nname = "m"\npath = "./m"\n')
    code, out, _ = run(capsys, "--log", str(log), "--answers", str(tmp_path))
    assert code == 0
    assert "Line 2: Docker has published this port already" in out
    assert "--set bind.inference.port=8502" in out


def test_a_log_from_standard_input_as_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO(b"\xff\xfe" + "\n".join(m.examples[0] for m in messages()[:5]).encode())

    monkeypatch.setattr("sys.stdin", Stdin())
    code, out, _ = run(capsys, "--log", "-", "--format", "json")
    assert code == 0
    aids = json.loads(out)["aids"]
    assert [aid["id"] for aid in aids] == [m.id for m in messages()[:5]]
    assert isinstance(aids[0]["patch"], dict)


def test_a_log_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, _, err = run(capsys, "--log", str(tmp_path / "none"))
    assert code == 2
    assert "cannot be read" in err


def test_a_log_with_nothing_known_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("all is well\n")
    code, out, _ = run(capsys, "--log", str(log))
    assert code == 0
    assert "No known error message" in out


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("401", "The gateway needs its token"),
        ("blocked by CORS policy", "The browser withheld the answer from the page"),
        ("unknown argument: --rest_api_ports=8501", "A flag that the server does not know"),
        ("Unable to find image 'tensorflow/serving:2.19.1' locally", "The image has not been downloaded yet"),
    ],
)
def test_what_is_no_topic_is_looked_up_as_a_message(asked: str, title: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, asked)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == title


def test_a_pasted_message_names_the_key_and_what_sets_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    plan = tmp_path / "wizard.toml"
    plan.write_text('schema = 1\nserver = "tensorflow-serving"\n[[models]]\nname = "half"\npath = "./half/1"\n')
    message = "No versions of servable half found under base path /models/half"
    code, out, _ = run(capsys, message, "--answers", str(tmp_path))
    assert code == 0
    assert "In the wizard: Model (--at model)" in out and "In an answers file: models.0.path" in out
    assert "--set 'models.0.path=\"./half\"'" in out
    _, out, _ = run(capsys, message, "--answers", str(tmp_path), "--format", "json")
    assert json.loads(out)["aids"][0]["set"] == ['models.0.path="./half"']


def test_a_message_that_is_not_known_is_told_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "qqq zzz happened at xyzzy")
    assert code == 2
    assert "--log FILE" in err
