"""A disk without room is named as the reason, whatever it was that did not fit; nothing stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.trial.conftest import answers_file, try_arguments

_SIZES = ("nr_inodes=2", "size=8k", "size=48k", "size=56k", "size=64k", "size=72k")
"""Room for a folder, for a part of the files, for a part of what is made beside them, for a server without its log."""
_ON_A_SMALL_DISK = 'mount -t tmpfs -o "$0" none "$1" && shift && "$@"; code=$?; ls "$TMPDIR" >&2; exit $code'


@pytest.mark.nginx
@pytest.mark.parametrize("size", _SIZES)
def test_a_full_disk_is_the_reason_that_is_given(tmp_path: Path, size: str) -> None:
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs a mount namespace")
    path = answers_file(tmp_path, "tensorflow-serving", '[run]\nhow = "native"\n[auth]\ninference = "gateway-token"\n')
    command = [sys.executable, "-m", "wizard", *try_arguments(path), "--timeout", "20"]
    apart = ["unshare", "--mount", "sh", "-c", _ON_A_SMALL_DISK, size, str(place), *command]
    environment = {**os.environ, "TMPDIR": str(place)}
    done = subprocess.run(apart, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3, done.stderr
    assert "No space left on device" in done.stderr or f"The disk of {place} is full" in done.stderr
    assert "The details are in" not in done.stderr, "that is said of what nobody thought of"
    assert "\nserving-wizard-" not in done.stderr, "the folder of the trial"
