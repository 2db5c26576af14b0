"""Hostile answers and callers: nothing of a Plan is a variable or a directive in nginx.conf, and the log stays JSON."""

from __future__ import annotations

import contextlib
import itertools
import json
import socket
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.gateway.conftest import Start, guarded, listed
from tests.gateway.harness import APP, HOST, UI, insecure
from tests.gateway.test_gateway_plans import on_sockets, written
from tests.support import hostile
from tests.support.examples import share
from tests.support.plan_fields import fields, variants
from tests.support.plans import ENDINGS
from tests.support.waiting import until
from wizard import registry
from wizard.deployment import Deployment
from wizard.errors import WizardError
from wizard.formats import nginx as reader
from wizard.gateway import config_files
from wizard.placement.resolve import resolve
from wizard.plan import Plan

pytestmark = pytest.mark.nginx

MORE = {
    "variable in a header name": "x-$http_cookie",
    "unknown variable": "x-$evil",
    "every mark of a header name": "!#%&'*+.^_`|~-",
    "long header name": "x" * 5_000,
    "word of a map": "default",
    "another word of a map": "hostnames",
    "longest host name": ".".join(["a" * 61] * 4),
}
OWN_VARIABLES = ("$foreign_site", "$binary_remote_addr")


FIELDS = fields()
ALWAYS_REFUSED = {"cors.methods", "bind.{key}object", "cors.{key}CorsRule", "auth.{key}string"}
"""Places that take some words only, none of them hostile."""
RUNS = [(server, how) for server in registry.names() for how in ("docker", "native")]


def base(server: str, how: str) -> dict[str, Any]:
    return {
        "server": server,
        "models": [{"name": "m", "path": f"/m{ENDINGS.get(server, '')}"}],
        "run": {"how": how},
        "bind": {"inference": {"scope": "loopback"}},
        "cors": {"inference": {"origins": [APP, UI]}},
        "auth": {"inference": "gateway-token", "management": "gateway-token"},
        "gateway": {"kind": "nginx"},
    }


def gated(data: dict[str, Any]) -> Deployment:
    """Raises for what is refused, at once or when the files are made."""
    deployment = resolve(Plan.model_validate(data), HOST)
    config_files(deployment)
    return deployment


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_the_plan_is_refused_or_is_text_in_nginx_conf(nginx: str, folder: Path, field: str) -> None:
    taken, seen = 0, set[str]()
    ways = [(base(*run), variant) for run in RUNS for variant, _ in variants(FIELDS[field], base(*run), gated)]
    assert ways, "tell in tests/support/plan_fields.py what this field needs beside it"
    values = list(enumerate({**hostile.VALUES, **MORE}.items()))
    some = share(values, list(FIELDS).index(field))
    for number, (name, value) in some:
        answers, variant = ways[number % len(ways)]
        try:
            deployment = gated(variant.put(answers, value))
        except (ValidationError, WizardError):
            continue  # refused with a reason, and nothing is written
        taken += 1
        for place in written(deployment, folder / str(number)):
            text = on_sockets(place.read_text())
            assert not list(_foreign(reader.read(text))), (name, value)
            if text not in seen:
                _tested(nginx, folder / str(number), place, _without_certificates(text), name)
            seen.add(text)
    assert not taken if field in ALWAYS_REFUSED else taken or len(some) < len(values)


def _foreign(directives: tuple[reader.Directive, ...]) -> Iterator[str]:
    """Variables where a Plan's words stand: in a map's values and after `listen`, `server` and certificates."""
    for each in directives:
        values = [value for line in each.block or () for value in line.values] if each.name == "map" else []
        if each.name in ("listen", "ssl_certificate", "ssl_certificate_key") or each.block is None:
            values += each.values if each.name in ("listen", "server", "ssl_certificate", "ssl_certificate_key") else ()
        yield from (value for value in values if "$" in value.rstrip("$") and not value.startswith(OWN_VARIABLES))
        if each.name != "map":
            yield from _foreign(each.block or ())


def _without_certificates(text: str) -> str:
    """Files that are not there would be all that nginx speaks of."""
    kept = [line for line in text.split("\n") if not line.lstrip().startswith("ssl_certificate")]
    return "\n".join(kept).replace(" ssl http2", "").replace(" ssl default_server", " default_server")


def _tested(nginx: str, folder: Path, place: Path, text: str, name: str) -> None:
    place.write_text(text)
    command = [nginx, "-t", "-p", ".", "-c", str(place.relative_to(folder))]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (name, done.stderr)


def test_a_header_name_is_told_as_it_was_written(start: Start) -> None:
    gate = start(
        cors={"inference": {"origins": [APP], "headers": ["content-type", MORE["every mark of a header name"]]}}
    )
    assert gate.preflight(APP).value("access-control-allow-headers") == f"content-type, {'!#%&' + chr(39)}*+.^_`|~-"


