"""The wizard in a full terminal: bindings, themes and pages. What it is about is the Session's."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen

from wizard.errors import ExitCode, WizardError
from wizard.harmless import without
from wizard.machine import looks, signals
from wizard.machine.looks import Looks
from wizard.screens import open_step, terminal
from wizard.screens.base import StepScreen
from wizard.screens.driver import driver
from wizard.screens.engine_watch import EngineWatch
from wizard.screens.keyboard import Keyboard
from wizard.screens.page import Page
from wizard.session.steps import start_step
from wizard.session.steps.progress import title_of
from wizard.widgets import themes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from textual.color import Color
    from textual.command import Provider
    from textual.driver import Driver
    from textual.theme import Theme
    from textual.timer import Timer

    from wizard.models.report import ModelReport
    from wizard.session.beginning import Beginning
    from wizard.session.history import Entry
    from wizard.session.session import Session
    from wizard.session.steps.base import Step
    from wizard.widgets.messages import PlanChange

_SAVE_AFTER = 0.3
"""Seconds without another answer before the draft is written."""


class _Harmless(LineFilter):
    """Drops what a terminal would obey; such characters have no width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(without(text), style, control) for text, style, control in segments]


_HARMLESS = _Harmless()


class Loaded(Message):
    """Everything that the first page does not need is there."""

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


def _topics() -> type[Provider]:
    from wizard.screens.palette import Topics

    return Topics


def _overview(session: Session) -> Page:
    from wizard.screens.overview import OverviewScreen

    return OverviewScreen(session)


