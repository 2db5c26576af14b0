"""The Start step: besides its question, the draft of an earlier run, and the servers that run here."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from wizard import screens, session
from wizard.errors import WizardError
from wizard.screens.base import StepScreen
from wizard.screens.key_hints import CHOOSING, TO_CHOOSE
from wizard.screens.presence import stands
from wizard.session.steps.start import SAMPLE_LOADED
from wizard.widgets.field import FieldWidget
from wizard.widgets.flow import Flow, Lines, text, wrapped
from wizard.widgets.hints import KeyHint

if TYPE_CHECKING:
    from wizard.session.found_here import FoundHere, Looking
    from wizard.session.opened import Opened
    from wizard.session.session import Session
    from wizard.session.steps.base import Step


class StartScreen(StepScreen):
    """Offers the draft above the question; to ignore it, just go on."""

    AUTO_FOCUS = "Choices"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "app.ask_to_leave", "Leave", id="leave-first"),
        Binding("r", "resume", "Resume the draft", id="resume"),
        Binding("c", "compare", "Compare two starting points", id="compare"),
        *(Binding(str(number), f"look_at({number})", show=False) for number in range(1, 10)),
    ]

    def __init__(self, session: Session, step: Step) -> None:
        super().__init__(session, step)
        self._found: tuple[FoundHere, ...] = ()
        self._looking: Looking | None = None

    def on_mount(self) -> None:
        """Search for servers that run here, once the question is shown."""
        super().on_mount()
        if self.session.looks_around and self.step.id == "start":
            self.session.looks_around = False
            self.call_after_refresh(self._look_around)

    @work(thread=True, group="around", exit_on_error=False)
    def _look_around(self) -> None:
        looking = session.found_here.Looking()
        self._looking = looking
        self.app.call_from_thread(self.show_running, looking.found())

    def on_unmount(self) -> None:
        """Nobody waits any longer for what was not found yet."""
        if self._looking is not None:
            self._looking.end()

    def show_running(self, found: tuple[FoundHere, ...]) -> None:
        """Offer to look at what runs here."""
        self._found = found
        if found and stands(self):
            self.query_one("#form").mount(
                screens.start_offers.RunningHere(found, self.action_look_at), after=self.query(FieldWidget).first()
            )

    def action_look_at(self, number: int) -> None:
        """Read a running server as answers."""
        if 0 < number <= len(self._found):
            self.tell_wait("Looking at how it was started …")
            self.face.keyboard.hold()
            self.face.when_ready(lambda: self._read(self._found[number - 1].place))

    @work(thread=True, group="running", exit_on_error=False)
    def _read(self, place: str) -> None:
        try:
            found: Opened | str = session.setups.of_running(place)
        except WizardError as problem:
            found = str(problem).partition("\n")[0]
        self.app.call_from_thread(self._looked_at_it, found)

    def _looked_at_it(self, found: Opened | str) -> None:
        problem = found if isinstance(found, str) else self.session.look_at(found)
        self.face.keyboard.release()
        self.say(problem)
        if not problem:
            self.face.open_overview()

    def compose_form(self) -> ComposeResult:
        if self.session.demo and self.step.id == "start":
            yield Flow(lambda width: [*wrapped(SAMPLE_LOADED, width, "$text-success"), text("")], id="sample")
        if self.session.autosave.offered is not None and self.step.id == "start":
            yield screens.start_offers.Resume(self._draft_lines, id="resume")
        yield from super().compose_form()

    def _draft_lines(self, width: int) -> Lines:
        draft = self.session.autosave.offered
        if draft is None:
            return []
        style = "bold on $primary-muted" if self.query_one("#resume").has_focus else "bold $primary"
        words = f"Resume the draft of {draft.day()} ({draft.about}, in {draft.folder()})"
        key = text(" r ", "bold $text-accent")
        return wrapped(words, width - 1, style, key, 3)

    def action_resume(self) -> None:
        """Restore the answers of the draft."""
        if self.session.autosave.offered is not None:
            self.face.when_ready(self._resume)

    def _resume(self) -> None:
        problem = self.session.resume()
        if problem:
            self.plan_changed()
            self.say(problem)
        else:
            self.face.open_overview()

    def action_compare(self) -> None:
        """Two presets compared."""
        self.face.when_ready(lambda: screens.comparing.open_comparing(self.app, self.session))

    def keys_here(self) -> tuple[KeyHint, ...]:
        found = super().keys_here()
        if self.step.id != "start" or found not in (CHOOSING, TO_CHOOSE) or self.spoke is not None:
            return found
        rest = (hint for hint in found[2:] if hint.on != "back")
        return (*found[:2], KeyHint("compare", "compare", droppable=2), KeyHint("back", "leave"), *rest)

    def show_plan(self) -> None:
        super().show_plan()
        if self.session.autosave.offered is None:
            self.query("#resume").remove()
