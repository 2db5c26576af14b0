"""The gRPC port, spoken to with grpcio as a client; messages are built from the emulator's own table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import until
from wizard.servers.tensorflow_serving.emulator import tensor
from wizard.servers.tensorflow_serving.emulator.protos import message
from wizard.servers.tensorflow_serving.emulator.tensor import TensorValue

from .conftest import entry, models_config
from .harness import Server

grpc: Any = pytest.importorskip("grpc")
Running = Callable[[str], Server]
SERVING = "tensorflow.serving"


def call(channel: Any, service: str, method: str, request: Any, reply: str, **options: Any) -> Any:
    function = channel.unary_unary(
        f"/{service}/{method}",
        request_serializer=lambda value: value.SerializeToString(),
        response_deserializer=message(reply).FromString,
    )
    return function(request, timeout=20, **options)


@contextmanager
def channel_to(server: Server) -> Iterator[Any]:
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        yield channel


def predict(channel: Any, value: TensorValue, **spec: Any) -> Any:
    request = message(f"{SERVING}.PredictRequest")()
    request.model_spec.name = spec.pop("name", "m")
    if "version" in spec:
        request.model_spec.version.value = spec["version"]
    if "label" in spec:
        request.model_spec.version_label = spec["label"]
    request.inputs["x"].CopyFrom(tensor.to_proto(value))
    return call(channel, f"{SERVING}.PredictionService", "Predict", request, f"{SERVING}.PredictResponse")


FLOATS = TensorValue(tensor.FLOAT, (3, 1), (1.0, 2.0, 5.0))


@pytest.mark.row("grpc-predict")
def test_predict(running: Running) -> None:
    with channel_to(running("labels")) as channel:
        for spec, version in (({}, 2), ({"version": 1}, 1), ({"label": "stable"}, 1)):
            reply = predict(channel, FLOATS, **spec)
            assert tensor.from_proto(reply.outputs["y"]) == TensorValue(tensor.FLOAT, (3, 1), (2.5, 3.0, 4.5))
            assert reply.model_spec.version.value == version
            assert reply.model_spec.signature_name == "serving_default"
        with pytest.raises(grpc.RpcError) as problem:
            predict(channel, FLOATS, name="x")
    assert problem.value.code() == grpc.StatusCode.NOT_FOUND
    assert problem.value.details() == "Servable not found for request: Latest(x)"


@pytest.mark.row("grpc-type-strict")
def test_a_wrong_type_is_refused(running: Running) -> None:
    with channel_to(running("labels")) as channel, pytest.raises(grpc.RpcError) as problem:
        predict(channel, TensorValue(tensor.INT64, (1, 1), (1,)))
    assert problem.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "Expects arg[0] to be float but int64 is provided" in problem.value.details()


@pytest.mark.row("grpc-status-and-metadata")
def test_status_and_metadata(running: Running) -> None:
    request = message(f"{SERVING}.GetModelStatusRequest")()
    request.model_spec.name = "m"
    with channel_to(running("labels")) as channel:
        service = f"{SERVING}.ModelService"
        reply = call(channel, service, "GetModelStatus", request, f"{SERVING}.GetModelStatusResponse")
        assert [(one.version, one.state) for one in reply.model_version_status] == [(2, 30), (1, 30)]
        asked = message(f"{SERVING}.GetModelMetadataRequest")(metadata_field=["signature_def"])
        asked.model_spec.name = "m"
        service = f"{SERVING}.PredictionService"
        reply = call(channel, service, "GetModelMetadata", asked, f"{SERVING}.GetModelMetadataResponse")
    signatures = message(f"{SERVING}.SignatureDefMap").FromString(reply.metadata["signature_def"].value)
    assert set(signatures.signature_def) >= {"serving_default", "plus_three"}


@pytest.mark.row("grpc-reload")
def test_anyone_may_reload(start: Callable[..., Server], models: Path, tmp_path: Path) -> None:
    config = tmp_path / "c"
    config.write_text(models_config(entry("a", models)))
    server = start("--port={port}", "--rest_api_port={rest}", f"--model_config_file={config}")
    server.wait_output("Exporting HTTP/REST API")
    request = message(f"{SERVING}.ReloadConfigRequest")()
    request.config.model_config_list.config.add(name="b", base_path=str(models), model_platform="tensorflow")
    reply_name = f"{SERVING}.ReloadConfigResponse"
    with channel_to(server) as channel:
        service, method = f"{SERVING}.ModelService", "HandleReloadConfigRequest"
        assert call(channel, service, method, request, reply_name).status.error_code == 0
        assert server.request("GET", "/v1/models/b").status == 200
        until(lambda: '"END"' in server.request("GET", "/v1/models/a").text, "the old model to go")
        request.config.model_config_list.config[0].base_path = "relative"
        with pytest.raises(grpc.RpcError) as problem:
            call(channel, service, method, request, reply_name)
    assert problem.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert server.request("GET", "/v1/models/b").status == 200


@pytest.mark.row("grpc-health")
def test_health_by_flag(running: Running) -> None:
    request, reply = message("grpc.health.v1.HealthCheckRequest"), "grpc.health.v1.HealthCheckResponse"
    service = "grpc.health.v1.Health"
    with channel_to(running("labels")) as channel:
        for name in ("ModelService", "PredictionService"):
            assert call(channel, service, "Check", request(service=name), reply).status == 1
        with pytest.raises(grpc.RpcError) as problem:
            call(channel, service, "Check", request(service="other"), reply)
        assert problem.value.code() == grpc.StatusCode.NOT_FOUND
    with channel_to(running("plain")) as channel, pytest.raises(grpc.RpcError) as problem:
        call(channel, service, "Check", request(service="ModelService"), reply)
    assert problem.value.code() == grpc.StatusCode.UNIMPLEMENTED


def self_signed() -> tuple[str, str]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()


def quoted(text: str) -> str:
    return '"' + text.replace("\n", "\\n") + '"'


@pytest.mark.row("tls-grpc-only")
def test_tls_on_grpc_alone(start: Callable[..., Server], models: Path, tmp_path: Path) -> None:
    key, certificate = self_signed()
    file = tmp_path / "tls"
    file.write_text(f"server_key: {quoted(key)}\nserver_cert: {quoted(certificate)}\n")
    server = start(
        "--port={port}",
        "--rest_api_port={rest}",
        "--model_name=m",
        f"--model_base_path={models}",
        f"--ssl_config_file={file}",
    )
    server.wait_output("Exporting HTTP/REST API")
    server.wait_output("Using SSL credentials")
    credentials = grpc.ssl_channel_credentials(certificate.encode())
    with grpc.secure_channel(f"localhost:{server.port}", credentials) as channel:
        assert predict(channel, FLOATS).model_spec.version.value == 2
    with channel_to(server) as channel, pytest.raises(grpc.RpcError) as problem:
        predict(channel, FLOATS)
    assert problem.value.code() == grpc.StatusCode.UNAVAILABLE
    assert server.request("GET", "/v1/models/m").status == 200


@pytest.mark.row("tls-file-with-paths")
def test_paths_in_the_tls_file_are_refused(start: Callable[..., Server], models: Path, tmp_path: Path) -> None:
    file = tmp_path / "tls"
    file.write_text('server_key: "/etc/server.key"\nserver_cert: "/etc/server.crt"\n')
    server = start("--port={port}", "--model_name=m", f"--model_base_path={models}", f"--ssl_config_file={file}")
    assert server.wait_exit() == 255
    assert "Failed to start server. Error: INVALID_ARGUMENT: Failed to BuildAndStart gRPC server" in server.stdout
