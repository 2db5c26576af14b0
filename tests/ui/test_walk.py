from __future__ import annotations

import pytest
from driving import Opener, press, screen_text

from wizard.plan import Model, Plan
from wizard.steps import flow


def tf_plan() -> Plan:
    return Plan(server="tensorflow-serving", models=(Model(name="half", path="models/half"),))


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 16)])
async def test_enter_alone_walks_through_every_step(opened: Opener, size: tuple[int, int]) -> None:
    async with opened(tf_plan(), size=size) as pilot:
        seen = [pilot.app.screen.step.id]
        expected = [step.id for step in flow(pilot.app.complete_plan)]
        while seen[-1] != "review":
            await press(pilot, "enter")
            if seen[-1] == "who" and pilot.app.screen.step.id == "who":
                assert pilot.app.plan.audiences == ("me",)
                await press(pilot, "enter")
            assert pilot.app.screen.step.id != seen[-1], f"stuck at {seen[-1]}\n{screen_text(pilot)}"
            seen.append(pilot.app.screen.step.id)
        assert seen == expected[: len(seen)]


async def test_looking_changes_the_pane_but_not_the_plan(opened: Opener) -> None:
    async with opened(tf_plan()) as pilot:
        await press(pilot, *["enter"] * 5)
        assert pilot.app.screen.step.id == "bind.inference"
        before = pilot.app.plan
        await press(pilot, "end", "up")
        assert "Other containers only, compared with now" in screen_text(pilot)
        assert pilot.app.plan is before
        await press(pilot, "enter")
        assert pilot.app.plan.bind.inference.scope == "internal"
        await press(pilot, "u")
        assert pilot.app.plan == before
        await press(pilot, "ctrl+y")
        assert pilot.app.plan.bind.inference.scope == "internal"


async def test_back_keeps_the_answers(opened: Opener) -> None:
    async with opened(tf_plan()) as pilot:
        await press(pilot, *["enter"] * 5, "end", "up", "enter")
        assert pilot.app.plan.bind.inference.scope == "internal"
        await press(pilot, "escape", "enter")
        assert "(•) Other containers only" in screen_text(pilot)
