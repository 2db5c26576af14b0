"""Where the server listens, and how it ends."""

from __future__ import annotations

import signal
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import requires
from tests.support.ports import free_port
from tests.support.waiting import until

from .harness import Launcher, Server, bound_to, is_open

GRPC_UP = "Running gRPC ModelServer at"
REST_UP = "Exporting HTTP/REST API at:localhost:"
ANY_IPV6 = "tcp6:" + "0" * 32
ANY_IPV4 = "tcp:" + "0" * 8
Start = Callable[..., Server]


def single(models: Path) -> list[str]:
    return ["--port={port}", "--rest_api_port={rest}", "--model_name=m", f"--model_base_path={models}"]


@pytest.mark.row("grpc-wildcard")
def test_grpc_is_on_the_wildcard_address(start: Start, models: Path) -> None:
    server = start(*single(models))
    server.wait_output(GRPC_UP)
    assert bound_to(server.port) == {ANY_IPV6}
    for host in ("127.0.0.1", "::1"):
        socket.create_connection((host, server.port), timeout=5).close()


@pytest.mark.row("rest-wildcard")
def test_rest_is_on_the_wildcard_address(running: Callable[[str], Server]) -> None:
    server = running("plain")
    assert bound_to(server.rest) == {ANY_IPV6}
    for host in ("127.0.0.1", "::1"):
        assert b"AVAILABLE" in server.exchange(b"GET /v1/models/m HTTP/1.0\r\n\r\n", host)


NETWORKS = {
    "no address but loopback": ("true", ANY_IPV6),
    "an IPv4 address": ("ip addr add 10.7.0.2/24 dev lo", ANY_IPV4),
    "an IPv4 address and a link-local one": ("ip addr add 10.7.0.2/24 dev lo; ip addr add fe80::1/64 dev lo", ANY_IPV6),
    "an IPv6 address": ("ip addr add 2001:db8::1/64 dev lo", ANY_IPV6),
}


@requires.needs_namespace
@pytest.mark.row("rest-ipv4-only")
@pytest.mark.parametrize("network", NETWORKS)
def test_rest_is_ipv4_only_where_ipv6_has_no_address_but_loopback(
    start: Start, launcher: Launcher, models: Path, network: str
) -> None:
    if not launcher.is_emulator:
        pytest.skip("the real image is started in the host's network")
    setup, expected = NETWORKS[network]
    inner = ("sh", "-c", f'ip link set lo up; {setup}; exec "$@"', "sh")
    server = start(*single(models), within=(*requires.namespace_command(), *inner))
    server.wait_output(REST_UP)
    assert bound_to(server.rest, server.process.pid) == {expected}


@pytest.mark.row("rest-one-thread")
def test_one_rest_thread_answers_nothing(start: Start, models: Path) -> None:
    server = start(*single(models), "--rest_api_num_threads=1")
    server.wait_output(REST_UP)
    with socket.create_connection(("127.0.0.1", server.rest), timeout=1) as connection:
        connection.sendall(b"GET /v1/models/m HTTP/1.0\r\n\r\n")
        with pytest.raises(TimeoutError):
            connection.recv(1)
    two = start(*single(models), "--rest_api_num_threads=2")
    two.wait_output(REST_UP)
    assert two.request("GET", "/v1/models/m").status == 200


@pytest.mark.row("grpc-socket-mode")
def test_socket_file_has_mode_0755(start: Start, models: Path, tmp_path: Path) -> None:
    path = tmp_path / "s.sock"
    server = start("--port=0", f"--grpc_socket_path={path}", "--model_name=m", f"--model_base_path={models}")
    server.wait_output("at UNIX socket")
    mode = path.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o755
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))


@pytest.mark.row("rest-port-cut")
def test_rest_port_is_cut_to_16_bits(start: Start, models: Path, free_low_port: int) -> None:
    given = free_low_port + 65536
    server = start("--port={port}", f"--rest_api_port={given}", "--model_name=m", f"--model_base_path={models}")
    server.wait_output(f"{REST_UP}{given} ...")
    server.rest = free_low_port
    assert server.request("GET", "/v1/models/m").status == 200


