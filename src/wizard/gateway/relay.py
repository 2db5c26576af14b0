"""The relay: an nginx in the network namespace of an isolated native server, from unix sockets to the server's ports.

It checks the gateway's secret, because other accounts may reach its sockets, and leaves every other decision to the
gateway.
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment import Deployment, Endpoint
from wizard.formats.nginx import quote
from wizard.gateway.layout import RELAY, RELAY_CONFIG, RELAY_TOKEN, gated, layout, relay_socket
from wizard.servers.files import Block, ConfigFile


def render(deployment: Deployment) -> ConfigFile:
    """relay.conf, one server block for each API behind the gateway."""
    blocks = [Block("".join(f"{line}\n" for line in _head(deployment)), cause="run.how")]
    for endpoint in relayed(deployment):
        lines = _server(endpoint)
        blocks.append(Block("".join(f"    {line}\n" for line in lines), cause=f"bind.{endpoint.api}"))
    blocks.append(Block("}\n"))
    return ConfigFile(RELAY_CONFIG, tuple(blocks))


def relayed(deployment: Deployment) -> tuple[Endpoint, ...]:
    """The endpoints that need it: a server's own unix socket is reached from any network namespace."""
    return tuple(e for e in gated(deployment) if not e.backend_address.startswith("unix:"))


def _head(deployment: Deployment) -> Iterator[str]:
    yield f"# From unix sockets to {deployment.title} in its own network namespace. Made by Serving Wizard."
    yield "daemon off;"
    yield "worker_processes 1;"
    yield "worker_rlimit_nofile 2048;"
    yield "pid run/relay/nginx.pid;"
    yield "error_log stderr crit;"
    yield "events { worker_connections 1024; }"
    yield "http {"
    yield "    server_tokens off;"
    yield "    access_log off;"
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        yield f"    {kind}_temp_path run/relay/{kind};"
    yield f"    map $http_{RELAY_TOKEN.lower().replace('-', '_')} $gateway {{"
    yield "        default 0;"
    yield f"        include {quote(layout(deployment).token_map(RELAY))};"
    yield "    }"
    yield f"    client_max_body_size {deployment.plan.gateway.max_body_mib}m;"


def _server(endpoint: Endpoint) -> Iterator[str]:
    grpc = endpoint.protocol == "grpc"
    kind = "grpc" if grpc else "proxy"
    yield "server {"
    yield f"    listen unix:{relay_socket(endpoint)}{' http2' if grpc else ''};"
    yield "    if ($gateway = 0) { return 403; }"
    yield "    location / {"
    yield f'        {kind}_set_header {RELAY_TOKEN} "";'
    # The gateway decides how long a silent server is waited for, and hangs up here when it does.
    yield f"        {kind}_read_timeout 1d;"
    if grpc:
        yield f"        grpc_pass grpc://127.0.0.1:{endpoint.backend_port};"
    else:
        yield "        proxy_http_version 1.1;"
        yield '        proxy_set_header Connection "";'
        yield "        proxy_buffering off;"
        yield f"        proxy_pass http://127.0.0.1:{endpoint.backend_port};"
    yield "    }"
    yield "}"
