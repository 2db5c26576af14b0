"""Wherever writing is ended, the folder holds the old files or the new ones, and nothing else is left of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support import crash_points
from tests.support.examples import most
from tests.support.plans import plan
from wizard.deployment.certificate import KeyPair
from wizard.errors import WizardError
from wizard.machine import certificates, project, switching, trial_certificate
from wizard.machine.project import Project

LISTED = {"inference": {"origins": ["https://app.example"], "credentials": True}}
GATEWAY = plan(cors=LISTED, auth={"inference": "gateway-token"}, tls={"mode": "self-signed"})
OTHER_PORT = plan(cors=LISTED, auth={"inference": "gateway-token"}, bind={"inference": {"scope": "all", "port": 9000}})
PLAIN = plan(bind={"inference": {"scope": "loopback", "port": 9001}})
BAKED = plan("tensorflow-serving", run={"packaging": "image"})
CHANGES = {
    "nothing was there": (None, GATEWAY),
    "another port": (GATEWAY, OTHER_PORT),
    "no gateway any more": (GATEWAY, PLAIN),
    "a gateway now": (PLAIN, GATEWAY),
    "another server": (OTHER_PORT, BAKED),
}
POINTS = most(24)
"""For each case; there are 50 to 90 points in each (`make soak` takes all)."""
OURS = (switching.BACKUPS, "secrets")


ONE_PAIR = cache(trial_certificate._signed)
SOUND: set[tuple[str, str]] = set()
"""Certificates and keys that were found to belong together, which takes longer than writing."""


@pytest.fixture(autouse=True)
def quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """One key and certificate serve all runs: making one takes a second of a slow machine."""
    monkeypatch.setattr(trial_certificate, "_signed", ONE_PAIR)


class Case:
    """A folder with the old files, which can be put back, and the project that is to be written there."""

    def __init__(self, base: Path, name: str) -> None:
        old, new = CHANGES[name]
        self.target, self.copy = base / "out", base / "copy"
        self.copy.mkdir()
        if old is not None:
            project.write(project.prepare(old, base, self.target), "backup")
            shutil.copytree(self.target, self.copy, dirs_exist_ok=True)
        self.project: Project = project.prepare(new, base, self.target)
        self.old = self.files()
        self.new = project.texts(self.project)

    def reset(self) -> None:
        shutil.rmtree(self.target, ignore_errors=True)
        shutil.copytree(self.copy, self.target)

    def write(self) -> None:
        project.write(self.project, "backup")

    def files(self) -> dict[str, str]:
        """The files of the set that are there."""
        found = (path for path in self.target.rglob("*") if not path.is_dir())
        named = ((path.relative_to(self.target), path) for path in found)
        return {str(name): path.read_text() for name, path in named if name.parts[0] not in (*OURS, switching.PENDING)}

    def not_mixed(self) -> None:
        """At no moment a file that changes stands there as it was beside one as it will be."""
        here = self.files()
        changing = {path for path in {*self.old, *self.new} if self.old.get(path) != self.new.get(path)}
        as_before = {path for path in here if path in changing and here[path] == self.old.get(path)}
        as_after = {path for path in here if path in changing and here[path] == self.new.get(path)}
        assert not as_before or not as_after, (as_before, as_after)
        assert set(here) <= {*self.old, *self.new}

    def whole(self) -> str:
        """Which set is there, with the secrets that fit each other."""
        here = self.files()
        assert here in (self.old, self.new), sorted(here)
        assert not (self.target / switching.PENDING).exists()
        assert not [path for path in self.target.rglob("*") if path.name.endswith(".tmp") or path.name == "part"]
        secrets = {path.name for path in self.target.glob("secrets/*")}
        if here == self.new and "gateway/nginx.conf" in here:
            token = (self.target / "secrets/inference.token").read_text().strip()
            assert token in (self.target / "secrets/inference_tokens.map").read_text()
        if "tls.crt" in secrets or "tls.key" in secrets:
            certificate, key = self.target / "secrets/tls.crt", self.target / "secrets/tls.key"
            if (texts := (certificate.read_text(), key.read_text())) not in SOUND:
                pair: KeyPair = certificates.look(certificate, key)
                assert not pair.certificate.trouble and not pair.key.trouble and pair.belong_together
                SOUND.add(texts)
        backups = list(self.target.glob(f"{switching.BACKUPS}/*/*"))
        assert bool(backups) is (here == self.new and bool(self.old))
        return "old" if here == self.old else "new"


def points(case: Case, fault: Callable[[], object]) -> Iterator[int]:
    """Write once for each change that writing makes, or for some of them all over, with the fault before it."""
    case.reset()
    total = crash_points.changes(case.write)
    assert total > 20 and case.whole() == "new"
    for at in sorted({round(1 + n * (total - 1) / (POINTS - 1)) for n in range(POINTS)}):
        case.reset()
        yield crash_points.child(case.write, at, fault)


@pytest.mark.parametrize("name", CHANGES)
def test_killed(name: str, tmp_path: Path) -> None:
    case, seen = Case(tmp_path, name), []
    for code in points(case, crash_points.killed):
        assert code == -signal.SIGKILL
        case.not_mixed()
        switching.settled(case.target)
        seen.append(case.whole())
        case.write()
        assert case.whole() == "new"
    assert seen == sorted(seen, reverse=True) and set(seen) == {"old", "new"}


@pytest.mark.parametrize("name", ("nothing was there", "no gateway any more"))
def test_refused_by_the_disk(name: str, tmp_path: Path) -> None:
    """It is told, and everything is as it was; what is refused once the files are in place is done by the next run."""
    case, ended = Case(tmp_path, name), []
    for code in points(case, crash_points.refused):
        ended.append(code)
        if code == crash_points.DONE:
            switching.settled(case.target)
        assert case.whole() == ("new" if code == crash_points.DONE else "old")
    assert set(ended) == {crash_points.DONE, crash_points.FAILED} and ended.count(crash_points.DONE) < 12


def test_interrupted(tmp_path: Path) -> None:
    """Ctrl-C waits until the files are switched; it comes too early to find anything done, or too late to break it."""
    case = Case(tmp_path, "another port")
    for code in points(case, crash_points.interrupted):
        assert code == crash_points.FAILED
        case.whole()
        assert not (case.target / switching.PENDING).exists()


def test_killed_again_while_it_is_finished(tmp_path: Path) -> None:
    case = Case(tmp_path, "another port")
    for at in range(1, 1000):
        case.reset()
        first = crash_points.child(case.write, 30, crash_points.killed)
        assert first == -signal.SIGKILL
        if crash_points.child(lambda: switching.settled(case.target), at, crash_points.killed) == crash_points.DONE:
            break
        case.not_mixed()
        switching.settled(case.target)
        case.whole()
    assert at > 3


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Anybody may have put it into a folder that is only looked at."""
    (tmp_path / switching.PENDING).mkdir()
    (tmp_path / switching.PENDING / "new-0").write_text("x")
    texts = ["", "{", "[]", '{"backup": "x", "moves": [1]}', "[" * 100_000]
    texts += ['{"backup": "x", "moves": [[1e999, "f", true, true, false]]}']
    for path in ("../x", "/etc/x", "a/../../x", "", ".", "..", "a\0b", "\ud800", 7, None):
        texts.append(json.dumps({"backup": "x", "moves": [[0, path, True, True, False]]}))
        texts += [json.dumps({"backup": path, "moves": []})] if path else []
    for text in texts:
        (tmp_path / switching.PENDING / "journal.json").write_text(text)
        with pytest.raises(WizardError, match="cannot be read"):
            switching.settled(tmp_path)
        assert [each.name for each in tmp_path.iterdir()] == [switching.PENDING], text


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a folder away")
def test_what_another_account_left_moves_nothing(tmp_path: Path) -> None:
    """In a folder like /tmp anybody may say what was interrupted; root would carry it out in folders of others."""
    pending, victim = tmp_path / switching.PENDING, tmp_path / "home" / "keys"
    pending.mkdir()
    victim.parent.mkdir()
    victim.write_text("mine")
    (pending / "new-0").write_text("x")
    (pending / "journal.json").write_text(json.dumps({"backup": "", "moves": [[0, "home/keys", True, False, False]]}))
    os.chown(pending, 1000, 1000)
    switching.settled(tmp_path)
    with pytest.raises(WizardError, match="Another account") as told:
        project.write(project.prepare(PLAIN, tmp_path, tmp_path), "backup")
    assert "user id 1000" in told.value.detail
    assert victim.read_text() == "mine" and (pending / "new-0").exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == [pending.name, "home"]

    os.chown(tmp_path, 1000, 1000)
    with pytest.raises(WizardError, match="Another account"):
        switching.settled(tmp_path)  # its files may be missing until that account comes back
    os.chown(pending, 0, 0)
    switching.settled(tmp_path)
    assert victim.read_text() == "x" and not pending.exists()
