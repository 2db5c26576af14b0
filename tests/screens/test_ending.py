"""How the full-screen wizard ends."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from wizard import app
from wizard.app import WizardApp
from wizard.cli.main import main
from wizard.errors import ExitCode, WizardError
from wizard.session.session import Session


def test_a_traceback_never_ends_with_0(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(self: WizardApp) -> None:
        token = "a-secret-value"  # noqa: F841 - what a traceback with variables would show
        raise RuntimeError("a fault of the program: \x1b]0;title\x07\x9b31m\u202e")

    run: Callable[..., Any] = WizardApp.run
    monkeypatch.setattr(WizardApp, "run", lambda self: run(self, headless=True))
    monkeypatch.setattr(WizardApp, "on_mount", broken)
    with pytest.raises(WizardError) as ended:
        app.run(Session())
    assert ended.value.exit_code == ExitCode.FAULT
    said = capsys.readouterr().err
    assert "a fault of the program" in said
    assert not re.search("\x1b\\]|[\x07\x9b\u202e]", said), "what others wrote may be part of a message"
    assert said.count("a-secret-value") <= 1, "the line of the program may be shown, the variable not"
    monkeypatch.setenv("TEXTUAL_DRIVER", "headless")
    assert main(["demo"]) == 70
