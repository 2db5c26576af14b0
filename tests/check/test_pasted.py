"""Commands that a report suggests are pasted by its reader: in them the name of a file is one word, whatever it is."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

import pytest

from tests.support.commands import command

TEXT = "inference_address=http://127.0.0.1:8080\nmodel_store=/m\nnetty_client_thread=4\n"
NAMES = ("a b;touch owned;.properties", "$(touch owned).properties", "`touch owned`.properties", "it's.properties")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("words", [("check",), ("fix", "--dry-run"), ("fix",)])
def test_a_hostile_name_is_one_word(tmp_path: Path, name: str, words: tuple[str, ...]) -> None:
    path = tmp_path / name
    path.write_text(TEXT + "allowed_urls=.*\n")
    done = command(*words, str(tmp_path))
    lines = (done.stdout + done.stderr).splitlines()
    suggested = [line[line.index("serving-wizard ") :] for line in lines if "serving-wizard " in line]
    assert suggested
    assert all({str(path), str(tmp_path)} & set(shlex.split(line)) for line in suggested), suggested
    assert all("touch" not in word or word == str(path) for line in suggested for word in shlex.split(line))


def test_a_name_that_is_no_text_and_answers_that_have_one(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.toml")).write_text('schema = 1\nserver = "torchserve"\n')
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.properties")).write_text(TEXT)
    for words in (("check",), ("fix", "--dry-run"), ("fix",)):
        done = command(*words, str(tmp_path))
        assert done.returncode in (0, 1), done.stderr


def test_a_line_end_in_a_name_begins_no_line_of_a_report(tmp_path: Path) -> None:
    folder = tmp_path / "a\n+++ forged\n0 files read, nothing to say."
    folder.mkdir()
    (folder / "config.properties").write_text(TEXT)
    for words in (("check",), ("fix", "--dry-run"), ("explain",), ("import",)):
        done = command(*words, str(folder))
        rows = (done.stdout + done.stderr).splitlines()
        assert rows and not [row for row in rows if row.startswith(("+++ forged", "0 files read"))], words
