"""Random signals over trials and crash points over writing: `make reliability`. The figures are in docs/reliability.md.

Part one sends two random signals at random moments to each of a number of trials, SIGKILL among them, and looks for
anything that is left: processes, folders, records, containers, networks. After a signal that can be caught nothing may
be left; after SIGKILL nothing after `down`. Part two ends `generate` before some change it makes to the disk, killed,
interrupted or refused by the disk, and looks whether the folder holds the old files or the new ones.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.machine import test_crash_points as writing
from tests.support import crash_points
from tests.support.ports import own_ports
from tests.support.processes import popen
from wizard.errors import WizardError
from wizard.machine import docker_engine, switching, trial_certificate
from wizard.plan import answers
from wizard.servers.sample import sample_path

POLITE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
IN_DOCKER = 10
"""One trial in so many is in Docker, where there is an engine with the image."""
SERVER, MODEL = "tensorflow-serving", "half_plus_two"
IMAGE = "tensorflow/serving:2.19.1"
ENDING_S = 240.0
"""Seconds after which a trial that was asked to end counts as hanging."""


class Trials:
    """Trials in a folder of their own, of which nothing may stay."""

    def __init__(self, base: Path, luck: random.Random) -> None:
        self.base, self.luck = base, luck
        self.count: Counter[str] = Counter()
        self.client = _engine()
        self.usual: dict[str, float] = {}

    @property
    def sent(self) -> int:
        """Signals that reached a trial."""
        return sum(value for name, value in self.count.items() if name.startswith("signals, "))

    def run(self, number: int) -> None:
        """One trial, with two signals."""
        how = "docker" if self.client is not None and number % IN_DOCKER == IN_DOCKER - 1 else "native"
        folder = self.base / str(number)
        (folder / "temporary").mkdir(parents=True)
        if how not in self.usual:
            self.usual[how] = self._undisturbed(folder, how)
        process = self._start(folder, how)
        kinds = [signal.SIGKILL if self.luck.random() < 0.2 else self.luck.choice(POLITE) for _ in range(2)]
        moments = sorted(self.luck.uniform(0, self.usual[how]) for _ in kinds)
        if self.luck.random() < 0.5:  # the second one while the first one is heeded
            moments[1] = moments[0] + self.luck.uniform(0, 0.5)
        killed = self._send(process, kinds, moments)
        self.count[f"trials, {how}"] += 1
        self.count["trials that were killed"] += killed
        if killed:
            left = self._left(folder)
            self.count["killed trials that left something"] += bool(left)
            _wizard(folder, "down")
        left = self._left(folder)
        if left:
            self.count["FAILED: something was left"] += 1
            print(
                json.dumps({"trial": number, "how": how, "signals": [k.name for k in kinds], "left": left}), flush=True
            )
            _wizard(folder, "down", "--all")
        shutil.rmtree(folder, ignore_errors=True)

    def _send(self, process: subprocess.Popen[bytes], kinds: list[signal.Signals], moments: list[float]) -> bool:
        """Send them as long as it runs. Returns whether it was killed; the rest is counted."""
        begin = time.monotonic()
        for kind, moment in zip(kinds, moments, strict=True):
            try:
                process.wait(max(0.0, begin + moment - time.monotonic()))
                self.count["signals that came too late"] += 1
            except subprocess.TimeoutExpired:
                process.send_signal(kind)
                self.count[f"signals, {kind.name}"] += 1
        try:
            process.wait(ENDING_S)
        except subprocess.TimeoutExpired:
            self.count["FAILED: it did not end"] += 1
            process.kill()
            process.wait()
        return process.returncode == -signal.SIGKILL

    def _undisturbed(self, folder: Path, how: str) -> float:
        begin = time.monotonic()
        process = self._start(folder, how)
        if process.wait(ENDING_S):
            raise SystemExit(f"A trial that nobody disturbs does not work: {how}")
        return time.monotonic() - begin

    def _start(self, folder: Path, how: str) -> subprocess.Popen[bytes]:
        text = f'schema = 1\nserver = "{SERVER}"\n[run]\nhow = "{how}"\n[[models]]\nname = "{MODEL}"\n'
        text += f'path = {json.dumps(str(sample_path(SERVER)))}\n[cors.inference]\norigins = ["https://a.example", "https://b.example"]\n'
        (folder / "answers.toml").write_text(answers.dump(own_ports(answers.load(text))))
        command = [sys.executable, "-m", "wizard", "try", str(folder / "answers.toml")]
        quiet: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
        }
        return popen(command, env=_environment(folder), **quiet)

    def _left(self, folder: Path) -> list[str]:
        found = [str(p) for place in ("temporary", "state/serving-wizard/trials") for p in (folder / place).glob("*")]
        found += [f"process {pid}" for pid in _processes(folder)]
        if self.client is not None:
            mine = {"label": "serving-wizard.folder"}
            things = [*self.client.containers.list(all=True, filters=mine, ignore_removed=True)]
            labels = [(c.name, c.labels) for c in things]
            labels += [(n.name, n.attrs["Labels"]) for n in self.client.networks.list(filters=mine)]
            found += [name for name, each in labels if each["serving-wizard.folder"].startswith(f"{folder}/")]
        return found


def _environment(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder / "temporary"), "XDG_STATE_HOME": str(folder / "state")}


def _wizard(folder: Path, *words: str) -> None:
    command = [sys.executable, "-m", "wizard", *words]
    subprocess.run(command, env=_environment(folder), capture_output=True, timeout=300, check=False)


def _processes(folder: Path) -> list[int]:
    """Those that were started with a temporary folder in that folder and still run."""
    mark, found = f"{folder}/".encode(), []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if (
                mark in (place / "environ").read_bytes()
                and " Z " not in (place / "stat").read_text().rpartition(")")[2]
            ):
                found.append(int(place.name))
        except OSError:
            continue
    return found


def _engine() -> Any:
    try:
        client = docker_engine.connect()
    except WizardError:
        return None
    return client if any(IMAGE in image.tags for image in client.images.list()) else None


def crashes(base: Path, wanted: int, end: float, luck: random.Random) -> Counter[str]:
    """End `generate` at so many points, over every kind of change to a folder."""
    trial_certificate._signed = cache(trial_certificate._signed)  # making a key takes a second each
    faults = {"killed": crash_points.killed, "interrupted": crash_points.interrupted, "refused": crash_points.refused}
    count: Counter[str] = Counter()
    cases = {name: writing.Case(_made(base / name.replace(" ", "-")), name) for name in writing.CHANGES}
    totals = {}
    for name, case in cases.items():
        case.reset()
        totals[name] = crash_points.changes(case.write)
    while sum(value for key, value in count.items() if key.startswith("points")) < wanted and time.monotonic() < end:
        name = luck.choice(sorted(cases))
        kind = luck.choice(["killed", "killed", *faults])
        case = cases[name]
        case.reset()
        point = luck.randint(1, totals[name])
        crash_points.child(case.write, point, faults[kind], base / "said")
        count[f"points, {kind}"] += 1
        try:
            case.not_mixed()
            switching.settled(case.target)
            count[f"the {case.whole()} set"] += 1
            case.write()
            assert case.whole() == "new"
        except (AssertionError, WizardError) as problem:
            count["FAILED: mixed, or not mended by the next run"] += 1
            said = (base / "said").read_text().strip()
            failure = {"case": name, "kind": kind, "point": point, "problem": str(problem)[:300], "said": said[:300]}
            print(json.dumps(failure), flush=True)
    return count


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=100, help="at least so many (default 100)")
    parser.add_argument("--signals", type=int, default=200, help="so many that reached a running trial (default 200)")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=30.0, help="no trial begins later (default 30)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(f"Seed {given.seed}, at most {given.minutes:g} minutes; a failure is one line of JSON.", flush=True)
    end, luck = time.monotonic() + 60 * given.minutes, random.Random(given.seed)
    base = Path(tempfile.mkdtemp(prefix="reliability-"))
    base.chmod(0o755)
    try:
        count = crashes(base / "writing", given.points, end, luck)
        trials = Trials(base / "trials", luck)
        number = 0
        while (number < given.trials or trials.sent < given.signals) and time.monotonic() < end:
            trials.run(number)
            number += 1
        for name, value in sorted((count + trials.count).items()):
            print(f"{value:6} {name}")
    finally:
        shutil.rmtree(base, ignore_errors=True)
    if any(name.startswith("FAILED") for name in count + trials.count):
        raise SystemExit("FAILED: each line of JSON above is one failure.")
    print("Nothing was left, and nothing mixed.")


if __name__ == "__main__":
    main()
