"""A page that is listed may send the token that is asked for, without anybody thinking of the header."""

from __future__ import annotations

import pytest

from wizard.host import Host
from wizard.plan import Auth, Cors, CorsRule, Gateway, Model, Plan
from wizard.session.beginning import Beginning
from wizard.session.session import Session
from wizard.session.steps.base import Answer

PAGE = "https://app.example"
BOTH = ("content-type", "authorization")


def opened(server: str = "llama-server", given: bool = False, **parts: object) -> Session:
    plan = Plan(server=server, models=(Model(name="m", path="./m"),), **parts)  # type: ignore[arg-type]
    session = Session(plan if given else None)
    session.begin(Beginning(plan, Host(), {}))
    return session


def lists_a_page(session: Session) -> None:
    assert session.propose(Answer((("cors.inference.origins", [PAGE]),), "+ page"), "cors.inference") == ""


def asks(session: Session, kind: str) -> None:
    assert session.propose(Answer((("auth.inference", kind),), kind), "protect.inference") == ""


@pytest.mark.parametrize("token_first", [True, False])
def test_whichever_is_answered_first(token_first: bool) -> None:
    session = opened("tensorflow-serving")
    if token_first:
        asks(session, "gateway-token")
    lists_a_page(session)
    if not token_first:
        asks(session, "gateway-token")
    assert session.plan.cors.inference.headers == BOTH
    assert session.origins.of("cors.inference.headers") == "proposed"
    assert not session.origins.settled("cors.inference.headers")


def test_a_token_of_the_servers_own_that_preflights_pass() -> None:
    session = opened()
    asks(session, "server-token")
    lists_a_page(session)
    assert session.plan.cors.inference.headers == BOTH
    assert "CALLERS-PAGE-REFUSED" not in {finding.id for finding in session.view.findings}


def test_not_where_preflights_get_an_error_anyway() -> None:
    session = opened("torchserve", gateway=Gateway(kind="none"))
    asks(session, "server-token")
    lists_a_page(session)
    assert session.plan.cors.inference.headers == ("content-type",)


def test_a_gateway_lets_the_servers_own_token_pass() -> None:
    """It answers the preflights that the server would refuse."""
    session = opened("torchserve", gateway=Gateway(kind="nginx"))
    asks(session, "server-token")
    lists_a_page(session)
    assert session.plan.cors.inference.headers == BOTH


def test_the_header_goes_with_the_token_and_comes_back_with_undo() -> None:
    session = opened("tensorflow-serving")
    lists_a_page(session)
    asks(session, "gateway-token")
    asks(session, "none")
    assert "authorization" not in session.plan.cors.inference.headers
    session.undo()
    assert session.plan.cors.inference.headers == BOTH


def test_headers_that_somebody_answered_stay() -> None:
    session = opened("tensorflow-serving")
    lists_a_page(session)
    assert session.propose(Answer((("cors.inference.headers", ["x-mine"]),), "headers"), "cors.inference") == ""
    asks(session, "gateway-token")
    assert session.plan.cors.inference.headers == ("x-mine",)


def test_what_a_file_says_stays() -> None:
    rule = CorsRule(origins=(PAGE,))
    session = opened("tensorflow-serving", True, cors=Cors(inference=rule), auth=Auth(inference="gateway-token"))
    asks(session, "gateway-token")
    assert session.plan.cors.inference.headers == ("content-type",)
