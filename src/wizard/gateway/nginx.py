"""Render the gateway's nginx.conf: works from nginx 1.22 to current.

Every line answers one measured trap (docs/gateway.md): header values are literals from a list, never an echo of
the request; every header has `always`; all headers of a location stand in that location, because one add_header of its
own would drop inherited ones; the preflight is answered before the token is looked at; the token is looked at in the
access phase, behind the rate limit, by a case-sensitive expression; a request is matched and forwarded in one spelling.
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment import Deployment, Endpoint
from wizard.formats.nginx import quote, template
from wizard.gateway import general, maps
from wizard.gateway.expected_responses import literal, methods, routes
from wizard.gateway.layout import (
    CONFIG,
    RELAY,
    RELAY_TOKEN,
    TOKEN_CHECK,
    Layout,
    gated,
    layout,
    presented_group,
    presented_groups,
    relay_socket,
    relayed_by_token,
    token_api,
)
from wizard.servers.files import Block, ConfigFile
from wizard.servers.requests import Route

_HIDDEN = (
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
    "Access-Control-Allow-Private-Network",
    "X-Powered-By",
    "Set-Cookie",
    "WWW-Authenticate",
    "Timing-Allow-Origin",
    "Cross-Origin-Resource-Policy",
    "X-Content-Type-Options",
    "Cache-Control",
    "Strict-Transport-Security",
)
GUESSES = 10
"""How many wrong tokens an address may try at once before it gets 429; after that, one more every two seconds."""
_BLANKED = ("Origin", "Referer", "Access-Control-Request-Method", "Access-Control-Request-Headers", "Cookie")


def render(deployment: Deployment) -> ConfigFile:
    """The whole configuration as blocks, each with the answer that caused it."""
    places = layout(deployment)
    blocks = [
        Block(_text(general.main(deployment, places)), cause="gateway.kind"),
        Block(_text(general.limits(deployment)), cause="gateway.requests_per_second"),
    ]
    if places.tls:
        blocks.append(Block(_text(general.tls()), cause="tls.mode"))
    for endpoint in gated(deployment):
        blocks.append(Block(_text(maps.policy(deployment, endpoint)), cause=f"cors.{token_api(endpoint.api)}"))
    for api in places.token_apis:
        blocks.append(Block(_text(maps.tokens(places, api)), cause=f"auth.{api}"))
    relay = (RELAY,) if relayed_by_token(deployment) else ()
    for group in (*presented_groups(deployment), *relay):
        blocks.append(Block(_text(maps.presented(places, group)), cause="gateway.kind"))
    for endpoint in gated(deployment):
        blocks.append(Block(_text(_server(deployment, endpoint, places)), cause=f"bind.{endpoint.api}"))
    blocks.append(Block("}\n"))
    return ConfigFile(CONFIG, tuple(blocks))


def _text(lines: Iterator[str]) -> str:
    return "\n".join([*lines, ""])


def _server(deployment: Deployment, endpoint: Endpoint, places: Layout) -> Iterator[str]:
    yield f"    upstream {endpoint.api} {{"
    yield f"        server {quote(_backend(deployment, endpoint))};"
    yield "        keepalive 8;"
    yield "    }"
    yield "    server {"
    for address in listens(endpoint, places):
        flags = (" ssl" if endpoint.tls else "") + (" http2" if endpoint.protocol == "grpc" or endpoint.tls else "")
        yield f"        listen {quote(address)}{flags} default_server;"
    if endpoint.tls:
        # Here and not at http level, where nginx would put its prefix before a relative path once for each server.
        yield f"        ssl_certificate {quote(places.certificate)};"
        yield f"        ssl_certificate_key {quote(places.key)};"
    yield "        server_name _;"
    yield f"        if ($known_host_{endpoint.api} = 0) {{ return 421; }}"
    headers = [f"            {line}" for line in _answer_headers(endpoint)]
    yield "        # Each location has all its headers: a single add_header added to one would drop all inherited ones."
    if endpoint.auth == "gateway-token":
        api = token_api(endpoint.api)
        yield "        # Asked by auth_request before what needs the token; nobody else reaches it."
        yield f"        location = {TOKEN_CHECK} {{"
        yield "            internal;"
        yield from headers
        yield f"            if ($token_{api} = 0) {{ return 401; }}"
        yield "            return 204;"
        yield "        }"
    yield "        # What is not listed below is not forwarded."
    yield "        location / {"
    yield from headers
    yield "            return 404;"
    yield "        }"
    for route in routes(deployment, endpoint):
        yield f"        location {_matching(route)} {{"
        yield from headers
        yield from (f"            {line}" for line in _location(deployment, endpoint, route))
        yield "        }"
    yield "    }"


def _matching(route: Route) -> str:
    path = literal(route)
    return f"= {path}" if path else f"~ {template(route.pattern)}"


def _location(deployment: Deployment, endpoint: Endpoint, route: Route) -> Iterator[str]:
    api = endpoint.api
    yield "if ($target_ok = 0) { return 400; }"
    yield f"if ($refuse_{api}) {{ return 403; }}"
    yield f"if ($preflight_{api}) {{ return 204; }}"
    yield f"if ($request_method !~ ^(?:{'|'.join(methods(route))})$) {{ return 405; }}"
    if route.json_body:
        yield "if ($not_json) { return 415; }"
    burst = max(60, 2 * deployment.plan.gateway.requests_per_second)
    yield f"limit_req zone=requests burst={burst} nodelay;"
    yield "limit_conn connections 64;"
    if endpoint.auth == "gateway-token":
        yield f"limit_req zone=guesses_{token_api(api)} burst={GUESSES} nodelay;"
        yield f"auth_request {TOKEN_CHECK};"
    if route.grpc:
        yield from _grpc(deployment, endpoint, route)
    else:
        yield from _proxy(deployment, endpoint, route)


def _answer_headers(endpoint: Endpoint) -> Iterator[str]:
    api = endpoint.api
    yield "add_header Vary Origin always;"
    yield f"add_header Access-Control-Allow-Origin $origin_{api} always;"
    if maps.with_cookies(endpoint):
        yield f"add_header Access-Control-Allow-Credentials $acac_{api} always;"
    yield f"add_header Access-Control-Expose-Headers $aceh_{api} always;"
    yield f"add_header Access-Control-Allow-Methods $acam_{api} always;"
    yield f"add_header Access-Control-Allow-Headers $acah_{api} always;"
    yield f"add_header Access-Control-Max-Age $age_{api} always;"
    yield "add_header WWW-Authenticate $challenge always;"
    yield "add_header X-Content-Type-Options nosniff always;"
    yield "add_header Cross-Origin-Resource-Policy same-origin always;"
    yield "add_header Cache-Control no-store always;"


def _authorization(deployment: Deployment, endpoint: Endpoint) -> str:
    """What is sent to the server: the caller's own header, the server's token that the gateway knows, or nothing."""
    group = presented_group(deployment, endpoint)
    if group:
        return f"$presented_{group}"
    return "$http_authorization" if endpoint.auth == "server-token" else '""'


def _proxy(deployment: Deployment, endpoint: Endpoint, route: Route) -> Iterator[str]:
    yield "proxy_http_version 1.1;"
    yield 'proxy_set_header Connection "";'
    yield "proxy_set_header Host localhost;"
    for name in _BLANKED:
        yield f'proxy_set_header {name} "";'
    yield f"proxy_set_header Authorization {_authorization(deployment, endpoint)};"
    if relayed_by_token(deployment):
        yield f"proxy_set_header {RELAY_TOKEN} $presented_{RELAY};"
    yield "proxy_set_header X-Forwarded-For $remote_addr;"
    yield "proxy_set_header X-Forwarded-Proto $scheme;"
    for name in _HIDDEN:
        yield f"proxy_hide_header {name};"
    yield "proxy_connect_timeout 5s;"
    yield f"proxy_read_timeout {route.wait_s}s;"
    yield "proxy_next_upstream off;"
    yield "proxy_redirect off;"
    yield "proxy_buffering off;"
    yield f"proxy_pass http://{endpoint.api};"


def _grpc(deployment: Deployment, endpoint: Endpoint, route: Route) -> Iterator[str]:
    yield f"grpc_set_header Authorization {_authorization(deployment, endpoint)};"
    if relayed_by_token(deployment):
        yield f"grpc_set_header {RELAY_TOKEN} $presented_{RELAY};"
    yield "grpc_connect_timeout 5s;"
    yield f"grpc_read_timeout {route.wait_s}s;"
    yield "grpc_next_upstream off;"
    yield f"grpc_pass grpc://{endpoint.api};"


def _backend(deployment: Deployment, endpoint: Endpoint) -> str:
    if endpoint.backend_address.startswith("unix:"):
        return endpoint.backend_address
    if any(process.isolated for process in deployment.processes):
        return f"unix:{relay_socket(endpoint)}"
    name = "server" if deployment.networks else "127.0.0.1"
    return f"{name}:{endpoint.backend_port}"


def listens(endpoint: Endpoint, places: Layout) -> tuple[str, ...]:
    """The addresses for `listen`: every address inside a container, the requested ones natively."""
    if not places.native and endpoint.inner_address == "0.0.0.0":
        return (str(endpoint.inner_port),)
    found = []
    for address in endpoint.host_addresses:
        if address == "":
            found += [str(endpoint.inner_port), f"[::]:{endpoint.inner_port}"]
        else:
            found.append(f"[{address}]:{endpoint.inner_port}" if ":" in address else f"{address}:{endpoint.inner_port}")
    return tuple(found)
