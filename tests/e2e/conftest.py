from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.robot import Robot
from wizard.servers.sample import sample_path


@pytest.fixture
def robot(tmp_path: Path) -> Iterator[Callable[..., Robot]]:
    """A function that makes a robot with an empty home and a working folder of its own."""
    made: list[Robot] = []

    def make(**env: str) -> Robot:
        folder, home = tmp_path / "work", tmp_path / "home"
        folder.mkdir(exist_ok=True)
        home.mkdir(exist_ok=True)
        made.append(Robot(folder, home, env))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with copies of the sample models: echo.mar, and half_plus_two and a second model, two versions each."""
    folder = tmp_path / "work" / "models"
    folder.mkdir(parents=True)
    shutil.copy(sample_path("torchserve"), folder / "echo.mar")
    sample = sample_path("tensorflow-serving")
    version = next(path for path in sorted(sample.iterdir()) if path.is_dir())
    for name in ("half_plus_two", "second"):
        for number in ("1", "2"):
            shutil.copytree(version, folder / name / number)
    return folder
