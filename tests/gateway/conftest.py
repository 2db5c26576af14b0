from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import harness
from tests.gateway.harness import ADMIN, APP, UI, Gate

LISTED = {"origins": [APP, UI], "credentials": True, "headers": ["content-type", "authorization"]}
Start = Callable[..., Gate]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that nginx's worker, another account, can look into."""
    path = Path(tempfile.mkdtemp(prefix="gateway-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def start(nginx: str, free_port: Callable[[], int], folder: Path) -> Iterator[Start]:
    """A function that starts a gateway in front of a server's stand-in, from parts of a Plan."""
    with ExitStack() as stack:
        count = 0

        def begin(server: str = "tensorflow-serving", edit: harness.Edit = lambda text: text, **parts: Any) -> Gate:
            nonlocal count
            count += 1
            own = folder / str(count)
            options = {key: parts.pop(key) for key in ("backends", "host", "prepare") if key in parts}
            wanted = harness.plan(server, free_port, **parts)
            running: AbstractContextManager[Gate] = harness.running(nginx, own, wanted, edit, **options)
            return stack.enter_context(running)

        yield begin


def listed(**more: Any) -> dict[str, Any]:
    """Two listed origins with cookies for predictions."""
    return {"cors": {"inference": LISTED}, **more}


def guarded(**more: Any) -> dict[str, Any]:
    """The same, with a token that the gateway checks."""
    return listed(auth={"inference": "gateway-token", "management": "gateway-token"}, **more)


def managed(**more: Any) -> dict[str, Any]:
    """TorchServe with management on its own listener, for its own page, with its own token."""
    parts = guarded(bind={"management": {"scope": "loopback"}}, **more)
    parts["cors"] = {"inference": LISTED, "management": {"origins": [ADMIN], "methods": ["GET", "PUT"]}}
    return parts
