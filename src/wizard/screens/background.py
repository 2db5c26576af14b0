"""Background work: loading, looking into models, saving the draft, and the signals that end the program."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import events, work
from textual.app import App
from textual.message import Message

from wizard import help
from wizard.machine import signals
from wizard.screens.engine_watch import EngineWatch
from wizard.screens.page import Page
from wizard.screens.typing_ahead import TypingAhead

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer

    from wizard.models.report import ModelReport
    from wizard.session.beginning import Beginning
    from wizard.session.session import Session

_SAVE_AFTER = 0.3
"""Seconds without another answer before the draft is saved."""


class Loaded(Message):
    """Everything that the first page does not need is loaded."""

    def __init__(self, beginning: Beginning) -> None:
        super().__init__()
        self.beginning = beginning


class Inspected(Message):
    """A model was looked into."""

    def __init__(self, path: str, server: str, report: ModelReport) -> None:
        super().__init__()
        self.path = path
        self.server = server
        self.report = report


class Background(App[None]):
    """An app whose pages show a Session. Everything slow is done in workers, which only post messages."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        session.on_change = self._changed
        self.keyboard = TypingAhead(self, self._deliver)
        self.engine_watch = EngineWatch(self, session)
        self._loading = False
        self._when_ready: list[Callable[[], object]] = []
        self._to_save: Timer | None = None
        self._loop_of_pages: asyncio.AbstractEventLoop | None = None
        self._ends = False
        self.ended_by_signal = False

    async def on_event(self, event: events.Event) -> None:
        """Load after the first key or click: an untouched wizard stays light. Enter leads on: what it opens loads.

        While the program ends, nothing that is pressed counts: no page that it could open would ever be composed.
        """
        if self._ends and isinstance(event, (events.InputEvent, events.Paste)):
            return
        if isinstance(event, events.MouseDown) or (isinstance(event, events.Key) and event.key != "enter"):
            self.load()
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self.keyboard.give(event)
        else:
            await super().on_event(event)

    async def _deliver(self, event: events.Event) -> None:
        await super().on_event(event)

    def on_mount(self) -> None:
        """Paint first; answers given to begin with are loaded after that."""
        self.screen_change_signal.subscribe(self, self.keyboard.page_changed, immediate=True)
        self._be_woken()
        if self.session.given:
            self.screen.call_after_refresh(self.load)

    def changed(self) -> None:
        """The answers have changed; the page that is shown knows already."""

    def load(self) -> None:
        """Load what the first page does not need, once."""
        if not self._loading:
            self._loading = True
            self._load()

    @work(thread=True)
    def _load(self) -> None:
        help.glossary.mentions("")  # the words that the next pages underline
        self.post_message(Loaded(self.session.load()))

    def on_loaded(self, message: Loaded) -> None:
        """From now on there is a Plan."""
        if self._ends:
            return
        self.session.begin(message.beginning)
        waiting, self._when_ready = self._when_ready, []
        for each in waiting:
            each()
        if waiting:
            self.keyboard.release()

    def when_ready(self, then: Callable[[], object]) -> None:
        """Do something as soon as the Session is ready."""
        if self.session.ready:
            then()
        else:
            if not self._when_ready:
                self.keyboard.hold()
            self._when_ready.append(then)
            self.load()

    def _changed(self) -> None:
        """Show another Plan, look into its models, and save it soon."""
        if isinstance(self.screen, Page):
            self.screen.plan_changed()
        self.engine_watch.ask()
        self.changed()
        if self.session.unseen:
            self._inspect(self.session.unseen)
        if self._to_save is not None:
            self._to_save.stop()
        self._to_save = self.set_timer(_SAVE_AFTER, self._save) if self.session.autosave.due else None

    @work(thread=True, group="inspect-plan")
    def _inspect(self, models: tuple[tuple[str, str], ...]) -> None:
        for path, server in models:
            self.post_message(Inspected(path, server, self.session.inspect(path, server)))

    def on_inspected(self, message: Inspected) -> None:
        """From now on, the result counts."""
        if self.session.found(message.path, message.server, message.report) and isinstance(self.screen, Page):
            self.screen.plan_changed()

    @work(thread=True, group="draft", exit_on_error=False)
    def _save(self) -> None:
        self.session.autosave.save()
        self.call_from_thread(self._show_draft)

    def _show_draft(self) -> None:
        if isinstance(self.screen, Page):
            self.screen.show_draft()

    def leave(self) -> None:
        """End the program; the draft is kept."""
        self._ends = True
        self.session.autosave.save()
        self._exit_when_made()

    def _exit_when_made(self) -> None:
        """Exit; not while a page is being made, which would then look for what nobody composes any more."""
        if self.screen.is_mounted or not self.screen.call_later(self._exit_when_made):
            self.exit()

    def end(self) -> None:
        """End the program because something outside asked for it, like Ctrl-Q: the draft is kept, a trial is
        removed."""
        self.ended_by_signal = True
        self.leave()

    def told_to_end(self) -> None:
        """A signal came, between any two steps of this thread: end as soon as the event loop can.

        Raises Ended if the loop does not run.
        """
        if self._loop_of_pages is None or self._loop_of_pages.is_closed():
            raise signals.Ended
        self._loop_of_pages.call_soon_threadsafe(self.end)

    def _be_woken(self) -> None:
        """Have the event loop woken by any signal: it arranges that for all when it is given the first."""
        self._loop_of_pages = asyncio.get_running_loop()
        number = next(filter(signals.heeded, signals.TERMINATE), None)
        if number is not None and threading.current_thread() is threading.main_thread():
            with suppress(NotImplementedError):  # Windows
                self._loop_of_pages.add_signal_handler(number, self.end)
