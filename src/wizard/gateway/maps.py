"""The maps of one API: which origins, what is refused, what a preflight allows, which hosts, which tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wizard.deployment import Deployment, Endpoint
from wizard.formats.nginx import exactly, map_key, quote
from wizard.gateway.expected_responses import EXPOSED
from wizard.gateway.layout import Layout
from wizard.gateway.names import host_names


def policy(deployment: Deployment, endpoint: Endpoint) -> Iterator[str]:
    """The maps of one API: which origins, what is refused, what a preflight allows, which hosts."""
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
            yield f"        {exactly(origin)} {quote(origin)};"
    yield "    }"
    # The literal comes first: it contains no bar, so no header can shift the parts.
    yield f'    map "$origin_{api}|$http_origin" $refuse_{api} {{'
    yield "        default 0;"
    yield r'        "~^\|." 1;'
    yield '        "|" $foreign_site;'
    yield "    }"
    yield f'    map "$request_method|$origin_{api}|$http_access_control_request_method" $preflight_{api} {{'
    yield "        default 0;"
    yield r'        "~^OPTIONS\|[^|]+\|." 1;'
    yield "    }"
    yield f'    map $preflight_{api} $acam_{api} {{ default ""; 1 {_list(cors.methods)}; }}'
    yield f'    map $preflight_{api} $acah_{api} {{ default ""; 1 {_list(cors.headers)}; }}'
    yield f'    map $preflight_{api} $age_{api} {{ default ""; 1 "{cors.max_age or 0}"; }}'
    yield f'    map $origin_{api} $aceh_{api} {{ "" ""; default {_list(EXPOSED)}; }}'
    if with_cookies(endpoint):
        yield f'    map $origin_{api} $acac_{api} {{ "" ""; default "true"; }}'
    yield f"    map $host $known_host_{api} {{"
    yield "        default 0;"
    for name in host_names(deployment, endpoint):
        yield f"        {map_key(name)} 1;"
    yield "    }"


def with_cookies(endpoint: Endpoint) -> bool:
    """Whether pages may send cookies: never together with "any origin", which browsers refuse."""
    return endpoint.cors.credentials and endpoint.cors.origins != ("*",)


def tokens(places: Layout, api: str) -> Iterator[str]:
    """Which tokens are valid, and for which addresses invalid ones are counted."""
    yield f"    map $http_authorization $token_{api} {{"
    yield "        default 0;"
    yield f"        include {quote(places.token_map(api))};"
    yield "    }"
    yield "    # Wrong tokens have a limit of their own, so that guessing is slow and the right token is not."
    yield f'    map "$token_{api}|$http_authorization" $guess_{api} {{ default ""; "~^0\\|." $binary_remote_addr; }}'
    yield f"    limit_req_zone $guess_{api} zone=guesses_{api}:1m rate=30r/m;"


def presented(places: Layout, group: str) -> Iterator[str]:
    """The server's own token, for requests that were let through."""
    yield f"    map $server_port $presented_{group} {{"
    yield f"        include {quote(places.presented_map(group))};"
    yield "    }"


def _list(values: Iterable[str]) -> str:
    return quote(", ".join(values)) if values else '""'
