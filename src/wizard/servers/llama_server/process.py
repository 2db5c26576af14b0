"""How the server process is run."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment import Deployment, Mount, Process
from wizard.plan import Model, Plan
from wizard.servers.host_files import setting_mounts, tls_files
from wizard.servers.llama_server import adjustable, layout
from wizard.servers.llama_server.knowledge import knowledge

PROGRAM = "llama-server"
TOKEN = "HF_TOKEN"
"""The variable with which the server downloads models that need an account."""
NOBODY = (65534, 65534)
"""The image's own user is root; nothing here needs it."""
_IN_IMAGE = f"/app/{PROGRAM}"
"""The entry point of the official image."""
_CLEAR = (
    """[ ! -S "$0" ] || curl -s -m 2 -o /dev/null --noproxy '*' --unix-socket "$0" http://localhost/ """
    """|| [ $? != 7 ] || rm -f "$0"; exec "$@\""""
)
"""The server leaves its socket file behind, and does not start if it exists.

One at which nothing answers (7: no connection) is removed.
"""
_PIDS = 4096
"""Docker counts threads. The server has a few for each CPU, and up to 1024 more for requests."""
_MEMORY_MIB = 32_768
"""A model's need is not known here.

Under a lower limit, the server would read its weights from disk for every token.
"""


def process(deployment: Deployment, image: str) -> Process:
    """The server's process; `image` is used only in Docker, with the entry point of the official one."""
    before = _before(deployment)
    if deployment.plan.native:
        words = arguments(deployment)
        notes = tuple(note for note in _notes(deployment) if note[0] in words)
        return Process("server", "", (PROGRAM, *words), before, read_only_root=False, notes=notes)
    uid, gid = _owner(deployment)
    return Process(
        name="server",
        image=image,
        command=(*((_IN_IMAGE,) if before else ()), *arguments(deployment)),
        entrypoint=before,
        # A server that is not meant to download models only gets a temporary cache.
        environment=(("LLAMA_CACHE", layout.FETCHED_PATH if layout.fetches(deployment.plan) else "/tmp/cache"),),  # noqa: S108 - a path in the container
        handed_on=(TOKEN,) if layout.fetches(deployment.plan) else (),
        user=f"{uid}:{gid}",
        mounts=tuple(_mounts(deployment)),
        tmpfs=(("/tmp", "rw,nosuid,nodev,noexec,size=64m"),),  # noqa: S108 - a path in the container
        memory_mib=_MEMORY_MIB,
        pids=_PIDS,
        image_check=layout.image_check_fits(deployment),
        notes=_notes(deployment),
    )


def _notes(deployment: Deployment) -> tuple[tuple[str, str], ...]:
    fetches, nobody = layout.fetches(deployment.plan), _owner(deployment) == NOBODY
    return (
        ("entrypoint", "First removes the socket file of an earlier run, if nothing answers at it."),
        (
            "--cors-origins",
            "Whose pages may read answers; empty is nobody's. Without this flag, every page may.",
        ),
        ("LLAMA_CACHE", "Where downloaded models are kept." if fetches else "Not used: no model is downloaded."),
        *([("user", "Nobody. The image's own user is root.")] if nobody else []),
    )


def arguments(deployment: Deployment) -> tuple[str, ...]:
    """The flags. They win over the image's variables, so what is written here is what applies."""
    endpoint = layout.front(deployment)
    port = endpoint.backend_port
    found = [*_models(deployment), "--host", _host(deployment)]
    if port:
        found += ["--port", str(port)]
    found += [*([] if layout.fetches(deployment.plan) else ["--offline"]), *_cors(deployment)]
    if deployment.server_token:
        found += ["--api-key-file", layout.KEYS if deployment.plan.native else layout.KEYS_PATH]
    if layout.native_tls(deployment):
        certificate, key = _tls(deployment)
        found += ["--ssl-cert-file", certificate, "--ssl-key-file", key]
    if layout.metrics_on(deployment):
        found.append("--metrics")
    return (*found, *adjustable.arguments(deployment.plan))


def _host(deployment: Deployment) -> str:
    """Natively, "every address" means IPv4 and IPv6: 0.0.0.0 is IPv4 only, :: is both."""
    address = layout.front(deployment).backend_address.removeprefix("unix:")
    both = deployment.plan.native and "::1" in deployment.host.loopbacks
    return "::" if address == "0.0.0.0" and both else address


def _before(deployment: Deployment) -> tuple[str, ...] | None:
    """What the command is passed to, if the socket of an earlier run may be in the way."""
    address = _host(deployment)
    return ("/bin/sh", "-c", _CLEAR, address) if address.endswith(layout.SOCKET) else None


def _models(deployment: Deployment) -> tuple[str, ...]:
    plan = deployment.plan
    if layout.several(plan):
        return ("--models-preset", f"./{layout.PRESETS}" if plan.native else layout.PRESETS_PATH)
    return tuple(word for model in plan.models for word in (*_source(plan, model), "--alias", model.name))


def _source(plan: Plan, model: Model) -> tuple[str, str]:
    """Where the model comes from: a file on this machine, or the network."""
    return ("--hf-repo", model.id) if model.id else ("--model", layout.model_path(plan, model))


def _cors(deployment: Deployment) -> tuple[str, ...]:
    """Always given, because without it every page may read every answer."""
    if not knowledge().has(layout.build(deployment.plan), "cors_flags"):
        return ()
    cors = layout.front(deployment).cors
    if cors.layer != "native":
        return ("--cors-origins", "", "--no-cors-credentials")
    headers = [*cors.headers, *(["authorization"] if deployment.server_token else [])]
    return (
        "--cors-origins",
        cors.origins[0],
        "--cors-methods",
        ", ".join(cors.methods),
        "--cors-headers",
        ", ".join(dict.fromkeys(headers)),
        "--no-cors-credentials",
    )


def _tls(deployment: Deployment) -> tuple[str, str]:
    if deployment.plan.native:
        return tls_files(deployment)
    return layout.CERTIFICATE, layout.PRIVATE_KEY


def _owner(deployment: Deployment) -> tuple[int, int]:
    """The user to run as: the user of the wizard, if files are shared that nobody else may open or write.

    Root's secrets are given to nobody; folders that root shares stay root's.
    """
    socket = layout.front(deployment).scope == "socket"
    secrets = deployment.server_token or layout.native_tls(deployment)
    shared = layout.fetches(deployment.plan) or socket or (secrets and deployment.host.uid != 0)
    return (deployment.host.uid, deployment.host.gid) if shared else NOBODY


def _mounts(deployment: Deployment) -> Iterator[Mount]:
    plan = deployment.plan
    for model in plan.models:
        yield from layout.model_mounts(model) if model.path else ()
    yield from setting_mounts(adjustable.adjustable(), plan)
    if layout.fetches(plan):
        yield Mount(f"./{layout.FETCHED}", layout.FETCHED_PATH, read_only=False)
    if layout.several(plan):
        yield Mount(f"./{layout.PRESETS}", layout.PRESETS_PATH)
    if deployment.server_token:
        yield Mount(f"./{layout.KEYS}", layout.KEYS_PATH, secret=True)
    if layout.native_tls(deployment):
        certificate, key = tls_files(deployment)
        yield Mount(certificate, layout.CERTIFICATE, secret=True)
        yield Mount(key, layout.PRIVATE_KEY, secret=True)
    listener = plan.listener("inference")
    if listener is not None and listener.scope == "socket":
        inner = layout.front(deployment).backend_address.removeprefix("unix:").rpartition("/")[0]
        yield Mount(listener.address.rpartition("/")[0] or "/", inner, read_only=False)
