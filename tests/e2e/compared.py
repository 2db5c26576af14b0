"""What every journey ends with: the files the wizard wrote against what `generate` makes of the same answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SECRETS = "secrets"


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below a folder that is no secret; of secrets the name alone."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".serving-wizard-backup" not in path.parts:
            name = str(path.relative_to(folder))
            found[name] = b"" if SECRETS in path.parts else path.read_bytes()
    return found


def assert_same_as_generated(written: Path, other: Path) -> dict[str, bytes]:
    """`generate` with the written wizard.toml, to another folder, gives the same bytes; returns the files."""
    command = [sys.executable, "-m", "wizard", "generate", str(written / "wizard.toml"), "--out", str(other)]
    home = {**os.environ, "HOME": str(other.parent)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=home)
    assert (written / "wizard.toml").is_file()
    assert other.is_dir(), done.stderr
    ours, theirs = files_in(written), files_in(other)
    assert sorted(ours) == sorted(theirs)
    for name, text in ours.items():
        assert text.decode() == theirs[name].decode(), f"{name} differs"
    assert len(ours) >= 5
    return ours
