"""What is measured about this machine, what is said before a start, and which lines of a log are shown."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from wizard.deployment import Mount, Process
from wizard.errors import ExitCode, WizardError
from wizard.machine import hostfacts, ports
from wizard.trial import before_start, logs


def test_the_loopback_address_is_found_and_has_its_network() -> None:
    found = {i.address: i for i in hostfacts.interfaces()}
    assert found["127.0.0.1"].kind == "loopback" and found["127.0.0.1"].prefix == 8
    assert all(0 < i.prefix <= (32 if i.family == 4 else 128) for i in found.values())


@pytest.mark.parametrize(
    ("mask", "prefix"),
    [("255.255.255.0", 24), ("ffff:ffff:ffff:ffff::", 64), ("ffff:ffff::/32", 32), (None, 128)],
)
def test_masks_as_different_systems_write_them(mask: str | None, prefix: int) -> None:
    assert hostfacts._prefix(mask, 128) == prefix


def test_states_of_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        assert ports.port_state("127.0.0.1", port) == "taken"
        assert ports.port_state("", port) == "taken"
        assert "process" in ports.port_owner(port)
    assert ports.port_state("127.0.0.1", port) == "free"
    assert ports.port_state("192.0.2.77", port) == "foreign"


def test_files_the_server_may_not_read(tmp_path: Path) -> None:
    model = tmp_path / "m.mar"
    model.write_text("x")
    process = Process("server", "i", (), mounts=(Mount(str(model), "/m.mar"),))
    model.chmod(0o644)
    before_start.readable(process, lambda: pytest.fail("everybody may read it"), tmp_path)
    model.chmod(0o600)
    before_start.readable(process, lambda: model.stat().st_uid, tmp_path)
    with pytest.raises(WizardError, match="cannot read") as caught:
        before_start.readable(process, lambda: 54321, tmp_path)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    model.unlink()
    with pytest.raises(WizardError, match="is missing"):
        before_start.readable(process, lambda: 1000, tmp_path)


def test_the_tail_of_a_log_keeps_the_reason() -> None:
    noise = [f"2026-01-01T00:00:{i % 60:02} TS_METRICS - CPU: {i}" for i in range(90)]
    others = [f"line {'i' * i}" for i in range(30)]
    lines = ["RuntimeError: the reason", *others, *noise]
    assert logs.tail(lines, 20, "TS_METRICS") == ("RuntimeError: the reason", *others[10:])


def test_the_tail_of_a_log_says_once_what_differs_in_numbers_alone() -> None:
    lines = ["the last words", *[f"2026-01-01 connect() *{i} refused" for i in range(90)], "the end"]
    assert logs.tail(lines, 20) == ("the last words", "2026-01-01 connect() *89 refused", "the end")
