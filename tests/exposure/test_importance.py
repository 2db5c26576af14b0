"""What was asked for and is not got comes first; what no answer changes comes last, and is folded."""

from __future__ import annotations

from tests.screens.driving import TENSOR, TORCH
from wizard.comparison.plans import changing, compare
from wizard.comparison.view import look
from wizard.exposure.importance import present
from wizard.host import Host
from wizard.plan import Plan, apply_patch


def test_what_no_answer_changes_is_apart_from_what_one_does() -> None:
    groups = present(look(TORCH, Host()).folded)
    assert {each.finding.cause for each in groups.always} <= {"server", "version", "models"}
    assert groups.always
    assert not groups.missed
    assert all(each.finding.cause not in ("server", "version", "models") for each in groups.chosen)


def test_every_implication_is_in_one_group() -> None:
    plan = apply_patch(TORCH, {"audiences": ["lan", "web-app"], "bind.inference.scope": "loopback"})
    view = look(plan, Host())
    groups = present(view.folded)
    assert sorted(each.finding.name for group in groups for each in group) == sorted(
        each.finding.name for each in view.folded
    )
    assert any(each.finding.cause == "audiences" for each in groups.missed)


def test_a_wanted_caller_that_is_lost_is_what_was_asked_for_and_is_not_got() -> None:
    plan = apply_patch(TENSOR, {"audiences": ["me"]})
    before = look(plan, Host())
    found = changing(compare(before, look(apply_patch(plan, {"bind.inference.scope": "off"}), Host())))
    assert "programs on this machine can no longer call inference" in [change.text for change in found.missed]
    nobody = look(apply_patch(TENSOR, {"audiences": []}), Host())
    unsaid = changing(compare(nobody, look(apply_patch(TENSOR, {"bind.inference.scope": "off"}), Host())))
    assert not any(change.wanted for change in unsaid.losses)


def test_a_model_that_nobody_chose_yet_is_what_to_do_next_and_no_refusal() -> None:
    groups = present(look(Plan(server="torchserve"), Host()).folded)
    assert [each.finding.id for each in groups.unanswered] == ["NO-MODEL"]
    assert not groups.missed
    found = changing(compare(look(Plan(server="torchserve"), Host()), look(TORCH, Host())))
    assert not any(change.finding and change.finding.id == "NO-MODEL" for change in found.gains)


def test_an_origin_that_is_still_to_be_listed_is_what_to_do_next() -> None:
    before = look(TENSOR, Host())
    after = look(apply_patch(TENSOR, {"audiences": ["web-app"]}), Host())
    assert "CALLERS-NO-ORIGIN" in [each.finding.id for each in present(after.folded).unanswered]
    found = changing(compare(before, after))
    assert "CALLERS-NO-ORIGIN" in [change.finding.id for change in found.unanswered if change.finding]


def test_what_a_later_question_weighs_waits_for_it_unless_it_is_grave() -> None:
    wide = {"bind.inference.scope": "all", "bind.management.scope": "all"}
    for plan in (TENSOR, apply_patch(TORCH, wide)):
        folded = look(plan, Host()).folded
        early, usual = present(folded, early=True), present(folded)
        assert {*early.later, *early.chosen} == {*usual.chosen}
        assert all(each.finding.severity == "medium" for each in early.later)
        assert all(each.finding.severity in ("high", "critical") for each in early.chosen)
    assert not usual.later and early.chosen
