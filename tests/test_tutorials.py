"""The tutorials show what their commands print today."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.make_tutorials import TUTORIALS, rendered


@pytest.mark.live  # its commands start servers
@pytest.mark.parametrize("path", sorted(TUTORIALS.glob("*.md")), ids=lambda path: path.stem)
def test_a_tutorial_shows_what_happens(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("```console") > 1
    assert rendered(text) == text, "run scripts/make_tutorials.py"
