"""Wishes that neither the server, nor Docker, nor a gateway can grant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.plan import Model, Plan
from wizard.servers.facts import Fact
from wizard.servers.llama_server import adjustable, layout, render
from wizard.servers.llama_server.flags import flags
from wizard.servers.llama_server.knowledge import knowledge

REPOSITORY = regex(r"[\w.-]+/[\w.-]+(?::[\w.-]+)?", re.ASCII)
"""An id of a model that the server can download: USER/MODEL, or USER/MODEL:KIND."""


def impossible(plan: Plan) -> tuple[Fact, ...]:
    """The facts that make wishes in a completed Plan impossible. Raises WizardError for an unknown build."""
    layout.build(plan)
    found = [*_apis(plan), *_socket(plan), *_cors(plan), *_settings(plan)]
    for model in plan.models:
        found += _model(plan, model)
    return tuple(found)


def _apis(plan: Plan) -> Iterator[Fact]:
    if plan.reachable("management") or plan.cors.management.origins:
        yield knowledge().facts["no_management"]
    if plan.reachable("grpc") or plan.reachable("grpc_management"):
        yield knowledge().facts["no_grpc"]


def _cors(plan: Plan) -> Iterator[Fact]:
    """Builds that let every page read everything need a gateway to keep pages out."""
    closed = not plan.cors_rule("inference").origins and plan.gateway.kind != "nginx"
    if closed and not knowledge().has(layout.build(plan), "cors_flags"):
        yield knowledge().facts["cors_off_before"]


def _settings(plan: Plan) -> Iterator[Fact]:
    build = layout.build(plan)
    if "projector" in plan.settings.given and layout.several(plan):
        yield knowledge().facts["projector_alone"]
    for each in adjustable.adjustable():
        if each.name in plan.settings.given and not flags()[each.spelled].known_to(build):
            flag, since = each.spelled, each.since
            yield knowledge().facts["setting_too_new"].filled(name=each.name, flag=flag, build=f"b{build}", since=since)


def _socket(plan: Plan) -> Iterator[Fact]:
    listener = plan.listener("inference")
    if listener is None or listener.scope != "socket":
        return
    if not listener.address.endswith(layout.SOCKET):
        yield knowledge().facts["socket_name"].filled(address=listener.address)
    if not plan.native and not listener.address.rpartition("/")[0].strip("/"):
        yield knowledge().facts["socket_directory"]


def _model(plan: Plan, model: Model) -> Iterator[Fact]:
    facts = knowledge().facts
    if model.id and not REPOSITORY.fullmatch(model.id):
        yield facts["id_form"].filled(id=model.id)
    if model.id and layout.several(plan):
        yield facts["id_alone"].filled(model=model.name)
    if "://" in model.path:
        yield facts["not_a_file"].filled(path=model.path)
    if model.labels or model.versions != "latest" or model.as_version is not None:
        yield facts["no_versions"].filled(model=model.name)
    if model.path and layout.several(plan) and plan.native and render.unwritable(layout.model_path(plan, model)):
        yield facts["preset_path"].filled(path=model.path)
