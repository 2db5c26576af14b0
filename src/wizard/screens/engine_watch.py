"""Looks for the container engine behind the keys, and again when the answers need other images."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from wizard.screens.page import Page
from wizard.session import engine

if TYPE_CHECKING:
    from textual.app import App

    from wizard.machine.engine_state import EngineState
    from wizard.session.session import Session


class EngineWatch:
    """Knows for which images the engine was asked last."""

    def __init__(self, app: App[Any], session: Session) -> None:
        self._app = app
        self._session = session
        self._asked: tuple[str, ...] = ()

    def ask(self) -> None:
        """Ask, unless the present answers need nothing that was not asked about."""
        images = engine.wanted(self._session)
        if images and images != self._asked:
            self._asked = images
            self._app.run_worker(partial(self._look, images), group="engine", thread=True, exit_on_error=False)

    def _look(self, images: tuple[str, ...]) -> None:
        self._app.call_from_thread(self._show, images, engine.look(images))

    def _show(self, images: tuple[str, ...], found: EngineState | None) -> None:
        if images != self._asked:
            return
        self._session.engine = found
        if isinstance(self._app.screen, Page):
            self._app.screen.engine_known()
