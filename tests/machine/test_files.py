from __future__ import annotations

import os
import re
import socket
import stat
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread

import pytest

from tests.support.plans import plan
from wizard import registry
from wizard.deployment import Deployment
from wizard.errors import ExitCode, WizardError
from wizard.host import Host
from wizard.machine import files, switching, tokens
from wizard.placement.resolve import resolve
from wizard.servers.files import Block, ConfigFile


def file(path: str, text: str = "x\n", **more: bool) -> ConfigFile:
    return ConfigFile(path, (Block(text),), **more)


def test_everything_is_written_with_the_right_modes(tmp_path: Path) -> None:
    made = [file("a"), file("d/b.sh", executable=True), file("d/s", secret=True)]
    result = files.write_set(made, tmp_path / "out")
    assert [w.action for w in result.files] == ["create"] * 3
    modes = [stat.S_IMODE((tmp_path / "out" / f.path).stat().st_mode) for f in made]
    assert modes == [0o644, 0o755, 0o600]
    assert everything(tmp_path / "out") == {"a", "d/b.sh", "d/s", ".serving-wizard-backup/set.json"}


def test_a_second_time_nothing_changes(tmp_path: Path) -> None:
    files.write_set([file("a")], tmp_path)
    result = files.write_set([file("a")], tmp_path, "fail")
    assert result.files[0].action == "unchanged" and result.backup is None


def test_what_was_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    result = files.write_set([file("a"), file("b")], tmp_path)
    assert result.backup is not None
    assert (result.backup / "a").read_text() == "mine"
    assert (tmp_path / "a").read_text() == "x\n"


def test_conflicts_can_be_refused_and_then_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    with pytest.raises(WizardError) as caught:
        files.write_set([file("a"), file("b")], tmp_path, "fail")
    assert caught.value.exit_code == ExitCode.INVALID
    assert not (tmp_path / "a").exists() and (tmp_path / "b").read_text() == "mine"


def test_a_failure_half_way_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("mine")
    original = os.rename

    def broken(source: str, target: str, **where: int) -> None:
        if target == "b":
            raise OSError(28, "No space left on device")
        original(source, target, **where)

    monkeypatch.setattr(os, "rename", broken)
    with pytest.raises(WizardError, match="No space left") as caught:
        files.write_set([file("a"), file("b")], tmp_path)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert (tmp_path / "a").read_text() == "mine"
    assert everything(tmp_path) == {"a"}


