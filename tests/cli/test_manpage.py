"""The man page is that of today's parser, and roff can read it."""

from __future__ import annotations

import subprocess

import pytest

from scripts.make_manpage import PAGE, page
from tests.support.requires import find
from wizard.cli.table import COMMANDS


def test_the_man_page_is_todays() -> None:
    assert PAGE.read_text("utf-8") == page(), "run scripts/make_manpage.py"


def test_roff_reads_it_without_a_warning() -> None:
    if find("groff") is None:
        pytest.skip("needs groff")
    command = ["groff", "-man", "-Tutf8", "-wall", "-P-c", "-P-b", "-P-u", str(PAGE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    for command_ in COMMANDS:
        assert f"serving-wizard {command_.name}" in done.stdout
