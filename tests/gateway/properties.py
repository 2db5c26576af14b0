"""What must hold of every gateway that has APP and UI on its list. Each check raises AssertionError where it does not.

They are run on the generated configuration, and on changed ones, where they must fail.
"""

from __future__ import annotations

from tests.gateway.harness import APP, EVIL, STATUS, UI, Gate, Got
from wizard.cors.origin_probes import origin_probes
from wizard.cors.origins import canonical_origin

ACAO = "access-control-allow-origin"


def readable(got: Got, page: str, cookies: bool = True) -> None:
    """A page of that origin may read it: named exactly once, and caches are told."""
    assert got.values(ACAO) == [page], got
    if cookies:
        assert got.values("access-control-allow-credentials") == ["true"], got
    assert "Origin" in got.value("vary"), got


def unreadable(got: Got) -> None:
    assert got.values(ACAO) == [], got
    assert "Origin" in got.value("vary"), got


def one_origin(gate: Gate) -> None:
    """An answer of the server names the page once, and nothing of what the server says about pages gets through."""
    got = gate.ask(origin=APP)
    assert got.status == 200, got
    readable(got, APP)
    assert not got.values("set-cookie")


def errors_readable(gate: Gate) -> None:
    """A listed page can read why it was refused."""
    for got, status in (
        (gate.ask(origin=APP, path="/no/such/path"), 404),
        (gate.ask("DELETE", origin=APP), 405),
        (gate.ask(origin=APP, kind="text/plain"), 415),
        (gate.ask("POST", "", APP, ("Content-Length", str(9 << 20))), 413),
        (gate.ask(origin=APP, path=gate.predict + "%20"), 404),
        (gate.ask(origin=APP, path=gate.predict.replace("e", "%65", 1)), 400),
    ):
        assert got.status == status, got
        readable(got, APP)


def headers_everywhere(gate: Gate) -> None:
    """Both good and bad answers carry every header of the gateway."""
    for got in (gate.ask(origin=APP), gate.ask(origin=APP, path="/none")):
        readable(got, APP)
        assert got.values("x-content-type-options") == ["nosniff"], got


def preflight(gate: Gate) -> None:
    """A preflight is answered completely, and without a token."""
    before = gate.seen()
    for page in (APP, UI):
        got = gate.preflight(page)
        assert got.status == 204, got
        readable(got, page)
        assert "POST" in got.value("access-control-allow-methods"), got
        assert "content-type" in got.value("access-control-allow-headers"), got
        assert got.values("access-control-max-age") == ["600"], got
    assert gate.seen() == before


def alike(origin: str) -> tuple[str, ...]:
    """Origins that real pages can have and that a careless comparison takes for this one."""
    probes = (probe for probe in origin_probes([origin], seed=0) if probe.allowed and not probe.skipped)
    found = tuple(each.origins[0] for each in probes if each.sent_by == "page" and each.origins[0] != origin)
    assert len(found) >= 8 and all(canonical_origin(each).value == each for each in found)
    return found


def look_alikes(gate: Gate) -> None:
    """No other origin is let in."""
    before = gate.seen()
    for origin in (EVIL, "null", *alike(APP), *alike(UI), "https://app.example.evil.example", "https://x|y"):
        got = gate.ask(origin=origin)
        assert got.status == 403, (origin, got)
        unreadable(got)
    assert gate.seen() == before


def exact_case(gate: Gate) -> None:
    """Origins are compared byte for byte, and the answer never repeats what was sent."""
    for origin in (APP.upper(), "https://APP.example"):
        unreadable(gate.ask(origin=origin))


def token_case(gate: Gate) -> None:
    """A token that differs in the case of its letters is a wrong one."""
    before = gate.seen()
    token = gate.tokens["inference"]
    for wrong in (token.swapcase(), token.lower(), token.upper(), token + "x", token[:-1], "x" + token):
        if wrong != token:
            got = gate.ask(origin=APP, token=wrong)
            assert got.status == 401, got
            readable(got, APP)
    assert gate.seen() == before
    assert gate.ask(origin=APP).status == 200


def guesses_limited(gate: Gate) -> None:
    """Of twenty wrong tokens in a row the last are answered 429, readable; the right one goes on working."""
    got = [gate.ask(origin=APP, token=f"guess{n}") for n in range(20)]
    assert {each.status for each in got} == {401, 429}, got
    assert got[-1].status == 429
    readable(got[-1], APP)
    assert gate.ask(origin=APP).status == 200


def one_spelling(gate: Gate) -> None:
    """What was matched is what is forwarded: escapes, double slashes and dots do not reach the server."""
    before = gate.seen()
    path = gate.predict
    tail = path.rpartition("/")[2]
    head = path.removesuffix(tail)
    spelled = [
        path.replace("e", "%65", 1),
        f"{head}/{tail}",
        f"{head}./{tail}",
        f"{head}x/../{tail}",
        f"{head}%2e%2e/{head.strip('/')}/{tail}",
        f"{head}..%2f{tail}",
        f"{path}#x",
        f"/{path}",
    ]
    for each in spelled:
        assert gate.ask(path=each).status in (400, 404), each
    assert gate.seen() == before


def plain_requests(gate: Gate) -> None:
    """Programs that are no browsers are served."""
    assert gate.ask().status == 200
    assert gate.ask("GET", STATUS[gate.server]).status == 200
