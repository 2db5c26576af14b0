"""Render the gateway's nginx.conf: works from nginx 1.22 to current.

Every line answers one measured trap (docs/gateway.md): header values are literals from a list, never an echo of
the request; every header has `always`; all headers of a location stand in that location, because one add_header of its
own would drop inherited ones; the preflight is answered before the token is looked at; the token is looked at in the
access phase, behind the rate limit, by a case-sensitive expression; a request is matched and forwarded in one spelling.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard import servers
from wizard.deployment import Deployment, Endpoint
from wizard.formats.nginx import quote
from wizard.gateway.expected_responses import EXPOSED, literal, methods
from wizard.gateway.layout import CONFIG, TOKEN_CHECK, Layout, gated, layout, relay_socket, token_api
from wizard.gateway.names import host_names
from wizard.gateway.target import WELL_FORMED
from wizard.servers.contract import Block, ConfigFile, Route

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
"""Wrong tokens an address may try at once before 429; then one more every two seconds."""
_BLANKED = ("Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers", "Cookie")
_CIPHERS = ":".join(
    f"ECDHE-{key}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for key in ("ECDSA", "RSA")
)


def render(deployment: Deployment) -> ConfigFile:
    """The whole configuration as blocks, each with the answer that caused it."""
    places = layout(deployment)
    blocks = [
        Block(_text(_main(deployment, places)), cause="gateway.kind"),
        Block(_text(_general(deployment)), cause="gateway.requests_per_second"),
    ]
    if places.tls:
        blocks.append(Block(_text(_tls()), cause="tls.mode"))
    for endpoint in gated(deployment):
        blocks.append(Block(_text(_policy(deployment, endpoint)), cause=f"cors.{token_api(endpoint.api)}"))
    for api in places.token_apis:
        blocks.append(Block(_text(_tokens(places, api)), cause=f"auth.{api}"))
    for endpoint in gated(deployment):
        blocks.append(Block(_text(_server(deployment, endpoint, places)), cause=f"bind.{endpoint.api}"))
    blocks.append(Block("}\n"))
    return ConfigFile(CONFIG, tuple(blocks))


def _text(lines: Iterator[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _main(deployment: Deployment, places: Layout) -> Iterator[str]:
    yield f"# Gateway in front of {deployment.title}. Made by Serving Wizard; regenerate it rather than edit it."
    for reason in deployment.gateway_reasons:
        yield f"# For {reason.intent.label}: {reason.reason}"
    if places.native:
        yield "daemon off;"
    yield "worker_processes 1;"
    yield "worker_rlimit_nofile 2048;"
    yield f"pid {places.run}/nginx.pid;"
    # Lower levels quote whole request lines, query included; every answer is in the access log anyway.
    yield "error_log stderr crit;"
    yield "events { worker_connections 1024; }"
    yield "http {"
    yield "    server_tokens off;"
    yield "    default_type application/octet-stream;"
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        yield f"    {kind}_temp_path {places.run}/{kind};"
    yield "    map_hash_bucket_size 512;"
    yield "    variables_hash_max_size 2048;"


def _general(deployment: Deployment) -> Iterator[str]:
    rate = deployment.plan.gateway.requests_per_second
    yield "    # No query string, no Authorization, no cookie and no body reaches the log."
    yield '    log_format gateway escape=json \'{"t":"$time_iso8601","ip":"$remote_addr","m":"$request_method",\''
    yield '        \'"p":"$uri","s":$status,"in":$request_length,"out":$bytes_sent,"rt":$request_time,\''
    yield '        \'"origin":"$http_origin","site":"$http_sec_fetch_site","host":"$host","up":"$upstream_status"}\';'
    yield "    access_log /dev/stdout gateway;"
    yield f"    limit_req_zone $binary_remote_addr zone=requests:1m rate={rate}r/s;"
    yield "    limit_conn_zone $binary_remote_addr zone=connections:1m;"
    yield "    limit_req_status 429;"
    yield "    limit_conn_status 429;"
    yield "    client_header_timeout 10s;"
    yield "    client_body_timeout 10s;"
    yield "    send_timeout 30s;"
    yield "    keepalive_timeout 30s;"
    yield "    large_client_header_buffers 4 8k;"
    yield f"    client_max_body_size {deployment.plan.gateway.max_body_mib}m;"
    yield "    # The request is matched decoded and forwarded raw: only targets where both are the same text pass."
    yield "    map $request_uri $target_ok {"
    yield "        default 0;"
    yield f'        "~{WELL_FORMED}" 1;'
    yield "    }"
    yield "    # A body that a browser sends without asking first (text, forms) is refused."
    yield '    map "$request_method|$http_content_type" $not_json {'
    yield "        default 0;"
    yield '        "~*^POST\\|(?!application/json[ \\t]*(?:;|$))" 1;'
    yield "    }"
    yield "    # A browser says so when a request without Origin comes from a page of another site."
    yield "    map $http_sec_fetch_site $foreign_site { default 0; cross-site 1; same-site 1; }"
    yield '    map $status $challenge { default ""; 401 \'Bearer realm="models"\'; }'


def _tls() -> Iterator[str]:
    yield "    # At http level: nginx takes ssl_protocols of an address's default server for every name on it."
    yield "    ssl_protocols TLSv1.2 TLSv1.3;"
    yield f"    ssl_ciphers {_CIPHERS};"
    yield "    ssl_prefer_server_ciphers off;"
    yield "    ssl_session_cache shared:tls:1m;"
    yield "    ssl_session_timeout 1h;"
    yield "    ssl_session_tickets off;"


def _policy(deployment: Deployment, endpoint: Endpoint) -> Iterator[str]:
    """The maps of one API: which origins, what is refused, what a preflight permits, which hosts."""
    api, cors = endpoint.api, endpoint.cors
    yield f"    # {api}: the value is the literal from the list, never an echo of the request."
    yield f"    map $http_origin $origin_{api} {{"
    if cors.origins == ("*",):
        yield '        default "*";'
        yield '        "" "";'
    else:
        yield '        default "";'
        for origin in cors.origins:
            # nginx compares plain map strings without regard to case; an anchored expression does not.
            yield f'        "~^{_regex(origin)}$" "{origin}";'
    yield "    }"
    # The literal stands first: it holds no bar, so no header can shift the parts.
    yield f'    map "$origin_{api}|$http_origin" $refuse_{api} {{'
    yield "        default 0;"
    yield r'        "~^\|." 1;'
    yield '        "|" $foreign_site;'
    yield "    }"
    yield f'    map "$request_method|$origin_{api}|$http_access_control_request_method" $preflight_{api} {{'
    yield "        default 0;"
    yield r'        "~^OPTIONS\|[^|]+\|." 1;'
    yield "    }"
    yield f'    map $preflight_{api} $acam_{api} {{ default ""; 1 "{", ".join(cors.methods)}"; }}'
    yield f'    map $preflight_{api} $acah_{api} {{ default ""; 1 "{", ".join(cors.headers)}"; }}'
    yield f'    map $preflight_{api} $age_{api} {{ default ""; 1 "{cors.max_age or 0}"; }}'
    yield f'    map $origin_{api} $aceh_{api} {{ "" ""; default "{", ".join(EXPOSED)}"; }}'
    if _with_cookies(endpoint):
        yield f'    map $origin_{api} $acac_{api} {{ "" ""; default "true"; }}'
    yield f"    map $host $known_host_{api} {{"
    yield "        default 0;"
    for name in host_names(deployment, endpoint):
        yield f'        "{name}" 1;'
    yield "    }"


def _with_cookies(endpoint: Endpoint) -> bool:
    return endpoint.cors.credentials and endpoint.cors.origins != ("*",)


def _tokens(places: Layout, api: str) -> Iterator[str]:
    yield f"    map $http_authorization $token_{api} {{"
    yield "        default 0;"
    yield f"        include {quote(places.token_map(api))};"
    yield "    }"
    yield "    # Wrong tokens have a limit of their own, so that guessing is slow and the right token is not."
    yield f'    map "$token_{api}|$http_authorization" $guess_{api} {{ default ""; "~^0\\|." $binary_remote_addr; }}'
    yield f"    limit_req_zone $guess_{api} zone=guesses_{api}:1m rate=30r/m;"


def _server(deployment: Deployment, endpoint: Endpoint, places: Layout) -> Iterator[str]:
    routes = [r for r in servers.adapter(deployment.plan.server).gateway_routes(deployment) if r.api == endpoint.api]
    yield f"    upstream {endpoint.api} {{"
    yield f"        server {_backend(deployment, endpoint)};"
    yield "        keepalive 8;"
    yield "    }"
    yield "    server {"
    for address in listens(endpoint, places):
        flags = (" ssl" if endpoint.tls else "") + (" http2" if endpoint.protocol == "grpc" or endpoint.tls else "")
        yield f"        listen {address}{flags} default_server;"
    if endpoint.tls:
        # Here and not at http level, where nginx would put its prefix before a relative path once for each server.
        yield f"        ssl_certificate {quote(places.certificate)};"
        yield f"        ssl_certificate_key {quote(places.key)};"
    yield "        server_name _;"
    yield f"        if ($known_host_{endpoint.api} = 0) {{ return 421; }}"
    if endpoint.auth == "gateway-token":
        api = token_api(endpoint.api)
        yield f"        location = {TOKEN_CHECK} {{"
        yield "            internal;"
        yield from _indent(_answer_headers(deployment, endpoint, places))
        yield f"            if ($token_{api} = 0) {{ return 401; }}"
        yield "            return 204;"
        yield "        }"
    yield "        location / {"
    yield from _indent(_answer_headers(deployment, endpoint, places))
    yield "            return 404;"
    yield "        }"
    for route in routes:
        yield f"        location {_matching(route)} {{"
        yield from _indent(_location(deployment, endpoint, route, places))
        yield "        }"
    yield "    }"


def _matching(route: Route) -> str:
    path = literal(route)
    return f"= {path}" if path else f'~ "{route.pattern}"'


def _location(deployment: Deployment, endpoint: Endpoint, route: Route, places: Layout) -> Iterator[str]:
    api = endpoint.api
    yield from _answer_headers(deployment, endpoint, places)
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
        yield from _grpc(endpoint)
    else:
        yield from _proxy(endpoint)


def _answer_headers(deployment: Deployment, endpoint: Endpoint, places: Layout) -> Iterator[str]:
    api = endpoint.api
    yield "add_header Vary Origin always;"
    yield f"add_header Access-Control-Allow-Origin $origin_{api} always;"
    if _with_cookies(endpoint):
        yield f"add_header Access-Control-Allow-Credentials $acac_{api} always;"
    yield f"add_header Access-Control-Expose-Headers $aceh_{api} always;"
    yield f"add_header Access-Control-Allow-Methods $acam_{api} always;"
    yield f"add_header Access-Control-Allow-Headers $acah_{api} always;"
    yield f"add_header Access-Control-Max-Age $age_{api} always;"
    yield "add_header WWW-Authenticate $challenge always;"
    yield "add_header X-Content-Type-Options nosniff always;"
    yield "add_header Cross-Origin-Resource-Policy same-origin always;"
    yield "add_header Cache-Control no-store always;"


def _proxy(endpoint: Endpoint) -> Iterator[str]:
    yield "proxy_http_version 1.1;"
    yield 'proxy_set_header Connection "";'
    yield "proxy_set_header Host localhost;"
    for name in _BLANKED:
        yield f'proxy_set_header {name} "";'
    passed = "$http_authorization" if endpoint.auth == "server-token" else '""'
    yield f"proxy_set_header Authorization {passed};"
    yield "proxy_set_header X-Forwarded-For $remote_addr;"
    yield "proxy_set_header X-Forwarded-Proto $scheme;"
    for name in _HIDDEN:
        yield f"proxy_hide_header {name};"
    yield "proxy_connect_timeout 5s;"
    yield "proxy_read_timeout 120s;"
    yield "proxy_next_upstream off;"
    yield "proxy_redirect off;"
    yield "proxy_buffering off;"
    yield f"proxy_pass http://{endpoint.api};"


def _grpc(endpoint: Endpoint) -> Iterator[str]:
    passed = "$http_authorization" if endpoint.auth == "server-token" else '""'
    yield f"grpc_set_header Authorization {passed};"
    yield "grpc_connect_timeout 5s;"
    yield "grpc_read_timeout 120s;"
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
    """The addresses of `listen`: every address inside a container, the asked-for ones natively."""
    if not places.native and endpoint.inner_address == "0.0.0.0":
        return (str(endpoint.inner_port),)
    found = []
    for address in endpoint.host_addresses:
        if address == "":
            found += [str(endpoint.inner_port), f"[::]:{endpoint.inner_port}"]
        else:
            found.append(f"[{address}]:{endpoint.inner_port}" if ":" in address else f"{address}:{endpoint.inner_port}")
    return tuple(found)


def _regex(text: str) -> str:
    return re.sub(r"([.\[\]\\^$*+?(){}|])", r"\\\1", text)


def _indent(lines: Iterator[str]) -> Iterator[str]:
    return (f"            {line}" for line in lines)
