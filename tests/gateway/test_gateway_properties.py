"""The generated configuration in a real nginx, in front of a backend that notes what reaches it."""

from __future__ import annotations

import json
import socket
import time

import pytest

from tests.gateway import properties
from tests.gateway.conftest import Start, guarded, listed, managed
from tests.gateway.harness import ADMIN, APP, EVIL, STATUS, UI, read_answer
from tests.gateway.properties import readable, unreadable
from tests.support.waiting import until
from wizard.gateway.nginx import GUESSES
from wizard.host import Host

pytestmark = pytest.mark.nginx

SERVERS = pytest.mark.parametrize("server", ["tensorflow-serving", "torchserve"])
ORDINARY = [
    properties.one_origin,
    properties.headers_everywhere,
    properties.preflight,
    properties.look_alikes,
    properties.exact_case,
    properties.one_spelling,
    properties.plain_requests,
]


@SERVERS
def test_what_holds_of_every_gateway(start: Start, server: str) -> None:
    gate = start(server, **listed())
    for check in ORDINARY:
        check(gate)


def test_errors_are_readable_by_listed_pages(start: Start) -> None:
    gate = start(**listed())
    properties.errors_readable(gate)
    assert gate.seen() == 0


def test_a_silent_backend_is_a_readable_502_and_a_slow_answer_passes_through(start: Start) -> None:
    gate = start(**listed(), backends=False)
    got = gate.ask(origin=APP)
    assert got.status == 502
    readable(got, APP)
    unreadable(gate.ask(origin=EVIL))


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_errors_of_the_server_keep_their_status_and_are_readable(start: Start, status: int) -> None:
    gate = start(**listed())
    gate.behind["inference"].status = status
    got = gate.ask(origin=UI)
    assert got.status == status
    readable(got, UI)


def test_cookies_are_allowed_only_where_the_answers_say_so(start: Start) -> None:
    gate = start(cors={"inference": {"origins": [APP]}})
    for got in (gate.ask(origin=APP), gate.preflight(APP)):
        assert got.values("access-control-allow-origin") == [APP]
        assert not got.values("access-control-allow-credentials")


def test_any_page_is_a_star_without_cookies(start: Start) -> None:
    gate = start(cors={"inference": {"origins": ["*"], "credentials": True}})
    for got in (gate.ask(origin=EVIL), gate.preflight("null")):
        assert got.values("access-control-allow-origin") == ["*"]
        assert not got.values("access-control-allow-credentials")
    assert gate.ask("POST", "", None, ("Sec-Fetch-Site", "cross-site")).status == 403


def test_without_a_list_every_page_is_refused(start: Start) -> None:
    gate = start(cors={"inference": {"origins": []}})
    for origin in (APP, UI, "null", "http://localhost"):
        got = gate.ask(origin=origin)
        assert got.status == 403
        unreadable(got)
    assert gate.seen() == 0


def test_requests_of_other_sites_without_an_origin_are_refused(start: Start) -> None:
    gate = start(**listed())
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        got = gate.ask("GET", STATUS[gate.server], None, ("Sec-Fetch-Site", site))
        assert got.status == status, site
        assert "Origin" in got.value("vary")
    assert gate.seen() == 2


def test_a_form_that_a_page_posts_by_navigating_is_refused(start: Start) -> None:
    gate = start("torchserve", **listed())
    navigate = (("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Site", "cross-site"))
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        assert gate.ask("POST", "", "null", *navigate, kind=kind).status == 403
        assert gate.ask("POST", "", None, *navigate, kind=kind).status == 403
    assert gate.seen() == 0


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST", 200),
        ("localhost.", 200),
        ("localhost:1", 200),
        ("127.0.0.1", 200),
        ("[::1]", 200),
        ("[::1]:8501", 200),
        ("gw.example", 200),
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("127.0.0.2", 421),
        ("[::2]", 421),
        ("[::ffff:127.0.0.1]", 421),
        ("_", 421),
        ("evil.example/localhost", 400),
        ("", 400),
        (None, 400),
    ],
)
def test_only_own_host_names_are_answered(start: Start, host: str | None, status: int) -> None:
    gate = start(**listed(gateway={"names": ["gw.example"]}), host=Host())
    assert gate.ask(origin=APP, host=host).status == status
    assert gate.seen() == (status == 200)


