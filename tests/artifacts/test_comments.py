"""Written files say why a setting is there that nobody can guess."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.plans import plan
from wizard import registry
from wizard.artifacts import compose, native
from wizard.deployment import Deployment
from wizard.host import Host
from wizard.placement.resolve import resolve

SOCKETS = {"inference": {"scope": "socket", "address": "/run/m/m.sock"}}
PAGES = {"inference": {"origins": ["https://app.example", "https://b.example"]}}
ANSWERS: tuple[dict[str, Any], ...] = (
    {},
    {"cors": PAGES},
    {"bind": {"inference": {"scope": "all", "port": 9000}}},
    {"bind": SOCKETS},
    {"models": [{"name": "m", "path": "/models/m", "labels": {"stable": 1}}]},
    {"bind": {"grpc": {"scope": "off"}}, "auth": {"inference": "server-token"}},
)
HIDDEN = (
    "driver_opts:",
    "disable: true",
    "entrypoint:",
    "init: true",
    "internal: true",
    "memswap_limit:",
    "tmpfs:",
    "working_dir:",
    "user:",
    "LLAMA_CACHE:",
    "TEMP:",
    "TS_CONFIG_FILE:",
    '- "--ncs"',
    '- "/home/model-server/wf-store:',
    '- "9000:',
)
"""How lines begin whose reason is in no manual of Compose; what a service's account is for is said where it is ours."""


def deployments(server: str) -> Iterator[Deployment]:
    for answers, uid in itertools.product(ANSWERS, (0, 1000)):
        yield resolve(plan(server, **answers), Host(uid=uid, gid=uid))


@pytest.mark.parametrize("server", registry.names())
def test_every_such_setting_has_a_comment_above_it(server: str) -> None:
    for deployment in deployments(server):
        lines = compose.render(deployment).text.splitlines()
        bare = [line for before, line in itertools.pairwise(lines) if not before.lstrip().startswith("# ")]
        own = re.compile("|".join(rf" +{re.escape(each)}" for each in HIDDEN))
        assert [line for line in bare if own.match(line)] == []


@pytest.mark.parametrize("server", registry.names())
def test_a_script_without_containers_says_it_too(server: str) -> None:
    deployment = resolve(plan(server, run={"how": "native"}), Host())
    (process,) = (each for each in deployment.processes if each.name == "server")
    text = native.script(deployment)
    assert process.notes and all(f"{why}\n" in text for _, why in process.notes)
    assert ("unshare" in text) == ("a network of its own" in text)


@pytest.mark.parametrize("server", registry.names())
def test_every_note_is_about_something_that_is_written(server: str) -> None:
    unused: set[tuple[str, str]] | None = None
    for deployment in deployments(server):
        text = compose.render(deployment).text
        notes = {note for process in deployment.processes for note in process.notes if f"# {note[1]}\n" not in text}
        unused = notes if unused is None else unused & notes
    assert unused == set()
