"""A page whose question is not asked any more: undo took away the API it is about."""

from __future__ import annotations

from tests.screens.driving import TENSOR, TORCH, Opener, go, here, press, settle
from wizard.plan import apply_patch
from wizard.session.steps.base import Answer

MODELS = TORCH.model_dump(mode="json")["models"]
TO_TORCH = Answer((("server", "torchserve"), ("version", ""), ("models", MODELS)), "TorchServe")
ASKS_FOR_MORE = apply_patch(TENSOR, {"bind.management": {"scope": "loopback"}})
"""Answers that speak of an API this server does not have, as a file may hold them."""


async def test_undo_on_the_page_of_an_api_that_goes_with_it(opened: Opener) -> None:
    async with opened(ASKS_FOR_MORE) as pilot:
        session = pilot.app.session
        assert not session.propose(TO_TORCH, "start")
        await settle(pilot)
        await go(pilot, "bind.management")
        assert here(pilot) == "bind.management"
        await press(pilot, "ctrl+z", "ctrl+z")
        assert session.plan == ASKS_FOR_MORE
        assert here(pilot).startswith("bind.") and here(pilot) in {step.id for step in session.steps}
