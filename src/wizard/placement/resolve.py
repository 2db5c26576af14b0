"""Plan + Host -> Deployment: the one place where layers are chosen.

It knows no server by name: what a server can do comes as `Abilities`, what a gateway can do is fixed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from pydantic import ValidationError

from wizard import gateway, registry
from wizard.deployment import Deployment, Endpoint, Network, Process, Publish
from wizard.host import Host
from wizard.placement.context import Context
from wizard.placement.decisions import decisions
from wizard.placement.defaults import complete
from wizard.placement.endpoints import endpoint
from wizard.placement.needs import with_gateway
from wizard.plan import Patch, Plan, apply_patch


def resolve(plan: Plan, host: Host | None = None) -> Deployment:
    """Choose a layer for each wish of the Plan on this Host.

    Never refuses: what is impossible becomes a Decision with layer `impossible`, and a finding. Raises WizardError for
    a server version this program does not know.
    """
    adapter = registry.adapter(plan.server)
    plan = complete(plan)
    context = with_gateway(Context(plan, host or Host(), adapter, adapter.abilities(plan.version)))
    endpoints = tuple(endpoint(context, spec) for spec in adapter.apis)
    without_processes = partial(
        Deployment,
        plan=plan,
        host=context.host,
        engine=context.engine,
        title=adapter.title,
        endpoints=endpoints,
        networks=_networks(context, endpoints),
        decisions=decisions(context),
        gateway_reasons=context.needs if context.gateway else (),
        presented=context.presented,
    )
    return without_processes(processes=_processes(context, without_processes(processes=())))


def patched(deployment: Deployment, patch: Patch | Mapping[str, Any]) -> Deployment | None:
    """A Deployment with a change to its Plan; None if that gives no valid Plan."""
    try:
        plan = apply_patch(deployment.plan, patch)
    except (ValidationError, KeyError):
        return None
    return deployment if plan == deployment.plan else resolve(plan, deployment.host)


def _networks(context: Context, endpoints: tuple[Endpoint, ...]) -> tuple[Network, ...]:
    if not context.plan.bridged:
        return ()
    # Docker publishes nothing from an internal network, and says nothing about it (docs/docker-notes.md).
    published, out = any(e.published for e in endpoints), context.fetches
    if not context.gateway:
        return (Network("serving", internal=not (published or out)),)
    return (Network("backend", internal=not out, hidden=context.hidden), Network("front", internal=not published))


def _processes(context: Context, bare: Deployment) -> tuple[Process, ...]:
    run = bare.plan.run
    server = context.adapter.process(bare)
    on_host = bare.plan.contained and run.network == "host"
    names = tuple(network.name for network in bare.networks)
    baking = bare.plan.contained and run.packaging == "image"
    server = replace(
        server,
        image=server.image if run.image else context.engine.image(server.image),
        mounts=tuple(m for m in server.mounts if m.secret or not m.read_only or not baking),
        baked=tuple(m for m in server.mounts if baking and m.read_only and not m.secret),
        networks=names[:1],
        publishes=() if on_host else publishes(bare, "server"),
        host_network=on_host,
        gpu=run.gpu,
        isolated=context.isolated and any(e.served_by == "gateway" for e in bare.endpoints),
    )
    if not context.gateway:
        return (server,)
    front = gateway.process(bare)
    front = replace(
        front,
        image=context.engine.image(front.image),
        networks=names,
        publishes=() if on_host else publishes(bare, "gateway"),
        host_network=on_host,
    )
    return (server, front)


def publishes(deployment: Deployment, name: str) -> tuple[Publish, ...]:
    """The ports Docker publishes for a container, in a stable order without repeats."""
    if not deployment.networks:
        return ()
    found: dict[Publish, None] = {}
    for each in deployment.endpoints:
        if each.served_by == name:
            for address in each.host_addresses:
                found[Publish(address, each.host_port, each.inner_port)] = None
    return tuple(found)
