"""Wishes that neither the server, nor Docker, nor a gateway can grant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.plan import Api, Model, Plan
from wizard.servers.contract import Fact
from wizard.servers.tensorflow_serving import layout
from wizard.servers.tensorflow_serving.knowledge import knowledge

_MANAGEMENT: tuple[Api, ...] = ("management", "grpc_management")


def impossible(plan: Plan) -> tuple[Fact, ...]:
    """The facts that speak against wishes of a completed Plan."""
    found = [*_apis(plan), *_socket(plan)]
    for model in plan.models:
        found += [*_path(plan, model), *_versions(plan, model), *_labels(plan, model)]
    return tuple(found)


def _apis(plan: Plan) -> Iterator[Fact]:
    listeners = (plan.listener(api) for api in _MANAGEMENT)
    asked = any(listener is not None and listener.scope != "off" for listener in listeners)
    if asked or plan.cors.management.origins:
        yield knowledge().fact("no_management")
    if "server-token" in (plan.auth.inference, plan.auth.management):
        yield knowledge().fact("no_server_token")


def _socket(plan: Plan) -> Iterator[Fact]:
    listener = plan.listener("grpc")
    if listener is not None and listener.scope == "socket" and not listener.address.rpartition("/")[0].strip("/"):
        yield knowledge().fact("socket_directory")


def _path(plan: Plan, model: Model) -> Iterator[Fact]:
    fact = knowledge().fact
    if "://" in model.path:
        yield fact("not_a_folder", path=model.path)
        return
    if not layout.is_native(plan):
        return
    if not model.path.startswith("/"):
        yield fact("relative_path", path=model.path)
    elif model.as_version is not None and not _named(model.path, model.as_version):
        yield fact("version_folder", path=model.path, number=model.as_version)


def _named(path: str, number: int) -> bool:
    name = PurePosixPath(path).name
    return name.isascii() and name.isdigit() and int(name) == number


def _versions(plan: Plan, model: Model) -> Iterator[Fact]:
    fact = knowledge().fact
    listed = () if isinstance(model.versions, str) else model.versions
    if model.versions == ():
        yield fact("no_versions", model=model.name)
    elif model.as_version is not None and any(number != model.as_version for number in listed):
        yield fact("version_not_mounted", model=model.name, number=model.as_version)
    alone = () if model.as_version is None else (model.as_version,)
    for number in dict.fromkeys((*listed, *alone, *model.labels.values())):
        if number < 0:
            yield fact("version_range", number=number)


def _labels(plan: Plan, model: Model) -> Iterator[Fact]:
    served = layout.served_versions(plan, model)
    if served is None:
        if model.versions == "latest" and len(set(model.labels.values())) > 1:
            yield knowledge().fact("one_latest", model=model.name)
        return
    for label, number in model.labels.items():
        if number not in served:
            yield knowledge().fact("label_not_served", label=label, model=model.name, number=number)
