"""Wishes that neither the server, nor Docker, nor a gateway can grant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from wizard.plan import Api, Model, Plan
from wizard.servers.facts import Fact
from wizard.servers.tensorflow_serving import layout
from wizard.servers.tensorflow_serving.adjustable import adjustable
from wizard.servers.tensorflow_serving.flags import flags
from wizard.servers.tensorflow_serving.knowledge import knowledge, supported

_MANAGEMENT: tuple[Api, ...] = ("management", "grpc_management")


def impossible(plan: Plan) -> tuple[Fact, ...]:
    """The facts that make wishes in a completed Plan impossible."""
    found = [*_apis(plan), *_socket(plan), *_settings(plan)]
    for model in plan.models:
        found += [*_path(plan, model), *_versions(model), *_labels(model)]
    return tuple(found)


def _apis(plan: Plan) -> Iterator[Fact]:
    if any(map(plan.reachable, _MANAGEMENT)) or plan.cors.management.origins:
        yield knowledge().facts["no_management"]
    if "server-token" in (plan.auth.inference, plan.auth.management):
        yield knowledge().facts["no_server_token"]


def _socket(plan: Plan) -> Iterator[Fact]:
    listener = plan.listener("grpc")
    if listener is not None and listener.scope == "socket" and not listener.address.rpartition("/")[0].strip("/"):
        yield knowledge().facts["socket_directory"]


def _settings(plan: Plan) -> Iterator[Fact]:
    """Settings that the server would ignore, or stop at."""
    given, facts = plan.settings.given, knowledge().facts
    version = supported(plan.version)
    for each in adjustable():
        if each.name in given and not flags().known[each.spelled.lstrip("-")].known_in(version):
            fill = {"name": each.name, "flag": each.spelled, "version": version, "since": each.since}
            yield facts["setting_too_new"].filled(**fill)
    if given.get("batching") is not True:
        for name in ("batching_parameters", "batching_per_model"):
            if given.get(name):
                yield facts["batching_off"].filled(name=name)
    if "session_threads" in given and ("intra_op" in given or "inter_op" in given):
        yield facts["threads_twice"]
    if layout.rest_off(plan):
        for name in ("rest_threads", "rest_timeout"):
            if name in given:
                yield facts["rest_setting"].filled(name=name)
    if "gpu_memory" in given and plan.contained and not plan.run.gpu and not plan.run.image:
        yield facts["gpu_setting"]


def _path(plan: Plan, model: Model) -> Iterator[Fact]:
    facts = knowledge().facts
    if "://" in model.path:
        yield facts["not_a_folder"].filled(path=model.path)
        return
    if not plan.native:
        return
    if not model.path.startswith("/"):
        yield facts["relative_path"].filled(path=model.path)
    elif model.as_version is not None and not _named(model.path, model.as_version):
        yield facts["version_folder"].filled(path=model.path, number=model.as_version)


def _named(path: str, number: int) -> bool:
    name = PurePosixPath(path).name
    return name.isascii() and name.isdigit() and int(name) == number


def _versions(model: Model) -> Iterator[Fact]:
    facts = knowledge().facts
    listed = () if isinstance(model.versions, str) else model.versions
    if model.versions == ():
        yield facts["no_versions"].filled(model=model.name)
    elif model.as_version is not None and any(number != model.as_version for number in listed):
        yield facts["version_not_mounted"].filled(model=model.name, number=model.as_version)
    alone = () if model.as_version is None else (model.as_version,)
    for number in dict.fromkeys((*listed, *alone, *model.labels.values())):
        if number < 0:
            yield facts["version_range"].filled(number=number)


def _labels(model: Model) -> Iterator[Fact]:
    served = layout.served_versions(model)
    if served is None:
        if model.versions == "latest" and len(set(model.labels.values())) > 1:
            yield knowledge().facts["one_latest"].filled(model=model.name)
        return
    for label, number in model.labels.items():
        if number not in served:
            yield knowledge().facts["label_not_served"].filled(label=label, model=model.name, number=number)
