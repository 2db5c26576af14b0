"""Start-up in the server's order, with its log lines and exit codes (main.cc, server.cc at 2.20.0)."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn

from . import config, grpc_service, http, log
from .core import CoreOptions, ServerCore, repeat
from .flags import Parsed, Value, known_flags, parse, release, usage
from .metrics import DEFAULT_PATH, Metrics
from .protos import message
from .rest import Rest
from .status import StatusError, invalid

VERSION_VARIABLE = "SERVING_WIZARD_EMULATED_VERSION"
DEFAULT_VERSION = "2.19.1"
OLDEST, NEWEST = "2.5.1", "2.21.0"
LABEL = "Serving Wizard emulator, NOT TensorFlow Serving"
FAILURE = 255
_WHERE = "model_servers/server.cc"

# Flags that are taken and checked, and then change nothing here.
_WITHOUT_EFFECT = (
    "enable_batching",
    "platform_config_file",
    "tensorflow_session_config_file",
    "thread_pool_factory_config_file",
    "mixed_precision",
    "grpc_channel_arguments",
    "use_alts_credentials",
    "prefer_tflite_model",
)


@dataclass(frozen=True, slots=True)
class EmulatedFlags:
    """The flags by name; one that the emulated release does not know reads as its empty value."""

    values: dict[str, Value]

    def text(self, name: str) -> str:
        return str(self.values.get(name, ""))

    def number(self, name: str) -> int:
        return int(self.values.get(name, 0))

    def on(self, name: str) -> bool:
        return bool(self.values.get(name, False))


def main() -> NoReturn:
    """Run the server until it is killed; exits with 255 when it cannot start."""
    # Python would turn Ctrl-C into an exception; the real server simply dies of the signal.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    version = _emulated_version()
    log.emulator(f"This is the {LABEL} {version}: an emulation of tensorflow_model_server for trials and tests")
    parsed = _command_line(version)
    try:
        kept = build_and_start(EmulatedFlags(parsed.values), release(version))
    except StatusError as problem:
        _print(f"Failed to start server. Error: {problem}\n")
        _exit(FAILURE)
    while kept:
        time.sleep(3600)
    _exit(0)


def _emulated_version() -> str:
    version = os.environ.get(VERSION_VARIABLE) or DEFAULT_VERSION
    try:
        known = release(OLDEST) <= release(version) <= release(NEWEST)
    except ValueError:
        known = False
    if not known:
        log.emulator(f"{VERSION_VARIABLE}={version} is not a release from {OLDEST} to {NEWEST}", "E")
        _exit(FAILURE)
    return version


def _command_line(version: str) -> Parsed:
    flags = known_flags(version)
    parsed = parse(sys.argv[1:], flags)
    if not parsed.ok:
        _print(usage(flags))
        _exit(FAILURE)
    if parsed.values["version"]:
        _print(f"TensorFlow ModelServer: {version} ({LABEL})\nTensorFlow Library: none ({LABEL})\n")
        _exit(0)
    if parsed.unknown:
        _print(f"unknown argument: {parsed.unknown[0]}\n{usage(flags)}")
    return parsed


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _exit(code: int) -> NoReturn:
    """End at once: threads may be waiting for a model that never comes."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def build_and_start(flags: EmulatedFlags, version: tuple[int, ...]) -> list[object]:
    """Load the models, then open the ports; return what must be kept alive. Raises StatusError."""
    _check(flags)
    models = _model_config(flags)
    _check_batching(flags)
    for name in _WITHOUT_EFFECT:
        if flags.values.get(name):
            log.emulator(f"--{name} has no effect in this emulation")
    core = ServerCore(_core_options(flags))
    core.reload(models)
    pause = flags.number("model_config_file_poll_wait_seconds")
    path = flags.text("model_config_file")
    if pause > 0 and path:
        repeat(partial(core.poll_config, path), pause)
    metrics = Metrics()
    return [_start_grpc(flags, core, metrics), _start_rest(flags, core, metrics, version)]


def _check(flags: EmulatedFlags) -> None:
    if flags.number("port") == 0 and not flags.text("grpc_socket_path"):
        raise invalid("At least one of server_options.grpc_port or server_options.grpc_socket_path must be set.")
    if flags.on("use_alts_credentials") and flags.text("ssl_config_file"):
        raise invalid("Either use_alts_credentials or ssl_config_file can be set, not both.")
    if not flags.text("model_base_path") and not flags.text("model_config_file"):
        raise invalid("Both server_options.model_base_path and server_options.model_config_file are empty!")


def _model_config(flags: EmulatedFlags) -> Any:
    path = flags.text("model_config_file")
    if path:
        return config.read_text_proto(path, "tensorflow.serving.ModelServerConfig")
    return config.single_model(flags.text("model_name"), flags.text("model_base_path"))


