"""The line of a server's settings in the step that asks how it runs."""

from __future__ import annotations

import pytest

from tests.support.plans import plan
from wizard.host import Host
from wizard.placement.defaults import complete
from wizard.plan import Plan
from wizard.session.session import Session
from wizard.session.steps import fields, flow
from wizard.session.steps.base import Field
from wizard.session.steps.edit import try_changes, typed


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
        ("context=8k", "'8k' is the wrong type: a whole number is expected. Write digits only, without quotes."),
        ("context=3", "3 is out of range: it can be a whole number from 256 to 2097152"),
    ],
)
def test_what_the_server_does_not_take_is_refused(text: str, said: str) -> None:
    answers = plan("llama-server")
    assert try_changes(answers, typed(asked(answers), text).changes) == (None, said)


def test_a_server_without_settings_asks_for_none() -> None:
    assert not asked(plan("torchserve")).shown


def test_the_overview_says_them() -> None:
    from wizard.session.decisions import rows

    session = Session(plan("llama-server", settings={"context": 8192, "parallel": 2}))
    session.begin(session.load())
    row = next(row for row in rows(session) if row.id == "start.run")
    assert row.value == "in a Docker container, context=8192, parallel=2"
