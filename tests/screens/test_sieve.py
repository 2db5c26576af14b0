from __future__ import annotations

from tests.screens.driving import TORCH, Opener


async def test_a_line_that_stands_is_not_filtered_again(opened: Opener) -> None:
    async with opened(TORCH) as pilot:
        assert pilot.app.get_line_filters() == pilot.app.get_line_filters()
