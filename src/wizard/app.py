"""The wizard in a full terminal: bindings, themes and pages. The content belongs to the Session."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from wizard import screens
from wizard.errors import ExitCode, WizardError
from wizard.harmless import harmless
from wizard.machine import looks, signals
from wizard.machine.looks import Looks
from wizard.screens import terminal
from wizard.screens.base import StepScreen
from wizard.screens.driver import driver
from wizard.screens.page import Page
from wizard.screens.paging import Paging
from wizard.session.steps.edit import renewed
from wizard.session.steps.progress import title_of
from wizard.widgets import themes
from wizard.widgets.harmless_filter import Harmless

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.command import Provider
    from textual.driver import Driver
    from textual.filter import LineFilter
    from textual.theme import Theme

    from wizard.screens.leaving import Choice
    from wizard.session.history import Entry
    from wizard.session.session import Session
    from wizard.widgets.messages import PlanChange


def _actions() -> type[Provider]:
    return screens.palette.Actions


def _topics() -> type[Provider]:
    return screens.palette.Topics


_SIEVE = Harmless()
"""Always the same object: Textual caches lines by the filter they went through."""


class WizardApp(Paging):
    """Shows one page after another, and the Session's messages on the current one."""

    TITLE = "Serving Wizard"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]  # noqa: RUF012
    COMMANDS = {_actions, _topics}  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Quit, keeping a draft", id="quit", priority=True),
        Binding("ctrl+c", "ask_to_leave", "Leave", id="leave", priority=True),
        Binding("u,ctrl+z", "undo", "Undo", id="undo"),
        Binding("ctrl+y", "redo", "Redo", id="redo"),
        Binding("ctrl+g", "history", "History of answers", id="history"),
    ]

    def __init__(self, session: Session, looks: Looks | None = None) -> None:
        # Textual applies the theme it finds here; one that is set later makes it read and apply all styles twice.
        self.set_reactive(App.theme, themes.existing(themes.fitting(looks) if looks else ""))
        super().__init__(session)
        self.looks = looks
        """Remembered display settings; None = nothing is remembered, and nothing will be."""
        self._titled = ""
        self._asked_to_undo: tuple[Page, Entry] | None = None
        """The answer whose undoing was announced, and the page where it was announced."""

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Textual's and our own, known without being registered: Textual's constructor asks for the current one."""
        return {**super().available_themes, **themes.OWN}

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Text that a widget draws by itself (an input's value, a list) cannot disturb the terminal either."""
        return [*super().get_line_filters(), _SIEVE]

    def get_driver_class(self) -> type[Driver]:
        """A driver that asks the terminal for its background and sets its title, if there is a terminal."""
        return driver() or super().get_driver_class()

    def on_background_told(self, message: terminal.BackgroundTold) -> None:
        """Follow the terminal, unless a theme was chosen."""
        if self.looks is not None:
            self.looks = self.looks._replace(light=message.light)
            self.theme = themes.fitting(self.looks)
            self._keep_looks(self.looks)

    def on_terminal_gone(self) -> None:
        """There is nobody left to ask."""
        self.end()

    def _theme_changed(self, theme: Theme) -> None:
        """A theme was chosen that differs from the terminal's: remember it."""
        if self.looks is not None and theme.name != themes.fitting(self.looks):
            self.looks = self.looks._replace(chosen=theme.name)
            self._keep_looks(self.looks)

    @work(thread=True, group="looks", exit_on_error=False)
    def _keep_looks(self, found: Looks) -> None:
        with suppress(OSError, WizardError):
            looks.remember(found)

    def _entitle(self, _: object = None) -> None:
        """Say in the title of the terminal's window which model and which page this is about, also below a dialog."""
        if not self.session.ready:
            return
        names = ", ".join(model.name for model in self.session.plan.models[:3])
        pages = (screen.page_title for screen in reversed(self.screen_stack) if isinstance(screen, Page))
        words = " · ".join(each for each in (self.TITLE, names, next(filter(None, pages), "")) if each)
        if words != self._titled:
            self._titled = words
            terminal.entitle(self, words)

    def on_mount(self) -> None:
        """Follow what the terminal and the pages say."""
        self.theme_changed_signal.subscribe(self, self._theme_changed)
        self.screen_change_signal.subscribe(self, self._entitle)
        self._entitle()

    def changed(self) -> None:
        self._entitle()

    def watch_app_focus(self, focus: bool) -> None:
        """A window that was not focused when the first step opened (in a browser it never is) puts the focus on a
        question."""
        if focus and self.screen.focused is None:
            self.screen.focus_next(self.screen.AUTO_FOCUS or "*")

    def on_plan_change(self, message: PlanChange) -> None:
        """Give an answer to the Session, and show why if it is refused."""
        if not self.session.ready:
            self.when_ready(lambda: self._change_late(message))
            return
        page = self.screen if isinstance(self.screen, Page) else None
        problem = self.session.propose(message.answer, page.step_id if page else "")
        if message.field is not None and message.field.is_mounted:
            message.field.refuse(problem)
        if problem and page:
            page.say(problem)
        elif message.accepted and isinstance(page, StepScreen) and page.spoke is not None:
            page.action_next()

    def _change_late(self, message: PlanChange) -> None:
        asked_at = message.field.screen if message.field is not None else None
        if isinstance(asked_at, StepScreen):
            message.answer = renewed(message.answer, asked_at.fields())
        self.on_plan_change(message)

    def _moved(self, verb: str, label: str) -> None:
        if label and isinstance(self.screen, Page):
            step_id = self.screen.step_id
            step = self.session.step(step_id) if step_id else None
            if step is not None and step.id != step_id:
                self.go_to(step)
            page = self.screen  # a different one if the step no longer exists
            if isinstance(page, Page):
                page.tell(f"{verb}: {label}")

    def action_undo(self) -> None:
        """Undo the last answer.

        If it was given on another step, name it first, and undo it when the key is pressed again.
        """
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

        def chosen(at: int | None) -> None:
            if at is not None:
                self._moved("Now at", self.session.go(at))

        if self.session.ready:
            self.push_screen(screens.history.HistoryScreen(self.session.history), chosen)

    def _fatal_error(self) -> None:
        """The traceback without the values of variables, which may contain a token; harmless to the terminal."""
        # Nearly nobody sees it, and it highlights code: with what that needs it would take a second of each start.
        from rich.segment import Segments
        from rich.traceback import Traceback

        drawn = self.console.render(Traceback(show_locals=False), self.console.options)
        self.panic(Segments([segment._replace(text=harmless(segment.text)) for segment in drawn]))

    def action_ask_to_leave(self) -> None:
        """Ask once whether to leave, and what happens to the draft. If text is selected, copy it instead."""
        selected = getattr(self.focused, "selected_text", "") or self.screen.get_selected_text()
        if selected:
            self.copy_to_clipboard(selected)
            return
        if isinstance(self.screen, screens.leaving.LeaveScreen):
            self.screen.dismiss("keep")
            return

        def chosen(choice: Choice | None) -> None:
            if choice == "forget":
                self.session.autosave.discard()
            if choice in ("keep", "forget"):
                self.leave()

        self.push_screen(screens.leaving.LeaveScreen(self.session.autosave.worth_keeping), chosen)

    def action_leave(self) -> None:
        """End the program; the draft is kept."""
        self.leave()

    def action_command_palette(self) -> None:
        """Show it, unless it is shown already."""
        if not isinstance(self.screen, screens.palette.Palette):
            self.push_screen(screens.palette.Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every step and every action."""
        return screens.palette.commands(self)


def run(session: Session) -> None:
    """Show a Session until the user leaves.

    Raises WizardError (exit code 70) if the wizard itself failed; the answers are kept as a draft. Raises signals.Ended
    if it was told to stop.
    """
    app = WizardApp(session, looks.remembered())
    with signals.telling(app.told_to_end):
        app.run()
    if app.ended_by_signal:
        raise signals.Ended
    if app.return_code:
        session.autosave.save()
        raise WizardError(
            "The wizard crashed; this is a fault in the wizard itself",
            "The error is shown above.",
            "The answers are kept as a draft: start it again to go on.",
            ExitCode.FAULT,
        )
