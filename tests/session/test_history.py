"""Undo, redo, and where each answer comes from."""

from __future__ import annotations

import json

import pytest

from tests.screens.driving import TORCH
from wizard.plan import apply_patch
from wizard.session.history import Entry, History
from wizard.session.origins import Origins
from wizard.session.steps.base import Answer


def test_history_undoes_and_redoes() -> None:
    one = apply_patch(TORCH, {"run.gpu": True})
    two = apply_patch(one, {"tls": {"mode": "self-signed"}})
    history = History.begin(TORCH).add(Entry(one, "GPU", "start.run")).add(Entry(two, "TLS", "protect.tls"))
    back = history.undo()
    assert back.now.plan == one
    assert back.redo().now.plan == two
    assert back.undo().undo().undo().now.plan == TORCH
    other = back.add(Entry(TORCH, "again", "start"))
    assert other.redo() == other
    assert [entry.label for entry in other.entries] == ["the beginning", "GPU", "again"]
    with pytest.raises(IndexError):
        history.go(9)


def test_an_answer_settles_its_table_and_nothing_else() -> None:
    origins = Origins().after(Answer((("bind.inference.port", 9000),), "Port"))
    assert origins.settled("bind.inference")
    assert not origins.settled("bind.management")
    assert not origins.settled("tls")


def test_a_proposal_settles_nothing() -> None:
    answer = Answer((("audiences", ["lan"]),), "LAN", proposed=(("tls", {"mode": "self-signed"}),))
    origins = Origins().after(answer)
    assert (origins.of("audiences"), origins.of("tls")) == ("you", "proposed")
    assert not origins.settled("tls")


def test_what_a_file_or_a_preset_says_is_settled_even_where_it_says_nothing() -> None:
    assert Origins("file").settled("tls")
    preset = Answer((("tls", {}), ("auth", {})), "a preset", "preset")
    assert Origins().after(preset).settled("auth.inference")
    assert not Origins("file").after(Answer((("tls", {}), ("bind", {})), "safe defaults", "default")).settled("tls")


def test_a_port_taken_back_leaves_the_scope_settled() -> None:
    origins = Origins().after(Answer((("bind.inference", {"scope": "all"}),), "all"))
    origins = origins.after(Answer((("bind.inference.port", None),), "Port"))
    assert origins.settled("bind.inference")


def test_origins_survive_the_draft() -> None:
    origins = Origins("default", derived=frozenset({"half"})).after(Answer((("tls", {"mode": "off"}),), "No"))
    assert Origins.of_data(json.loads(json.dumps(origins.data()))) == origins


@pytest.mark.parametrize("data", [None, [], {"base": "x"}, {"base": "you"}, {"base": "you", "said": 3, "derived": []}])
def test_what_cannot_be_read_counts_as_answered(data: object) -> None:
    assert Origins.of_data(data).settled("tls")
