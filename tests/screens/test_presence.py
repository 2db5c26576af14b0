"""A page stands as long as everything on it does, also while the program ends."""

from __future__ import annotations

from textual.widgets import Static

from tests.screens.driving import TENSOR, Opener
from wizard.screens.presence import stands


async def test_a_page_that_is_taken_apart_at_the_end_does_not_stand(opened: Opener) -> None:
    seen: list[bool] = []

    class Part(Static):
        def on_unmount(self) -> None:
            seen.append(stands(page))

    async with opened(TENSOR) as pilot:
        page = pilot.app.screen
        await page.mount(Part())
        assert stands(page)
    assert seen == [False]
