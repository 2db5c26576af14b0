"""One confirmation for one fact: what is confirmed together, by which word, and what is written down."""

from __future__ import annotations

import pytest

from wizard.session.session import Session
from wizard.session.steps.base import Answer


def asked(server: str, *changes: tuple[str, object]) -> Session:
    session = Session(demo=server)
    session.begin(session.load())
    assert not session.propose(Answer(changes, "changed"))
    return session


def test_an_open_port_is_one_fact_and_every_finding_of_it_is_written_down() -> None:
    session = asked("tensorflow-serving", ("bind.inference.scope", "all"))
    (fact,) = session.waiting
    assert fact.word == "expose"
    assert fact.sentence.startswith("Others get in: every network of this machine, ")
    assert "unencrypted" in fact.sentence
    assert not session.propose(session.acceptance(fact, "Expose"))
    assert {"BIND-ALL@inference", "BIND-NO-TLS@inference", "TFS-NOAUTH@inference"} <= set(session.plan.accepted)
    assert not session.waiting


def test_another_kind_of_fact_has_a_word_of_its_own() -> None:
    session = asked(
        "tensorflow-serving",
        ("bind.inference.scope", "all"),
        ("bind.grpc.scope", "all"),
        ("cors.inference.origins", ["*"]),
    )
    words = [fact.word for fact in session.waiting]
    assert sorted(words) == ["caller-controls-models", "cors-wildcard-internal", "expose"]


def test_what_is_opened_afterwards_is_asked_again() -> None:
    session = asked("tensorflow-serving", ("bind.inference.scope", "all"))
    assert not session.propose(session.acceptance(session.waiting[0], "expose"))
    assert not session.propose(Answer((("bind.grpc.scope", "all"),), "gRPC too"))
    assert "expose" in [fact.word for fact in session.waiting]


def test_one_finding_alone_is_confirmed_by_its_own_id() -> None:
    session = asked("torchserve", ("bind.inference.scope", "all"))
    assert [fact.word for fact in session.waiting] == ["bind-no-tls"]
    with pytest.raises(ValueError, match="type bind-no-tls"):
        session.acceptance(session.waiting[0], "expose")


def test_every_finding_of_a_fact_says_what_it_adds() -> None:
    from wizard import servers
    from wizard.exposure.findings.known import texts

    for name in servers.names():
        for id_, entry in texts(name).texts.items():
            assert bool(entry.get("fact")) == bool(entry.get("in_short")), id_
