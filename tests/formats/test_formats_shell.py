"""Command lines: read back by the machine's own shells, and by our reader."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import hostile
from tests.support.examples import most
from wizard.errors import WizardError
from wizard.formats import shell, shell_source
from wizard.formats.region import Region
from wizard.formats.source import comment
from wizard.harmless import harmless, one_line

SHELLS = [name for name in ("sh", "bash", "dash", "busybox", "zsh", "ksh") if shutil.which(name)]
SAYABLE = [value for value in hostile.VALUES.values() if "\x00" not in value]


def run_shell(name: str, script: str) -> list[str]:
    """The words a script prints, each ended by NUL."""
    command = [name, "sh", "-s"] if name == "busybox" else [name, "-s"]
    done = subprocess.run(command, input=script.encode(), capture_output=True, timeout=60, check=True)
    assert done.stderr == b""
    return done.stdout.decode().split("\0")[:-1]


@pytest.mark.parametrize("name", SHELLS)
def test_shells_read_every_hostile_value_back(name: str) -> None:
    script = shell.sh_command([["printf", "%s\\0"], *([value] for value in SAYABLE)]) + "\n"
    assert script == harmless(script)
    assert run_shell(name, script) == SAYABLE


@settings(deadline=None, max_examples=most(40))
@given(st.lists(st.lists(hostile.values().filter(lambda v: "\x00" not in v), min_size=1), min_size=1, max_size=30))
def test_sh_reads_any_words_back(groups: list[list[str]]) -> None:
    script = shell.sh_command([["printf", "%s\\0"], *groups]) + "\n"
    assert run_shell("sh", script) == [word for group in groups for word in group]


@settings(max_examples=most(100))
@given(st.lists(st.lists(hostile.values().filter(lambda v: "\x00" not in v), min_size=1), min_size=1))
def test_our_reader_reads_any_words_back(groups: list[list[str]]) -> None:
    (command,) = shell_source.read(Region(f"run {shell.sh_command(groups)}\n"))
    assert [word.text for word in command.words[1:]] == [word for group in groups for word in group]
    assert not any(word.expands for word in command.words)


@settings(deadline=None, max_examples=most(60))
@given(st.lists(hostile.values(), min_size=1, max_size=30))
def test_comments_run_nothing(notes: list[str]) -> None:
    script = "".join(f"{comment(note)}\nprintf '%s\\0' {n}\n" for n, note in enumerate(notes))
    assert run_shell("sh", script) == [str(n) for n in range(len(notes))]


@pytest.mark.parametrize("value", ["a\x00b", *hostile.UNENCODABLE])
def test_what_no_shell_takes_is_refused(value: str) -> None:
    for write in (shell.sh, shell.powershell, shell.powershell_argument):
        with pytest.raises(WizardError):
            write(value)


def test_what_is_written_for_sh() -> None:
    groups = [["docker", "run", "--rm"], ["--publish", "127.0.0.1:8080:8080"], [], ["image", "it's", ""]]
    assert shell.sh_command(groups) == (
        "docker run --rm \\\n  --publish 127.0.0.1:8080:8080 \\\n  image 'it'\"'\"'s' ''"
    )
    assert shell.sh("a\u202eb c\n") == "a\"$(printf '\\342\\200\\256')\"'b c\n'"


# PowerShell. The first tests need no PowerShell: they read back by the rule of its tokenizer.


def powershell_literal(text: str) -> str:
    """A single-quoted literal as PowerShell's tokenizer reads it: any of five quotes ends it, unless two follow."""
    quotes = "'\u2018\u2019\u201a\u201b"
    assert text[0] in quotes
    value: list[str] = []
    at = 1
    while True:
        if text[at] in quotes:
            if text[at + 1 : at + 2] == "" or text[at + 1] not in quotes:
                assert at == len(text) - 1, "the literal ends early"
                return "".join(value)
            at += 1
        value.append(text[at])
        at += 1


def sayable_in_powershell(value: str) -> bool:
    try:
        shell.powershell(value)
    except WizardError:
        return False
    return True


@settings(max_examples=most(400))
@given(hostile.values())
def test_powershell_literals_come_back_or_are_refused(value: str) -> None:
    try:
        literal = shell.powershell(value)
    except WizardError:
        assert value != one_line(value)
        return
    assert powershell_literal(literal) == value
    assert "\n" not in literal and "\r" not in literal


@pytest.mark.parametrize(
    "value", ["", 'say "hi"', '{"a": 1}', "C:\\my models\\", "a\nb", "a\rb"], ids=lambda value: repr(value)
)
def test_arguments_that_powershell_versions_pass_differently_are_refused(value: str) -> None:
    with pytest.raises(WizardError):
        shell.powershell_argument(value)


def test_what_is_written_for_powershell() -> None:
    words = ["docker", "--rm", "127.0.0.1:8080:8080", "-v", "C:\\m:/m", "it's"]
    assert [shell.powershell_argument(word) for word in words] == [
        "docker", "--rm", "'127.0.0.1:8080:8080'", "'-v'", "'C:\\m:/m'", "'it''s'"
    ]  # fmt: skip
    assert shell.powershell_file("a") == "a"
    assert shell.powershell_file("é") == "\ufeffé"


def test_powershell_reads_every_hostile_value_back_where_pwsh_is_installed(tmp_path: Path) -> None:
    if not shutil.which("pwsh"):
        pytest.skip("pwsh is not installed")
    values = [value for value in hostile.VALUES.values() if sayable_in_powershell(value)]
    script = tmp_path / "echo.ps1"
    lines = [f"[Console]::Out.Write({shell.powershell(value)} + [char]0)\n" for value in values]
    script.write_text(shell.powershell_file("".join(lines)), encoding="utf-8")
    done = subprocess.run(["pwsh", "-NoProfile", "-File", script], capture_output=True, timeout=120, check=True)
    assert done.stdout.decode().split("\0")[:-1] == values


@pytest.mark.parametrize("text", ["a\nb", '{\n  "a": [1]\n}', "\x1b[31m", "a\x00b", "é\r\n模型", "a\u202egpj"])
def test_any_text_is_a_value_of_powershell(text: str) -> None:
    """No PowerShell is here to read it, so what it would decode is decoded."""
    written = shell.powershell_value(text)
    decoding = r"\(\[Text\.Encoding\]::UTF8\.GetString\(\[Convert\]::FromBase64String\('([\w+/=]*)'\)\)\)"
    coded = re.fullmatch(decoding, written)
    assert coded and base64.b64decode(coded[1]).decode() == text
    assert shell.powershell_value("it's") == shell.powershell("it's")