def test_a_header_name_that_nginx_would_take_for_a_variable_is_refused_with_the_reason() -> None:
    answers = base("torchserve", "docker")
    answers["cors"]["inference"]["headers"] = ["content-type", "x-$http_cookie"]
    with pytest.raises(WizardError, match="cannot be written into an nginx configuration"):
        gated(answers)


NOT_ASCII = b"\xff\xc3("


def test_every_line_of_the_log_is_json_whatever_callers_send(start: Start) -> None:
    gate = start(**listed())
    endpoint = gate.endpoint()
    for line in (
        b"GET /" + NOT_ASCII + b" HTTP/1.1\r\nHost: localhost\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: " + NOT_ASCII + b'"\r\n',
        b"GET / HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: " + NOT_ASCII + b"\\\r\n",
        b"GET / HTTP/1.1\r\nHost: " + NOT_ASCII + b"\r\n",
        b"GET /%ff%c3%28%00 HTTP/1.1\r\nHost: localhost\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ):
        with socket.create_connection(("127.0.0.1", endpoint.host_port), timeout=20) as link:
            link.sendall(line + b"Connection: close\r\n\r\n")
            with contextlib.suppress(ConnectionError):
                while link.recv(4096):
                    pass
    with socket.create_connection(("127.0.0.1", endpoint.host_port), timeout=20) as link:
        link.sendall(
            b"POST " + gate.predict.encode() + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n{"
        )
    gate.ask("GET", "/the-last-one")
    until(lambda: any("/the-last-one" in line for line in gate.log), "the last request to be logged")
    lines = [line for line in gate.log if line.startswith("{")]
    assert len(lines) >= 6
    assert all(json.loads(line)["s"] >= 0 for line in lines), lines
    assert "�" not in "".join(lines), "bytes that are no UTF-8"


LITERAL = 0
"""Begins a field of a head in HPACK that is written out and not remembered."""
HEADERS, SETTINGS, CONTINUATION = 1, 4, 9
ALL_OF_IT = 4
"""Says that a head of HTTP/2 ends with this frame."""


def _frame(kind: int, flags: int, stream: int, data: bytes) -> bytes:
    return struct.pack(">I", len(data))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + data


def _field(name: bytes, value: bytes) -> bytes:
    return bytes([LITERAL, len(name)]) + name + bytes([len(value)]) + value


def _broken_heads(path: bytes) -> Iterator[bytes]:
    """Heads of HTTP/2 that never become a request, so that nginx has no status for them."""
    whole = b"".join(
        itertools.starmap(
            _field, [(b":method", b"GET"), (b":scheme", b"https"), (b":path", path), (b":authority", b"localhost")]
        )
    )
    yield _frame(HEADERS, 0, 1, whole[:30])
    yield _frame(HEADERS, ALL_OF_IT, 1, b"\xff" * 6)
    yield _frame(HEADERS, ALL_OF_IT, 1, whole + _field(b"Upper", b"x"))
    yield _frame(HEADERS, 0, 1, whole) + _frame(CONTINUATION, 0, 1, b"") * 200


def test_a_request_that_never_got_a_status_is_json_in_the_log(start: Start) -> None:
    """nginx writes 000 for it, which no reader of JSON takes."""
    bare = "    log_format bare 'bare $status';\n    access_log /dev/stdout bare;\n    access_log "
    gate = start(**guarded(tls={"mode": "self-signed"}), edit=lambda text: text.replace("    access_log ", bare, 1))
    context = insecure()
    context.set_alpn_protocols(["h2"])
    begin = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(SETTINGS, 0, 0, b"")
    heads = list(_broken_heads(gate.predict.encode()))
    for head in heads:
        with (
            socket.create_connection(("127.0.0.1", gate.endpoint().host_port), timeout=20) as link,
            context.wrap_socket(link, server_hostname="localhost") as safe,
        ):
            assert safe.selected_alpn_protocol() == "h2"
            safe.recv(4096)  # nginx is ready to read heads
            safe.sendall(begin + head)
    until(
        lambda: gate.log.count("bare 000") == len(heads) and not gate.log[-1].startswith("bare"),
        lambda: "\n".join(gate.log),
    )
    statuses = [json.loads(line)["s"] for line in gate.log if not line.startswith("bare")]
    assert statuses.count(0) == len(heads), gate.log


@pytest.mark.parametrize(
    ("tables", "half"),
    [({}, b"GET / HT"), ({"tls": {"mode": "self-signed"}}, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")],
    ids=["half a head", "half a TLS hello"],
)
def test_one_address_with_half_a_head_on_a_thousand_connections_shuts_nobody_out(
    start: Start, tables: dict[str, Any], half: bytes
) -> None:
    """Of nginx's usual 1,024 it frees some for newcomers, so that a few more than those are no trial."""
    gate = start(**guarded(**tables))
    port = gate.endpoint().host_port
    with contextlib.ExitStack() as stack:
        for _ in range(2_200):
            link = stack.enter_context(socket.socket())
            link.settimeout(20)
            link.connect(("127.0.0.1", port))
            link.sendall(half)
        assert gate.ask().status == 200