@pytest.mark.row("grpc-port-cut")
def test_grpc_port_is_cut_to_16_bits(start: Start, models: Path, free_low_port: int) -> None:
    given = free_low_port + 65536
    server = start(f"--port={given}", "--model_name=m", f"--model_base_path={models}")
    server.wait_output(f"{GRPC_UP} 0.0.0.0:{given} ...")
    assert is_open(free_low_port)


@pytest.fixture
def free_low_port() -> int:
    return free_port()


@pytest.mark.row("grpc-port-shared")
def test_two_servers_share_a_grpc_port(start: Start, models: Path) -> None:
    first = start(*single(models))
    first.wait_output(GRPC_UP)
    second = start(f"--port={first.port}", "--model_name=m", f"--model_base_path={models}")
    second.wait_output(f"{GRPC_UP} 0.0.0.0:{first.port} ...")
    assert first.process.poll() is None


@pytest.mark.row("sigterm-kills")
def test_sigterm_ends_it_at_once(start: Start, launcher: Launcher, models: Path) -> None:
    if not launcher.is_emulator:
        pytest.skip("as PID 1 of a container the server ignores SIGTERM")
    server = start(*single(models))
    server.wait_output(REST_UP)
    server.process.send_signal(signal.SIGTERM)
    assert server.wait_exit() == 128 + signal.SIGTERM


def test_control_c_ends_it_without_a_traceback(start: Start, launcher: Launcher, models: Path) -> None:
    if not launcher.is_emulator:
        pytest.skip("a container is not reached by this signal")
    server = start(*single(models))
    server.wait_output(REST_UP)
    server.process.send_signal(signal.SIGINT)
    assert server.wait_exit() == 128 + signal.SIGINT
    assert "Traceback" not in server.output


def test_without_grpcio_the_port_accepts_and_closes(
    start: Start, launcher: Launcher, models: Path, tmp_path: Path
) -> None:
    if not launcher.is_emulator:
        pytest.skip("about the emulator only")
    (tmp_path / "grpc.py").write_text("raise ImportError('not here')")
    path = tmp_path / "s.sock"
    server = start(*single(models), f"--grpc_socket_path={path}", before=str(tmp_path))
    server.wait_output(REST_UP)
    assert "no gRPC is spoken" in server.stderr
    assert bound_to(server.port) == {ANY_IPV6}
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        assert connection.recv(1) == b""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
    other = start(f"--port={server.port}", "--model_name=m", f"--model_base_path={models}", before=str(tmp_path))
    other.wait_output(GRPC_UP)


def test_says_first_that_it_is_an_emulation(start: Start, launcher: Launcher, models: Path) -> None:
    if not launcher.is_emulator:
        pytest.skip("about the emulator only")
    server = start(*single(models))
    until(lambda: "\n" in server.stderr, "the first line")
    assert "NOT TensorFlow Serving" in server.stderr.splitlines()[0]
    version = start("--version")
    assert version.wait_exit() == 0
    assert version.stdout.count("NOT TensorFlow Serving") == len(version.stdout.splitlines()) == 2


def test_bad_emulated_version_is_refused(start: Start, launcher: Launcher) -> None:
    if not launcher.is_emulator:
        pytest.skip("about the emulator only")
    for version in ("1.15.0", "9.9.9", "latest"):
        server = start("--version", version=version)
        assert server.wait_exit() == 255
        assert version in server.stderr


@pytest.mark.row("old-release-flags")
def test_an_old_release_does_not_know_later_flags(start: Start, launcher: Launcher, models: Path) -> None:
    if not launcher.is_emulator:
        pytest.skip("the real image has one release")
    health = "--enable_grpc_healthcheck_service"
    old = start(*single(models), health, version="2.14.1")
    old.wait_output(f"unknown argument: {health}\n")
    new = start(*single(models), health, version="2.15.1")
    new.wait_output(GRPC_UP)
    assert "unknown argument" not in new.output
