"""What a trial that could not begin offers instead."""

from __future__ import annotations

import socket

from wizard.errors import WizardError
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


def refused(session: Session) -> WizardError:
    try:
        before_start.ports(session.view.deployment)
    except WizardError as problem:
        return problem
    raise AssertionError("the port was not seen to be taken")
