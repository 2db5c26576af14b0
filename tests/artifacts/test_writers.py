"""Hostile answers in every file: one value stays one value, whoever reads the file.

Each hostile value is put where a plain word stood, and the files are read by others than those who wrote them: a real
shell with programs that only record, and PyYAML. What they find must have the same shape as with the plain word, and
differ nowhere but where the plain word was. (The servers' own files have tests of this kind in their rooms.)
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from tests.support import hostile
from tests.support.examples import share
from tests.support.plan_fields import fields, variants
from tests.support.plans import ENDINGS
from wizard import artifacts, registry
from wizard.errors import WizardError
from wizard.harmless import harmless
from wizard.host import Host
from wizard.placement.resolve import resolve
from wizard.plan import Plan

MORE = {
    "second option": "a,readonly=false",
    "second mount": "a:/etc:rw",
    "compose variable": "$$X$$",
    "command": "$(touch owned)",
    "command in the older spelling": "`touch owned`",
    "command behind quotes": "'; touch owned; '\"; touch owned; \"",
    "option": "--privileged",
}
VALUES = {**hostile.VALUES, **MORE}
FIELDS = fields()
Files = dict[str, str]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Where it is there, the one in C: the same to this test (tests/formats reads with both), in an eighth of the time."""


def as_yaml(text: str) -> Any:
    return yaml.load(text, _LOADER)


def base(server: str, how: str) -> dict[str, Any]:
    path = f"/m/x{ENDINGS.get(server, '')}"
    return {"server": server, "models": [{"name": "m", "path": path}], "run": {"how": how}}


def rendered(data: dict[str, Any]) -> Files:
    deployment = resolve(Plan.model_validate(data), Host(uid=0, gid=0))
    return {file.path: file.text for file in artifacts.render(deployment)}


def attempts(field: str, how: str) -> Iterator[tuple[str, str, Files, str, Files]]:
    """For hostile values that are not refused: its name, a plain value's and its files, itself and its files.

    The servers and the ways to put it there take turns; so do the values, where not all of them are tried.
    """
    ways = [
        (base(server, how), variant, plain)
        for server in registry.names()
        for variant, plain in variants(FIELDS[field], base(server, how), rendered)
    ]
    assert ways, "tell in tests/support/plan_fields.py what this field needs beside it"
    for number, (name, value) in share(list(enumerate(VALUES.items())), list(FIELDS).index(field)):
        answers, variant, plain = ways[number % len(ways)]
        try:
            files = rendered(variant.put(answers, value))
        except (ValidationError, WizardError):
            continue  # refused with a reason
        yield name, plain, rendered(variant.put(answers, plain)), value, files


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[list[str]]]:
    """The commands that a run.sh gives; a script that ran already gives the same ones."""
    folder = tmp_path_factory.mktemp("scripts")
    seen: dict[str, list[list[str]]] = {}

    def given(script: str) -> list[list[str]]:
        if script not in seen:
            seen[script] = sorted(commands(script, folder))
            assert not list(folder.glob("**/owned")), script
        return seen[script]

    return given


@pytest.mark.parametrize("how", ["docker", "native"])
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_the_plan_is_one_word_to_docker_and_one_value_to_compose(
    given: Callable[[str], list[list[str]]], field: str, how: str
) -> None:
    def read(files: Files) -> dict[str, Any]:
        """What other readers make of the files."""
        found: dict[str, Any] = {"run.sh": given(files["run.sh"])}
        return found | ({"compose.yaml": as_yaml(files["compose.yaml"])} if "compose.yaml" in files else {})

    for name, plain, plain_files, value, files in attempts(field, how):
        for text in files.values():  # a mark at the beginning tells PowerShell the encoding
            assert text.removeprefix("\ufeff") == harmless(text.removeprefix("\ufeff")), (name, value)
        page = files["EXPOSURE.md"]
        assert tables(page) == tables(plain_files["EXPOSURE.md"]), (name, value)
        usual, found = read(plain_files), read(files)
        assert list(found) == list(usual), (name, value)
        for place, mine in found.items():
            assert_alike(usual[place], mine, plain, f"{name}: {place}")


