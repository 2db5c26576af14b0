"""Reading scripts: against a real shell, and the things people write that no parser of theirs would refuse."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import most
from wizard.formats.region import Region
from wizard.formats.shell_source import ShellCommand, read
from wizard.formats.shell_words import Dialect, split


def commands(script: str, dialect: Dialect = "sh") -> list[ShellCommand]:
    return read(Region(script), dialect)


def texts(script: str, dialect: Dialect = "sh") -> list[list[str]]:
    return [[word.text for word in command.words] for command in commands(script, dialect) if command.words]


def test_a_docker_run_line() -> None:
    script = (
        "#!/bin/sh\n# start\nset -e; docker run -d \\\n  -p 8080:8080 \\\r\n"
        "  -v \"$PWD/models:/models\" --name ts'1' img --x=a\\ b >log 2>&1 && echo done | tee f\n"
    )
    assert texts(script) == [
        ["set", "-e"],
        ["docker", "run", "-d", "-p", "8080:8080", "-v", "$PWD/models:/models", "--name", "ts1", "img", "--x=a b"],
        ["echo", "done"],
        ["tee", "f"],
    ]
    docker = commands(script)[1]
    for word in docker.words:
        assert script[word.start] in ('"', word.text[0]), word
    assert [word.text for word in docker.words if word.expands] == ["$PWD/models:/models"]


@pytest.mark.parametrize(
    ("script", "expanding"),
    [
        ("echo $X", True),
        ("echo ${X:?a b}", True),
        ("echo $(id -u):0", True),
        ("echo $(echo 'a)b')", True),
        ("echo `id`", True),
        ('echo "a $X"', True),
        ("echo *.mar", True),
        ("echo ~/m", True),
        ("echo '$X'", False),
        ('echo "\\$X"', False),
        ("echo \\$X", False),
        ("echo a$", False),
        ("echo '*'", False),
        ("echo a~b", False),
        ("echo ${X:-plain}", False),
    ],
)
def test_words_the_shell_would_change_are_marked(script: str, expanding: bool) -> None:
    (command,) = commands(script)
    assert len(command.words) == 2 and command.words[1].expands is expanding


def test_variables_of_the_script_are_put_in_and_point_to_where_they_are_used() -> None:
    script = 'PORT=8501\nARGS=(--a "$PORT")\nARGS+=(--b)\nrun "${ARGS[@]}" --p=$PORT $UNSET\n'
    (_, command) = commands(script)
    assert [word.text for word in command.words] == ["run", "--a", "8501", "--b", "--p=8501", "$UNSET"]
    assert script[command.words[4].start :].startswith("--p=$PORT")


def test_an_empty_variable_without_quotes_is_no_word() -> None:
    assert texts('K=""\nrun --key $K --m x "$K"') == [["run", "--key", "--m", "x", ""]]


def test_what_is_fed_and_written() -> None:
    script = "cat > config.properties <<'EOF'\na=1\nb=$X\nEOF\nrun &\n"
    written, started = commands(script)
    assert written.target == "config.properties" and written.here is not None
    assert written.here.text == "a=1\nb=$X\n" and script[written.here.origin(4)] == "b"
    assert started.background and not written.background


def test_other_shells() -> None:
    batch = commands("set ORIGINS=* && serve ^\r\n  --x %CD%\\a\r\nrem docker run\r\n", "cmd")
    assert [(name, word.text) for name, word in batch[0].assignments] == [("ORIGINS", "*")]
    assert [word.text for word in batch[1].words] == ["serve", "--x", "%CD%\\a"] and batch[1].words[2].expands
    power = commands("$env:A = 'x y'\nrun `\n -v ${pwd}:/x C:\\m\n", "powershell")
    assert [(name, word.text) for name, word in power[0].assignments] == [("A", "x y")]
    assert [word.text for word in power[1].words] == ["run", "-v", "${pwd}:/x", "C:\\m"]


def test_splitting_knows_no_operators() -> None:
    words = split(Region("a && b 'c d' $(X) \"e f\""))
    assert [word.text for word in words] == ["a", "&&", "b", "c d", "$(X)", "e f"]


@settings(deadline=None, max_examples=most(60))
@given(st.lists(st.text(alphabet="ab \\'\"\t", max_size=14), min_size=1, max_size=40))
def test_reading_agrees_with_sh(lines: list[str]) -> None:
    """Scripts of one command a line; those with an open quote are no script."""
    kept, expected = [], []
    for number, line in enumerate(lines):
        if _open_quote(line):
            continue
        (command,) = commands(f"printf '%s\\0' {number} {line}")
        kept.append(f"printf '%s\\0' {number} {line}\n")
        expected += [word.text for word in command.words[2:]]
    done = subprocess.run(["sh"], input="".join(kept).encode(), capture_output=True, timeout=60, check=True)
    assert done.stdout.decode().split("\0")[:-1] == expected


def _open_quote(line: str) -> bool:
    mark = ""
    at = 0
    while at < len(line):
        char = line[at]
        if char == "\\" and mark != "'":
            at += 1
        elif mark and char == mark:
            mark = ""
        elif not mark and char in "'\"":
            mark = char
        at += 1
    return bool(mark) or at > len(line)


@settings(max_examples=most(400), deadline=None)
@given(st.text(alphabet="ab \\'\"$`{}();&|<>#*=-\n\r2E^%:", max_size=60), st.sampled_from(["sh", "cmd", "powershell"]))
def test_reading_never_crashes_and_never_points_outside(script: str, dialect: Dialect) -> None:
    for command in commands(script, dialect):
        for word in command.words:
            assert 0 <= word.start <= word.end <= len(script) + 1


def test_a_here_document_belongs_to_the_command_that_names_it_wherever_the_line_ends() -> None:
    text = "cat <<A | tee f\none\nA\ncat <<B >g && cat <<C\ntwo\nB\nthree\nC\necho end\n"
    found = [(each.words[0].text, each.target, each.here and each.here.text) for each in read(Region(text), "sh")]
    assert found == [
        ("cat", "", "one\n"),
        ("tee", "", None),
        ("cat", "g", "two\n"),
        ("cat", "", "three\n"),
        ("echo", "", None),
    ]