def test_the_host_of_an_absolute_target_counts(start: Start) -> None:
    gate = start(**listed())
    lines = [("Host", "localhost"), ("Content-Type", "application/json"), ("Content-Length", "2")]
    assert gate.raw("POST", f"http://evil.example{gate.predict}", lines, b"{}").status == 421
    assert gate.raw("POST", f"http://localhost{gate.predict}", lines, b"{}").status == 200
    lines[0] = ("Host", "evil.example")
    assert gate.raw("POST", f"http://localhost{gate.predict}", lines, b"{}").status == 200
    assert gate.seen() == 2


def test_an_old_client_without_host_is_refused(start: Start) -> None:
    gate = start(**listed())
    with gate.connect() as link:
        link.sendall(f"GET {STATUS[gate.server]} HTTP/1.0\r\n\r\n".encode())
        assert read_answer(link, "GET").status == 421
    assert gate.seen() == 0


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("text/plain; application/json", 415),
        ("application/jsonx", 415),
        ("application/json, text/plain", 415),
        ("", 415),
        (None, 415),
    ],
)
def test_tensorflow_serving_gets_json_only(start: Start, kind: str | None, status: int) -> None:
    gate = start(**listed())
    assert gate.ask(kind=kind).status == status
    assert gate.seen() == (status == 200)


@pytest.mark.parametrize("path", ["/predictions/echo", "/predictions/echo/1.0", "/ping"])
def test_torchserve_paths_that_are_forwarded(start: Start, path: str) -> None:
    gate = start("torchserve", **listed())
    assert gate.ask("GET" if path == "/ping" else "POST", path, kind="image/png").status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/invocations",
        "/explanations/echo",
        "/models",
        "/models/echo",
        "/models/echo/invoke",
        "/v1/models/echo:predict",
        "/echo/predict",
        "/workflows",
        "/token",
        "/api-description",
        "/metrics",
        "/predictions/",
        "/predictions/echo/",
        "/predictions/echo/1.0/x",
        "/predictions/echo;x",
        "/Predictions/echo",
    ],
)
def test_torchserve_paths_that_are_not(start: Start, path: str) -> None:
    gate = start("torchserve", **listed())
    for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
        assert gate.ask(method, path, APP).status in (400, 404)
    assert gate.seen() == 0


def test_the_server_sees_no_origin_cookie_token_or_foreign_host(start: Start) -> None:
    gate = start(**guarded())
    more = (("Cookie", "a=b"), ("X-Forwarded-For", "1.2.3.4"), ("Access-Control-Request-Method", "POST"))
    assert gate.ask("POST", "", APP, *more).status == 200
    (seen,) = gate.behind["inference"].seen
    for name in ("origin", "cookie", "authorization", "access-control-request-method"):
        assert seen.values(name) == [], name
    assert seen.values("host") == ["localhost"]
    assert seen.values("x-forwarded-for") == ["127.0.0.1"]


def test_nothing_of_the_servers_own_policy_gets_out(start: Start) -> None:
    gate = start(cors={"inference": {"origins": [APP]}})
    got = gate.ask()
    assert got.status == 200
    assert [n for n, _ in got.headers if n.lower().startswith("access-control-")] == []
    for name in ("set-cookie", "www-authenticate", "x-powered-by", "timing-allow-origin"):
        assert got.values(name) == [], name
    assert got.values("cross-origin-resource-policy") == ["same-origin"]
    assert got.values("cache-control") == ["no-store"]


def test_tokens(start: Start) -> None:
    gate = start(**guarded())
    missing = gate.ask(origin=APP, token=None)
    assert (missing.status, missing.values("www-authenticate")) == (401, ['Bearer realm="models"'])
    readable(missing, APP)
    assert gate.seen() == 0
    properties.preflight(gate)
    properties.token_case(gate)


