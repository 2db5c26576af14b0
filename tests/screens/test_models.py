from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from tests.screens.driving import TENSOR, Opener, form, go, here, keys, press, screen_text, settle, write
from wizard.machine import completion, drafts, recent
from wizard.plan import Model, Plan
from wizard.screens.models import ModelList
from wizard.servers.sample import sample_path

HALF = sample_path("tensorflow-serving")
SIZES = [(120, 40), (80, 24), (60, 16)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with models, which is the present one; the user's state is elsewhere."""
    root = tmp_path / "place"
    for name in ("half", "third"):
        shutil.copytree(HALF, root / "models" / name)
    shutil.copytree(
        sample_path("torchserve").parent, root / "store", ignore=lambda _, n: {x for x in n if x != "echo.mar"}
    )
    (root / "docs").mkdir()
    (root / "notes.txt").touch()
    monkeypatch.chdir(root)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return root


def several(count: int) -> Plan:
    models = [Model(name=f"m{n}", path=str(HALF)) for n in range(count)]
    return Plan(server="tensorflow-serving", models=tuple(models))


async def test_a_short_line_of_keys_of_the_list_names_the_key_that_leaves(opened: Opener) -> None:
    async with opened(several(2), (80, 24)) as pilot:
        await go(pilot, "model")
        pilot.app.screen.query_one(ModelList).focus()
        await settle(pilot)
        assert keys(pilot).endswith("^c leave")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_second_model_is_added_edited_and_removed(opened: Opener, place: Path, size: tuple[int, int]) -> None:
    plan = Plan(server="tensorflow-serving", models=(Model(name="half", path="models/half"),))
    async with opened(plan, size) as pilot:
        await go(pilot, "model")
        assert not pilot.app.screen.query_one(ModelList).display
        await press(pilot, "f4")
        assert "+ Another model" in screen_text(pilot)
        await write(pilot, "models/third")
        await press(pilot, "down")
        assert [m.name for m in pilot.app.session.plan.models] == ["half", "third"]
        pilot.app.screen.query_one("#field-name").line.focus()
        await press(pilot, "ctrl+u")
        await write(pilot, "drei")
        pilot.app.screen.query_one(ModelList).focus()
        await press(pilot, "up")
        assert [m.name for m in pilot.app.session.plan.models] == ["half", "drei"]
        assert pilot.app.screen.query_one("#field-name").line.value == "half"
        await press(pilot, "down")
        assert pilot.app.screen.query_one("#field-name").line.value == "drei"
        await press(pilot, "up", "delete")
        assert [m.name for m in pilot.app.session.plan.models] == ["drei"]
        assert not pilot.app.screen.query_one(ModelList).display
        assert pilot.app.screen.query_one("#field-path").line.value == "models/third"
        await press(pilot, "ctrl+z")
        assert [m.name for m in pilot.app.session.plan.models] == ["half", "drei"]
        await press(pilot, "ctrl+n")
        assert here(pilot) == "who"


async def test_the_only_model_cannot_be_removed_and_an_empty_new_one_is_left_alone(opened: Opener) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, "model")
        await press(pilot, "f9")
        assert "only model" in keys(pilot)
        await press(pilot, "f4", "f9")
        assert pilot.app.session.plan == TENSOR
        assert "Another model" not in screen_text(pilot)
        await press(pilot, "f4", "enter")
        assert (here(pilot), pilot.app.session.plan) == ("who", TENSOR)


async def test_the_first_model_is_set_when_another_is_added(opened: Opener, place: Path) -> None:
    async with opened(Plan(server="tensorflow-serving")) as pilot:
        await go(pilot, "model")
        await press(pilot, "f4")
        assert "Choose the first model" in keys(pilot)
        await write(pilot, "models/third")
        await press(pilot, "f4")
        assert [m.path for m in pilot.app.session.plan.models] == ["models/third"]
        assert pilot.app.screen.query_one("#field-path").line.value == ""
        await write(pilot, "models/half")
        await press(pilot, "f3")
        assert "▌● half/" in screen_text(pilot)
        await press(pilot, "down", "enter", "enter")
        assert [m.name for m in pilot.app.session.plan.models] == ["third", "third-2"]
        assert here(pilot) == "who"
        await press(pilot, "escape")
        assert [row.name for row in pilot.app.screen.query_one(ModelList).rows] == ["third", "third-2"]


@pytest.mark.parametrize("typed", ["", "~nobody/x", "a/b/c", "/", "models/half/1/", "notes.txt", "x" * 5000, "a\0b"])
async def test_looking_around_begins_at_a_folder_whatever_is_typed(place: Path, typed: str) -> None:
    folder = completion.start_folder(typed, place)
    assert folder.is_dir()
    assert not completion.browse(folder).problem


async def test_versions_and_labels_of_the_picked_model(opened: Opener) -> None:
    async with opened(several(2)) as pilot:
        await go(pilot, "model")
        await press(pilot, "down")
        assert "Labels" not in form(pilot)
        pilot.app.screen.query_one("#field-versions").focus()
        await press(pilot, "right")
        assert [m.versions for m in pilot.app.session.plan.models] == ["latest", "all"]
        await press(pilot, "right")
        assert pilot.app.session.plan.models[1].versions == (2,)
        assert "there: 1, 2" in form(pilot)
        await press(pilot, "down", "ctrl+u")
        await write(pilot, "1 x")
        await press(pilot, "enter")
        assert "numbers of version folders" in form(pilot)
        await press(pilot, "backspace", "2", "down")
        assert pilot.app.session.plan.models[1].versions == (1, 2)
        await pilot.press(*"stable", "equals_sign", "1")
        await press(pilot, "down")
        assert pilot.app.session.plan.models[1].labels == {"stable": 1}
        files = "".join(file.text for file in pilot.app.session.view_of(pilot.app.session.plan).files)
        assert 'version_labels { key: "stable" value: 1 }' in files
        pilot.app.screen.query_one("#field-labels").line.focus()
        await press(pilot, "ctrl+u", "down")
        assert pilot.app.session.plan.models[1].labels == {}
        assert pilot.app.session.plan.models[0].versions == "latest"


