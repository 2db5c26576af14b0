"""A row for who holds the token and one for who does not."""

from __future__ import annotations

from hypothesis import given, settings

from tests.support.examples import most
from tests.support.plans import plan, plans
from wizard.exposure.reach import reach
from wizard.exposure.token_rows import TokenRow, rows, short
from wizard.host import Host, Interface
from wizard.placement.resolve import resolve
from wizard.plan import Plan

HOST = Host(interfaces=(*Host().interfaces, Interface("eth0", "10.0.0.5", 24, "private")))


def rows_of(wanted: Plan) -> dict[str, TokenRow]:
    deployment = resolve(wanted, HOST)
    return {row.who: row for row in rows(deployment, reach(deployment), "inference")}


def test_a_network_gets_in_with_the_token_alone() -> None:
    found = rows_of(plan(bind={"inference": {"scope": "all"}}, auth={"inference": "server-token"}))
    lan = "other machines on your networks"
    assert (found[f"{lan}, with the token"].send, found[f"{lan}, without"].send) == ("yes", "no")
    assert found["any other web page opened on this machine"].token is None


def test_an_origin_on_the_list_still_needs_the_token() -> None:
    listed = {"inference": {"origins": ["https://app.example"], "headers": ["authorization"]}}
    found = rows_of(plan(cors=listed, auth={"inference": "gateway-token", "management": "none"}))
    page = "a page of https://app.example"
    assert (found[f"{page}, with the token"].read, found[f"{page}, without"].send) == ("yes", "no")


def test_a_token_asked_for_behind_the_gateway_alone_is_none_that_a_page_needs() -> None:
    listed = {"inference": {"origins": ["https://app.example"], "headers": ["content-type"]}}
    wanted = plan("tensorflow-serving", run={"how": "native"}, cors=listed, auth={"inference": "none"})
    doors = resolve(wanted, HOST).endpoints[0].access.doors
    assert [door.token for door in doors if door.front] == ["none"] and any(door.token != "none" for door in doors)
    assert rows_of(wanted)["a page of https://app.example"].token is None


def test_without_a_token_there_is_one_row_each() -> None:
    found = rows_of(plan(auth={"inference": "none", "management": "none"}))
    assert not [who for who in found if "token" in who]


@settings(max_examples=most(150))
@given(wanted=plans())
def test_no_row_contradicts_the_map(wanted: Plan) -> None:
    deployment = resolve(wanted, HOST)
    cells = reach(deployment)
    for endpoint in deployment.endpoints:
        found = rows(deployment, cells, endpoint.api)
        for cell in (c for c in cells if c.api == endpoint.api):
            mine = [row for row in found if row.audience == cell.audience]
            assert (cell.send, cell.read, cell.run) in {(row.send, row.read, row.run) for row in mine}
            # Whoever holds the token gets at least what everybody gets.
            assert len(mine) == 1 or (mine[0].token and mine[0].gets_in)
        assert {row.who for row in found if row.gets_in} == {row.who for row in short(found) if row.gets_in}
