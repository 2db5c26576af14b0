"""The token that a server is given is told to the gateway that presents it, and is not the callers'."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.llama_server.conftest import registered
from wizard.exposure.reach import reach
from wizard.host import Host
from wizard.machine import tokens
from wizard.placement.resolve import resolve
from wizard.plan import Plan

__all__ = ["registered"]

ANSWERS = {
    "server": "llama-server",
    "models": [{"name": "m", "path": "/models/m.gguf"}],
    "bind": {"inference": {"scope": "loopback"}},
    "cors": {"inference": {"origins": ["https://a.example", "https://b.example"]}},
    "auth": {"inference": "gateway-token"},
}


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("run", [{"how": "native"}, {"how": "docker", "network": "host"}])
def test_a_server_beside_its_gateway_asks_for_the_key_that_it_was_given(tmp_path: Path, run: dict[str, str]) -> None:
    deployment = resolve(Plan.model_validate({**ANSWERS, "run": run}), Host())
    assert deployment.presented
    assert tokens.ensure(deployment, tmp_path) == ("secrets/inference.token",), "callers never see the server's key"
    key = (tmp_path / "secrets" / "server.keys").read_text().strip()
    line = tmp_path / "secrets" / "inference_presented.map"
    assert line.read_text() == f'default "Bearer {key}";\n'
    assert line.stat().st_mode & 0o777 == 0o600
    assert tokens.read(deployment, tmp_path)["inference"] != key
    cells = {cell.audience: cell.send for cell in reach(deployment) if cell.api == "inference"}
    assert (cells["local-users"], cells["page-other"], cells["page-rebinding"]) == ("no", "no", "no")


@pytest.mark.usefixtures("registered")
def test_of_several_keys_the_first_is_presented(tmp_path: Path) -> None:
    deployment = resolve(Plan.model_validate({**ANSWERS, "run": {"how": "native"}}), Host())
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "server.keys").write_text("one-key\nanother-key\n")
    tokens.ensure(deployment, tmp_path)
    assert (tmp_path / "secrets" / "inference_presented.map").read_text() == 'default "Bearer one-key";\n'
