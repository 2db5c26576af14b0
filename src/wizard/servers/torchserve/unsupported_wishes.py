"""Wishes that neither the server, nor Docker, nor a gateway can grant.

Two APIs on one port, a token for one API alone and gRPC on a unix socket are refused elsewhere, for every server.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.plan import Api, Model, Plan, scope_intent
from wizard.servers.facts import Fact
from wizard.servers.torchserve import layout
from wizard.servers.torchserve.adjustable import adjustable
from wizard.servers.torchserve.keys import keys
from wizard.servers.torchserve.knowledge import knowledge, supported

_ALWAYS_ON: tuple[Api, ...] = ("inference", "management", "grpc", "grpc_management")
_GRPC: tuple[Api, ...] = ("grpc", "grpc_management")
_NAMES: dict[Api, str] = {
    "inference": "inference",
    "management": "management",
    "grpc": "gRPC inference",
    "grpc_management": "gRPC management",
}
_TOO_HIGH = 65_535
_UNWRITABLE = regex(r"\\|\$\$.+\$\$|\A\s|\s\Z|[\x00-\x1f\x7f]", re.DOTALL)


def impossible(plan: Plan) -> tuple[Fact, ...]:
    """The facts that make wishes in a completed Plan impossible. Raises WizardError for an unknown release."""
    found = [*_scopes(plan), *_ports(plan), *_token(plan), *_sockets(plan), *_store(plan), *_settings(plan)]
    for model in plan.models:
        found += _model(plan, model)
    return tuple(found)


def _scopes(plan: Plan) -> Iterator[Fact]:
    """Outside a container's own network, whatever always listens can be reached on this machine."""
    if plan.bridged:
        return
    known = knowledge()
    addressed = known.has(supported(plan.version), "grpc_addresses")
    for api in _ALWAYS_ON:
        listener = plan.listener(api)
        if listener is None:
            continue
        if api in _GRPC and not addressed and listener.scope != "all":
            yield known.facts["binds_grpc_before"]._replace(intent=scope_intent(plan, api))
        elif listener.scope == "off":
            yield known.facts["always_on"].filled(api=_NAMES[api])
        elif listener.scope == "interface" and ":" in listener.address and not _gated(plan):
            yield known.facts["ipv6_here"].filled(address=listener.address)


def _gated(plan: Plan) -> bool:
    """Whether a gateway listens on an IPv6 address: natively, it is added for exactly that reason."""
    return plan.gateway.kind == "nginx" or (plan.gateway.kind == "auto" and plan.native)


def _ports(plan: Plan) -> Iterator[Fact]:
    if plan.bridged:
        return  # inside the container the usual ports are used
    listeners = (plan.listener(api) for api in (*_ALWAYS_ON, "metrics"))
    if any(o is not None and o.port == _TOO_HIGH and o.scope != "socket" for o in listeners):
        yield knowledge().facts["port_limit"]


def _token(plan: Plan) -> Iterator[Fact]:
    asked = "server-token" in (plan.auth.inference, plan.auth.management)
    if asked and not knowledge().has(supported(plan.version), "token"):
        yield knowledge().facts["token_before"]


def _sockets(plan: Plan) -> Iterator[Fact]:
    if plan.native:
        return
    listeners = (plan.listener(api) for api in ("inference", "management", "metrics"))
    folders = {o.address.rpartition("/")[0].strip("/") for o in listeners if o is not None and o.scope == "socket"}
    if len(folders) > 1 or "" in folders:
        yield knowledge().facts["socket_directory"]


def _store(plan: Plan) -> Iterator[Fact]:
    if not plan.native:
        return
    store = layout.store(plan)
    if _UNWRITABLE.search(store):
        yield knowledge().facts["store_path"].filled(store=repr(store))
    for model in layout.misplaced(plan):
        yield knowledge().facts["one_store"].filled(path=model.path, store=store)


def _settings(plan: Plan) -> Iterator[Fact]:
    version = supported(plan.version)
    for each in adjustable():
        if each.name in plan.settings.given and not keys().known[each.spelled].known_in(version):
            fill = {"name": each.name, "spelled": each.spelled, "version": version, "since": each.since}
            yield knowledge().facts["setting_too_new"].filled(**fill)


def _model(plan: Plan, model: Model) -> Iterator[Fact]:
    facts = knowledge().facts
    if "://" in model.path:
        yield facts["not_a_file"].filled(path=model.path)
    if model.labels or model.versions != "latest" or model.as_version is not None:
        yield facts["no_versions"].filled(model=model.name)
    if plan.native and "," in layout.location(plan, model):
        yield facts["file_name"].filled(path=model.path)
