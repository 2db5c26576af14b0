"""How the server process is run."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment import Deployment, Mount, Process
from wizard.servers.host_files import tls_files
from wizard.servers.torchserve import layout

_COMMAND = "torchserve"
_IMAGE_UID = 1000
"""The image's own user, model-server."""
_PIDS = 2048
"""Docker counts threads. Java and PyTorch each make several for every CPU of the machine."""

_NOTES = (
    ("entrypoint", "Instead of the image's script, which goes on when the server has ended."),
    ("--ncs", "No snapshot: without it, the settings of an earlier run may win over the file."),
    ("TS_CONFIG_FILE", "It would win over --ts-config, so both name the same file."),
    ("TEMP", "Where archives are unpacked."),
    ("LOG_LOCATION", "The log files; the same lines are in the container's log."),
    ("working_dir", "The server writes what it makes, such as tokens, into the folder it is started in."),
    (layout.TEMP, "Unpacked archives. Not noexec: Java loads a library of its own from here."),
    (layout.WORKFLOWS, "Empty, and nobody may write here, so no workflow can be registered."),
)


def process(deployment: Deployment, image: str) -> Process:
    """The server's process; `image` is used only in Docker.

    In Docker, the command replaces the image's entrypoint, which adds --disable-token-auth to `serve`, evaluates
    anything else as shell text, and keeps running after the server has died. TS_CONFIG_FILE would win over --ts-config,
    so both name the same file.
    """
    if deployment.plan.native:
        return _native(deployment)
    uid, gid = _owner(deployment)
    return Process(
        name="server",
        image=image,
        entrypoint=(_COMMAND,),
        command=_arguments(deployment, layout.CONFIG_PATH, layout.WORKFLOWS),
        environment=(
            ("TS_CONFIG_FILE", layout.CONFIG_PATH),
            ("TEMP", layout.TEMP),
            ("LOG_LOCATION", layout.LOGS),
            ("METRICS_LOCATION", layout.LOGS),
        ),
        user="" if uid == _IMAGE_UID else f"{uid}:{gid}",
        working_dir=layout.RUN,
        mounts=tuple(_mounts(deployment)),
        tmpfs=_tmpfs(uid, gid),
        pids=_PIDS,
        notes=_NOTES,
    )


def _native(deployment: Deployment) -> Process:
    config = f"./{layout.CONFIG}"
    return Process(
        name="server",
        image="",
        command=(_COMMAND, *_arguments(deployment, config, layout.NATIVE_WORKFLOWS)),
        environment=(
            ("TS_CONFIG_FILE", config),
            ("LOG_LOCATION", layout.NATIVE_LOGS),
            ("METRICS_LOCATION", layout.NATIVE_LOGS),
        ),
        read_only_root=False,
        notes=tuple(note for note in _NOTES if note[0] in ("--ncs", "TS_CONFIG_FILE")),
    )


def _arguments(deployment: Deployment, config: str, workflows: str) -> tuple[str, ...]:
    """Without --ncs, a start may use the snapshot of an earlier run instead of the file."""
    found = ("--start", "--foreground", "--ncs", "--ts-config", config)
    if layout.has(deployment, "workflow_store_key"):
        return found
    return (*found, "--workflow-store", workflows)


def _owner(deployment: Deployment) -> tuple[int, int]:
    """The user to run as: the user of the wizard, if files are shared that nobody else may open.

    Root's key is copied for the image's user; the folder of a socket stays root's.
    """
    host, socket = deployment.host, layout.socket_folder(deployment.plan) is not None
    if socket or (host.uid and layout.native_tls(deployment)):
        return host.uid, host.gid
    return _IMAGE_UID, _IMAGE_UID


def _mounts(deployment: Deployment) -> Iterator[Mount]:
    plan = deployment.plan
    yield Mount(f"./{layout.CONFIG}", layout.CONFIG_PATH)
    for model in plan.models:
        yield layout.mount(model)
    if layout.native_tls(deployment):
        certificate, key = tls_files(deployment)
        yield Mount(certificate, layout.CERTIFICATE)
        yield Mount(key, layout.PRIVATE_KEY, secret=True)
    folder = layout.socket_folder(plan)
    if folder is not None:
        inner = next(e.backend_address for e in deployment.endpoints if e.backend_address.startswith("unix:"))
        yield Mount(folder or "/", inner.removeprefix("unix:").rpartition("/")[0], read_only=False)


def _tmpfs(uid: int, gid: int) -> tuple[tuple[str, str], ...]:
    own = f"rw,nosuid,nodev,uid={uid},gid={gid},mode=0700"
    return (
        ("/tmp", "rw,nosuid,nodev,noexec,size=64m"),  # noqa: S108 - a path in the container
        # Archives are unpacked here, so no size. Not noexec: Java loads its own event loop from here, without which
        # unix sockets fail and the model processes listen on TCP ports.
        (layout.TEMP, f"{own},exec"),
        # A full log folder stops the log files, nothing else: the same lines go to the container's log.
        (layout.LOGS, f"{own},noexec,size=64m"),
        (layout.RUN, f"{own},noexec,size=1m"),
        # Nobody may write here, so no workflow registration can leave a file.
        (layout.WORKFLOWS, "rw,nosuid,nodev,noexec,size=64k,mode=0555"),
    )
