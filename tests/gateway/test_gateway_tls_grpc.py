"""TLS, and gRPC with a real client against the emulator of TensorFlow Serving."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from tests.gateway.conftest import LISTED, Emulate, Start, guarded, straight
from tests.gateway.harness import APP, EVIL, Gate, insecure, read_answer
from tests.gateway.properties import readable
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.nginx
TLS = {"tls": {"mode": "self-signed"}, "cors": {"inference": LISTED}}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_tls_1_2_and_1_3_and_nothing_older(start: Start) -> None:
    gate = start(**TLS)
    assert handshake(gate, ssl.TLSVersion.TLSv1_2) == "TLSv1.2"
    assert handshake(gate, ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises((ssl.SSLError, OSError)):
            handshake(gate, old)


def handshake(gate: Gate, version: ssl.TLSVersion) -> str | None:
    context = insecure()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", gate.endpoint().host_port), timeout=PATIENCE) as link:
        return context.wrap_socket(link, server_hostname="localhost").version()


def test_the_same_rules_hold_over_tls(start: Start) -> None:
    gate = start(**TLS)
    readable(gate.ask(origin=APP), APP)
    assert gate.preflight(APP).status == 204
    assert gate.ask(origin=EVIL).status == 403
    assert gate.ask(host="evil.example").status == 421
    assert gate.seen() == 1


def test_plain_http_on_the_tls_port_is_refused(start: Start) -> None:
    gate = start(**TLS)
    with socket.create_connection(("127.0.0.1", gate.endpoint().host_port), timeout=PATIENCE) as link:
        link.sendall(b"GET /v1/models/half_plus_two HTTP/1.1\r\nHost: localhost\r\n\r\n")
        got = read_answer(link, "GET")
    assert got.status == 400
    assert gate.seen() == 0


def test_weak_ciphers_are_refused(start: Start) -> None:
    gate = start(**TLS)
    context = insecure()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    for name in ("AES128-SHA", "ECDHE-RSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"):
        context.set_ciphers(f"{name}:@SECLEVEL=0")
        with (
            socket.create_connection(("127.0.0.1", gate.endpoint().host_port), timeout=PATIENCE) as link,
            pytest.raises((ssl.SSLError, OSError)),
        ):
            context.wrap_socket(link, server_hostname="localhost")


PREDICTION = "/tensorflow.serving.PredictionService/Predict"
STATUS = "/tensorflow.serving.ModelService/GetModelStatus"
RELOAD = "/tensorflow.serving.ModelService/HandleReloadConfigRequest"
# GetModelStatusRequest with model_spec.name = "half_plus_two".
ASK_STATUS = b"\x0a\x0f\x0a\x0dhalf_plus_two"


def call(gate: Gate, method: str, body: bytes, *metadata: tuple[str, str]) -> grpc.StatusCode:
    endpoint = gate.endpoint("grpc")
    place = f"localhost:{endpoint.host_port}"
    if endpoint.tls:
        certificate = (gate.folder / "secrets" / "tls.crt").read_bytes()
        channel = grpc.secure_channel(place, grpc.ssl_channel_credentials(certificate))
    else:
        channel = grpc.insecure_channel(place)
    with channel:
        same: Callable[[bytes], bytes] = lambda data: data  # noqa: E731
        ask: Any = channel.unary_unary(method, request_serializer=same, response_deserializer=same)
        try:
            ask(body, timeout=PATIENCE, metadata=metadata)
        except grpc.RpcError as problem:
            return problem.code()
    return grpc.StatusCode.OK


@pytest.mark.parametrize("tls", ["off", "self-signed"])
def test_grpc_passes_known_calls_only(start: Start, emulator: Emulate, tls: str) -> None:
    parts = guarded(bind={"grpc": {"scope": "loopback"}}, tls={"mode": tls})
    gate = start(**parts, edit=straight, backends=False)
    emulator(gate.endpoint().backend_port, gate.endpoint("grpc").backend_port)
    right = ("authorization", f"Bearer {gate.tokens['grpc']}")
    assert call(gate, STATUS, ASK_STATUS, right) is grpc.StatusCode.OK
    assert call(gate, RELOAD, b"", right) is grpc.StatusCode.UNIMPLEMENTED
    for other in ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "/tensorflow.ProfilerService/Profile"):
        assert call(gate, other, b"", right) is grpc.StatusCode.UNIMPLEMENTED
    assert call(gate, STATUS, ASK_STATUS) is grpc.StatusCode.UNAUTHENTICATED
    assert call(gate, STATUS, ASK_STATUS, ("authorization", right[1].swapcase())) is grpc.StatusCode.UNAUTHENTICATED
    for page in (APP, EVIL, "null", "0"):
        assert call(gate, STATUS, ASK_STATUS, right, ("origin", page)) is grpc.StatusCode.PERMISSION_DENIED
    assert call(gate, PREDICTION, b"\x0a\x02\x0a\x00", right) is grpc.StatusCode.INVALID_ARGUMENT
    got = gate.ask("GET", "/v1/models/half_plus_two", APP)
    assert got.status == 200
    readable(got, APP)


def test_the_emulator_alone_would_have_reloaded(free_port: Callable[[], int], emulator: Emulate) -> None:
    """What the gateway withholds is really there: the bare server takes the call that replaces its models."""
    rest, port = free_port(), free_port()
    emulator(rest, port)
    with grpc.insecure_channel(f"localhost:{port}") as channel:
        same: Callable[[bytes], bytes] = lambda data: data  # noqa: E731
        ask: Any = channel.unary_unary(RELOAD, request_serializer=same, response_deserializer=same)
        try:
            ask(b"", timeout=PATIENCE)
            code = grpc.StatusCode.OK
        except grpc.RpcError as problem:
            code = problem.code()
    assert code is not grpc.StatusCode.UNIMPLEMENTED
