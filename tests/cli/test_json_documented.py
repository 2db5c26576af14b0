"""Every key that a command prints with --format json stands in the reference, in what it says of that command."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.commands import command
from tests.support.requires import ROOT
from wizard.prediction.values import Probe
from wizard.servers.sample import sample_path
from wizard.trial.probes import ProbeResult
from wizard.trial.report import Report

TEXT = (ROOT / "docs" / "reference.md").read_text("utf-8").partition("## JSON shapes")[2].partition("\n## ")[0]
SHAPES = dict(re.findall(r"^- (.*?): (.*?)(?=^- |\Z)", TEXT, re.DOTALL | re.MULTILINE))
"""What a shape is called in the reference -> what is said of it."""
FREE = {"answers", "patch", "signatures", "headers", "kinds"}
"""Below these stand the user's own names, or tables of the answers file."""
FINDING = ("`F`",)
PAGE = ("--page", "https://app.example")
ORIGINS = "https://app.example\nnonsense\n"
BAD = "cors.allowed.origin=https://a.example\ninference_address=http://0.0.0.0:8080\n"
EXCHANGE = {"id": "1", "server": "torchserve", "version": "0.12.0", "flags": [], "env": {}}
EXCHANGES = json.dumps([{**EXCHANGE, "request": {"method": "GET", "path": "/ping", "headers": {}, "body": ""}}])
COMMANDS = [
    ("`generate`", FINDING, ("generate", "wizard.toml", "--out", "out")),
    ("`reach`", (), ("reach", "wizard.toml")),
    ("`explain`", (), ("explain",)),
    ("`explain`", (), ("explain", "cors_allowed_origin")),
    ("`explain`", (), ("explain", "blocked by CORS policy")),
    ("`explain FILE`", (), ("explain", "config.properties")),
    ("`cors ANSWERS`", (), ("cors", "wizard.toml", *PAGE)),
    ("`cors --origins`", (), ("cors", "--origins", "origins.txt")),
    ("`cors --cases`", (), ("cors", "--cases", str(ROOT / "tests" / "data" / "cors_cases.json"))),
    ("`cors --exchanges`", (), ("cors", "--exchanges", "exchanges.json")),
    ("`inspect`", (), ("inspect", str(sample_path("torchserve")))),
    ("`inspect`", (), ("inspect", str(sample_path("torchserve")), "--server", "llama-server")),
    ("`intents`", (), ("intents",)),
    ("`compare`", (), ("compare", "wizard.toml", "--server", "llama-server")),
    ("`presets`", (), ("presets",)),
    ("`presets`", (), ("presets", "show", "lan-team")),
    ("`check`", FINDING, ("check", "config.properties")),
    ("`check`", FINDING, ("check", "config.properties", "--write-baseline", "known.json")),
    ("`check`", FINDING, ("check", "--running")),
    ("`fix`", FINDING, ("fix", "config.properties", "--dry-run")),
    ("`fix`", FINDING, ("fix", "-")),
    ("`import`", (), ("import", "config.properties")),
    ("`doctor`", (), ("doctor",)),
    ("`down`", (), ("down",)),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = sample_path("torchserve")
    cors = '[cors.inference]\norigins = ["https://a.example", "https://b.example"]\n'
    answers = f'schema = 1\nserver = "torchserve"\n[[models]]\nname = "echo"\npath = "{model}"\n{cors}'
    for name, text in {
        "wizard.toml": answers, "origins.txt": ORIGINS, "config.properties": BAD, "exchanges.json": EXCHANGES,
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text)
    return tmp_path


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from keys(each)
    elif isinstance(value, dict):
        for key, below in value.items():
            yield key
            if key not in FREE:
                yield from keys(below)


def told(name: str, others: tuple[str, ...]) -> set[str]:
    """The keys that the reference has of a shape: in a JSON text, or named in the sentences behind it."""
    text = "".join(said for head, said in SHAPES.items() if head.startswith(name) or head in others)
    names = re.findall(r'"([a-z_]+)"', text) + re.findall(r"`([a-z_]+)`", text)
    return {*names, *(told("`compare`", ()) if "= D" in text else ())}


@pytest.mark.parametrize(("name", "others", "arguments"), COMMANDS, ids=lambda value: " ".join(value)[-40:])
def test_every_key_is_documented_and_nothing_else_is_printed(
    name: str, others: tuple[str, ...], arguments: tuple[str, ...], folder: Path
) -> None:
    given = BAD if "-" in arguments else ""
    done = command(*arguments, "--format", "json", stdin=given, cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    a_line_each = arguments[0] == "cors" and arguments[1].startswith("--")
    documents = done.stdout.splitlines() if a_line_each else [done.stdout]
    found = {key for document in documents for key in keys(json.loads(document))}
    assert found, done.stdout
    assert found - told(name, others) == set()


def test_every_key_of_a_trial_is_documented() -> None:
    probe = Probe("p", "loopback-v4", "127.0.0.1", 8080, "inference", "connect", "open")
    report = Report("torchserve", "0.12.0", "image", True, 1.0, (ProbeResult(probe, "open"),), ("a line",))
    assert set(keys(report.as_json())) - told("`try`", ()) == set()
