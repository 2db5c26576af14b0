"""Fixtures of llama-server's tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import requires
from wizard import registry

CACHES = (
    registry.names,
    registry.identities,
    registry.adapter,
    registry.readings,
    registry.broken,
    registry._packages,
    registry._registered,
)


@pytest.fixture
def registered(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server among those that are found, also where the installed entry points are older than it."""
    if "llama-server" in registry.names():
        yield
        return
    home = tmp_path_factory.mktemp("entry-points")
    (home / "llama-1.dist-info").mkdir()
    text = f"[{registry.GROUP}]\nllama-server = wizard.servers.llama_server\n"
    (home / "llama-1.dist-info" / "entry_points.txt").write_text(text)
    monkeypatch.syspath_prepend(str(home))
    for cached in CACHES:
        cached.cache_clear()
    yield
    monkeypatch.undo()
    for cached in CACHES:
        cached.cache_clear()


@pytest.fixture(params=requires.LLAMA_SERVER_BUILDS)
def native_build(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One of the real builds, as the program that is found first on the PATH."""
    requires.require("llama_server")
    build: str = request.param
    command = requires.llama_server_command(build)
    assert command is not None
    monkeypatch.setenv("PATH", f"{Path(command).parent}:{os.environ['PATH']}")
    return build