def tables(page: str) -> list[int]:
    """How many cells each row of the tables of a page of Markdown has."""
    rows = [line for line in page.splitlines() if line.startswith("|")]
    return [len(re.split(r"(?<!\\)\|", row)) for row in rows]


@pytest.mark.parametrize("server", registry.names())
def test_a_bar_in_the_path_of_a_socket_stays_in_its_cell(server: str) -> None:
    """At every API that can have one; the test above tries a few of these places with a few values."""
    shown = 0
    for spec in registry.adapter(server).apis:
        pages = []
        for path in ("/s/plain/x.sock", "/s/a|b|c/x.sock"):
            answers = {**base(server, "native"), "bind": {spec.api: {"scope": "socket", "address": path}}}
            pages.append(rendered(answers)["EXPOSURE.md"])
        assert tables(pages[0]) == tables(pages[1]), spec.api
        shown += "a\\|b\\|c" in pages[1]
    assert shown


@pytest.mark.compose
@pytest.mark.parametrize("field", FIELDS)
def test_every_field_is_one_value_to_compose_itself(
    tmp_path: Path, field: str, compose_command: tuple[str, ...]
) -> None:
    """All of them at once, as services of one file: a value that ends its own would be seen in another's."""
    pairs = [
        (name, plain, usual["compose.yaml"], mine["compose.yaml"])
        for name, plain, usual, _, mine in attempts(field, "docker")
    ]
    if not pairs:
        return  # all are refused
    texts = list(dict.fromkeys(text for _, _, *both in pairs for text in both))
    (tmp_path / "compose.yaml").write_text(together(texts))
    command = [*compose_command, "-f", "compose.yaml", "config"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    services = as_yaml(done.stdout)["services"]
    for name, plain, usual, mine in pairs:
        first, second = (
            {key.partition("_")[0]: value for key, value in services.items() if key.endswith(f"_{texts.index(text)}")}
            for text in (usual, mine)
        )
        assert set(first) == set(second) and first
        for key in first:
            assert_alike(first[key], second[key], plain, f"{name}: {key}", numbers=True)


def together(texts: list[str]) -> str:
    """One Compose file with the services of all of them, each with the number of its file behind its name."""
    blocks, networks = ["services:\n"], set[str]()
    for number, text in enumerate(texts):
        block = text.split("services:\n", 1)[1].split("\nnetworks:\n")[0].removesuffix("\n") + "\n"
        block = re.sub(r"^  (\w+):$", rf"  \1_{number}:", block, flags=re.MULTILINE)
        block = re.sub(r'^(    container_name: ".*)"$', rf'\1_{number}"', block, flags=re.MULTILINE)
        blocks.append(
            re.sub(r'^(    depends_on:\n      - )"server"$', rf'\1"server_{number}"', block, flags=re.MULTILINE)
        )
        networks |= set(as_yaml(text).get("networks", {}))
    named = "".join(f"  {each}: {{}}\n" for each in sorted(networks))
    return "".join(blocks) + (f"networks:\n{named}" if named else "")


@pytest.mark.parametrize("how", ["docker", "native"])
def test_any_body_to_try_can_be_written(how: str) -> None:
    for name, value in hostile.VALUES.items():
        if "\0" not in value:  # no argument of any program holds one
            answers = base("torchserve", how)
            answers["models"][0]["sample"] = value
            assert rendered(answers), name


@pytest.mark.parametrize("server", registry.names())
def test_a_body_is_in_a_command_of_the_page_whole_or_not_at_all(tmp_path: Path, server: str) -> None:
    """A page shows controls as numbers, so a command that held one would send another body."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "curl").write_text('#!/bin/sh\nprintf "%s\\0" "$@" >"$RECORD"\n')
    (programs / "curl").chmod(0o755)
    environment = {"PATH": f"{programs}:{os.defpath}", "RECORD": "", "X": "expanded"}
    left_out, shown = 0, dict[str, str]()
    for name, value in hostile.VALUES.items():
        if "\0" in value:  # no argument of any program holds one
            continue
        answers = base(server, "native")
        answers["models"][0]["sample"] = value
        page = rendered(answers)["EXPOSURE.md"]
        blocks = re.findall(r"^(`{3,})sh\n(.*?)\n\1$", page, re.DOTALL | re.MULTILINE)
        if "so no command with it stands here" in page:
            left_out += 1
            assert harmless(value) != value and not blocks, name
            continue
        shown[name] = blocks[0][1]
    assert left_out > 10
    # One shell for all of them: a command that does not end where it should takes the next ones with it.
    pasted = "".join(f"RECORD='{tmp_path}/{name}'\n{block}\n" for name, block in shown.items())
    subprocess.run(["sh", "-e"], input=pasted.encode(), cwd=tmp_path, env=environment, check=True, timeout=60)
    for name in shown:
        value = hostile.VALUES[name]
        assert not value or value in (tmp_path / name).read_text("utf-8").split("\0"), name


_NUMBERED = re.compile(r"_\d+\Z")


def assert_alike(usual: Any, mine: Any, plain: str, place: str, numbers: bool = False) -> None:
    """The same shape; a leaf without the plain word is the same, but for the numbers that `together` gives."""
    assert type(usual) is type(mine), place
    if isinstance(usual, dict):
        assert len(usual) == len(mine), place
        for (key, one), (other_key, other) in zip(usual.items(), mine.items(), strict=True):
            assert plain in str(key) or _same(key, other_key, numbers), place
            assert_alike(one, other, plain, f"{place}.{key}", numbers)
    elif isinstance(usual, list):
        assert len(usual) == len(mine), (place, usual, mine)
        for number, (one, other) in enumerate(zip(usual, mine, strict=True)):
            assert_alike(one, other, plain, f"{place}[{number}]", numbers)
    elif plain not in str(usual):
        assert _same(usual, mine, numbers), (place, usual, mine)


def _same(one: object, other: object, numbers: bool) -> bool:
    return one == other or (numbers and _NUMBERED.sub("", str(one)) == _NUMBERED.sub("", str(other)))


RECORD = 'printf "%s\\0" "$@" >"$RECORD/$$"'
PROGRAMS = {
    **dict.fromkeys(("docker", "torchserve", "llama-server", "nginx"), RECORD),
    "sleep": "exec /bin/sleep 0.02",  # the script looks ten times a second whether one of them has ended
    "ps": "exit 0",  # what they started, which is nothing: looking at all programs of the machine takes longest
}


def commands(script: str, folder: Path) -> Iterator[list[str]]:
    """The commands that a run.sh gives, to programs that only write down what they were given."""
    programs, record, home = folder / "bin", folder / "record", folder / "files"
    if not programs.exists():
        for place in (programs, record, home):
            place.mkdir()
        for name, text in PROGRAMS.items():
            (programs / name).write_text(f"#!/bin/sh\n{text}\n")
            (programs / name).chmod(0o755)
    # Sources of mounts are looked for; that they are there is not the question here.
    (home / "run.sh").write_text(script.replace("[ -e ", "[ -n "), "utf-8")
    assert subprocess.run(["sh", "-n", "run.sh"], cwd=home, timeout=60).returncode == 0
    environment = {"PATH": f"{programs}:{os.defpath}", "RECORD": str(record), "X": "expanded"}
    # A program that has written ends, and the script then ends the others, which may not have written yet.
    deaf = ["sh", "-c", "trap '' TERM; exec sh run.sh"]
    subprocess.run(deaf, cwd=home, env=environment, capture_output=True, timeout=60)
    for one in record.iterdir():
        yield one.read_text("utf-8").split("\0")
        one.unlink()
