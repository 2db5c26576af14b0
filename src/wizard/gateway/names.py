"""The host names a gateway answers to; everything else is 421."""

from __future__ import annotations

from wizard.deployment import Deployment, Endpoint


def host_names(deployment: Deployment, endpoint: Endpoint) -> tuple[str, ...]:
    """Names and addresses by which an endpoint may be called, as nginx's $host spells them."""
    found: dict[str, None] = {}
    addresses = endpoint.host_addresses
    if "" in addresses:
        found |= dict.fromkeys(_bracketed(i.address) for i in deployment.host.own_addresses)
        addresses = deployment.host.loopbacks
    for address in addresses:
        found[_bracketed(address)] = None
    if any(a in ("127.0.0.1", "::1") for a in addresses):
        found["localhost"] = None
    found |= dict.fromkeys(deployment.plan.gateway.names)
    if deployment.networks:
        found["gateway"] = None
    return tuple(found)


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address