async def test_a_name_that_cannot_stand_keeps_its_model_picked(opened: Opener) -> None:
    async with opened(several(2)) as pilot:
        await go(pilot, "model")
        pilot.app.screen.query_one("#field-name").line.focus()
        await press(pilot, "ctrl+u", "m", "1")
        pilot.app.screen.query_one(ModelList).focus()
        await press(pilot, "down")
        assert pilot.app.screen.index == 0
        assert "two models are called" in form(pilot).lower()


async def test_one_key_mends_the_path_of_the_picked_model(opened: Opener) -> None:
    models = (Model(name="good", path=str(HALF)), Model(name="deep", path=str(HALF / "1")))
    async with opened(Plan(server="tensorflow-serving", models=models)) as pilot:
        await go(pilot, "model")
        await press(pilot, "end", "up", "down")
        await press(pilot, "home", "down")
        assert pilot.app.screen.index == 1
        await press(pilot, "f5")
        assert pilot.app.session.plan.models[0] == models[0]
        assert pilot.app.session.plan.models[1].path == str(HALF)
        assert not any(f.severity == "functional" for f in pilot.app.session.view_of(pilot.app.session.plan).findings)


async def test_a_new_model_is_mended_before_it_is_set(opened: Opener, place: Path) -> None:
    async with opened(TENSOR) as pilot:
        await go(pilot, "model")
        await press(pilot, "f4")
        await write(pilot, "models/third/1")
        await press(pilot, "f5")
        assert [Path(m.path).name for m in pilot.app.session.plan.models] == ["half_plus_two", "third"]


async def test_twenty_models_stay_quick(opened: Opener) -> None:
    async with opened(several(20), (80, 24)) as pilot:
        await go(pilot, "model")
        begun = time.process_time()
        for _ in range(20):
            await pilot.press("down")
        await settle(pilot)
        took = time.process_time() - begun
        assert "20 of 20 models" in screen_text(pilot)
        # 20 keys; a tenth of a second each would be felt. Ten times what is measured on one slow core.
        assert took < 10
        await press(pilot, "home")
        assert pilot.app.screen.index == 0


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_model_is_found_by_looking_around(opened: Opener, place: Path, size: tuple[int, int]) -> None:
    async with opened(Plan(server="tensorflow-serving"), size) as pilot:
        await go(pilot, "model")
        assert "f3" in keys(pilot)
        await press(pilot, "f3")
        text = screen_text(pilot)
        assert "store/" in text and "model store" in text
        assert "docs/" in text and "notes.txt" not in text and "1 other file" in text
        await press(pilot, "m", "enter")
        assert "SavedModel, 2 versions, newest 2" in screen_text(pilot)
        await press(pilot, "right")
        assert "one version of a SavedModel" in screen_text(pilot)
        await press(pilot, "backspace", "left")
        assert "▌  models/" in screen_text(pilot)
        await press(pilot, "escape")
        assert pilot.app.screen.query_one("#field-path").line.value == ""
        await press(pilot, "f3", "m", "enter", "down", "enter")
        assert pilot.app.screen.query_one("#field-path").line.value == "models/third"
        await press(pilot, "enter")
        assert (pilot.app.session.plan.models[0].name, here(pilot)) == ("third", "who")


async def test_a_large_folder_is_limited_and_says_so(opened: Opener, place: Path) -> None:
    for number in range(400):
        (place / f"f{number:03}").mkdir()
    (place / "[red]x").mkdir()
    async with opened(Plan(server="tensorflow-serving")) as pilot:
        await go(pilot, "model")
        await press(pilot, "f3")
        assert "a large folder: not all of it is shown" in screen_text(pilot)
        assert "[red]x" in screen_text(pilot)
        await press(pilot, "end", "pageup")
        assert "of 300" in screen_text(pilot)


async def test_a_folder_that_cannot_be_read_is_said(
    opened: Opener, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(Plan(server="tensorflow-serving")) as pilot:
        await go(pilot, "model")
        await press(pilot, "f3", "d")
        (place / "docs").rmdir()
        await press(pilot, "enter")
        assert "cannot be read" in screen_text(pilot)
        await press(pilot, "m", "enter")
        assert "half/" in screen_text(pilot)


async def test_what_was_used_before_is_offered_while_it_exists(opened: Opener, place: Path) -> None:
    models = (Model(name="half", path="models/half"), Model(name="third", path="models/third"))
    drafts.save(Plan(server="tensorflow-serving", models=models), None, place)
    assert recent.where().stat().st_mode & 0o777 == 0o600
    drafts.discard()
    shutil.rmtree(place / "models" / "third")
    assert recent.paths() == (place / "models" / "half",)
    async with opened(Plan(server="tensorflow-serving")) as pilot:
        await go(pilot, "model")
        await press(pilot, "f3")
        assert "used before · SavedModel" in screen_text(pilot)
        await press(pilot, "enter")
        assert pilot.app.screen.query_one("#field-path").line.value == "models/half"
        await press(pilot, "f4", "f3")
        assert "used before" not in screen_text(pilot), "it is served already"


@pytest.mark.parametrize("kept", ["", "{}", "[1, null]", '["\\u0000"]', "nonsense"])
def test_a_spoilt_list_of_used_paths_is_no_list(place: Path, kept: str) -> None:
    recent.where().parent.mkdir(parents=True)
    recent.where().write_text(kept)
    assert recent.paths() == ()
