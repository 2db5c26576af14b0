"""The formats of a report, each read back by a reader that is not ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from sarif_pydantic import Sarif

from tests.support.commands import command

CONFIG = "inference_address=http://0.0.0.0:8080\ncors.allowed.origin=https://app.example\nmodel_store=/srv/models\n"

_TEXT = {
    "type": "object",
    "required": ["text"],
    "additionalProperties": False,
    "properties": {"text": {"type": "string"}},
}
_OPEN = {"type": "object"}


def _closed(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required, "additionalProperties": False, "properties": properties}


_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_NUMBER = {"type": "integer", "minimum": 1}
_RULE = _closed(
    ["id"],
    id={"type": "string"},
    shortDescription=_TEXT,
    help=_TEXT,
    defaultConfiguration=_closed([], level=_LEVEL),
    properties=_OPEN,
)
_PLACE = _closed(
    ["artifactLocation"],
    artifactLocation=_closed(["uri"], uri={"type": "string", "format": "uri-reference"}),
    region=_closed(["startLine"], startLine=_NUMBER, startColumn=_NUMBER),
)
_RESULT = _closed(
    ["message"],
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    level=_LEVEL,
    message=_TEXT,
    locations={"type": "array", "items": _closed([], physicalLocation=_PLACE)},
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string"}},
    properties=_OPEN,
)
_DRIVER = _closed(
    ["name"],
    name={"type": "string"},
    version={"type": "string"},
    semanticVersion={"type": "string"},
    rules={"type": "array", "uniqueItems": True, "items": _RULE},
)
SARIF = _closed(
    ["version", "runs"],
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "items": _closed(
            ["tool"],
            tool=_closed(["driver"], driver=_DRIVER),
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            results={"type": "array", "items": _RESULT},
        ),
    },
)
"""The part of the standard's schema that is written here, closed: a property it does not have is refused."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.properties").write_text(CONFIG)
    return tmp_path


def run(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return command("check", *arguments, cwd=folder, stdin=stdin, env={"NO_COLOR": "1"})


def test_json_has_the_documented_shape(folder: Path) -> None:
    done = run(folder, "config.properties", "--format", "json")
    assert done.returncode == 1 and not done.stderr
    (file,) = json.loads(done.stdout)["files"]
    assert set(file) == {"path", "kind", "server", "findings"}
    assert (file["path"], file["kind"], file["server"]) == ("config.properties", "config.properties", "torchserve")
    for finding in file["findings"]:
        assert set(finding) == {
            "id", "severity", "effect", "api", "message", "why", "instead", "line", "column", "evidence", "fixable",
        }  # fmt: skip
    dotted = next(finding for finding in file["findings"] if finding["line"] == 2)
    assert (dotted["effect"], dotted["severity"], dotted["column"]) == ("ignored", "functional", 1)
    assert dotted["fixable"] is True


def test_sarif_is_sarif(folder: Path) -> None:
    done = run(folder, ".", "--format", "sarif")
    data = json.loads(done.stdout)
    jsonschema.validate(data, SARIF, format_checker=jsonschema.FormatChecker())
    read = Sarif.model_validate(data)
    results = read.runs[0].results or []
    rules = read.runs[0].tool.driver.rules or []
    assert {result.rule_id for result in results} == {rule.id for rule in rules} and len(results) >= 3
    for result in data["runs"][0]["results"]:
        assert data["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names that are no text need Linux")
@pytest.mark.parametrize("form", ["sarif", "github", "junit", "json"])
def test_a_name_that_is_no_text_is_reported(form: str, tmp_path: Path) -> None:
    place = tmp_path / os.fsdecode(b"n\xff.properties")
    place.write_text("inference_address=http://0.0.0.0:8080\nmodel_store=/x\n")
    done = run(tmp_path, place.name, "--format", form)
    assert done.returncode == 0 and "TS-OPEN" in done.stdout, done.stderr
    if form == "sarif":
        assert '"n%FF.properties"' in done.stdout


def test_rules_in_sarif_have_words_in_place_of_what_a_finding_fills_in(folder: Path) -> None:
    (driver,) = [each["tool"]["driver"] for each in json.loads(run(folder, ".", "--format", "sarif").stdout)["runs"]]
    for rule in driver["rules"]:
        assert "{" not in rule["shortDescription"]["text"] + rule["help"]["text"], rule
    assert any("‹" in rule["shortDescription"]["text"] for rule in driver["rules"])


def test_annotations_are_one_line_each(folder: Path) -> None:
    lines = run(folder, "config.properties", "--format", "github").stdout.splitlines()
    assert any(line.startswith("::error file=config.properties,line=2,col=1,title=TS-KEY-UNKNOWN::") for line in lines)
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)


