"""The line of a server's settings in the step that asks how it runs."""

from __future__ import annotations

import pytest

from tests.support.plans import plan
from wizard import registry
from wizard.host import Host
from wizard.placement.defaults import complete
from wizard.plan import Plan
from wizard.plan.settings import declared
from wizard.session.session import Session
from wizard.session.steps.base import Field
from wizard.session.steps.edit import try_changes, typed
from wizard.session.steps.flow import fields, flow


def asked(answers: Plan) -> Field:
    whole = complete(answers)
    step = next(step for step in flow(whole) if step.id == "start.run")
    return next(field for field in fields(step, whole, Host()) if field.id == "settings")


def test_what_is_typed_becomes_answers_and_shows_again() -> None:
    answers = plan("llama-server")
    assert asked(answers).shown and asked(answers).value == ""
    after, said = try_changes(answers, typed(asked(answers), "context=8192 flash_attention=on embedding=false").changes)
    assert after is not None and not said
    assert after.settings.given == {"context": 8192, "flash_attention": "on", "embedding": False}
    assert asked(after).value == "context=8192 flash_attention=on embedding=false"
    bare, _ = try_changes(after, typed(asked(after), "").changes)
    assert bare is not None and bare.settings.given == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("contxt=8192", "Unknown setting 'contxt' of llama-server. Did you mean 'context'?"),
        ("context=8k", "'8k' is the wrong type: a whole number is expected. Write digits only."),
        ("context=3", "3 is out of range: it can be a whole number from 256 to 2097152"),
    ],
)
def test_what_the_server_does_not_take_is_refused(text: str, said: str) -> None:
    answers = plan("llama-server")
    assert try_changes(answers, typed(asked(answers), text).changes) == (None, said)


@pytest.mark.parametrize("server", registry.names())
def test_the_line_names_settings_of_its_server_and_is_left_out_where_there_are_none(server: str) -> None:
    field, known = asked(plan(server)), declared(server)
    assert field.shown is bool(known)
    assert all(each.name in field.hint for each in known[:3])


def test_the_overview_says_them() -> None:
    from wizard.session.decisions import rows

    session = Session(plan("llama-server", settings={"context": 8192, "parallel": 2}))
    session.begin(session.load())
    row = next(row for row in rows(session) if row.id == "start.run")
    assert row.value == "in a container, context=8192, parallel=2"
