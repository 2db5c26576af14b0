"""Asks about the container engine in the background, and again when the answers need other images."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from wizard.screens.page import Page
from wizard.session import engine

if TYPE_CHECKING:
    from textual.app import App

    from wizard.host import EngineName
    from wizard.machine.engine_state import EngineState
    from wizard.session.session import Session


class EngineWatch:
    """Remembers for which images the engine was asked last."""

    def __init__(self, app: App[Any], session: Session) -> None:
        self._app = app
        self._session = session
        self._asked: tuple[str, ...] = ()
        self._which: EngineName = "docker"

    def ask(self) -> None:
        """Ask, unless everything the present answers need was already asked about."""
        images, which = engine.wanted(self._session), engine.name(self._session)
        if images and (images, which) != (self._asked, self._which):
            self._asked, self._which = images, which
            self._app.run_worker(partial(self._look, images, which), group="engine", thread=True, exit_on_error=False)

    def _look(self, images: tuple[str, ...], which: EngineName) -> None:
        self._app.call_from_thread(self._show, images, which, engine.look(images, which))

    def _show(self, images: tuple[str, ...], which: EngineName, found: EngineState | None) -> None:
        if (images, which) != (self._asked, self._which):
            return
        self._session.engine = found
        if isinstance(self._app.screen, Page):
            self._app.screen.engine_known()
