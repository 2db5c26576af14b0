"""Paths of models, the list of models, keys and certificates, on this machine and in the container."""

from __future__ import annotations

from pathlib import PurePosixPath

from wizard.deployment import Deployment, Endpoint, Mount
from wizard.plan import Model, Plan
from wizard.servers.host_files import source
from wizard.servers.llama_server.knowledge import build_of
from wizard.servers.llama_server.models.names import part_name

MODELS = "/models"
SOCKET = ".sock"
"""How the path of a unix socket must end: anything else is taken for a host name."""
CHECKED_PORT = 8080
"""The port that the image's health check asks, whatever the server is told (.devops/cpu.Dockerfile)."""
PRESETS = "models.ini"
PRESETS_PATH = f"/config/{PRESETS}"
KEYS = "secrets/server.keys"
"""The file of keys, next to the written files."""
KEYS_PATH = "/run/secrets/server.keys"
CERTIFICATE = "/run/secrets/tls.crt"
PRIVATE_KEY = "/run/secrets/tls.key"
FETCHED = "fetched"
"""The folder for models that the server downloads, next to the written files."""
FETCHED_PATH = "/fetched"


def build(plan: Plan) -> int:
    """The number of the Plan's build."""
    return build_of(plan.version)


def model_path(plan: Plan, model: Model) -> str:
    """The file that the server is given."""
    return source(model.path) if plan.native else f"{MODELS}/{_inside(model, PurePosixPath(model.path).name)}"


def model_mounts(model: Model) -> tuple[Mount, ...]:
    """The file of a model, or all parts of a split one: the server finds each part by its name."""
    path = PurePosixPath(model.path.replace("\\", "/"))
    part = part_name(path.name)
    names = [path.name] if part is None else [part.other(number) for number in range(1, part.count + 1)]
    return tuple(Mount(source(str(path.parent / name)), f"{MODELS}/{_inside(model, name)}") for name in names)


def _inside(model: Model, name: str) -> str:
    """The model's name, which is unique and needs no escapes, followed by the suffix that the name of a part must
    have."""
    part = part_name(name)
    return f"{model.name}.gguf" if part is None else f"{model.name}-{part.number:05}-of-{part.count:05}.gguf"


def several(plan: Plan) -> bool:
    """Whether the server serves several models."""
    return len(plan.models) > 1


def fetches(plan: Plan) -> bool:
    """Whether the server downloads the model itself."""
    return any(model.id for model in plan.models)


def front(deployment: Deployment) -> Endpoint:
    """The endpoint that determines the address and port of the server's only socket."""
    found = deployment.endpoint("inference")
    if found is None:
        raise KeyError("inference")
    return found


def image_check_fits(deployment: Deployment) -> bool:
    """Whether the health check of the official image, plain http on its default port, gets an answer."""
    one = front(deployment)
    return one.scope != "socket" and not native_tls(deployment) and one.backend_port == CHECKED_PORT


def metrics_on(deployment: Deployment) -> bool:
    """Whether the metrics page is served."""
    metrics = deployment.endpoint("metrics")
    return metrics is not None and metrics.scope != "off"


def native_tls(deployment: Deployment) -> bool:
    """Whether the server itself encrypts."""
    return any(endpoint.tls and endpoint.served_by == "server" for endpoint in deployment.endpoints)
