"""A step on the screen: the list of steps, the question, and the live pane that follows the cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input

from wizard.screens.key_hints import CHANGING, IN_PANE, TYPING, choosing, naming_fix
from wizard.screens.presence import TINY, size_classes, stands
from wizard.screens.preview import PreviewScreen
from wizard.session import engine, overview
from wizard.session.steps.progress import may_skip_from, place_in_words, progress, title_of
from wizard.widgets.asking import widget_of
from wizard.widgets.bars import KeyBar, Question, QuestionHelp, Rail, TopBar
from wizard.widgets.choices import Choices
from wizard.widgets.cycle import Cycle
from wizard.widgets.field import FieldWidget, show_with_hint
from wizard.widgets.hints import KeyHint
from wizard.widgets.messages import Advance, FieldWanted, PlanChange
from wizard.widgets.next_line import NextLine
from wizard.widgets.pane import Asking, Pane

if TYPE_CHECKING:
    from wizard.session.session import Session
    from wizard.session.steps.base import Field, Step


_OF_THE_PANE = ("fix", "pane")
"""Bindings that act on what the pane shows."""


class StepScreen(PreviewScreen):
    """One step. Subclasses add what their step needs in `compose_form` and `show_plan`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "next_anyway", "Next, even if something here cannot work yet", id="next"),
        Binding("escape,b", "back", "Back", id="back"),
        Binding("g,f8", "overview", "Take the rest as proposed", id="overview"),
    ]
    spoke: tuple[str, ...] | None = None
    """If opened from a line of the overview: the remaining steps of that line; after the last, it returns there."""
    _anyway = False

    def __init__(self, session: Session, step: Step) -> None:
        super().__init__(session, step)
        self._room = (False, False)

    def compose(self) -> ComposeResult:
        # What the Plan already says is in place before the first paint, so that opening a step paints once.
        self.session.visited.add(self.step.id)
        self.update_classes(size_classes(self.app), update=False)
        self._room = (self.has_class("-narrow"), self.has_class("-short"))
        top, rail, way_on = TopBar(id="top"), Rail(id="rail"), NextLine(id="next")
        pane = Pane(Asking(self._asks_about, self._early, self._tells_all), self.lab())
        self._fill(top, rail, way_on)
        self.preview = self._previewed()
        pane.show(self.preview)
        yield top
        yield rail
        with Vertical(id="middle"):
            yield Question(self.step.question)
            with VerticalScroll(id="form", can_focus=False):
                yield QuestionHelp(self.step.help, self.session.ready)
                yield from self.compose_form()
                if self.session.ready:
                    yield self.how()
                yield way_on
        yield pane
        yield KeyBar(id="keys")

    def lab(self) -> Widget | None:
        """What the pane shows in a tab of its own, if a step has something to try out."""
        return None

    def compose_form(self) -> ComposeResult:
        """The fields of the step, and which engine is here: below the answers it is about, which stay where they are
        when it becomes known."""
        for place, field in enumerate(self.fields()):
            yield self.make(field)
            if self.step.id == engine.SAID_AT and place == 0:
                yield self.here()

    def make(self, field: Field) -> FieldWidget:
        """The widget of a field, with text that was typed earlier and could not be set when the step was left."""
        widget = self.widget_for(field)
        widget.uncommitted = self.session.uncommitted.get((self.step.id, field.id), "")
        return widget

    def fields(self) -> tuple[Field, ...]:
        """The fields with the present answers."""
        return self.session.fields(self.step)

    def widget_for(self, field: Field) -> FieldWidget:
        """The widget that asks a field."""
        return widget_of(field)

    def on_mount(self) -> None:
        """Show the present Plan."""
        self.plan_changed()

    def on_screen_resume(self) -> None:
        """Update after a change made elsewhere."""
        self.plan_changed()

    def scroll_to_center(self, widget: Widget, *_: Any, **__: Any) -> None:
        """Scroll the focused widget into view; in a long question, the answer under the cursor."""
        if isinstance(widget, Choices):
            widget.reveal()
        elif isinstance(widget, NextLine) and not widget.fields_before():
            # A page that is only read is read from its top.
            return
        else:
            # A field that was just shown has no place before the next layout.
            self.call_after_refresh(show_with_hint, widget)

    def on_resize(self) -> None:
        """The classes for the size are set after this."""
        self.call_later(self._fit)

    def _fit(self) -> None:
        """The step list and the heading change if there is little room."""
        self.update_classes({TINY: size_classes(self.app)[TINY]})
        narrow, short = self.has_class("-narrow"), self.has_class("-short")
        if (narrow, short) != self._room and stands(self):
            self._room = (narrow, short)
            self.query_one(Rail).redraw()
            self.query_one(QuestionHelp).redraw()
        if self.focused is not None:
            self.call_after_refresh(self.scroll_to_center, self.focused)

    def plan_changed(self) -> None:
        """The Plan has changed: show it, here and in the pane."""
        if not stands(self):
            return
        if self.session.ready:
            self.show_plan()
        self._show_bars()
        self.refresh_pane()

    def show_plan(self) -> None:
        """Update the fields; fields that were not known at first are added."""
        if not self.query("#how"):
            self.query_one("#form").mount(self.how(), before="#next")
        shown = {widget.field.id: widget for widget in self.query(FieldWidget)}
        for field in self.fields():
            if field.id in shown:
                shown[field.id].load(field)
            else:
                self.query_one("#form").mount(self.make(field), before="#how")

    def _show_bars(self) -> None:
        self._fill(self.query_one(TopBar), self.query_one(Rail), self.query_one(NextLine))
        self.show_keys()

    def _fill(self, top: TopBar, rail: Rail, way_on: NextLine) -> None:
        session = self.session
        findings = session.view.findings if session.ready else ()
        entries = progress(session.steps, self.step, session.visited, session.done, findings)
        rail.show(entries, place_in_words(self.step))
        top.show(overview.heading(session) if session.ready else "", session.autosave.words)
        way_on.show(self.next_words())

    def next_words(self) -> str:
        """The text of the line that leads on."""
        if self.spoke is not None:
            after = [step for step in self.session.steps if step.id in self.spoke]
            return f"Next: {title_of(after[0])}" if after else "Back to the overview"
        following = self.session.following(self.step)
        return f"Next: {title_of(following)}" if following else ""

    def keys_here(self) -> tuple[KeyHint, ...]:
        """The keys that work where the focus is."""
        if self.focused is not None and self.focused.id == "pane-body":
            return IN_PANE
        asks = {Input: TYPING, Cycle: CHANGING}
        found = next((keys for kind, keys in asks.items() if isinstance(self.focused, kind)), choosing(self.focused))
        if self._may_skip():
            found = (*found[:3], KeyHint("overview", "rest as proposed", short="rest"), *found[3:])
        return tuple(h for h in found if h.on not in _OF_THE_PANE) if self.has_class("-solo") else found

    def show_keys(self) -> None:
        if stands(self):
            self.query_one(KeyBar).show(naming_fix(self.keys_here(), self.fix_label), self.said, self.said_as)

    def on_descendant_focus(self) -> None:
        """Other keys work there."""
        self.show_keys()

    def on_key(self, event: events.Key) -> None:
        """The next key clears a problem; if a letter does nothing in a list, say so."""
        if self.said:
            self.say("")
        if event.is_printable and isinstance(self.focused, Choices) and event.key not in self.active_bindings:
            choose = "space ticks" if self.focused.field.kind == "many" else "enter chooses"
            self.say(f"Nothing can be typed in a list: up and down move, {choose}.")

    def on_advance(self, message: Advance) -> None:
        """A field wants to go on."""
        message.stop()
        self.action_next()

    def on_field_wanted(self, message: FieldWanted) -> None:
        """Show the field that completes an answer, although it is empty, and go there."""
        message.stop()
        self.session.listing = self.step.id
        self.show_plan()
        field = self.query_one(f"#field-{message.field_id}")
        next(iter(field.query(Input)), field).focus()

    def on_plan_change(self, message: PlanChange) -> None:
        """The answer that was looked at has been given; any answer but the one to be completed ends that."""
        self._looked_at = None
        if message.field is not None and message.field.field.kind == "choice" and self.session.listing:
            self.session.listing = ""
            self.call_after_refresh(self.plan_changed)

    def action_next(self) -> None:
        """Set what was typed, then go on, unless something is missing."""
        if not self.session.ready:
            following = self.session.following(self.step)
            if following is None or not self.face.open_early(following):
                self.face.when_ready(self.action_next)
            return
        if not self.commit_fields():
            return
        if self._lacks_something():
            return
        if self.spoke is not None:
            self.face.leave_spoke(self.spoke)
        elif (step := self.session.following(self.step)) is not None:
            self.face.go_to(step)

    def action_next_anyway(self) -> None:
        """Go on although the answers here cannot work as they are."""
        self._anyway = True
        self.action_next()

    def _lacks_something(self) -> bool:
        missing = self.session.missing(self.step)
        if not (missing or self._anyway) and self.session.broken_at(self.step):
            missing = "Cannot work as it is: see ✗. ctrl+n goes on anyway."
            self.show_as_it_is()
        self._anyway = False
        self.say(missing)
        return bool(missing)

    def commit_fields(self) -> bool:
        """Put what was typed into the Plan; False if it is refused."""
        for widget in self.query(FieldWidget):
            problem = self._commit_one(widget)
            if problem:
                widget.refuse(problem)
                self.say(problem)
                return False
        return True

    def _commit_one(self, widget: FieldWidget) -> str:
        # A field that has not composed yet (keys can be faster than the screen) holds nothing typed.
        if not (widget.display and widget.children):
            return ""
        try:
            answer = widget.pending()
            return self.session.propose(answer, self.step.id) if answer else ""
        except ValueError as error:
            return str(error)

    def action_back(self) -> None:
        """To the previous step; never refused. Typed text that was refused is still there on return."""
        if len(self.app.screen_stack) < 2:
            self.face.action_ask_to_leave()
            return
        for widget in self.query(FieldWidget):
            key = (self.step.id, widget.field.id)
            self.session.uncommitted[key] = widget.typed if self._commit_one(widget) else ""
        self.app.pop_screen()

    def _may_skip(self) -> bool:
        """Whether enough is known to accept the proposals for the rest."""
        return self.session.ready and self.spoke is None and may_skip_from(self.step)

    def action_overview(self) -> None:
        """Accept the proposals for everything not asked yet: the overview then shows it all."""
        if self._may_skip() and self.commit_fields() and not self._lacks_something():
            self.face.open_overview()

    def action_go(self, step_id: str) -> None:
        """To a step by its id."""
        step = next((s for s in self.session.steps if s.id == step_id), None)
        if step is not None and step.id != self.step.id:
            self.face.go_to(step)
