"""The gRPC port: the real protocol when grpcio is installed, else a listener that only accepts connections.

Emulated: PredictionService Predict and GetModelMetadata; ModelService GetModelStatus and HandleReloadConfigRequest;
the health service's Check. Everything else, reflection and the profiler included, answers UNIMPLEMENTED.
"""

from __future__ import annotations

import importlib
import os
import socket
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import log, tensor
from .core import ModelSpec, ServerCore
from .metrics import Metrics
from .protos import message
from .savedmodel import DEFAULT_SIGNATURE
from .status import Code, StatusError, invalid

_SERVING = "tensorflow.serving"


@dataclass(frozen=True, slots=True)
class GrpcOptions:
    """Where to listen (`port` 0 and an empty `socket_path` mean not there) and how."""

    port: int
    socket_path: str
    tls: Any  # SSLConfig message, or None for plain text
    health: bool
    threads: int


class ListenError(Exception):
    """An address of the gRPC server could not be bound, or its TLS files were refused."""


def start(options: GrpcOptions, core: ServerCore, metrics: Metrics) -> object:
    """Open the gRPC listeners; return what must be kept alive. Raises ListenError."""
    try:
        grpc = importlib.import_module("grpc")
    except ImportError:
        return _accept_only(options)
    server = grpc.server(
        ThreadPoolExecutor(max_workers=max(options.threads, 1)),
        options=(("grpc.max_receive_message_length", 2**31 - 1), ("grpc.max_send_message_length", 2**31 - 1)),
    )
    server.add_generic_rpc_handlers(_handlers(grpc, _Services(core, metrics), options.health))
    for address in _addresses(options):
        try:
            if options.tls is None:
                bound = server.add_insecure_port(address)
            else:
                bound = server.add_secure_port(address, _credentials(grpc, options.tls))
        except RuntimeError:
            bound = 0
        if not bound:
            raise ListenError(address)
    server.start()
    return server


def _addresses(options: GrpcOptions) -> list[str]:
    addresses = [f"0.0.0.0:{options.port}"] if options.port else []
    return addresses + ([f"unix:{options.socket_path}"] if options.socket_path else [])


def _credentials(grpc: Any, tls: Any) -> Any:
    return grpc.ssl_server_credentials(
        [(tls.server_key.encode(), tls.server_cert.encode())],
        root_certificates=tls.custom_ca.encode() or None,
        require_client_auth=tls.client_verify and bool(tls.custom_ca),
    )


def _handlers(grpc: Any, services: _Services, health: bool) -> tuple[Any, ...]:
    def unary(function: Callable[[Any], Any], request: str, response: str) -> Any:
        def call(received: Any, context: Any) -> Any:
            try:
                return function(received)
            except StatusError as problem:
                context.abort(list(grpc.StatusCode)[problem.code], problem.message)

        return grpc.unary_unary_rpc_method_handler(
            call,
            request_deserializer=message(request).FromString,
            response_serializer=lambda reply: reply.SerializeToString(),
        )

    def handlers(service: str, methods: dict[str, tuple[Callable[[Any], Any], str, str]]) -> Any:
        return grpc.method_handlers_generic_handler(service, {name: unary(*rest) for name, rest in methods.items()})

    def names(prefix: str) -> tuple[str, str]:
        return f"{_SERVING}.{prefix}Request", f"{_SERVING}.{prefix}Response"

    found = [
        handlers(
            f"{_SERVING}.PredictionService",
            {
                "Predict": (services.predict, *names("Predict")),
                "GetModelMetadata": (services.metadata, *names("GetModelMetadata")),
            },
        ),
        handlers(
            f"{_SERVING}.ModelService",
            {
                "GetModelStatus": (services.status, *names("GetModelStatus")),
                "HandleReloadConfigRequest": (services.reload, *names("ReloadConfig")),
            },
        ),
    ]
    if health:
        messages = "grpc.health.v1.HealthCheckRequest", "grpc.health.v1.HealthCheckResponse"
        found.append(handlers("grpc.health.v1.Health", {"Check": (_health, *messages)}))
    return tuple(found)


def _health(request: Any) -> Any:
    """Say SERVING for the two services named at start, whatever the models do (server.cc:419-424)."""
    if request.service not in ("", "ModelService", "PredictionService"):
        raise StatusError(Code.NOT_FOUND, "")
    return message("grpc.health.v1.HealthCheckResponse")(status=1)


def _spec(proto: Any) -> ModelSpec:
    choice = proto.WhichOneof("version_choice")
    return ModelSpec(
        proto.name,
        proto.version.value if choice == "version" else None,
        proto.version_label if choice == "version_label" else None,
    )


