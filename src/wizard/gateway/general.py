"""Settings for the whole gateway: processes, connections, limits, the log and TLS."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment import Deployment
from wizard.fast_start import regex
from wizard.formats.source import comment
from wizard.gateway.layout import Layout
from wizard.gateway.target import WELL_FORMED

CONNECTIONS = 8192
"""Maximum open connections, both sides together.

nginx counts the connections of an address only once their request head is complete, so this is the only limit that
keeps one address with unfinished heads from taking every place (docs/gateway.md).
"""
_CIPHERS = ":".join(
    f"ECDHE-{key}-{cipher}"
    for cipher in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305")
    for key in ("ECDSA", "RSA")
)
_WRITTEN = "$uri$http_origin$http_sec_fetch_site$host"
"""Text from callers that the log repeats. JSON is UTF-8, and nginx escapes nothing beyond ASCII."""


def main(deployment: Deployment, places: Layout) -> Iterator[str]:
    """Before the first server: which account runs it, with how many connections, and where it keeps files."""
    yield comment(f"Gateway in front of {deployment.title}. Made by Serving Wizard; regenerate it rather than edit it.")
    for reason in deployment.gateway_reasons:
        yield comment(f"Why it is here: {reason.intent.label}. {reason.reason}")
    if places.native:
        yield "daemon off;"
    yield "worker_processes 1;"
    yield f"worker_rlimit_nofile {2 * CONNECTIONS};"
    yield f"pid {places.run}/nginx.pid;"
    # Lower levels quote whole request lines, query included; every answer is in the access log anyway.
    yield "error_log stderr crit;"
    yield f"events {{ worker_connections {CONNECTIONS}; }}"
    yield "http {"
    yield "    server_tokens off;"
    yield "    default_type application/octet-stream;"
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        yield f"    {kind}_temp_path {places.run}/{kind};"
    yield "    map_hash_bucket_size 512;"
    yield "    variables_hash_max_size 2048;"


def limits(deployment: Deployment) -> Iterator[str]:
    """The log, how much and how fast, and the maps that every API uses."""
    rate = deployment.plan.gateway.requests_per_second
    yield from _log()
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


def tls() -> Iterator[str]:
    """Protocols and ciphers."""
    yield "    # At http level: nginx takes ssl_protocols of an address's default server for every name on it."
    yield "    ssl_protocols TLSv1.2 TLSv1.3;"
    yield f"    ssl_ciphers {_CIPHERS};"
    yield "    ssl_prefer_server_ciphers off;"
    yield "    ssl_session_cache shared:tls:1m;"
    yield "    ssl_session_timeout 1h;"
    yield "    ssl_session_tickets off;"


LOG_LINE = regex(r'\{"t":"[^"]*","ip":"[^"]*","m":')
"""How every line of its log begins."""


def _log() -> Iterator[str]:
    """Every line is JSON, whatever callers send: nginx writes bytes beyond ASCII unescaped, and logs 000 for no
    answer."""
    yield '    map $status $unanswered { default 0; "~^0" 1; }'
    yield f'    map "$unanswered{_WRITTEN}" $log_whole {{ default 1; "~^1" 0; "~[\\x80-\\xff]" 0; }}'
    yield f'    map "$unanswered{_WRITTEN}" $log_not_ascii {{ default 0; "~(?s)^0.*[\\x80-\\xff]" 1; }}'
    yield "    # No query string, no Authorization, no cookie and no body reaches the log."
    yield from _log_format(
        "gateway", '"p":"$uri","s":$status', '"origin":"$http_origin","site":"$http_sec_fetch_site","host":"$host"'
    )
    odd = "(not ASCII)"
    yield from _log_format(
        "gateway_not_ascii", f'"p":"{odd}","s":$status', f'"origin":"{odd}","site":"{odd}","host":"{odd}"'
    )
    yield from _log_format("gateway_unanswered", '"p":"","s":0', '"origin":"","site":"","host":""')
    yield "    access_log /dev/stdout gateway if=$log_whole;"
    yield "    access_log /dev/stdout gateway_not_ascii if=$log_not_ascii;"
    yield "    access_log /dev/stdout gateway_unanswered if=$unanswered;"


def _log_format(name: str, asked: str, caller: str) -> Iterator[str]:
    yield f'    log_format {name} escape=json \'{{"t":"$time_iso8601","ip":"$remote_addr","m":"$request_method",\''
    yield f'        \'{asked},"in":$request_length,"out":$bytes_sent,"rt":$request_time,\''
    yield f'        \'{caller},"up":"$upstream_status"}}\';'
