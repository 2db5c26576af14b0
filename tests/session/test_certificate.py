"""Naming a certificate: what only stood as a hint in a field is never an answer."""

from __future__ import annotations

from tests.support.plans import plan as make
from tests.support.random_plans import HOSTS
from wizard.placement.defaults import complete
from wizard.plan import Plan
from wizard.session.steps.base import Field, Step
from wizard.session.steps.edit import chosen, try_changes, typed
from wizard.session.steps.flow import fields, flow, problems


def tls_step(plan: Plan) -> Step:
    return next(step for step in flow(complete(plan)) if step.id == "protect.tls")


def asked(plan: Plan, listing: bool = False) -> dict[str, Field]:
    return {field.id: field for field in fields(tls_step(plan), complete(plan), HOSTS[1], None, listing)}


def changed(plan: Plan, field: Field, text: str) -> Plan:
    after, problem = try_changes(plan, typed(field, text).changes)
    assert after is not None, problem
    return after


def test_choosing_a_certificate_of_ones_own_names_none() -> None:
    plan = make()
    mode = asked(plan)["mode"]
    option = mode.option("files")
    assert option is not None and option.asks == "certificate"
    assert not chosen(mode, option).changes
    shown = asked(plan, listing=True)
    assert shown["certificate"].shown and not shown["certificate"].value
    assert shown["mode"].chosen == ("files",)


def test_it_holds_once_both_are_named() -> None:
    plan = make()
    half = changed(plan, asked(plan, listing=True)["certificate"], "/etc/tls/server.pem")
    assert half.tls.mode == "off"
    assert asked(half)["key"].shown
    assert problems(tls_step(half), half)
    whole = changed(half, asked(half)["key"], "/etc/tls/server.key")
    assert (whole.tls.mode, whole.tls.certificate, whole.tls.key) == (
        "files",
        "/etc/tls/server.pem",
        "/etc/tls/server.key",
    )
    assert not problems(tls_step(whole), whole)


def test_another_answer_forgets_what_was_named() -> None:
    half = changed(make(), asked(make(), listing=True)["certificate"], "server.pem")
    mode = asked(half)["mode"]
    option = mode.option("off")
    assert option is not None
    after, _ = try_changes(half, chosen(mode, option).changes)
    assert after is not None and after.tls.certificate == ""
