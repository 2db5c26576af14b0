"""Who leaves while a draft is being written is asked about it too."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread
from typing import Any
from unittest import mock

from wizard.servers.sample import sample_plan
from wizard.session.autosave import Autosave
from wizard.session.origins import Origins


def test_a_draft_that_is_being_written_is_worth_keeping() -> None:
    begun, go_on = Event(), Event()

    def slow(*_: Any) -> None:
        begun.set()
        assert go_on.wait(30)

    with mock.patch("wizard.session.autosave.drafts.save", slow):
        autosave = Autosave(None, False, False)
        autosave._keeps = True
        autosave.changed(sample_plan("torchserve"), Path(), Origins())
        writer = Thread(target=autosave.save)
        writer.start()
        assert begun.wait(30)
        assert autosave.worth_keeping
        go_on.set()
        writer.join(30)
    assert autosave.worth_keeping