def everything(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


LINKS = {
    "a folder of the set": "d",
    "a file of the set": "a",
    "the secrets": "secrets",
    "a secret": "secrets/inference_tokens.map",
    "the backups": ".serving-wizard-backup",
    "where files wait": ".serving-wizard-pending",
}


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("name", LINKS.values(), ids=LINKS)
def test_no_link_is_written_through(name: str, inside: bool, tmp_path: Path) -> None:
    target = tmp_path / "out"
    (target / "inner").mkdir(parents=True)
    (target / "a").write_text("mine")
    victim = (target / "inner" if inside else tmp_path) / "victim"
    if name in ("a", "secrets/inference_tokens.map"):
        victim.write_text("theirs")
        (target / name).unlink(missing_ok=True)
    else:
        victim.mkdir()
        (victim / "tls.key").write_text("theirs")
    (target / name).parent.mkdir(exist_ok=True)
    (target / name).symlink_to(victim)
    before = {
        path: (path.lstat().st_ino, path.lstat().st_uid, path.lstat().st_mtime_ns) for path in tmp_path.rglob("*")
    }
    with pytest.raises(WizardError, match="symbolic link"):
        files.write_set([file("a"), file("d/x")], target, secrets_of=partial(tokens.needed, with_secrets()))
    after = {path: (path.lstat().st_ino, path.lstat().st_uid, path.lstat().st_mtime_ns) for path in tmp_path.rglob("*")}
    assert {path: after[path] for path in before if not path.is_dir()} == {
        path: mark for path, mark in before.items() if not path.is_dir()
    }
    assert not [path for path in after if path not in before and not path.is_dir()]


def with_secrets() -> Deployment:
    wanted = plan(auth={"inference": "gateway-token"}, tls={"mode": "self-signed"})
    return resolve(wanted, Host(uid=0, gid=0))


@pytest.mark.parametrize("kind", ["a pipe", "a folder", "a socket"])
def test_what_is_no_file_is_not_replaced(kind: str, tmp_path: Path) -> None:
    place = tmp_path / "a"
    with socket.socket(socket.AF_UNIX) as server:
        if kind == "a pipe":
            os.mkfifo(place)
        elif kind == "a folder":
            place.mkdir()
        else:
            server.bind(str(place))
        with pytest.raises(WizardError, match=r"a folder|a pipe, a socket"):
            files.write_set([file("a")], tmp_path)
    assert everything(tmp_path) <= {"a"}


def test_paths_cannot_climb_out(tmp_path: Path) -> None:
    with pytest.raises(WizardError, match="leads out"):
        files.write_set([file("../x")], tmp_path / "out")


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_secrets_are_closed_to_others_whatever_the_umask(umask: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        files.write_set([file("gateway/x")], tmp_path / "out", secrets_of=partial(tokens.needed, with_secrets()))
    finally:
        os.umask(before)
    out = tmp_path / "out"
    assert stat.S_IMODE((out / "secrets").stat().st_mode) == 0o700
    assert not stat.S_IMODE((out / "gateway").stat().st_mode) & 0o022
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (out / "secrets").iterdir()}
    assert modes == {"inference.token": 0o600, "inference_tokens.map": 0o600, "tls.key": 0o600, "tls.crt": 0o644}
    for text in ("x", "y"):  # nothing to write, and one file
        (out / "secrets").chmod(0o777)
        files.write_set([file("gateway/x", text)], out, secrets_of=partial(tokens.needed, with_secrets()))
        assert stat.S_IMODE((out / "secrets").stat().st_mode) == 0o700
    (out / "secrets").chmod(0o777)
    tokens.ensure(with_secrets(), out)
    assert stat.S_IMODE((out / "secrets").stat().st_mode) == 0o700
    assert not any(path.suffix == ".token" for path in (out / ".serving-wizard-backup").rglob("*"))


def test_a_token_that_others_may_read_or_guess_is_told(tmp_path: Path) -> None:
    made = partial(tokens.needed, with_secrets())
    first = files.write_set([file("x")], tmp_path, secrets_of=made)
    assert first.new_tokens == ("secrets/inference.token",) and not first.remarks
    token = tmp_path / "secrets" / "inference.token"
    token.chmod(0o644)
    assert "secrets/inference.token" in "".join(files.write_set([file("x")], tmp_path, secrets_of=made).remarks)
    for weak in ("a", "a" * 21, "not a token at all, but long enough"):
        token.write_text(weak)
        with pytest.raises(WizardError, match="holds"):
            files.write_set([file("x", "y")], tmp_path, secrets_of=made)
        assert (tmp_path / "x").read_text() == "x\n"


@pytest.mark.parametrize("server", registry.names())
def test_a_token_that_is_made_has_256_random_bits(tmp_path: Path, server: str) -> None:
    """Six of them agree in no more places than chance allows, so no part of them is fixed or counted up."""
    for kind in ("gateway-token", "server-token"):
        made = set[str]()
        for number in range(6):
            folder = tmp_path / f"{kind}-{number}"
            with suppress(WizardError):  # the server has none of its own
                deployment = resolve(plan(server, auth={"inference": kind}), Host(uid=os.getuid()))
                made |= {(folder / path).read_text().strip() for path in tokens.ensure(deployment, folder)}
        words = [re.fullmatch(r"[A-Za-z0-9_-]{43}", each) for each in made]
        assert all(words) and len(made) in (0, 6)
        if made:
            assert all(len(set(column)) > 1 for column in zip(*made, strict=True))
        assert made or kind == "server-token"


def test_only_files_it_made_are_given_to_the_gateway(tmp_path: Path) -> None:
    """As root the map belongs to the account of the gateway; a file of another name or of another hand does not."""
    if os.getuid():
        pytest.skip("needs root")
    (tmp_path / "secrets").mkdir()
    for name in ("other.map", "victim"):
        (tmp_path / "secrets" / name).write_text("theirs")
    os.link(tmp_path / "secrets" / "victim", tmp_path / "secrets" / "tls.key")
    files.write_set([file("x")], tmp_path, secrets_of=partial(tokens.needed, with_secrets()))
    owners = {path.name: path.stat().st_uid for path in (tmp_path / "secrets").iterdir()}
    assert owners["other.map"] == owners["victim"] == owners["inference.token"] == 0
    assert owners["inference_tokens.map"] == owners["tls.key"] == owners["tls.crt"] == 101
    assert (tmp_path / "secrets" / "victim").read_text() == "theirs"


def test_a_file_that_left_the_set_goes_with_consent_and_what_was_changed_by_hand_stays(tmp_path: Path) -> None:
    files.write_set([file("a"), file("gateway/b"), file("c")], tmp_path)
    (tmp_path / "c").write_text("mine")
    assert actions(files.plan_set([file("a")], tmp_path)) == {"a": "unchanged", "gateway/b": "remove", "c": "left"}
    refused = files.write_set([file("a")], tmp_path, "fail")
    assert actions(refused.files)["gateway/b"] == "left" and (tmp_path / "gateway" / "b").exists()
    done = files.write_set([file("a")], tmp_path, "backup")
    assert actions(done.files) == {"a": "unchanged", "gateway/b": "remove", "c": "left"}
    assert done.backup is not None and (done.backup / "gateway" / "b").read_text() == "x\n"
    assert not (tmp_path / "gateway" / "b").exists() and (tmp_path / "c").read_text() == "mine"
    assert actions(files.plan_set([file("a")], tmp_path)) == {"a": "unchanged", "c": "left"}


def actions(written: tuple[files.Written, ...]) -> dict[str, str]:
    return {each.path: each.action for each in written}


def test_of_many_backups_the_first_and_the_newest_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("theirs")
    backups = tmp_path / ".serving-wizard-backup"
    (backups / "mine").mkdir(parents=True)
    made = []
    for number in range(14):
        result = files.write_set([file("a", f"{number}\n")], tmp_path)
        assert result.backup is not None
        # Names count seconds; a test that waited for them would take long.
        made.append(result.backup.rename(backups / f"20260101-0000{number:02}-abcd"))
    assert files.write_set([file("a", "last\n")], tmp_path).backup is not None
    kept = sorted(path for path in backups.iterdir() if path.name.startswith("2026"))
    assert len(kept) <= switching.BACKUPS_KEPT and kept[0] == made[0] and (backups / "mine").exists()
    assert (kept[0] / "a").read_text() == "theirs"


def test_two_at_once_write_one_after_the_other(tmp_path: Path) -> None:
    def write(number: int) -> None:
        files.write_set([file(name, f"{number}\n") for name in "abcdef"], tmp_path)

    threads = [Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(tmp_path / name).read_text() for name in "abcdef"}) == 1
    assert not (tmp_path / switching.PENDING).exists()
