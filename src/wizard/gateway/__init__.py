"""The gateway: a generated nginx in front of a server, for what the server cannot do by itself.

`nginx.py` renders its configuration, `expected_responses.py` says what it will answer, this module how it is run.
"""

from __future__ import annotations

from wizard import registry
from wizard.deployment import Deployment, Mount, Process
from wizard.gateway.expected_responses import answer as answer
from wizard.gateway.layout import CONFIG, Layout, layout, presented_groups, presented_name
from wizard.gateway.nginx import render
from wizard.gateway.relay import render as render_relay
from wizard.servers.files import ConfigFile

IMAGE = "nginx:1.28-alpine"
LEAST_BODIES_MIB = 256
"""Memory for request bodies being read, MiB. If it is full, requests get 500, and the gateway keeps running."""
OWN_MIB = 128
"""Memory for nginx itself, MiB: files in /tmp count as the container's memory too."""
NGINX_UID = 101
"""The account `nginx` of the official image."""
_NOTES = (
    ("entrypoint", "Instead of the image's script, which makes a configuration of its own."),
    ("daemon off;", "In the foreground: a container ends with its first process."),
)


def process(deployment: Deployment) -> Process:
    """How the gateway is run, without networks and publishes."""
    if deployment.plan.native:
        return Process("gateway", "", ("nginx", "-p", ".", "-c", CONFIG))
    places = layout(deployment)
    uid, gid = owner(deployment)
    held = max(LEAST_BODIES_MIB, 2 * deployment.plan.gateway.max_body_mib)
    return Process(
        name="gateway",
        image=IMAGE,
        command=("-c", places.config, "-g", "daemon off;"),
        entrypoint=("nginx",),
        user=f"{uid}:{gid}",
        mounts=_mounts(deployment, places),
        tmpfs=(("/tmp", f"rw,nosuid,nodev,noexec,size={held}m,uid={uid},gid={gid}"),),  # noqa: S108 - in the container
        memory_mib=held + OWN_MIB,
        pids=64,
        notes=(*_NOTES, *_whose(deployment)),
    )


def _whose(deployment: Deployment) -> tuple[tuple[str, str], ...]:
    """Why root's gateway has the account that it has."""
    if deployment.host.uid:
        return ()
    own = owner(deployment)[0] == NGINX_UID
    return (("user", "The image's account for nginx." if own else "The server's account: both read the private key."),)


def owner(deployment: Deployment) -> tuple[int, int]:
    """The account the gateway runs as: the owner of the secrets, so that they can keep mode 0600.

    If root runs the wizard, it is no account of this machine: that of the image, or the server's if the server reads
    the same private key.
    """
    host = deployment.host
    if host.uid:
        return host.uid, host.gid
    shared = any(endpoint.tls and endpoint.served_by == "server" for endpoint in deployment.endpoints)
    uid = server_uid(deployment) if shared else NGINX_UID
    return uid, uid


def server_uid(deployment: Deployment) -> int:
    """The number of the account that the server has in its container."""
    adapter = registry.adapter(deployment.plan.server)
    given = adapter.process(deployment).user.partition(":")[0]
    return int(given) if given.isdigit() else adapter.models.uid


def config_files(deployment: Deployment) -> tuple[ConfigFile, ...]:
    """The gateway's configuration. Tokens and keys are not part of it."""
    if any(process.isolated for process in deployment.processes):
        return (render(deployment), render_relay(deployment))
    return (render(deployment),)


def _mounts(deployment: Deployment, places: Layout) -> tuple[Mount, ...]:
    found = [Mount(f"./{CONFIG}", places.config)]
    for api in places.token_apis:
        found.append(Mount(f"./secrets/{api}_tokens.map", places.token_map(api), secret=True))
    for group in presented_groups(deployment):
        found.append(Mount(f"./secrets/{presented_name(group)}", places.presented_map(group), secret=True))
    if places.tls:
        certificate, key = deployment.pair
        found.append(Mount(certificate, places.certificate, secret=True))
        found.append(Mount(key, places.key, secret=True))
    return tuple(found)