def test_other_ways_to_present_a_token_do_not_count(start: Start) -> None:
    gate = start(**guarded())
    token = gate.tokens["inference"]
    for value in (
        token,
        f"Basic {token}",
        f"bearer {token}",
        f"Bearer  {token}",
        f"Bearer {token}, Bearer x",
        "Bearer",
    ):
        assert gate.ask("POST", "", APP, ("Authorization", value), token=None).status == 401, value
    assert gate.ask("POST", f"{gate.predict}?token={token}", token=None).status == 401
    assert gate.seen() == 0


def test_guessing_is_slow_and_does_not_lock_out_the_right_token(start: Start) -> None:
    properties.guesses_limited(start(**guarded()))


def test_guesses_are_as_slow_as_is_promised(start: Start) -> None:
    """After the first ones, one every two seconds is looked at, however many come; others have limits of their own."""
    gate = start(**guarded(gateway={"requests_per_second": 10_000}))
    begun = time.monotonic()
    looked_at = sum(gate.ask(token=f"guess{n}").status == 401 for n in range(400))
    assert 1 + GUESSES <= looked_at <= 2 + GUESSES + (time.monotonic() - begun) / 2


def test_requests_are_limited_per_address_and_the_refusal_is_readable(start: Start) -> None:
    gate = start(**listed(gateway={"requests_per_second": 1}))
    got = [gate.ask(origin=APP) for _ in range(75)]
    assert {each.status for each in got} == {200, 429}
    readable(next(each for each in got if each.status == 429), APP)
    assert gate.preflight(APP).status == 204
    assert gate.seen() < 75


@pytest.mark.parametrize("size", [1 << 20, (1 << 20) + 1])
def test_bodies_are_limited_whichever_way_they_come(start: Start, size: int) -> None:
    gate = start(**listed(gateway={"max_body_mib": 1}))
    body = b"x" * size
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[: 1 << 19], body[1 << 19 :]))
    fits = size == 1 << 20
    plain = gate.ask(origin=APP, body=body)
    chunked = gate.ask("POST", "", APP, ("Transfer-Encoding", "chunked"), body=chunks + b"0\r\n\r\n")
    for got in (plain, chunked):
        assert got.status == (200 if fits else 413)
        readable(got, APP)
    assert [len(each.body) for each in gate.behind["inference"].seen] == ([size, size] if fits else [])


def test_two_lengths_are_refused(start: Start) -> None:
    gate = start(**listed())
    more = (("Content-Length", "2"), ("Transfer-Encoding", "chunked"))
    assert gate.ask("POST", "", None, *more, body=b"0\r\n\r\n").status == 400
    assert gate.seen() == 0


def received(link: socket.socket) -> bytes:
    got = link.recv(4096)
    assert got, "the connection is closed"
    return got


@pytest.mark.parametrize("server", ["llama-server", "torchserve"])
def test_answers_pass_as_they_come(start: Start, server: str) -> None:
    gate = start(server, **listed())
    with gate.connect() as link:
        lines = ("Host: localhost", "Content-Length: 2", "Content-Type: application/json", f"Origin: {APP}", "", "{}")
        head = "\r\n".join((f"POST {gate.predict}?stream HTTP/1.1", *lines))
        link.sendall(head.encode())
        found = b""
        while b"first" not in found:
            found += received(link)
        assert b"second" not in found
        gate.behind["inference"].rest.set()
        while b"second" not in found:
            found += received(link)
    assert b"Access-Control-Allow-Origin: https://app.example\r\n" in found


def test_management_has_its_own_listener_list_and_token(start: Start) -> None:
    gate = start("torchserve", **managed())
    assert gate.endpoint("management").host_port != gate.endpoint().host_port
    for origin, status in ((ADMIN, 200), (APP, 403), (UI, 403), (None, 200)):
        assert gate.ask("GET", "/models", origin, api="management").status == status
    got = gate.ask("GET", "/models", ADMIN, api="management", token=gate.tokens["inference"])
    assert got.status == 401
    readable(got, ADMIN, cookies=False)
    assert gate.ask(origin=APP, token=gate.tokens["management"]).status == 401
    assert gate.ask(origin=ADMIN).status == 403
    assert gate.preflight(ADMIN, api="management", path="/models").status == 204
    for method, path in (
        ("POST", "/models?url=x"),
        ("DELETE", "/models/echo"),
        ("PUT", "/models/echo/1.0/set-default"),
    ):
        assert gate.ask(method, path, api="management").status in (404, 405)
    assert {each.path for each in gate.behind["management"].seen} == {"/models"}