class _Services:
    """The methods, one message in and one message out."""

    def __init__(self, core: ServerCore, metrics: Metrics) -> None:
        self._core = core
        self._metrics = metrics

    def predict(self, request: Any) -> Any:
        return self._metrics.counted(request.model_spec.name, lambda: self._predict(request))

    def _predict(self, request: Any) -> Any:
        if not request.HasField("model_spec"):
            raise invalid("Missing ModelSpec")
        model, version = self._core.model(_spec(request.model_spec))
        name = request.model_spec.signature_name or DEFAULT_SIGNATURE
        inputs = {alias: tensor.from_proto(value) for alias, value in request.inputs.items()}
        outputs = model.predict(name, inputs)
        for alias in request.output_filter:
            if alias not in outputs:
                known = ",".join(sorted(outputs))
                raise invalid(
                    f"output tensor alias not found in signature: {alias} "
                    f"Outputs expected to be in the set {{{known}}}."
                )
        response = message(f"{_SERVING}.PredictResponse")()
        response.model_spec.name = request.model_spec.name
        response.model_spec.signature_name = name
        response.model_spec.version.value = version
        for alias, value in outputs.items():
            if not request.output_filter or alias in request.output_filter:
                response.outputs[alias].CopyFrom(tensor.to_proto(value))
        return response

    def metadata(self, request: Any) -> Any:
        if not request.HasField("model_spec"):
            raise invalid("Missing ModelSpec")
        if not request.metadata_field:
            raise invalid("GetModelMetadataRequest must specify at least one metadata_field")
        for field in request.metadata_field:
            if field != "signature_def":
                raise invalid(f"Metadata field {field} is not supported")
        model, version = self._core.model(_spec(request.model_spec))
        response = message(f"{_SERVING}.GetModelMetadataResponse")()
        response.model_spec.name = request.model_spec.name
        response.model_spec.version.value = version
        signatures = message(f"{_SERVING}.SignatureDefMap")()
        for name, definition in model.signatures.items():
            signatures.signature_def[name].CopyFrom(definition)
        packed = response.metadata["signature_def"]
        packed.type_url = f"type.googleapis.com/{_SERVING}.SignatureDefMap"
        packed.value = signatures.SerializeToString()
        return response

    def status(self, request: Any) -> Any:
        if not request.HasField("model_spec"):
            raise invalid("Missing ModelSpec")
        response = message(f"{_SERVING}.GetModelStatusResponse")()
        for servable in self._core.status(_spec(request.model_spec)):
            entry = response.model_version_status.add(version=servable.version, state=servable.state)
            entry.status.SetInParent()
            if servable.error is not None:
                entry.status.error_code = servable.error.code
                entry.status.error_message = servable.error.message
        return response

    def reload(self, request: Any) -> Any:
        config = request.config
        try:
            if config.WhichOneof("config") != "model_config_list":
                raise invalid(
                    "ServerModelConfig type not supported by HandleReloadConfigRequest. Only ModelConfigList is "
                    "currently supported"
                )
            self._core.reload(config)
        except StatusError as problem:
            log.error("model_servers/model_service_impl.cc:77", f"ReloadConfig failed: {problem.message}")
            raise
        response = message(f"{_SERVING}.ReloadConfigResponse")()
        response.status.SetInParent()
        return response


def _accept_only(options: GrpcOptions) -> object:
    log.emulator("grpcio is not installed: the gRPC addresses accept connections and close them, no gRPC is spoken")
    if options.tls is not None:
        log.emulator("--ssl_config_file was read and checked, but TLS on the gRPC port needs grpcio too")
    listeners = []
    try:
        if options.port:
            listeners.append(_tcp(options.port))
        if options.socket_path:
            listeners.append(_unix(options.socket_path))
    except OSError as problem:
        raise ListenError(str(problem)) from None
    for listener in listeners:
        threading.Thread(target=_accept_and_close, args=(listener,), daemon=True).start()
    return listeners


def _tcp(port: int) -> socket.socket:
    """Bind the wildcard address of both families, shared with other servers of the same user (SO_REUSEPORT)."""
    for family, host in ((socket.AF_INET6, "::"), (socket.AF_INET, "")):
        listener: socket.socket | None = None
        try:
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if hasattr(socket, "SO_REUSEPORT"):
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            listener.bind((host, port & 0xFFFF))
            listener.listen(128)
        except OSError:
            if listener is not None:
                listener.close()
            if family == socket.AF_INET:
                raise
        else:
            return listener
    raise OSError(f"cannot bind port {port}")


def _unix(path: str) -> socket.socket:
    with suppress(FileNotFoundError):
        if stat.S_ISSOCK(Path(path).stat().st_mode):
            Path(path).unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(os.fspath(path))
    listener.listen(128)
    return listener


def _accept_and_close(listener: socket.socket) -> None:
    while True:
        with suppress(OSError):
            listener.accept()[0].close()