class WizardApp(App[None]):
    """Shows one page after the other, and what the Session says on the one that is shown."""

    TITLE = "Serving Wizard"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]  # noqa: RUF012
    COMMANDS = App.COMMANDS | {_topics}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Quit, keeping a draft", id="quit", priority=True),
        Binding("ctrl+c", "ask_to_leave", "Leave", id="leave", priority=True),
        Binding("u,ctrl+z", "undo", "Undo", id="undo"),
        Binding("ctrl+y", "redo", "Redo", id="redo"),
        Binding("ctrl+g", "history", "History of answers", id="history"),
    ]

    def __init__(self, session: Session, looks: Looks | None = None) -> None:
        super().__init__()
        self.looks = looks
        """What is remembered of how it looks; None = nothing is, and nothing will be."""
        themes.use(self, themes.fitting(looks) if looks else "")
        self.session = session
        session.on_change = self._changed
        self.keyboard = Keyboard(self, self._deliver)
        self.engine_watch = EngineWatch(self, session)
        self._loading = False
        self._when_ready: list[Callable[[], object]] = []
        self._to_save: Timer | None = None
        self.ended_by_signal = False
        self._titled = ""
        self._asked_to_undo: tuple[Page, Entry] | None = None
        """The answer that was named before it is undone, and the page it was named on."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Nothing that a widget draws by itself (an input's value, a list) disturbs the terminal either."""
        return [*super().get_line_filters(), _HARMLESS]

    def get_default_screen(self) -> Page:
        """The first step is what there is from the beginning; for a path that was named, the overview."""
        return _overview(self.session) if self.session.opened else open_step(self.session, start_step())

    def get_driver_class(self) -> type[Driver]:
        """One that asks the terminal for its background and tells it a title, where there is a terminal."""
        return driver() or super().get_driver_class()

    def on_background_told(self, message: terminal.BackgroundTold) -> None:
        """Follow the terminal, unless a theme was chosen."""
        if self.looks is not None:
            self.looks = self.looks._replace(light=message.light)
            self.theme = themes.fitting(self.looks)
            self._keep_looks(self.looks)

    def _theme_changed(self, theme: Theme) -> None:
        """A theme that is not the one that fits was chosen: remember it."""
        if self.looks is not None and theme.name != themes.fitting(self.looks):
            self.looks = self.looks._replace(chosen=theme.name)
            self._keep_looks(self.looks)

    @work(thread=True, group="looks", exit_on_error=False)
    def _keep_looks(self, found: Looks) -> None:
        with suppress(OSError, WizardError):
            looks.remember(found)

    def _entitle(self, _: object = None) -> None:
        """Say in the title of the terminal's window which model and which page this is about."""
        names = [model.name for model in self.session.plan.models[:3]] if self.session.ready else []
        page = [self.screen.page_title] if isinstance(self.screen, Page) and self.screen.page_title else []
        words = " · ".join((self.TITLE, *([", ".join(names)] if names else []), *page))
        if words != self._titled:
            self._titled = words
            terminal.entitle(self, words)

    def on_mount(self) -> None:
        """Paint first; answers given to begin with are loaded after that."""
        self._answer_signals()
        self.theme_changed_signal.subscribe(self, self._theme_changed)
        self.screen_change_signal.subscribe(self, self._entitle)
        self._entitle()
        if self.session.given:
            self.screen.call_after_refresh(self.load)

    def watch_app_focus(self, focus: bool) -> None:
        """A window that was away when the first step opened (a browser's always is) comes back to a question."""
        if focus and self.screen.focused is None:
            self.screen.focus_next(self.screen.AUTO_FOCUS or "*")

    async def on_event(self, event: events.Event) -> None:
        """Load behind the first key or click: an untouched wizard stays light."""
        if not self._loading and isinstance(event, (events.Key, events.MouseDown)):
            self.load()
        if isinstance(event, (events.Key, events.Paste)) and not event.is_forwarded:
            await self.keyboard.give(event)
        else:
            await super().on_event(event)

    async def _deliver(self, event: events.Event) -> None:
        await super().on_event(event)

    def load(self) -> None:
        """Load what the first page does not need, once."""
        if not self._loading:
            self._loading = True
            self._load()

    @work(thread=True)
    def _load(self) -> None:
        from wizard.help.glossary import mentions

        mentions("")  # the words that the next pages underline
        self.post_message(Loaded(self.session.load()))

    def on_loaded(self, message: Loaded) -> None:
        """From now on there is a Plan."""
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
        self._entitle()
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
        """What was found counts from now on."""
        if self.session.found(message.path, message.server, message.report) and isinstance(self.screen, Page):
            self.screen.plan_changed()

    @work(thread=True, group="draft", exit_on_error=False)
    def _save(self) -> None:
        self.session.autosave.save()
        self.call_from_thread(self._show_draft)

    def _show_draft(self) -> None:
        if isinstance(self.screen, Page):
            self.screen.show_draft()

    def on_plan_change(self, message: PlanChange) -> None:
        """An answer was given: give it to the Session, show why not."""
        if not self.session.ready:
            self.when_ready(lambda: self.on_plan_change(message))
            return
        page = self.screen if isinstance(self.screen, Page) else None
        problem = self.session.propose(message.answer, page.step_id if page else "")
        if message.field is not None and message.field.is_mounted:
            message.field.refuse(problem)
        if problem and page:
            page.say(problem)
        elif message.accepted and isinstance(page, StepScreen) and page.spoke is not None:
            page.action_next()

    def go_to(self, step: Step) -> None:
        """Show a step: back to it where it is open already, else on top of what is open."""
        if not self.session.ready:
            self.when_ready(lambda: self.go_to(step))
            return
        if not self.screen.is_mounted:
            self.screen.call_later(self.go_to, step)  # what is still being made cannot be taken away
            return
        stack = [s for s in self.screen_stack if isinstance(s, StepScreen)]
        known = next((screen for screen in stack if screen.step.id == step.id), None)
        if known is None:
            self.push_screen(open_step(self.session, step))
            return
        while self.screen is not known:
            self.pop_screen()

    def open_overview(self) -> None:
        """Show every decision on one page: back to it where it is open already."""
        from wizard.screens.overview import OverviewScreen

        if not self.session.ready:
            self.when_ready(self.open_overview)
            return
        known = next((screen for screen in self.screen_stack if isinstance(screen, OverviewScreen)), None)
        if known is None:
            self.push_screen(_overview(self.session))
        while known is not None and self.screen is not known:
            self.pop_screen()

    def open_spoke(self, step_ids: tuple[str, ...]) -> None:
        """Show the steps of one line of the overview, one after the other, and come back to it."""
        asked = [step for step in self.session.steps if step.id in step_ids]
        if asked:
            screen = open_step(self.session, asked[0])
            screen.spoke = tuple(step.id for step in asked[1:])
            self.push_screen(screen)

    def leave_spoke(self, step_ids: tuple[str, ...]) -> None:
        """Go on with the further steps of a line, or back to the overview."""
        self.pop_screen()
        self.open_spoke(step_ids)

    def open_trial(self) -> None:
        """Show the Try step and begin at once."""
        from wizard.screens.trial import TrialScreen

        self.push_screen(TrialScreen(self.session, self.session.step("try"), at_once=True))

    def _moved(self, verb: str, label: str) -> None:
        if label and isinstance(self.screen, Page):
            step_id = self.screen.step_id
            step = self.session.step(step_id) if step_id else None
            if step is not None and step.id != step_id:
                self.go_to(step)
            page = self.screen  # another one than before, where the step is gone
            if isinstance(page, Page):
                page.tell(f"{verb}: {label}")

    def action_undo(self) -> None:
        """Undo the last answer; one that was given on another step is named first, and undone by the key once more."""
        if not self.session.ready:
            return
        page, now = self.screen, self.session.history.now
        if not isinstance(page, Page):
            return
        elsewhere = page.step_id and now.step_id != page.step_id and self.session.history.at
        if elsewhere and self._asked_to_undo != (page, now):
            self._asked_to_undo = (page, now)
            where = f" of {title_of(self.session.step(now.step_id))}" if now.step_id else ""
            page.tell(f"^z again takes back: {now.label}{where}")
            return
        label = self.session.undo()
        if label:
            self._moved("Undone", label)
        else:
            page.tell("Nothing to undo.")

    def action_redo(self) -> None:
        """Redo the answer that was undone last."""
        if self.session.ready:
            self._moved("Done again", self.session.redo())

    def action_history(self) -> None:
        """Show every answer given so far."""
        from wizard.screens.history import HistoryScreen

        def chosen(at: int | None) -> None:
            if at is not None:
                self._moved("Now at", self.session.go(at))

        if self.session.ready:
            self.push_screen(HistoryScreen(self.session.history), chosen)

    def _fatal_error(self) -> None:
        """The traceback without the values of variables, which may hold a token."""
        from rich.traceback import Traceback

        self.panic(Traceback(show_locals=False))

    def action_ask_to_leave(self) -> None:
        """Ask once whether to leave, and what becomes of the draft; with a text selected, copy it."""
        from wizard.screens.leaving import Choice, LeaveScreen

        selected = getattr(self.focused, "selected_text", "") or self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            return
        if isinstance(self.screen, LeaveScreen):
            self.screen.dismiss("keep")
            return

        def chosen(choice: Choice | None) -> None:
            if choice == "forget":
                self.session.autosave.discard()
            if choice in ("keep", "forget"):
                self.leave()

        self.push_screen(LeaveScreen(self.session.autosave.due or self.session.autosave.kept), chosen)

    def action_leave(self) -> None:
        """End the program; the draft is kept."""
        self.leave()

    def leave(self) -> None:
        """End the program; the draft is kept."""
        self.session.autosave.save()
        self.exit()

    def _answer_signals(self) -> None:
        """A signal that asks the program to end leaves, as Ctrl-Q does: the draft is kept, a trial is removed."""

        def end() -> None:
            self.ended_by_signal = True
            self.leave()

        if threading.current_thread() is threading.main_thread():
            for number in signals.ENDING:
                if signals.heeded(number):
                    with suppress(NotImplementedError):  # Windows
                        asyncio.get_running_loop().add_signal_handler(number, end)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every step and every action."""
        from wizard.screens.palette import commands

        return commands(self)


def run(session: Session) -> None:
    """Show a Session until it is left.

    Raises WizardError (exit code 70) when the wizard itself broke; the answers are kept as a draft. Raises
    signals.Ended when it was asked to end.
    """
    app = WizardApp(session, looks.remembered())
    app.run()
    if app.ended_by_signal:
        raise signals.Ended
    if app.return_code:
        session.autosave.save()
        raise WizardError(
            "The wizard broke, and the fault is its own",
            "What happened stands above.",
            "The answers are kept as a draft: start it again to go on.",
            ExitCode.FAULT,
        )
