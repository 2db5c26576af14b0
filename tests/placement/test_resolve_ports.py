"""Where a native server moves when the gateway takes its port."""

from __future__ import annotations

from wizard.placement.endpoints import moved


def test_a_moved_port_is_another_one_and_no_outgoing_connection_has_it() -> None:
    for port in range(1, 65_536):
        assert 1 <= moved(port) <= 65_535
        assert moved(port) != port
        if port < 42_768:
            assert moved(port) < 32_768
    assert (moved(8080), moved(8501)) == (18080, 18501)
