"""Files of this machine that a server is given: the paths of a Plan as mounts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PureWindowsPath

from wizard.deployment import Deployment, Mount
from wizard.plan import Plan
from wizard.plan.settings import Adjustable, files


def source(path: str) -> str:
    """A path of the Plan as the host side of a mount: absolute, or relative to the written files."""
    absolute = path.startswith("/") or PureWindowsPath(path).is_absolute()
    return path if absolute else "./" + path.removeprefix("./")


def tls_files(deployment: Deployment) -> tuple[str, str]:
    """Certificate and private key: absolute, or relative to the written files."""
    certificate, key = deployment.pair
    return source(certificate), source(key)


def setting_path(name: str) -> str:
    """The file that a setting names, in the container: under the setting's own name, which needs no escapes."""
    return f"/settings/{name}"


def setting_mounts(adjustable: tuple[Adjustable, ...], plan: Plan) -> Iterator[Mount]:
    """The files that settings name."""
    for name, path in files(adjustable, plan.settings.given).items():
        yield Mount(source(path), setting_path(name))
