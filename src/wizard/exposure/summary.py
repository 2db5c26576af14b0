"""A Deployment in one plain paragraph, and the command that makes the same without the wizard."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from wizard import registry
from wizard.deployment import Deployment, Endpoint
from wizard.exposure.findings.folding import listed
from wizard.formats.shell import sh
from wizard.plan import Model, Plan, to_data
from wizard.servers.titles import api_title

_TOKENS = {
    "none": "without a token",
    "server-token": "with the server's own token",
    "gateway-token": "with a token that the gateway checks",
}


def paragraph(deployment: Deployment) -> str:
    """What this deployment is and who reaches it, as one would tell a colleague."""
    sentences = [_what(deployment), _inference(deployment), _pages(deployment), *_others(deployment)]
    sentences.append(_past_the_gateway(deployment))
    return " ".join(sentence for sentence in sentences if sentence)


def command(plan: Plan, target: str) -> tuple[str, ...]:
    """The command that writes the same files without the wizard, quoted for a shell, one option with its value each.

    Answers that equal the defaults are left out.
    """
    parts = ["serving-wizard generate"]
    usual = dict(_leaves(to_data(Plan(server=plan.server, models=(Model(name="x", path="x"),)))))
    for key, value in _leaves(to_data(plan)):
        first = f"models.0.{key.split('.', 2)[2]}" if key.startswith("models.") else key
        if key == "server" or (usual.get(first) != value and value not in ("", {})):
            parts.append(f"--set {sh(f'{key}={_toml(value)}')}")
    return (*parts, f"--out {sh(target)}")


def _what(deployment: Deployment) -> str:
    plan = deployment.plan
    names = listed([model.name for model in plan.models]) or "no model yet"
    where = f"in {deployment.engine.title}" if plan.contained else "directly on this machine"
    behind = ", behind a gateway (nginx)" if deployment.has_gateway else ""
    return f"{deployment.title} {plan.version} serves {names} {where}{behind}."


def _inference(deployment: Deployment) -> str:
    endpoint = deployment.endpoint("inference")
    if endpoint is None or endpoint.closed:
        return "Its inference API is off: nobody can ask for predictions over HTTP."
    sealed = ", encrypted" if endpoint.tls else ""
    return f"{_who(deployment, endpoint)} {_TOKENS[endpoint.auth]}{sealed}."


def _who(deployment: Deployment, endpoint: Endpoint) -> str:
    front, callers = endpoint.access.front, endpoint.access.address_callers
    if endpoint.scope == "socket":
        socket = endpoint.inner_address.removeprefix("unix:")
        return f"Anyone who may write to the socket {socket} can ask for predictions,"
    if front is None or not callers:
        if "you" in endpoint.access.callers:
            peers = f"C{deployment.peers[1:]} can ask for predictions"
            return f"{peers}, and this machine by the container's own address,"
        return f"Only {deployment.peers} can ask for predictions,"
    if "" in front.host_addresses:
        return (
            f"Every machine that can reach this one can ask for predictions, on port {front.host_port} "
            f"of each of its addresses,"
        )
    where = endpoint.url or f"port {front.host_port} of {front.host_addresses[0]}"
    if "lan" in callers:
        known = [i.network for i in deployment.host.interfaces if i.address in front.host_addresses]
        network = f"on the network {known[0]}" if known else "that reach this address"
        return f"This machine and machines {network} can ask for predictions at {where},"
    return f"Only this machine can ask for predictions, at {where},"


def _pages(deployment: Deployment) -> str:
    endpoint = deployment.endpoint("inference")
    if endpoint is None or not endpoint.published:
        return ""
    origins = endpoint.cors.origins
    if not origins:
        return "No web page of another origin may read its answers."
    if origins == ("*",):
        return "Every web page may read its answers."
    cookies = ", with cookies" if endpoint.cors.credentials else ""
    return f"Web pages of {listed(list(origins))} may read its answers{cookies}."


def _past_the_gateway(deployment: Deployment) -> str:
    """The APIs whose gateway others than its owner can bypass."""
    open_ = [e for e in deployment.endpoints if any(d.token == "none" for d in e.access.past_the_gateway)]
    if not open_:
        return token_leaves(deployment)
    names = listed([api_title(e.api) for e in open_])
    return f"Other users of this machine can pass the gateway and call {names} without a token."


def token_leaves(deployment: Deployment) -> str:
    """What the server's own token leaves open to those who pass the gateway; "" where nobody else can."""
    able = registry.adapter(deployment.plan.server).abilities(deployment.plan.version)
    doors = [door for endpoint in deployment.endpoints for door in endpoint.access.past_the_gateway]
    if not able.token_leaves or all(door.token != "server-token" for door in doors):
        return ""
    return (
        f"Other users of this machine can pass the gateway, and get from {deployment.title} without its token only "
        f"{able.token_leaves}."
    )


def _others(deployment: Deployment) -> list[str]:
    groups: dict[str, list[str]] = {}
    for endpoint in deployment.endpoints:
        if endpoint.api != "inference":
            groups.setdefault(_place(deployment, endpoint), []).append(api_title(endpoint.api))
    return [
        f"{'The ' if name[:1].islower() else ''}{name} {'API is' if len(apis) == 1 else 'APIs are'} {place}."
        for place, apis in groups.items()
        for name in [listed(apis)]
    ]


def _place(deployment: Deployment, endpoint: Endpoint) -> str:
    token = "" if endpoint.auth == "none" else f", {_TOKENS[endpoint.auth]}"
    front = endpoint.access.front
    if endpoint.closed:
        return "off"
    if endpoint.scope == "socket":
        return "on a unix socket"
    if front is None or not endpoint.access.address_callers:
        return f"open to {deployment.peers} only{token}"
    if "" in front.host_addresses:
        return f"open to every machine that can reach this one, on port {front.host_port}{token}"
    return f"at {endpoint.url or f'port {front.host_port} of {front.host_addresses[0]}'}{token}"


def _leaves(data: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted key, value) of every answer; only lists of models are expanded."""
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _leaves(value, f"{prefix}.{key}" if prefix else key)
    elif prefix == "models" and isinstance(data, list):
        for index, value in enumerate(data):
            yield from _leaves(value, f"models.{index}")
    elif prefix:
        yield prefix, data


def _toml(value: Any) -> str:
    """A value as `--set` reads it: text is unquoted unless it would be read as something else."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    try:
        tomllib.loads(f"v = {value}")
    except tomllib.TOMLDecodeError:
        return value
    return json.dumps(value, ensure_ascii=False)
