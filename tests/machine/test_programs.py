"""Programs are found where the written scripts find them: on PATH, then where an ordinary user's does not lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.machine import hostfacts, programs


def put(folder: Path, name: str) -> str:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("#!/bin/sh\n")
    (folder / name).chmod(0o755)
    return str(folder / name)


def test_a_program_of_the_system_is_found_that_is_not_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(programs, "SYSTEM_FOLDERS", (str(tmp_path / "sbin"),))
    assert hostfacts.lacking(["nginx"]) == ("nginx",)
    system = put(tmp_path / "sbin", "nginx")
    assert programs.where("nginx") == system
    assert hostfacts.lacking(["nginx"]) == ()
    own = put(tmp_path / "bin", "nginx")
    assert programs.where("nginx") == own
