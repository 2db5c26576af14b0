"""Paths of model folders and configuration files, on this machine and in the container."""

from __future__ import annotations

from pathlib import PurePosixPath

from wizard.deployment import Deployment, Endpoint, Mount
from wizard.plan import Model, Plan
from wizard.servers.host_files import source

MODELS_CONFIG = "models.config"
MONITORING_CONFIG = "monitoring.config"
METRICS_PATH = "/monitoring/prometheus/metrics"
MODELS_DIR = "/models"
CONFIG_DIR = "/config"


def base_path(plan: Plan, model: Model) -> str:
    """The folder of numbered versions, as the server sees it."""
    if not plan.native:
        return f"{MODELS_DIR}/{model.name}"
    return str(PurePosixPath(model.path).parent) if model.as_version is not None else model.path


def config_path(plan: Plan, name: str) -> str:
    """A written file, as the server sees it. A native server runs in the folder of the files."""
    return f"./{name}" if plan.native else f"{CONFIG_DIR}/{name}"


def model_mount(model: Model) -> Mount:
    """The mount of a model's folder; a folder that is a single version is mounted under its number."""
    target = f"{MODELS_DIR}/{model.name}"
    if model.as_version is not None:
        target += f"/{model.as_version}"
    return Mount(source(model.path), target)


def config_mount(name: str) -> Mount:
    """The mount of a written file."""
    return Mount(f"./{name}", f"{CONFIG_DIR}/{name}")


def served_versions(model: Model) -> frozenset[int] | None:
    """The versions that will be served, None if the folder decides."""
    listed = None if isinstance(model.versions, str) else frozenset(model.versions)
    if model.as_version is None:
        return listed
    alone = frozenset({model.as_version})
    return alone if listed is None else alone & listed


def rest_port(deployment: Deployment) -> int:
    """The server's own REST port, 0 if nothing needs it."""
    ports = (e.backend_port for e in deployment.endpoints if e.protocol == "http" and e.backend_port)
    return next(ports, 0)


def rest_off(plan: Plan) -> bool:
    """Whether a completed Plan asks for nothing that needs the REST port."""
    return not (plan.reachable("inference") or plan.reachable("metrics"))


def rest_patience(plan: Plan) -> int:
    """Seconds until the server gives up on a prediction over REST, as far as a gateway should wait for it."""
    return max(120, -(-int(plan.settings.given.get("rest_timeout", 0)) // 1000))


def metrics_on(deployment: Deployment) -> bool:
    """Whether the metrics page is served."""
    metrics = deployment.endpoint("metrics")
    return metrics is not None and metrics.scope != "off" and metrics.backend_port > 0


def cors_on(deployment: Deployment) -> bool:
    """Whether the server's own CORS switch is on: only for "any origin", which is all it can express."""
    inference = deployment.endpoint("inference")
    if inference is None or inference.scope == "off":
        return False
    return inference.cors.layer == "native" and inference.cors.origins == ("*",)


def socket_path(endpoint: Endpoint) -> str | None:
    """The path of the unix socket an API listens on, None for a port."""
    if not endpoint.backend_address.startswith("unix:"):
        return None
    return endpoint.backend_address.removeprefix("unix:")
