"""A finding that no answer of this page changes is told in full once, and does not fill each later pane."""

from __future__ import annotations

import pytest

from tests.support.plans import plan
from wizard.host import Host
from wizard.session.beginning import Beginning
from wizard.session.session import Session
from wizard.widgets.implications import standing
from wizard.widgets.pane import Asking

WEB = "TFS-ANY-CONTENT-TYPE"


@pytest.mark.parametrize(
    ("about", "whole", "unfolded", "told"),
    [
        ("", False, False, False),
        ("", True, False, True),
        (WEB, False, False, True),
        ("", False, True, True),
    ],
    ids=["a later page", "the first page", "its own page", "unfolded"],
)
def test_the_reason_is_told(about: str, whole: bool, unfolded: bool, told: bool) -> None:
    session = Session(plan("tensorflow-serving"))
    session.begin(Beginning(plan("tensorflow-serving"), Host(), {}))
    view = session.view
    first = next(each for each in view.folded if each.finding.id == WEB)
    asking = Asking(lambda finding: finding.id == about, whole=whole)
    text = "\n".join(line.plain for line in standing(view, asking, 500, unfolded, True))
    assert first.sentence in text and "f5  fix: " in text
    assert (first.finding.why in text) is told
