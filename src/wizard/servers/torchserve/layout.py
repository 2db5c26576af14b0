"""Paths of archives, folders and written files, on this machine and in the container."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.deployment import Deployment, Endpoint, Mount
from wizard.fast_start import regex
from wizard.plan import Model, Plan
from wizard.servers.host_files import source
from wizard.servers.torchserve.knowledge import knowledge, supported

CONFIG = "config.properties"
HOME = "/home/model-server"
CONFIG_PATH = f"{HOME}/{CONFIG}"
STORE = f"{HOME}/model-store"
FOLDERS = f"{HOME}/models"
"""Model folders are served in place, outside the store."""
WORKFLOWS = f"{HOME}/wf-store"
TEMP = f"{HOME}/tmp"  # noqa: S108 - a path in the container
LOGS = f"{HOME}/logs"
RUN = f"{HOME}/run"
"""The server's current folder, where it writes its keys."""
CERTIFICATE = f"{HOME}/tls/certificate.pem"
PRIVATE_KEY = f"{HOME}/tls/key.pem"
KEY_FILE = "key_file.json"

NATIVE_LOGS = "run/logs"
NATIVE_WORKFLOWS = "run/tmp"
"""A folder that run.sh creates; it contains no models."""

_ARCHIVE = regex(r"\.(?:mar|model|tgz|tar\.gz)\Z")


def suffix(model: Model) -> str:
    """.mar, .tar.gz, .tgz or .model; empty for a folder."""
    found = _ARCHIVE.search(model.path)
    return found.group() if found else ""


def mount(model: Model) -> Mount:
    """The mount of one archive or folder, under the model's own name: it is unique and needs no escapes."""
    ending = suffix(model)
    target = f"{STORE}/{model.name}{ending}" if ending else f"{FOLDERS}/{model.name}"
    return Mount(source(model.path), target)


def store(plan: Plan) -> str:
    """The model store, as the server sees it."""
    if not plan.native:
        return STORE
    first = next((m for m in plan.models if suffix(m)), next(iter(plan.models), None))
    return _parent(first.path) if first else "."


def location(plan: Plan, model: Model) -> str:
    """The entry for a model in load_models: a name in the store, or an absolute folder."""
    if not plan.native:
        target = mount(model).target
        return target.rpartition("/")[2] if suffix(model) else target
    inside = _parent(model.path) == store(plan)
    return PurePosixPath(model.path).name if inside or suffix(model) else model.path


def misplaced(plan: Plan) -> Iterator[Model]:
    """Models of a native run that are neither in the store nor folders with an absolute path."""
    if not plan.native:
        return
    for model in plan.models:
        anywhere = not suffix(model) and model.path.startswith("/")
        if _parent(model.path) != store(plan) and not anywhere:
            yield model


def _parent(path: str) -> str:
    return str(PurePosixPath(path).parent)


def socket_folder(plan: Plan) -> str | None:
    """The folder on this machine that contains the unix sockets, None if no API has one."""
    listeners = (plan.listener(api) for api in ("inference", "management", "metrics"))
    return next((o.address.rpartition("/")[0] for o in listeners if o is not None and o.scope == "socket"), None)


def has(deployment: Deployment, difference: str) -> bool:
    """Whether the Deployment's release has what `Knowledge.since` names."""
    return knowledge().has(supported(deployment.plan.version), difference)


def response_timeout(plan: Plan) -> int:
    """Seconds until the server gives up on a prediction, as far as a gateway should wait for it."""
    return max(120, int(plan.settings.given.get("response_timeout", 0)))


def http_tls(endpoint: Endpoint) -> bool:
    """Whether the server itself encrypts an API."""
    return endpoint.tls and endpoint.served_by == "server"


def native_tls(deployment: Deployment) -> bool:
    """Whether the server needs the certificate and its key."""
    return any(http_tls(endpoint) for endpoint in deployment.endpoints)
