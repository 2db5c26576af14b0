"""How the server process is run."""

from __future__ import annotations

from wizard.deployment import Deployment, Mount, Process
from wizard.servers.host_files import setting_mounts
from wizard.servers.tensorflow_serving import adjustable, layout

BINARY = "tensorflow_model_server"
USER = "65534:65534"
"""Nobody. The image's own user is root; the ports are above 1024, so root is not needed."""
_RETRY_MICROS = 2_000_000
"""Five retries two seconds apart: a broken model is reported after ten seconds, not after five minutes, and a version
folder that is still being copied is given time."""
_PIDS = 2048
"""Docker counts threads. For each CPU the server makes four for REST, up to four for gRPC, and TensorFlow's own."""

_RETRY = f"--load_retry_interval_micros={_RETRY_MICROS}"
_LABELS = "--allow_version_labels_for_unavailable_models=true"
_NOTES = (
    ("--port=0", "No port for gRPC, only the socket file that follows."),
    ("user", "Nobody. The image's own user is root."),
    ("--enable_profiler=false", "Otherwise whoever reaches gRPC may also profile the server."),
    (_RETRY, "A model that cannot be loaded is reported after ten seconds, not after five minutes."),
    (_LABELS, "Otherwise the models.config that is read first may not have labels."),
)


def process(deployment: Deployment, image: str) -> Process:
    """The server's process; `image` is used in Docker only."""
    if deployment.plan.native:
        words = arguments(deployment)
        notes = tuple(note for note in _NOTES if note[0] in words)
        return Process("server", "", (BINARY, *words), read_only_root=False, notes=notes)
    socket = _socket_mount(deployment)
    return Process(
        name="server",
        image=image,
        command=arguments(deployment),
        # A socket belongs to the user who made it, and nobody else may connect to it.
        user=USER if socket is None else f"{deployment.host.uid}:{deployment.host.gid}",
        mounts=(*_mounts(deployment), *([socket] if socket else [])),
        tmpfs=(("/tmp", "rw,nosuid,nodev,noexec,size=64m"),),  # noqa: S108 - a path in the container
        pids=_PIDS,
        notes=_NOTES if socket is None else tuple(note for note in _NOTES if note[0] != "user"),
    )


def arguments(deployment: Deployment) -> tuple[str, ...]:
    """The flags. In the image they come after those of its entrypoint, and the last flag with a name wins."""
    plan = deployment.plan
    found = [
        f"--model_config_file={layout.config_path(plan, layout.MODELS_CONFIG)}",
        f"--rest_api_port={layout.rest_port(deployment)}",
        *_grpc(deployment),
        "--enable_profiler=false",
        _RETRY,
    ]
    if layout.cors_on(deployment):
        found.append("--rest_api_enable_cors_support=true")
    if layout.metrics_on(deployment):
        found.append(f"--monitoring_config_file={layout.config_path(plan, layout.MONITORING_CONFIG)}")
    if any(model.labels for model in plan.models):
        found.append(_LABELS)
    return (*found, *adjustable.arguments(plan))


def _grpc(deployment: Deployment) -> tuple[str, ...]:
    endpoint = deployment.endpoint("grpc")
    if endpoint is None:
        return ()
    path = layout.socket_path(endpoint)
    if path is None:
        return (f"--port={endpoint.backend_port}",)
    return ("--port=0", f"--grpc_socket_path={path}")


def _mounts(deployment: Deployment) -> tuple[Mount, ...]:
    files = [layout.MODELS_CONFIG, *([layout.MONITORING_CONFIG] if layout.metrics_on(deployment) else [])]
    plan = deployment.plan
    written = (layout.config_mount(name) for name in files)
    return (*written, *map(layout.model_mount, plan.models), *setting_mounts(adjustable.adjustable(), plan))


def _socket_mount(deployment: Deployment) -> Mount | None:
    listener, endpoint = deployment.plan.listener("grpc"), deployment.endpoint("grpc")
    if listener is None or endpoint is None or listener.scope != "socket":
        return None
    folder = (layout.socket_path(endpoint) or "").rpartition("/")[0]
    return Mount(listener.address.rpartition("/")[0] or "/", folder, read_only=False)