def test_management_that_is_off_has_no_listener(start: Start) -> None:
    gate = start("torchserve", **listed(bind={"management": {"scope": "off"}}))
    assert gate.endpoint("management").served_by == "server"
    config = (gate.folder / "gateway" / "nginx.conf").read_text()
    assert "management" not in config


def test_torchserves_own_key_passes_through_and_its_preflight_needs_none(start: Start) -> None:
    parts = listed(auth={"inference": "server-token", "management": "server-token"})
    gate = start("torchserve", **parts)
    properties.preflight(gate)
    assert gate.ask(origin=APP, token="the-key").status == 200
    (seen,) = gate.behind["inference"].seen
    assert seen.values("authorization") == ["Bearer the-key"]


def test_the_log_is_json_without_secrets_and_cannot_be_forged(start: Start) -> None:
    gate = start(**guarded())
    token = gate.tokens["inference"]
    forged = 'https://x","s":200}\t{"t":"2020'
    gate.ask("POST", f"{gate.predict}?secret=query", APP, ("Cookie", "c=cookie-secret"), body=b'{"b": "body-secret"}')
    gate.ask("POST", "", forged, ("Sec-Fetch-Site", 'a"b\\'))
    gate.ask(origin=APP, token=f"wrong-{token}")
    for n in range(15):
        gate.ask("POST", f"{gate.predict}?secret=query", token=f"guess-secret-{n}")
    gate.ask("POST", f"{gate.predict}?secret=query", APP, ("Content-Length", str(9 << 20)))
    gate.ask("POST", f"{gate.predict}?secret=query", host='evil"{}', token=f"x{token}")
    gate.raw("POST", f"{gate.predict}%0a%22forged?secret=query", [("Host", "localhost")])
    until(lambda: len(gate.log) >= 21, lambda: gate.log)
    text = "\n".join(gate.log)
    assert token not in text
    assert "secret" not in text
    lines = [json.loads(line) for line in gate.log]
    assert len(lines) == 21
    assert forged in [line["origin"] for line in lines]
    assert {line["s"] for line in lines} >= {200, 401, 403, 413, 429}
    assert all(
        set(line) == {"t", "ip", "m", "p", "s", "in", "out", "rt", "origin", "site", "host", "up"} for line in lines
    )


def test_methods_that_no_route_takes(start: Start) -> None:
    gate = start(**listed())
    for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "X-ANY"):
        assert gate.ask(method).status == 405, method
    assert gate.ask("get").status == 400
    assert gate.ask("OPTIONS", "", APP).status == 405
    assert gate.seen() == 0


def test_two_origins_never_open_the_door_to_the_other(start: Start) -> None:
    """Which of two Origin lines counts depends on nginx's version; the unlisted one is never named."""
    gate = start(**listed())
    for first, second in ((APP, EVIL), (EVIL, APP), (f"{APP}, {EVIL}", ""), (f"{APP} {EVIL}", "")):
        more = (("Origin", second),) if second else ()
        got = gate.ask("POST", "", first, *more)
        assert got.values("access-control-allow-origin") in ([], [APP])
        assert EVIL not in str(got.headers)


def test_a_line_break_in_the_origin_makes_no_header(start: Start) -> None:
    gate = start(**listed())
    got = gate.ask(origin=f"{APP}%0d%0aX-Injected: y")
    assert got.status == 403
    assert not got.values("x-injected")


def test_a_slow_request_is_cut_off_without_reaching_the_server(start: Start) -> None:
    gate = start(edit=lambda text: text.replace("client_header_timeout 10s", "client_header_timeout 1s"), **listed())
    with gate.connect() as link:
        link.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\n")
        assert (said := link.recv(100)) == b"" or b"408" in said
    assert gate.seen() == 0
