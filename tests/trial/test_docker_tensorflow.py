"""The intents, started in Docker and probed: TensorFlow Serving, as its emulation where the image is the test image.

I1 and I4, with all probes too, are two presets in test_every_container_listener.
"""

from __future__ import annotations

import pytest

from tests.trial.conftest import Try, assert_agrees

pytestmark = pytest.mark.images("tensorflow/serving:2.19.1", "nginx:1.28-alpine")

PAGE = '["https://app.example"]'
TWO = '["https://app.example", "http://localhost:3000"]'
TENSORFLOW = {
    "I3": '[bind.inference]\nscope = "all"\n',
    "I4 behind a gateway": '[bind.inference]\nscope = "internal"\n[auth]\ninference = "gateway-token"\n',
    "I6": f"[cors.inference]\norigins = {PAGE}\n",
    "I7": f"[cors.inference]\norigins = {TWO}\ncredentials = true\n",
    "I8": '[cors.inference]\norigins = ["*"]\n',
    "I10": (
        f'[cors.inference]\norigins = {PAGE}\nheaders = ["content-type", "authorization"]\n'
        '[auth]\ninference = "gateway-token"\n'
    ),
    "I11": '[tls]\nmode = "self-signed"\n',
    "I12": '[bind.grpc]\nscope = "loopback"\n',
}


@pytest.mark.parametrize("name", TENSORFLOW)
def test_emulated_tensorflow_serving_is_as_predicted(try_it: Try, name: str) -> None:
    assert_agrees(try_it("tensorflow-serving", TENSORFLOW[name]))
