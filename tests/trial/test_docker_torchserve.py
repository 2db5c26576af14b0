"""The intents, started for real in Docker and probed: TorchServe.

With all probes too, I7 and I9 are in tests/browser; I1 with its token, and a gateway's token from a page, in
test_every_container_listener.
"""

from __future__ import annotations

import pytest

from tests.trial.conftest import Try, assert_agrees
from wizard.machine import hostfacts

pytestmark = pytest.mark.images("pytorch/torchserve:0.12.0-cpu", "pytorch/torchserve:0.9.0-cpu", "nginx:1.28-alpine")


PAGE = '["https://app.example"]'
TWO = '["https://app.example", "http://localhost:3000"]'
TOKEN = '[auth]\ninference = "server-token"\nmanagement = "server-token"\n'
NO_TOKEN = '[auth]\ninference = "none"\nmanagement = "none"\n'
OWN = next(iter(hostfacts.measure().own_addresses), None)

TORCHSERVE = {
    "I1 token off": NO_TOKEN,
    "I3 token off": f'[bind.inference]\nscope = "all"\n{NO_TOKEN}',
    "I3 token on": f'[bind.inference]\nscope = "all"\n{TOKEN}',
    "I4 token off": f'[bind.inference]\nscope = "internal"\n{NO_TOKEN}',
    "I6 token off": f"[cors.inference]\norigins = {PAGE}\n{NO_TOKEN}",
    "I8 token off": f'[cors.inference]\norigins = ["*"]\n{NO_TOKEN}',
    "I10 server token from a page": (
        f'[cors.inference]\norigins = {PAGE}\nheaders = ["content-type", "authorization"]\n{TOKEN}'
    ),
    "I11 TLS by the server": f'[tls]\nmode = "self-signed"\n{NO_TOKEN}',
    "I11 TLS by the gateway": f'[tls]\nmode = "self-signed"\n[gateway]\nkind = "nginx"\n{NO_TOKEN}',
    "I12 gRPC, metrics and management on this machine": (
        '[bind.grpc]\nscope = "loopback"\n[bind.metrics]\nscope = "loopback"\n[bind.management]\nscope = "loopback"\n'
        + TOKEN
    ),
    "I14 model baked into an image": f'[run]\npackaging = "image"\n{NO_TOKEN}',
}
if OWN:
    TORCHSERVE["I2 token off"] = f'[bind.inference]\nscope = "interface"\naddress = "{OWN.address}"\n{NO_TOKEN}'


@pytest.mark.parametrize("name", TORCHSERVE)
def test_torchserve_is_as_predicted(try_it: Try, name: str) -> None:
    assert_agrees(try_it("torchserve", TORCHSERVE[name]))


OLDER = {
    **{name: TORCHSERVE[name] for name in ("I1 token off", "I6 token off", "I8 token off")},
    "I7 two origins with cookies and a header": (
        f'[cors.inference]\norigins = {TWO}\ncredentials = true\nheaders = ["content-type", "x-trace"]\n{NO_TOKEN}'
    ),
}


@pytest.mark.parametrize("name", OLDER)
def test_torchserve_0_9_0_is_as_predicted(try_it: Try, name: str) -> None:
    assert_agrees(try_it("torchserve", OLDER[name], "--set", "version=0.9.0"))
