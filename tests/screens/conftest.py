from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from tests.screens.driving import Opener, settle
from wizard.app import WizardApp
from wizard.plan import Plan
from wizard.session.written import Outcome


@pytest.fixture
def opened() -> Opener:
    @asynccontextmanager
    async def open_app(
        plan: Plan | None = None, size: tuple[int, int] = (120, 40), **options: object
    ) -> AsyncIterator[Pilot[Outcome | None]]:
        app = WizardApp(plan, **options)  # type: ignore[arg-type]
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            yield pilot

    return open_app
