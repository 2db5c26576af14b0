"""What every journey ends with: the files the wizard wrote against what `generate` makes of the same answers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from wizard import registry
from wizard.artifacts.identity import FILE_NAME, project_name
from wizard.machine.left_report import DATA, TEXT
from wizard.servers.sample import sample_path

SECRETS = "secrets"

BUNDLED = [sample_path(server).name for server in registry.names()]
"""Models that come with the program and are copied beside the files."""


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder that is neither a secret nor what a trial said; of secrets the name alone."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".serving-wizard-backup" not in path.parts and path.name not in (TEXT, DATA):
            name = str(path.relative_to(folder))
            found[name] = b"" if SECRETS in path.parts else path.read_bytes()
    return found


def assert_same_as_generated(written: Path, other: Path) -> dict[str, bytes]:
    """`generate` with the written wizard.toml, in another folder, gives the same bytes but for the name that Compose
    knows the folder by; returns the files."""
    other.mkdir()
    for path in (written / "wizard.toml", *(written / name for name in BUNDLED)):
        if path.is_dir():
            shutil.copytree(path, other / path.name)
        elif path.exists():
            shutil.copy(path, other)
    command = [sys.executable, "-m", "wizard", "generate", str(other), "--on-conflict=fail"]
    home = {**os.environ, "HOME": str(other.parent)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=home)
    assert (written / "wizard.toml").is_file()
    assert (other / "run.sh").is_file(), done.stderr
    ours, theirs = files_in(written), files_in(other)
    assert sorted(ours) == sorted(theirs)
    theirs[FILE_NAME] = theirs[FILE_NAME].replace(
        project_name(str(other)).encode(), project_name(str(written)).encode()
    )
    for name, text in ours.items():
        assert text.decode(errors="replace") == theirs[name].decode(errors="replace"), f"{name} differs"
    assert len(ours) >= 5
    return ours
