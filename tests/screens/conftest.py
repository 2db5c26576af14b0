from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.screens.driving import Driver, Opener, settle
from wizard.app import WizardApp
from wizard.plan import Plan
from wizard.session.session import Session


@pytest.fixture
def opened() -> Opener:
    @asynccontextmanager
    async def open_app(
        plan: Plan | None = None, size: tuple[int, int] = (120, 40), **options: object
    ) -> AsyncIterator[Driver]:
        app = WizardApp(Session(plan, **options))  # type: ignore[arg-type]
        async with app.run_test(size=size):
            pilot = Driver(app)
            await settle(pilot)
            yield pilot

    return open_app
