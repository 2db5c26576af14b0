"""systemd itself, as the first process of namespaces of its own: what it starts, and what the programs get to see."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

from tests.support.requires import find

SYSTEMD = "/lib/systemd/systemd"
_GROUPS = Path("/sys/fs/cgroup")
_INSIDE = f"""
set -e
mount -t tmpfs none /run
mount -t tmpfs none /etc/systemd/system
mkdir -p /run/systemd/system
cp "$1"/* /run/systemd/system/
export container=other
exec {SYSTEMD} --system --unit=all.target --log-target=null --show-status=no
"""
_LAST = """[Unit]
DefaultDependencies=no
SuccessAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/true
"""


def printed(units: Mapping[str, str], folder: Path) -> dict[str, str | None]:
    """Name -> what the program of this unit printed; None where systemd started none. What orders them and takes their
    output is added to each."""
    made = folder / "units"
    made.mkdir()
    for name, text in units.items():
        head = "[Unit]\nDefaultDependencies=no\nBefore=last.service\n"
        tail = f"\n[Service]\nType=oneshot\nStandardOutput=file:{folder}/{name}.out\n"
        (made / f"{name}.service").write_text(head + text + tail)
    (made / "last.service").write_text(_LAST)
    wanted = " ".join(f"{name}.service" for name in (*units, "last"))
    (made / "all.target").write_text(f"[Unit]\nDefaultDependencies=no\nWants={wanted}\n")
    before = set(_own_groups())
    own = ("--fork", "--kill-child", "--pid", "--mount-proc", "--mount", "--uts", "--ipc")
    command = [find("unshare") or "", *own, "sh", "-c", _INSIDE, "sh", str(made)]
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=True)
    for group in sorted(set(_own_groups()) - before, reverse=True):
        group.rmdir()
    return {name: out.read_text() if (out := folder / f"{name}.out").exists() else None for name in units}


def _own_groups() -> Iterator[Path]:
    """The control groups that systemd makes for itself and for services, in every hierarchy."""
    paths = {line.split(":", 2)[2].strip("/") for line in Path("/proc/self/cgroup").read_text().splitlines()}
    tops = [_GROUPS, *(each for each in _GROUPS.iterdir() if each.is_dir())]
    for top, path, kind in product(tops, paths, ("init.scope", "system.slice")):
        group = top / path / kind
        yield from (each for each in (group, *group.glob("**/")) if each.is_dir())