def _check_batching(flags: EmulatedFlags) -> None:
    platform = flags.text("platform_config_file")
    if platform:
        try:
            with open(platform, "rb"):  # noqa: PTH123 - only whether it can be read
                return
        except OSError as problem:
            raise invalid(f"{platform}; {problem.strerror}") from None
    batching = flags.text("batching_parameters_file")
    if batching and not flags.on("enable_batching"):
        raise invalid(
            "server_options.batching_parameters_file is set without setting server_options.enable_batching to true."
        )
    if batching:
        config.read_text_proto(batching, "tensorflow.serving.BatchingParameters")
    names = ("intra_op", "inter_op", "session")
    if all(flags.number(f"tensorflow_{name}_parallelism") > 0 for name in names):
        raise invalid(
            "Either configure server_options.tensorflow_session_parallelism or "
            "(server_options.tensorflow_intra_op_parallelism, server_options.tensorflow_inter_op_parallelism) "
            "separately. You cannot configure all."
        )


def _core_options(flags: EmulatedFlags) -> CoreOptions:
    return CoreOptions(
        tags=tuple(tag for tag in flags.text("saved_model_tags").split(",") if tag),
        max_load_retries=max(flags.number("max_num_load_retries"), 0),
        load_retry_pause=max(flags.number("load_retry_interval_micros"), 0) / 1e6,
        poll_pause=flags.number("file_system_poll_wait_seconds"),
        labels_for_unavailable=flags.on("allow_version_labels_for_unavailable_models"),
    )


def _start_grpc(flags: EmulatedFlags, core: ServerCore, metrics: Metrics) -> object:
    options = grpc_service.GrpcOptions(
        port=flags.number("port"),
        socket_path=flags.text("grpc_socket_path"),
        tls=_tls(flags.text("ssl_config_file")),
        health=flags.on("enable_grpc_healthcheck_service"),
        threads=flags.number("grpc_max_threads"),
    )
    if flags.on("enable_profiler"):
        log.info(f"{_WHERE}:395", "Profiler service is enabled")
    try:
        server = grpc_service.start(options, core, metrics)
    except grpc_service.ListenError:
        if options.health:
            # The health service is taken from a server that does not exist (server.cc:417-428).
            signal.raise_signal(signal.SIGSEGV)
        raise invalid("Failed to BuildAndStart gRPC server") from None
    if options.port:
        log.info(f"{_WHERE}:430", f"Running gRPC ModelServer at 0.0.0.0:{options.port} ...")
    if options.socket_path:
        log.info(f"{_WHERE}:433", f"Running gRPC ModelServer at UNIX socket {options.socket_path} ...")
    return server


def _tls(path: str) -> Any:
    if not path:
        log.info(f"{_WHERE}:126", "Using InsecureServerCredentials")
        return None
    try:
        tls = config.read_text_proto(path, "tensorflow.serving.SSLConfig")
    except StatusError as problem:
        log.fatal(
            f"{_WHERE}:129",
            f"Non-OK-status: ParseProtoTextFile<SSLConfig>(ssl_config_file, &ssl_config)\nStatus: {problem}",
        )
    log.info(f"{_WHERE}:130", "Using SSL credentials")
    return tls


def _start_rest(flags: EmulatedFlags, core: ServerCore, metrics: Metrics, version: tuple[int, ...]) -> object:
    port = flags.number("rest_api_port")
    if port == 0:
        return None
    if port == flags.number("port"):
        log.error(
            f"{_WHERE}:455",
            "server_options.http_port cannot be same as grpc_port. Please use a different port for HTTP/REST API. "
            "Skipped exporting HTTP/REST API.",
        )
        return None
    monitoring = message("tensorflow.serving.MonitoringConfig")()
    if path := flags.text("monitoring_config_file"):
        monitoring = config.read_text_proto(path, "tensorflow.serving.MonitoringConfig")
    if monitoring.prometheus_config.enable:
        metrics.path = monitoring.prometheus_config.path or DEFAULT_PATH
    address = f"localhost:{port}"
    threads = flags.number("rest_api_num_threads")
    if threads < 1:
        log.fatal("core/platform/threadpool.cc:99", f"Check failed: num_threads >= 1 ({threads} vs. 1)")
    try:
        listener = http.listen(port)
    except OSError:
        log.error("util/net_http/server/internal/evhttp_server.cc:234", f"NET_LOG: Couldn't bind to port {port}")
        log.error(f"{_WHERE}:452", f"Failed to start HTTP Server at {address}")
        return None
    http.serve(listener, Rest(core, flags.on("rest_api_enable_cors_support"), metrics), threads, version)
    log.info(f"{_WHERE}:449", f"Exporting HTTP/REST API at:{address} ...")
    return listener
