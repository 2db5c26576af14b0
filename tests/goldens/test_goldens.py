"""Every screen and step at both sizes, as text. After a wanted change: python scripts/make_screens.py --update"""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts import make_screens

HERE = Path(__file__).parent


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", make_screens.SIZES)
async def test_every_screen_looks_as_it_did(size: str) -> None:
    seen = set()
    different = []
    async for screen, pilot in make_screens.shots(make_screens.SIZES[size], make_screens.THEMES["dark"]):
        seen.add(f"{screen.name}.txt")
        golden = HERE / size / f"{screen.name}.txt"
        text = make_screens.screen_text(pilot)
        if not golden.is_file() or golden.read_text("utf-8") != text:
            different.append(f"{screen.name}:\n{text}")
    assert not different, "\n".join(different)
    assert seen == {path.name for path in (HERE / size).glob("*.txt")}


@pytest.mark.parametrize("size", make_screens.SIZES)
def test_no_line_is_wider_than_the_terminal(size: str) -> None:
    columns, lines = make_screens.SIZES[size]
    for golden in sorted((HERE / size).glob("*.txt")):
        text = golden.read_text("utf-8").splitlines()
        assert len(text) == lines, golden.name
        assert max(map(len, text)) <= columns, golden.name
