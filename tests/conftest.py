"""Fixtures that every test may use. What a test needs from the machine is in tests/support/requires.py."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import settings

from tests.support import requires

if TYPE_CHECKING:
    from docker import DockerClient

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)
# Time is measured by the benchmarks; a busy machine must not fail a property.
settings.register_profile("wizard", deadline=None)
settings.load_profile("wizard")
REQUIRE_ALL = os.environ.get("WIZARD_REQUIRE_ALL") == "1"


def pytest_configure(config: pytest.Config) -> None:
    for name, (meaning, _) in requires.CHECKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for name in requires.CHECKS:
        marker = name.partition("(")[0]
        for mark in item.iter_markers(marker):
            requires.require(marker, *mark.args)


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


def _is_free(port: int) -> bool:
    """Whether nobody holds the port, on any address of either family."""
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        try:
            probe = socket.socket(family)
        except OSError:  # a kernel without IPv6
            continue
        with probe:
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL:  # IPv6 may be there but switched off
                    return False
    return True


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """A function that gives a TCP port nobody listens on, another one at each call.

    The ports lie below the range the kernel gives to outgoing connections, and each test worker has its own part.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw8").removeprefix("gw")
    low = 20000 + int(worker) % 9 * 1200
    ports = iter(range(low + os.getpid() % 600, low + 1200))

    def take() -> int:
        for port in ports:
            if _is_free(port):
                return port
        raise RuntimeError(f"no free port left in {low}-{low + 1199}")

    return take


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
