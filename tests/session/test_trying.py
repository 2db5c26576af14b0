"""What a trial that could not begin offers instead."""

from __future__ import annotations

import socket

from wizard.artifacts import ownership
from wizard.errors import WizardError
from wizard.machine.docker_engine import Publisher
from wizard.session import trying
from wizard.session.session import Session
from wizard.trial import before_start


def test_a_taken_port_offers_the_next_free_one_and_no_trial_that_needs_the_same() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        session = ready(port)
        problem = refused(session)
        elsewhere = trying.at_another_port(session, str(problem))
        assert elsewhere is not None
        ids = [option.id for option in trying.options(session, failed=True, elsewhere=elsewhere)]
        assert ids == [trying.RUN, trying.MOVE, trying.SKIP]
        assert not session.propose(elsewhere, "bind.inference")
        before_start.ports(session.view.deployment)
        listener = session.complete.bind.inference
        assert listener is not None
        assert listener.port != port
        assert listener.scope == "loopback"


def test_a_deployment_that_runs_already_is_not_offered_a_second_time_on_another_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        session = ready(held.getsockname()[1])
        own = ownership.containers(session.view.deployment)[0]
        problem = refused(session, Publisher(own, "", trial=False))
        assert trying.runs_already(problem)
        assert "another port" not in str(problem)
        assert trying.at_another_port(session, problem) is None
        stranger = refused(session, Publisher("a-stranger", "", trial=False))
        assert not trying.runs_already(stranger)
        assert trying.at_another_port(session, stranger) is not None


def test_another_problem_is_not_about_a_port() -> None:
    session = ready(18501)
    assert trying.at_another_port(session, "There is no Docker engine here") is None
    ids = [option.id for option in trying.options(session, failed=True)]
    assert ids == [trying.RUN, trying.NATIVE, trying.SKIP]


def ready(port: int) -> Session:
    from tests.screens.driving import TENSOR
    from wizard.plan import apply_patch

    plan = apply_patch(TENSOR, {"bind.inference.port": port, "bind.inference.scope": "loopback"})
    session = Session(plan)
    session.begin(session.load())
    return session


def refused(session: Session, by: Publisher | None = None) -> WizardError:
    """What is said of a taken port; `by`: the container that publishes it."""
    try:
        before_start.ports(session.view.deployment, lambda _: by)
    except WizardError as problem:
        return problem
    raise AssertionError("the port was not seen to be taken")
