"""Written by root: no container is made root for it, and each program may read the secrets that it is given."""

from __future__ import annotations

import os
import stat
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support import private
from tests.support.plans import plan as make
from wizard import registry
from wizard.deployment import Deployment
from wizard.exposure.findings import assess
from wizard.gateway import server_uid
from wizard.host import Host
from wizard.machine import files, tokens
from wizard.placement.resolve import resolve

ROOT = Host(uid=0, gid=0)
SOCKET = {"inference": {"scope": "socket", "address": "/run/x/server.sock"}}


def made(server: str, **parts: Any) -> Deployment:
    return resolve(make(server, **parts), ROOT)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give files away")
@pytest.mark.usefixtures("one_key")
@pytest.mark.parametrize("kind", ["auto", "nginx"])
@pytest.mark.parametrize("mode", ["files", "self-signed"])
@pytest.mark.parametrize("server", registry.names())
def test_each_program_reads_its_secrets_without_being_root(tmp_path: Path, server: str, mode: str, kind: str) -> None:
    certificate, key = private.pair(tmp_path)
    own = {"certificate": str(certificate), "key": str(key)} if mode == "files" else {}
    deployment = made(server, tls={"mode": mode, **own}, gateway={"kind": kind})
    tokens.ensure(deployment, tmp_path)
    assert not [found for found in assess(deployment) if found.id == "RUN-AS-ROOT"]
    read = 0
    for process in deployment.processes:
        user = process.user.partition(":")[0]
        uid = int(user) if user else server_uid(deployment)
        assert uid != 0
        for mount in process.mounts:
            if mount.secret:
                status = (tmp_path / mount.source).stat()
                assert status.st_mode & stat.S_IROTH or status.st_uid == uid, mount
                read += not status.st_mode & stat.S_IROTH
    assert read, "no secret was looked at"


def test_what_stays_roots_is_told() -> None:
    (found,) = [each for each in assess(made("torchserve", bind=SOCKET)) if each.id == "RUN-AS-ROOT"]
    assert found.subject == "server" and "ordinary user" in found.instead
    assert not [each for each in assess(resolve(make("torchserve", bind=SOCKET), Host())) if each.id == "RUN-AS-ROOT"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to give a folder away")
def test_a_folder_of_secrets_that_is_somebody_elses_is_closed_to_the_rest_and_told(tmp_path: Path) -> None:
    place, deployment = tmp_path / "secrets", made("torchserve", auth={"inference": "gateway-token"})
    place.mkdir()
    place.chmod(0o777)
    os.chown(place, 1000, 1000)
    written = files.write_set([], tmp_path, secrets_of=partial(tokens.needed, deployment))
    assert written.new_tokens and "user id 1000" in " ".join(written.remarks)
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    os.chown(place, 0, 0)
    assert not files.write_set([], tmp_path, secrets_of=partial(tokens.needed, deployment)).remarks
