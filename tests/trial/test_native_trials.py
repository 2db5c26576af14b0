"""Native trials: the written run.sh is run. TensorFlow Serving is the emulator here, and the report says so.

I7, I9 and I10 of TorchServe, with all probes too, are in tests/browser.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.trial.conftest import Try, assert_agrees
from wizard.machine import hostfacts

NATIVE = '[run]\nhow = "native"\n'
PAGE = '["https://app.example"]'
NO_TOKEN = '[auth]\ninference = "none"\nmanagement = "none"\n'
TOKEN = '[auth]\ninference = "server-token"\nmanagement = "server-token"\n'
OWN = next((i.address for i in hostfacts.measure().own_addresses if i.family == 4), "127.0.0.2")


@pytest.mark.nginx
@pytest.mark.parametrize(
    "tables",
    [
        "",
        '[bind.inference]\nscope = "all"\n',
        '[bind.inference]\nscope = "internal"\n',
        f"[cors.inference]\norigins = {PAGE}\n",
        f"[cors.inference]\norigins = {PAGE}\ncredentials = true\n",
        '[cors.inference]\norigins = ["*"]\n',
        f'[cors.inference]\norigins = {PAGE}\nheaders = ["content-type", "authorization"]\n'
        '[auth]\ninference = "gateway-token"\n',
        '[tls]\nmode = "self-signed"\n',
    ],
    ids=["I1, I5", "I3", "I4", "I6", "I7", "I8", "I10", "I11"],
)
def test_emulated_native_tensorflow_serving_is_as_predicted(try_it: Try, tables: str) -> None:
    _, _, said = result = try_it("tensorflow-serving", NATIVE + tables)
    assert_agrees(result)
    assert "emulation" in said


@pytest.mark.torchserve
@pytest.mark.nginx
@pytest.mark.parametrize(
    "tables",
    [
        NO_TOKEN,
        '[bind.management]\nscope = "loopback"\n' + TOKEN,
        f'[bind.inference]\nscope = "interface"\naddress = "{OWN}"\n' + NO_TOKEN,
        f"[cors.inference]\norigins = {PAGE}\n" + NO_TOKEN,
        '[cors.inference]\norigins = ["*"]\n' + NO_TOKEN,
        '[tls]\nmode = "self-signed"\n' + NO_TOKEN,
    ],
    ids=["I1, I4, I5 token off", "I1 token on", "I2 token off", "I6 token off", "I8", "I11"],
)
def test_native_torchserve_is_as_predicted(
    try_it: Try, tables: str, torchserve: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{Path(torchserve).parent}:{os.environ['PATH']}")
    assert_agrees(try_it("torchserve", NATIVE + tables))
