"""Which sockets a server's processes listen on."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from wizard.machine import sockets
from wizard.observed.running import Socket


def test_a_child_that_ended_meanwhile_hides_none_of_what_the_server_listens_on() -> None:
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found = sockets.of_processes((os.getpid(), ended.pid), {})
        assert found is not None
        assert Socket("127.0.0.1", listener.getsockname()[1]) in found


def test_a_server_that_ended_is_not_known() -> None:
    ended = subprocess.Popen([sys.executable, "-c", "pass"])
    ended.wait()
    assert sockets.of_processes((ended.pid,), {}) is None
