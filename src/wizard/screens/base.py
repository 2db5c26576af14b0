"""A step on the screen: the list of steps, the question, and the live pane that follows the cursor."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import get_current_worker

from wizard.steps import base as steps_base
from wizard.steps import fields, flow, group_of, problems, start
from wizard.steps import following as next_step
from wizard.widgets.bars import Heading, KeyBar, KeyHint, Rail, RailEntry, State, TopBar
from wizard.widgets.choices import Choices
from wizard.widgets.cycle import Cycle
from wizard.widgets.field import FieldWidget
from wizard.widgets.flow import Flow, Lines, text, wrapped
from wizard.widgets.messages import Advance, Asks, Peek
from wizard.widgets.pane import Pane

if TYPE_CHECKING:
    from wizard.app import WizardApp
    from wizard.compare import Comparison, View
    from wizard.plan import Plan
    from wizard.steps.base import Changes, Field, Step


CHOOSING = (
    KeyHint("↑↓", "look"),
    KeyHint("enter", "choose, next"),
    KeyHint("esc", "back"),
    KeyHint("f", "fix"),
    KeyHint("u", "undo"),
    KeyHint("?", "why"),
    KeyHint("f6", "pane"),
    KeyHint("^p", "more"),
)
TYPING = (
    KeyHint("enter", "next"),
    KeyHint("↑↓", "move"),
    KeyHint("esc", "back"),
    KeyHint("f5", "fix"),
    KeyHint("^z", "undo"),
    KeyHint("f1", "why"),
    KeyHint("f6", "pane"),
    KeyHint("^p", "more"),
)
IN_PANE = (
    KeyHint("←→", "turn"),
    KeyHint("↑↓", "scroll"),
    KeyHint("space", "all, next file"),
    KeyHint("^o", "larger"),
    KeyHint("f6", "back to the form"),
    KeyHint("f", "fix"),
)


def still_wanted(seconds: float = 0.12) -> bool:
    """In a worker thread: wait a moment, then say whether nothing newer was asked. Spares work while typing."""
    time.sleep(seconds)
    return not get_current_worker().is_cancelled


class NextLine(Flow, can_focus=True):
    """The way on, for the mouse and for those who use the arrows alone."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "screen.next", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
    ]
    words = ""

    def show(self, words: str) -> None:
        """Say where it leads."""
        if words != self.words:
            self.words = words
            self.redraw()

    def build(self, width: int) -> Lines:
        style = "bold on $primary-muted" if self.has_focus else "bold $primary"
        return [text(f" {self.words} ▸ ", style)] if self.words else []

    def on_focus(self) -> None:
        self.post_message(Peek(None))

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.redraw()

    def action_move(self, step: int) -> None:
        """Scroll what is to be read; where all of it is seen, to the field before or after."""
        form = self.screen.query_one("#form")
        fields = any(widget.focusable for widget in form.query("FieldWidget, FieldWidget *"))
        if step < 0 and not fields and form.scroll_y > 0:
            form.scroll_up(animate=False)
        elif step > 0 and form.scroll_y < form.max_scroll_y:
            form.scroll_down(animate=False)
        elif step < 0:
            self.screen.focus_previous()
        else:
            self.screen.focus_next()

    async def on_click(self) -> None:
        """Go on."""
        await self.run_action("screen.next")


