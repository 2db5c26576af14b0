"""Fixtures that every test may use. What a test needs from the machine is in tests/support/requires.py."""

from __future__ import annotations

import gc
import inspect
import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import settings

from tests.support import ports, requires, turns
from tests.support.examples import FACTOR, most

if TYPE_CHECKING:
    from docker import DockerClient

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
# Time is measured by the benchmarks; a busy machine must not fail a property. With few examples they are the same each
# time, so that what passed passes again; new ones are looked for where there is time for many.
settings.register_profile("wizard", deadline=None, max_examples=most(100), derandomize=FACTOR < 1)
settings.load_profile("wizard")
LIVE_FIXTURES = {"docker_client", "chromium", "nginx", "torchserve", "compose_command", "launcher", "started", "try_it"}
"""Fixtures that find or start a server, an engine, a browser or a terminal."""
QUICK_JVM = requires.ROOT / "tests" / "images" / "torchserve" / "jvm"
JOURNEYS = requires.ROOT / "tests" / "e2e"
NEEDED = {name.partition("(")[0] for name in requires.CHECKS}
"""The markers that say what a test needs of the machine."""
REQUIRE_ALL = os.environ.get("WIZARD_REQUIRE_ALL") == "1"


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("JAVA_HOME", str(QUICK_JVM))
    os.environ["PATH"] = requires.path()  # the product finds what the tests found
    for name, (meaning, _) in requires.CHECKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    config.addinivalue_line("markers", turns.MARKER)
    config.addinivalue_line("markers", "live: needs a server, an engine, a browser or a terminal; mostly set by itself")
    config.addinivalue_line("markers", "screen: draws the full screen, on a terminal in memory; set by itself")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is left out of `make quick`, and begin with what takes longest: at the end it would run alone."""
    items.sort(key=lambda item: JOURNEYS not in item.path.parents)
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & LIVE_FIXTURES or any(mark.name in NEEDED for mark in item.iter_markers()):
            item.add_marker("live")
        if inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker("screen")


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and never among the tests themselves: it took a sixth of the time of a screen's test."""
    gc.freeze()
    gc.set_threshold(20_000, 50, 50)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Wait for the test's turn before anything of it begins: its clock does not run meanwhile."""
    with turns.turns_of(item):
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers():
        if mark.name in NEEDED:
            requires.require(mark.name, *mark.args)


def _refuse_missing(report: Report) -> Report:
    """With WIZARD_REQUIRE_ALL=1 a test that skips because something is missing has failed."""
    if REQUIRE_ALL and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if reason.startswith(("needs", "could not import")):
            report.outcome = "failed"
            report.longrepr = f"WIZARD_REQUIRE_ALL=1, but this {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _refuse_missing((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _refuse_missing((yield))


@pytest.fixture
def one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """One RSA key serves all certificates, where any will do: making one takes as long as writing all other files."""
    from tests.support import private

    monkeypatch.setattr("cryptography.hazmat.primitives.asymmetric.rsa.generate_private_key", private.the_key)


@pytest.fixture(scope="session")
def free_port() -> ports.FreePort:
    """The function that gives a TCP port nobody listens on and no other test has, another one at each call."""
    return ports.free_port


@pytest.fixture(scope="session")
def docker_client() -> Iterator[DockerClient]:
    """A client of the Docker engine that this machine runs."""
    requires.require("docker")
    from docker import DockerClient

    client: Any = DockerClient.from_env()
    yield client
    client.close()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    requires.require("chromium")
    return str(requires.find("chromium", "chromium-browser", "google-chrome"))


@pytest.fixture(scope="session")
def nginx() -> str:
    """The path of an nginx."""
    requires.require("nginx")
    return str(requires.find("nginx"))


@pytest.fixture(scope="session")
def torchserve() -> str:
    """The path of a torchserve that runs without a container."""
    requires.require("torchserve")
    return str(requires.torchserve_command())


@pytest.fixture(scope="session", params=[1, 2])
def compose_command(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Docker Compose, the Python one (1.x) and the Go one (2 and later) in turn."""
    for major, command in requires.compose_commands().items():
        if min(major, 2) == request.param:
            return command
    pytest.skip(f"needs Docker Compose {request.param}")
