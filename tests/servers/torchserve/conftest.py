"""The servers that these tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support import requires

if TYPE_CHECKING:
    from docker import DockerClient

    from tests.servers.torchserve.fleet import Fleet


@pytest.fixture(scope="session")
def fleet(docker_client: DockerClient, free_port: Callable[[], int]) -> Iterator[Fleet]:
    """TorchServe 0.12.0 and 0.9.0 in containers, configured by the product's own files."""
    requires.require("images", requires.TORCHSERVE_IMAGE, requires.OLD_TORCHSERVE_IMAGE)
    from tests.servers.torchserve.fleet import Fleet

    servers = Fleet(docker_client, free_port)
    try:
        yield servers
    finally:
        servers.close()
