"""A model's name follows its path until somebody edits it."""

from __future__ import annotations

from wizard.host import Host
from wizard.plan import Model, Plan
from wizard.session.beginning import Beginning
from wizard.session.session import Session
from wizard.session.steps.edit import typed
from wizard.session.steps.flow import flow


def opened(plan: Plan, given: bool = False) -> Session:
    session = Session(plan if given else None)
    session.begin(Beginning(plan, Host(), {}))
    return session


def names(session: Session) -> list[str]:
    return [model.name for model in session.plan.models]


def test_a_corrected_path_corrects_the_name_and_undo_both() -> None:
    session = opened(Plan(server="tensorflow-serving"))
    session.propose(session.path_answer(0, "./half"))
    assert names(session) == ["half"]
    session.propose(session.path_answer(0, "./half_plus_two"))
    assert names(session) == ["half_plus_two"]
    session.undo()
    assert names(session) == ["half"]


def test_an_edited_name_stays() -> None:
    session = opened(Plan(server="tensorflow-serving"))
    session.propose(session.path_answer(0, "./half"))
    name = next(field for field in session.model_fields(0) if field.id == "name")
    session.propose(typed(name, "mine"))
    session.propose(session.path_answer(0, "./half_plus_two"))
    assert names(session) == ["mine"]


def test_a_name_in_a_file_stays() -> None:
    plan = Plan(server="tensorflow-serving", models=(Model(name="half", path="./half"),))
    session = opened(plan, given=True)
    session.propose(session.path_answer(0, "./half_plus_two"))
    assert names(session) == ["half"]


def test_two_models_never_get_one_name() -> None:
    session = opened(Plan(server="tensorflow-serving"))
    session.propose(session.path_answer(0, "./a/half"))
    session.propose(session.path_answer(1, "./b/other"))
    session.propose(session.path_answer(1, "./b/half"))
    assert names(session) == ["half", "half-2"]


def test_until_it_is_ready_only_the_start_asks_anything() -> None:
    """Fields of the start on another page would take what is typed there."""
    session = Session(None)
    steps = flow(Plan(server=session.server))
    assert not session.ready
    assert {step.group for step in steps if session.fields(step)} == {"start"}
