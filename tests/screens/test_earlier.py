"""A model that was written before: its answers are what one begins with, and no protection is lost unasked."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.plain.talking import piped
from tests.screens.driving import Opener, keys, press, screen_text
from tests.support.model_builders import HALF_PLUS_TWO
from wizard.cli import main
from wizard.plan import Plan, answers
from wizard.session.earlier import opened_again
from wizard.session.opened import Opened
from wizard.session.opening import open_path

PROTECTED = ("--token", "--tls", "--origin", "https://app.example", "--cookies")
TOKEN = "Callers of inference have to show a token now, and would not any more."
ENCRYPTION = "What goes to inference is encrypted now, and would not be any more."


@pytest.fixture(autouse=True)
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a protected deployment."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(HALF_PLUS_TWO, tmp_path / "half_plus_two")
    assert main.main(["generate", "half_plus_two", *PROTECTED]) == 0
    return tmp_path / "serving-half_plus_two"


def there(written: Path) -> Plan:
    return answers.load((written / "wizard.toml").read_text("utf-8"))


def again() -> Opened:
    return opened_again(open_path("half_plus_two"))


async def test_the_model_opens_with_the_answers_that_were_written_for_it(opened: Opener, written: Path) -> None:
    before = there(written)
    async with opened(opened=again()) as pilot:
        assert "These are the answers in ./serving-half_plus_two/wizard.toml" in screen_text(pilot)
        assert "your file" in screen_text(pilot) and "https://app.example, with cookies" in screen_text(pilot)
        await press(pilot, "enter")
    assert there(written) == before


async def test_a_fresh_start_is_a_key_that_can_be_undone_and_less_protection_a_question(
    opened: Opener, written: Path
) -> None:
    before = there(written)
    async with opened(opened=again()) as pilot:
        assert "n start afresh" in keys(pilot) or "n afresh" in keys(pilot)
        await press(pilot, "n")
        assert pilot.app.session.plan.auth.inference != "gateway-token"
        assert "These are the answers in" not in screen_text(pilot)
        await press(pilot, "u")
        assert "These are the answers in" in screen_text(pilot)
        await press(pilot, "n", "enter")
        said = " ".join(screen_text(pilot).replace("│", " ").split())
        assert TOKEN in said and ENCRYPTION in said
        await press(pilot, "enter")
        assert there(written) == before, "going back is where the cursor is"
        await press(pilot, "enter", "down", "enter")
    assert there(written).tls.mode == "off"
    assert list((written / ".serving-wizard-backup").glob("*/wizard.toml")), "a copy is kept"


async def test_it_is_asked_too_where_nobody_opened_the_folder(opened: Opener, written: Path) -> None:
    before = there(written)
    async with opened(opened=open_path("half_plus_two")) as pilot:
        await press(pilot, "enter", "enter")
    assert there(written) == before


def test_answers_about_another_model_and_files_that_are_none_are_left_alone(written: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.move(tmp_path / "half_plus_two", tmp_path / "elsewhere" / "half_plus_two")
    assert opened_again(open_path("elsewhere/half_plus_two")).kind == "model"
    shutil.move(tmp_path / "elsewhere" / "half_plus_two", tmp_path / "half_plus_two")
    assert again().kind == "written"
    (written / "wizard.toml").write_text("server = 3", "utf-8")
    assert again().kind == "model"


def test_the_line_prompts_begin_there_and_ask(written: Path, tmp_path: Path) -> None:
    before = there(written)
    done = piped("n\n\n\nq\n", tmp_path, "half_plus_two", "--plain")
    said = " ".join(done.stderr.split())
    assert "These are the answers in ./serving-half_plus_two/wizard.toml" in said
    assert TOKEN in said and ENCRYPTION in said
    assert there(written) == before


def test_the_command_line_says_what_would_be_lost(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = there(written)
    capsys.readouterr()
    assert main.main(["generate", "half_plus_two"]) == 2
    said = capsys.readouterr().err
    assert TOKEN in said and ENCRYPTION in said
    assert there(written) == before
    assert main.main(["generate", "half_plus_two", "--on-conflict", "backup"]) == 0
    assert TOKEN in capsys.readouterr().err
    assert main.main(["generate", "half_plus_two", "--on-conflict", "backup", *PROTECTED]) == 0
    assert TOKEN not in capsys.readouterr().err
