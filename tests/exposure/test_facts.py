"""One confirmation for one fact: what is confirmed together, by which word, and what is written down."""

from __future__ import annotations

import pytest

from wizard import registry
from wizard.exposure.findings.facts import Confirmable
from wizard.exposure.findings.folding import Folded
from wizard.exposure.findings.known import texts
from wizard.session.session import Session
from wizard.session.steps.base import Answer

WORDS = {"expose", "control", "share", "accept"}


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
    assert sorted(words) == ["control", "expose", "share"]


def test_what_is_opened_afterwards_is_asked_again() -> None:
    session = asked("tensorflow-serving", ("bind.inference.scope", "all"))
    assert not session.propose(session.acceptance(session.waiting[0], "expose"))
    assert not session.propose(Answer((("bind.grpc.scope", "all"),), "gRPC too"))
    assert "expose" in [fact.word for fact in session.waiting]


def test_one_finding_alone_is_confirmed_by_the_word_of_its_fact_and_told_in_a_sentence() -> None:
    session = asked("torchserve", ("bind.inference.scope", "all"))
    (fact,) = session.waiting
    assert (fact.word, fact.names) == ("expose", ("BIND-NO-TLS@inference",))
    with pytest.raises(ValueError, match="type expose"):
        session.acceptance(fact, "bind-no-tls")
    assert session.acceptance(fact, "expose").label == "Accepted: expose"


def test_no_id_has_to_be_typed_for_any_finding() -> None:
    for name in registry.names():
        adapter = registry.adapter(name)
        for catalogue in (texts(name), adapter.finding_texts):
            for id_ in catalogue.texts:
                fact = Confirmable((Folded((catalogue.finding(id_),), False),))
                assert fact.word in WORDS, id_


def test_findings_of_one_kind_about_pages_are_one_fact() -> None:
    session = asked(
        "torchserve",
        ("bind.management.scope", "all"),
        ("auth", {"inference": "none", "management": "none"}),
        ("cors.inference.origins", ["*"]),
        ("cors.management.origins", ["*"]),
    )
    (fact,) = [fact for fact in session.waiting if fact.word == "share"]
    assert fact.sentence == "Web pages get in: any page reads your internal server, the same pages may manage models."


def test_every_finding_of_a_fact_says_what_it_adds() -> None:
    for name in registry.names():
        for id_, entry in texts(name).texts.items():
            assert bool(entry.get("fact")) == bool(entry.get("in_short")), id_