class StepScreen(Screen[None]):
    """One step. Subclasses add what their step needs in `compose_form` and `show_plan`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+n", "next", "Next", id="next"),
        Binding("escape,b", "back", "Back", id="back"),
        Binding("f,f5", "fix", "Apply the first fix", id="fix"),
        Binding("f1,question_mark", "help", "What is this?", id="help"),
        Binding("f6", "pane", "To the live pane and back", id="pane"),
        Binding("ctrl+t", "turn", "Next tab of the live pane", id="turn"),
        Binding("ctrl+o", "grow", "Larger live pane", id="grow"),
    ]

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step
        self._peek: tuple[Changes, str] | None = None
        self._stale = False
        self._advance_when_loaded = False
        self._room = (False, False)

    @property
    def wizard(self) -> WizardApp:
        """The app that holds the Plan."""
        from typing import cast

        return cast("WizardApp", self.app)

    def compose(self) -> ComposeResult:
        # What the Plan already says is in place before the first paint, so that opening a step paints once.
        self.wizard.visited.add(self.step.id)
        self.update_classes(self._size_classes(), update=False)
        self._room = (self.has_class("-narrow"), self.has_class("-short"))
        top, rail, way_on, pane = TopBar(id="top"), Rail(id="rail"), NextLine(id="next"), Pane(self.lab())
        self._fill(top, rail, way_on)
        pane.show(*self._views())
        yield top
        with Horizontal(id="body"):
            yield rail
            with VerticalScroll(id="form", can_focus=False):
                yield Heading(self.step.question, self.step.help, id="heading")
                yield from self.compose_form()
                yield Flow(self._how_lines, id="how")
                yield way_on
            yield pane
        yield KeyBar(id="keys")

    def _size_classes(self) -> dict[str, bool]:
        width, height = self.app.size
        found: dict[str, bool] = {}
        for size, points in ((width, self.app.HORIZONTAL_BREAKPOINTS), (height, self.app.VERTICAL_BREAKPOINTS)):
            for limit, name in points or ():
                found[name] = limit <= size and not any(limit < other <= size for other, _ in points or ())
        return found

    def lab(self) -> Widget | None:
        """What the pane shows in a tab of its own, where a step has something to play with."""
        return None

    def compose_form(self) -> ComposeResult:
        """The fields of the step."""
        for field in self.step_fields():
            yield self.widget_for(field)

    def step_fields(self) -> tuple[Field, ...]:
        """The fields with the present answers."""
        plan, host = self.wizard.complete_plan, self.wizard.host
        if plan is None or host is None:
            return start.fields(self.step, None, self.wizard.first_server)
        settled = self.wizard.history.now.settled if self.wizard.history else frozenset()
        return fields(self.step, plan, host, settled)

    def widget_for(self, field: Field) -> FieldWidget:
        """The widget that asks a field."""
        if field.kind in ("choice", "many"):
            return Choices(field)
        if field.kind == "cycle":
            return Cycle(field)
        from wizard.widgets.typed import Typed

        return Typed(field)

    def on_mount(self) -> None:
        """Show the present Plan."""
        self.plan_changed()
        if isinstance(self.focused, NextLine):
            self.call_after_refresh(self.query_one("#form").scroll_home, animate=False)

    def on_screen_resume(self) -> None:
        """Catch up with what was changed elsewhere."""
        if self.is_mounted:
            self.plan_changed()

    def scroll_to_center(self, widget: Widget, *_: Any, **__: Any) -> None:
        """Bring what was focused into view; of a long question, the answer under the cursor."""
        if isinstance(widget, Choices):
            widget.reveal()
        else:
            # A field that was just shown has no place before the next layout.
            self.call_after_refresh(widget.scroll_visible, animate=False)

    def on_resize(self) -> None:
        """The size's classes are set after this."""
        self.call_later(self._fit)

    def _fit(self) -> None:
        """The step list and the heading are other ones where there is little room."""
        narrow, short = self.has_class("-narrow"), self.has_class("-short")
        if (narrow, short) != self._room:
            self._room = (narrow, short)
            self.query_one(Rail).redraw()
            self.query_one(Heading).redraw()

    def plan_changed(self) -> None:
        """The Plan is another one: show it, here and in the pane."""
        if not self.is_mounted:
            return
        if self.wizard.plan is not None:
            self.show_plan(self.wizard.plan)
        self._show_bars()
        self.refresh_pane()
        if self._advance_when_loaded and self.wizard.plan is not None:
            self._advance_when_loaded = False
            self.action_next()

    def show_plan(self, plan: Plan) -> None:
        """Bring the fields up to date; fields that were not known at first are added."""
        del plan
        shown = {widget.field.id: widget for widget in self.query(FieldWidget)}
        for field in self.step_fields():
            if field.id in shown:
                shown[field.id].load(field)
            else:
                self.query_one("#form").mount(self.widget_for(field), before="#how")

    def _show_bars(self) -> None:
        self._fill(self.query_one(TopBar), self.query_one(Rail), self.query_one(NextLine))
        self._show_keys()

    def _fill(self, top: TopBar, rail: Rail, way_on: NextLine) -> None:
        plan = self.wizard.complete_plan
        rail.show(*self._rail(plan))
        top.show(self._about(plan), self.wizard.keeper.words)
        way_on.show(self.next_words())

    def next_words(self) -> str:
        """What the way on says."""
        following = next_step(flow(self.wizard.complete_plan), self.step.id)
        return f"Next: {self._step_title(following)}" if following else ""

    @staticmethod
    def _step_title(step: Step) -> str:
        group = group_of(step)[1]
        return group if step.title == group else f"{group}, {step.title}"

    def _about(self, plan: Plan | None) -> str:
        view = self.wizard.view_of(self.wizard.plan) if self.wizard.plan and plan else None
        if plan is None or view is None:
            return ""
        names = ", ".join(model.name for model in plan.models[:3]) or "no model yet"
        where = "Docker" if plan.run.how == "docker" else "on this machine"
        return f"{view.deployment.title} {plan.version} · {names} · {where}"

    def _rail(self, plan: Plan | None) -> tuple[tuple[RailEntry, ...], str]:
        """The list of steps: groups, and the parts of the present one."""
        steps = flow(plan)
        entries: list[RailEntry] = []
        for group, title in steps_base.GROUPS:
            parts = [step for step in steps if step.group == group]
            if not parts:
                entries.append(RailEntry(title, "todo", self.step.id))
                continue
            here = group == self.step.group
            state: State = "current" if here else self._state(parts, plan)
            entries.append(RailEntry(title, state, parts[0].id))
            if here and len(parts) > 1:
                entries += [RailEntry(p.title, self._state([p], plan), p.id, part=True) for p in parts]
        number, title = group_of(self.step)
        part = f" ▸ {self.step.title}" if self.step.title != title else ""
        return tuple(entries), f"{number}/{len(steps_base.GROUPS)}  {title}{part}"

    def _state(self, parts: list[Step], plan: Plan | None) -> State:
        if any(part.id == self.step.id for part in parts):
            return "current"
        if any(part.id not in self.wizard.visited for part in parts):
            return "todo"
        bad = plan is not None and any(problems(part, plan) for part in parts)
        return "problem" if bad else "done"

    def _how_lines(self, width: int) -> Lines:
        from wizard.steps.how import LAYERS, how

        view = self.shown_view
        lines: Lines = []
        for decision in how(self.step, view.deployment) if view else ():
            head = text("How it is done: ", "$text-accent")
            lines += wrapped(f"{LAYERS[decision.layer]}. {decision.reason}", width, "$foreground-muted", head, 2)
        return lines

    _after: View | None = None

    @property
    def shown_view(self) -> View | None:
        """The view of what is looked at, else of the Plan."""
        return self._after or (self.wizard.view_of(self.wizard.plan) if self.wizard.plan else None)

    def on_peek(self, message: Peek) -> None:
        """An answer is looked at: show what it would mean, after the key itself was shown."""
        message.stop()
        self._peek = (message.changes, message.label) if message.changes is not None else None
        self.refresh_pane()

    def refresh_pane(self) -> None:
        """Compute the pane once the screen has been painted, so that typing never waits for it."""
        if not self._stale:
            self._stale = True
            self.call_after_refresh(self._show_pane)

    def _show_pane(self) -> None:
        self._stale = False
        if not self.is_mounted or not self.is_current:
            return
        before = self.shown_view
        shown = self._views()
        self.query_one(Pane).show(*shown)
        self._after = shown[1]
        if self.shown_view is not before:
            self.query_one("#how", Flow).redraw()

    def _views(self) -> tuple[View | None, View | None, Comparison | None, str, str]:
        """What the pane shows: the Plan, what is looked at, the difference, its name, and why there is none."""
        plan = self.wizard.plan
        if plan is None:
            return None, None, None, "", ""
        view = self.wizard.view_of(plan)
        if self._peek is None:
            return view, None, None, "", ""
        from wizard.compare import compare

        changes, label = self._peek
        candidate, problem = self.wizard.candidate(changes)
        if candidate is None:
            return view, None, None, "", problem
        after = self.wizard.view_of(candidate)
        return view, after, compare(view, after), label, ""

    def say(self, problem: str) -> None:
        """Show a problem in place of the keys."""
        self._show_keys(problem)

    def keys_here(self) -> tuple[KeyHint, ...]:
        """The keys that work where the focus is."""
        if self.focused is not None and self.focused.id == "pane-body":
            return IN_PANE
        return TYPING if isinstance(self.focused, Input) else CHOOSING

    def _show_keys(self, problem: str = "") -> None:
        self.query_one(KeyBar).show(self.keys_here(), problem)

    def on_descendant_focus(self) -> None:
        """Other keys work there."""
        self._show_keys()

    def on_key(self) -> None:
        """A problem is gone with the next key."""
        self.say("")

    def on_advance(self, message: Advance) -> None:
        """A field wants to go on."""
        message.stop()
        self.action_next()

    def on_asks(self, message: Asks) -> None:
        """Go to the field that completes an answer."""
        message.stop()
        self.query_one(f"#field-{message.field_id}").focus()

    def action_next(self) -> None:
        """Set what was typed, then go on, unless something is missing."""
        plan = self.wizard.plan
        if plan is None and self.step.group != "start":
            self._advance_when_loaded = True
            return
        if plan is not None and not self.settle():
            return
        missing = self.missing()
        if missing:
            self.say(missing)
            return
        step = next_step(flow(self.wizard.complete_plan), self.step.id)
        if step is not None:
            self.wizard.go_to(step)

    def missing(self) -> str:
        """What must be settled before going on, as a sentence; "" = nothing."""
        plan = self.wizard.complete_plan
        return next(iter(problems(self.step, plan)), "") if plan is not None else ""

    def settle(self) -> bool:
        """Put what was typed into the Plan; False when it cannot stand."""
        for widget in self.query(FieldWidget):
            if not widget.display:
                continue
            try:
                changes = widget.pending()
                problem = self.wizard.propose(changes, widget.field.label) if changes else ""
            except ValueError as error:
                problem = str(error)
            if problem:
                widget.refuse(problem)
                self.say(problem)
                return False
        return True

    def action_back(self) -> None:
        """To the step before; never refused."""
        if len([s for s in self.app.screen_stack if isinstance(s, StepScreen)]) > 1:
            self.app.pop_screen()

    def action_go(self, step_id: str) -> None:
        """To a step by its id."""
        steps = flow(self.wizard.complete_plan)
        step = next((s for s in steps if s.id == step_id), None)
        if step is not None and step.id != self.step.id and self.wizard.plan is not None:
            self.wizard.go_to(step)

    def action_fix(self) -> None:
        """Apply the first remedy of what the pane shows."""
        view, after, comparison, label, _ = self._views()
        if view is None:
            return
        found = [c.finding for c in comparison.losses if c.finding] if comparison is not None else list(view.findings)
        remedy = next((r for finding in found for r in finding.remedies), None)
        if remedy is None:
            self.say("Nothing here has a ready fix.")
            return
        first = self._peek[0] if self._peek and after else ()
        name = f"{label} + {remedy.label}" if first else remedy.label
        problem = self.wizard.propose((*first, *remedy.patch), name)
        self._peek = None
        if problem:
            self.say(problem)
        else:
            self.notify(name, title="Fixed", timeout=3)

    def action_pane(self) -> None:
        """To the pane, or back to the form."""
        if self.has_class("-solo"):
            return
        if self.focused and self.focused.id == "pane-body":
            self.query_one("#form").query("*:can-focus").first().focus()
        else:
            self.query_one("#pane-body").focus()

    def action_turn(self) -> None:
        """The next tab of the pane."""
        self.query_one(Pane).turn(1)

    def action_grow(self) -> None:
        """Give the pane more room, or the usual."""
        self.query_one("#body").toggle_class("-pane-large")

    def action_help(self) -> None:
        """Explain what is focused."""
        from wizard.screens.help import HelpScreen

        option = self.focused.option if isinstance(self.focused, Choices) else None
        self.app.push_screen(HelpScreen(self.step, option, self._after or self._views()[0]))