def test_a_file_that_cannot_be_read_is_a_finding_in_every_format(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("services:\n  a: [\n image: pytorch/torchserve:0.12.0-cpu\n")
    done = run(tmp_path, "b.yaml", "--format", "json", "--select", "TS")
    ((finding,),) = [file["findings"] for file in json.loads(done.stdout)["files"]]
    assert done.returncode == 1 and (finding["id"], finding["severity"]) == ("CHECK-UNREADABLE", "functional")
    place = f"line={finding['line']},col={finding['column']},title=CHECK-UNREADABLE::"
    assert finding["line"] > 1 and place in run(tmp_path, "b.yaml", "--format", "github").stdout
    sarif = json.loads(run(tmp_path, "b.yaml", "--format", "sarif").stdout)
    jsonschema.validate(sarif, SARIF, format_checker=jsonschema.FormatChecker())
    (result,) = sarif["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == finding["line"]
    assert ET.fromstring(run(tmp_path, "b.yaml", "--format", "junit").stdout).attrib["failures"] == "1"


def test_junit_counts_what_fails(folder: Path) -> None:
    done = run(folder, "config.properties", "--format", "junit")
    root = ET.fromstring(done.stdout)
    assert int(root.attrib["failures"]) == len(root.findall(".//failure")) == 1
    assert int(root.attrib["tests"]) == len(root.findall(".//testcase"))


def test_text_points_at_the_place(folder: Path) -> None:
    done = run(folder, "config.properties")
    rows = done.stdout.splitlines()
    at = next(number for number, row in enumerate(rows) if "TS-KEY-UNKNOWN" in row)
    assert "2:1" in rows[at] and rows[at + 1] == "    │ cors.allowed.origin=https://app.example"
    assert rows[at + 2] == "    │ ^"


def test_thresholds_decide_the_exit_code(folder: Path) -> None:
    (folder / "config.properties").write_text(CONFIG.replace("cors.allowed", "#"))
    assert run(folder, "config.properties").returncode == 0
    assert run(folder, "config.properties", "--fail-on", "medium").returncode == 1
    (folder / "config.properties").write_text(CONFIG)
    assert run(folder, "config.properties", "--fail-on", "none").returncode == 0


def test_rules_are_chosen_by_name_or_beginning(folder: Path) -> None:
    def ids(*arguments: str) -> set[str]:
        found = json.loads(run(folder, "config.properties", "--format", "json", *arguments).stdout)
        return {finding["id"] for file in found["files"] for finding in file["findings"]}

    assert ids("--select", "ts-open") == {"TS-OPEN"}
    assert "TS-OPEN" not in ids("--ignore", "TS-OPEN,TS-URLS") and "TS-KEY-UNKNOWN" in ids("--ignore", "TS-OPEN")
    wrong = run(folder, "config.properties", "--select", "TS-OPN")
    assert wrong.returncode == 2 and "TS-OPEN" in wrong.stderr


def test_a_baseline_leaves_only_what_is_new(folder: Path) -> None:
    assert run(folder, ".", "--write-baseline", "known.json").returncode == 0
    assert run(folder, ".", "--baseline", "known.json").returncode == 0
    (folder / "config.properties").write_text("# moved\n" + CONFIG + "cors.allowed.methods=GET\n")
    done = run(folder, ".", "--baseline", "known.json", "--format", "json")
    (file,) = json.loads(done.stdout)["files"]
    assert [(finding["id"], finding["line"]) for finding in file["findings"]] == [("TS-KEY-UNKNOWN", 5)]
    (folder / "known.json").write_text("[]")
    assert run(folder, ".", "--baseline", "known.json").returncode == 2


def test_a_baseline_fits_from_every_folder_and_however_files_are_named(folder: Path) -> None:
    """It is written with `check .` at the root and used by a hook that names files, or a job that names all of it."""
    (folder / "ci").mkdir()
    assert run(folder, ".", "--write-baseline", "ci/known.json").returncode == 0
    for arguments in (
        ["config.properties"],
        ["./config.properties"],
        [str(folder)],
        [str(folder / "config.properties")],
    ):
        assert run(folder, *arguments, "--baseline", "ci/known.json", "--fail-on", "info").returncode == 0, arguments
    assert run(folder / "ci", "..", "--baseline", "known.json", "--fail-on", "info").returncode == 0


@pytest.mark.parametrize("named", [str, os.path.basename])
def test_a_baseline_of_an_earlier_release_still_fits(folder: Path, named: Callable[[str], str]) -> None:
    """It named files as they had been typed."""
    assert run(folder, ".", "--write-baseline", "known.json").returncode == 0
    kept = json.loads((folder / "known.json").read_text())
    for entry in kept["findings"]:
        entry["path"] = named(str(folder / entry["path"]))
    (folder / "known.json").write_text(json.dumps(kept | {"version": 1}))
    assert run(folder, "config.properties", "--baseline", "known.json", "--fail-on", "info").returncode == 0


def test_a_file_named_twice_is_one_file(folder: Path) -> None:
    twice = ["config.properties", "./config.properties", str(folder / "config.properties"), "."]
    assert run(folder, *twice, "--format", "json").stdout == run(folder, "config.properties", "--format", "json").stdout
    assert len(json.loads(run(folder, "-", "-", "--format", "json", stdin=CONFIG).stdout)["files"]) == 1
    once, again = (
        command("fix", *named, "--dry-run", cwd=folder)
        for named in (["config.properties"], ["config.properties", *twice])
    )
    assert (once.returncode, once.stdout) == (again.returncode, again.stdout)


def test_standard_input(folder: Path) -> None:
    done = run(folder, "-", "--format", "json", stdin=CONFIG)
    (file,) = json.loads(done.stdout)["files"]
    assert file["path"] == "-" and file["server"] == "torchserve"


def test_what_is_wrong_with_the_call_is_said_without_a_traceback(folder: Path) -> None:
    for arguments in (["nowhere.properties"], ["."], ["\x00"]):
        done = run(folder, *arguments) if "\x00" not in arguments[0] else run(folder, "a\nb")
        assert "Traceback" not in done.stderr and done.returncode in (1, 2)


UNITS = {
    "TS-KEY-UNKNOWN": ("config.properties", CONFIG, 2),
    "TFS-FLAG-NONE": (
        "serve.sh",
        "#!/bin/sh\ntensorflow_model_server --model_name=m --model_base_path=/m --bind_all_interfaces\n",
        2,
    ),
    "LS-OPEN": ("serve.sh", "#!/bin/sh\nllama-server -m /m/a.gguf --host 0.0.0.0\n", 2),
    "LS-FLAG-EQUALS": ("serve.sh", "#!/bin/sh\nllama-server -m /m/a.gguf --port=9000\n", 2),
}


@pytest.mark.parametrize("rule", UNITS)
def test_every_format_carries_a_finding_of_every_server(rule: str, tmp_path: Path) -> None:
    name, text, line = UNITS[rule]
    (tmp_path / name).write_text(text)
    sarif = json.loads(run(tmp_path, ".", "--format", "sarif").stdout)
    jsonschema.validate(sarif, SARIF, format_checker=jsonschema.FormatChecker())
    Sarif.model_validate(sarif)
    (result,) = (each for each in sarif["runs"][0]["results"] if each["ruleId"] == rule)
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == line
    root = ET.fromstring(run(tmp_path, ".", "--format", "junit").stdout)
    assert any(rule in ET.tostring(each, "unicode") for each in root.iter("testcase"))
    assert any(f"title={rule}::" in row for row in run(tmp_path, ".", "--format", "github").stdout.splitlines())


@pytest.mark.parametrize("rule", UNITS)
def test_a_finding_of_every_server_can_be_set_aside_and_kept_for_later(rule: str, tmp_path: Path) -> None:
    name, text, line = UNITS[rule]

    def ids(*arguments: str) -> set[str]:
        files = json.loads(run(tmp_path, name, "--format", "json", *arguments).stdout)["files"]
        return {finding["id"] for file in files for finding in file["findings"]}

    (tmp_path / name).write_text(text)
    assert rule in ids()
    assert run(tmp_path, name, "--write-baseline", "known.json").returncode == 0
    assert ids("--baseline", "known.json") == set()
    rows = text.splitlines()
    rows.insert(line - 1, f"# serving-wizard: ignore[{rule}] known, and mended with the next release")
    (tmp_path / name).write_text("\n".join(rows) + "\n")
    assert not {rule, "CHECK-UNUSED"} & ids()


def test_a_baseline_that_was_written_is_told_as_json(folder: Path) -> None:
    found = json.loads(run(folder, "config.properties", "--write-baseline", "known.json", "--format", "json").stdout)
    kept = json.loads((folder / "known.json").read_text())["findings"]
    assert found == {"baseline": "known.json", "findings": sum(entry["count"] for entry in kept)}


def test_a_file_is_mended_together_with_what_mounts_it(tmp_path: Path) -> None:
    """Alone, its address would count as one that every network reaches; in the container it is right."""
    (tmp_path / "config.properties").write_text("inference_address=http://0.0.0.0:8080\ncors.allowed.methods=GET\n")
    mount = "./config.properties:/home/model-server/config.properties"
    service = f"image: pytorch/torchserve:0.12.0-cpu, ports: ['127.0.0.1:8080:8080'], volumes: ['{mount}']"
    (tmp_path / "compose.yaml").write_text(f"services: {{ts: {{{service}}}}}\n")
    advice = run(tmp_path, ".").stdout.splitlines()[-1]
    assert advice.endswith("serving-wizard fix ./compose.yaml ./config.properties")


def test_many_files_that_can_be_mended_are_named_by_their_folder(tmp_path: Path) -> None:
    for name in range(12):
        (tmp_path / str(name)).mkdir()
        (tmp_path / str(name) / "config.properties").write_text("load_models=all\ncors.allowed.methods=GET\n")
    few = run(tmp_path, "0", "1").stdout.splitlines()[-1]
    assert few.endswith("serving-wizard fix 0/config.properties 1/config.properties")
    assert run(tmp_path, ".").stdout.splitlines()[-1].endswith("serving-wizard fix .")
