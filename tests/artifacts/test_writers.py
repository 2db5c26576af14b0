"""Hostile answers in every file: one value stays one value, whoever reads the file.

Each hostile value is put where a plain word stood, and the files are read by others than those who wrote them: a real
shell with programs that only record, and PyYAML. What they find must have the same shape as with the plain word, and
differ nowhere but where the plain word was. (The servers' own files have tests of this kind in their rooms.)
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from tests.support import hostile
from wizard import artifacts
from wizard.errors import WizardError
from wizard.host import Host
from wizard.placement.resolve import resolve
from wizard.plan import Plan

WORD = "plainword"
"""The usual value. Names of projects are made of it, so it is made of what they may hold."""
MORE = {
    "second option": "a,readonly=false",
    "second mount": "a:/etc:rw",
    "compose variable": "$$X$$",
    "command": "$(touch owned)",
    "command in the older spelling": "`touch owned`",
    "command behind quotes": "'; touch owned; '\"; touch owned; \"",
    "option": "--privileged",
}
FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "model": lambda value: {"models": [{"name": value, "path": "/m/x.mar"}]},
    "path": lambda value: {"models": [{"name": "m", "path": f"/m/{value}/x.mar"}]},
    "sample": lambda value: {"models": [{"name": "m", "path": "/m/x.mar", "sample": value}]},
    "image": lambda value: {"run": {"image": value}},
    "socket": lambda value: {"bind": {"inference": {"scope": "socket", "address": f"/s/{value}/x.sock"}}},
    "address": lambda value: {"bind": {"inference": {"scope": "interface", "address": value}}},
    "origin": lambda value: {"cors": {"inference": {"origins": [f"https://{value}.example"]}}},
    "header": lambda value: {"cors": {"inference": {"origins": ["https://a.example"], "headers": [value]}}},
    "method": lambda value: {"cors": {"inference": {"origins": ["https://a.example"], "methods": [value]}}},
    "host name": lambda value: {"gateway": {"kind": "nginx", "names": [value]}},
    "certificate": lambda value: {
        "tls": {"mode": "files", "certificate": f"/c/{value}.crt", "key": f"/c/{value}.key"},
        "auth": {"inference": "none", "management": "none"},
    },
    "accepted": lambda value: {"accepted": [value]},
    "version": lambda value: {"version": value},
}
NEVER_PLAIN = {"address": "10.0.0.5", "method": "POST", "version": "0.12.0"}
"""Fields that take no free word, and what stands in them."""


def rendered(field: str, value: str, how: str) -> dict[str, str]:
    base: dict[str, Any] = {"server": "torchserve", "models": [{"name": "m", "path": "/m/x.mar"}]}
    parts = FIELDS[field](value)
    run = {"how": how, **parts.pop("run", {})}
    deployment = resolve(Plan.model_validate({**base, **parts, "run": run}), Host(uid=0, gid=0))
    return {file.path: file.text for file in artifacts.render(deployment)}


@pytest.mark.parametrize("how", ["docker", "native"])
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_the_plan_is_one_word_to_docker_and_one_value_to_compose(
    tmp_path: Path, field: str, how: str
) -> None:
    plain = NEVER_PLAIN.get(field, WORD)
    usual = shapes(rendered(field, plain, how), tmp_path)
    seen = set[str]()
    for name, value in {**hostile.VALUES, **MORE}.items():
        try:
            files = rendered(field, value, how)
        except (ValidationError, WizardError):
            continue  # refused with a reason
        text = json.dumps(files)
        if text not in seen:
            found = shapes(files, tmp_path)
            assert list(found) == list(usual), (name, value)
            for place, mine in found.items():
                assert_alike(usual[place], mine, plain, value, f"{name}: {place}")
            assert not list(tmp_path.glob("**/owned")), (name, value)
        seen.add(text)


@pytest.mark.parametrize("how", ["docker", "native"])
def test_any_body_to_try_can_be_written(how: str) -> None:
    for name, value in hostile.VALUES.items():
        if "\0" not in value:  # no argument of any program holds one
            assert rendered("sample", value, how), name


def assert_alike(usual: Any, mine: Any, plain: str, value: str, place: str) -> None:
    """The same shape; a leaf without the plain word is the same."""
    assert type(usual) is type(mine), place
    if isinstance(usual, dict):
        assert len(usual) == len(mine), place
        for (key, one), (other_key, other) in zip(usual.items(), mine.items(), strict=True):
            assert plain in str(key) or key == other_key, place
            assert_alike(one, other, plain, value, f"{place}.{key}")
    elif isinstance(usual, list):
        assert len(usual) == len(mine), (place, usual, mine)
        for number, (one, other) in enumerate(zip(usual, mine, strict=True)):
            assert_alike(one, other, plain, value, f"{place}[{number}]")
    elif plain not in str(usual):
        assert usual == mine, place


def shapes(files: dict[str, str], folder: Path) -> dict[str, Any]:
    """What other readers make of the files."""
    found: dict[str, Any] = {}
    if "compose.yaml" in files:
        found["compose.yaml"] = yaml.safe_load(files["compose.yaml"])
    found["run.sh"] = sorted(commands(files, folder))
    return found


RECORD = '#!/bin/sh\nprintf "%s\\0" "$@" >"$RECORD/$$"\n'


def commands(files: dict[str, str], folder: Path) -> Iterator[list[str]]:
    """The commands that run.sh gives, to programs that only write down what they were given."""
    programs, record, home = folder / "bin", folder / "record", folder / "files"
    for place in (programs, record, home):
        place.mkdir(exist_ok=True)
    for name in ("docker", "torchserve", "nginx"):
        (programs / name).write_text(RECORD)
        (programs / name).chmod(0o755)
    # Sources of mounts are looked for; that they are there is not the question here.
    (home / "run.sh").write_text(files["run.sh"].replace("[ -e ", "[ -n "), "utf-8")
    assert subprocess.run(["sh", "-n", "run.sh"], cwd=home, timeout=60).returncode == 0
    environment = {"PATH": f"{programs}:{os.defpath}", "RECORD": str(record), "X": "expanded"}
    subprocess.run(["sh", "run.sh"], cwd=home, env=environment, capture_output=True, timeout=60)
    for one in record.iterdir():
        yield one.read_text("utf-8").split("\0")
        one.unlink()
