"""Native trials: the written run.sh is run. TensorFlow Serving is the emulator here, and the report says so."""

from __future__ import annotations

import pytest

from tests.trial.conftest import Try, assert_agrees

NATIVE = '[run]\nhow = "native"\n'
PAGE = '["https://app.example"]'


@pytest.mark.nginx
@pytest.mark.parametrize(
    "tables",
    [
        "",
        '[bind.inference]\nscope = "all"\n',
        f"[cors.inference]\norigins = {PAGE}\ncredentials = true\n",
        f'[cors.inference]\norigins = {PAGE}\nheaders = ["content-type", "authorization"]\n'
        '[auth]\ninference = "gateway-token"\n',
        '[tls]\nmode = "self-signed"\n',
    ],
    ids=["I1", "I3", "I7", "I10", "I11"],
)
def test_emulated_native_tensorflow_serving_is_as_predicted(try_it: Try, tables: str) -> None:
    _, _, said = result = try_it("tensorflow-serving", NATIVE + tables)
    assert_agrees(result)
    assert "emulation" in said
