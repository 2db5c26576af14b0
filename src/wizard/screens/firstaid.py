"""First aid: a pasted log line or browser message, what it means here, and the way to the answer that fixes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import TextArea

from wizard.help.firstaid import diagnose
from wizard.screens.dialog import Dialog
from wizard.screens.face import face_of
from wizard.screens.page import say_there
from wizard.screens.presence import stands
from wizard.session.steps.progress import title_of, title_of_id
from wizard.widgets.flow import Flow, Lines, text, wrapped

if TYPE_CHECKING:
    from textual.app import App

    from wizard.help.firstaid import Aid
    from wizard.session.session import Session

_WAIT = 0.15
"""Seconds without a key before a text is searched."""


class Aids(Flow, can_focus=True):
    """What was found; Enter goes to the answer that fixes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "screen.look(-1)", show=False),
        Binding("down", "screen.look(1)", show=False),
        Binding("enter", "screen.choose", show=False),
    ]


class FirstAidScreen(Dialog["Aid | None"]):
    """Paste, read, go there. Dismissed with the aid to apply."""

    CSS = """
    FirstAidScreen #dialog { height: 85%; }
    FirstAidScreen #pasted { height: 6; border: none; background: $panel; padding: 0 1; }
    FirstAidScreen #found { height: 1fr; margin-top: 1; }
    """
    frame_keys = (
        "tab text, answers   ↑↓ move   f5 or enter go there   esc close",
        "tab turn   ↑↓ move   f5 go there   esc close",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", show=False, priority=True),
        Binding("f5", "choose", "Apply", show=False, priority=True),
        Binding("tab", "turn", show=False, priority=True),
    ]

    def __init__(self, session: Session, pasted: str = "") -> None:
        super().__init__()
        self.session = session
        self.pasted = pasted
        self.at = 0
        self.aids: tuple[Aid, ...] = ()
        self._asked = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield TextArea(
                self.pasted,
                id="pasted",
                show_line_numbers=False,
                placeholder="Paste a line from a log, or a message from the browser's console",
            )
            with VerticalScroll(id="found", can_focus=False):
                yield Aids(self._lines)

    def on_mount(self) -> None:
        """Title on the frame."""
        self.query_one("#dialog").border_title = "First aid"
        self.look_through()

    def on_text_area_changed(self) -> None:
        """Search the text once no more keys come."""
        self.set_timer(_WAIT, self.look_through)

    def look_through(self) -> None:
        """Find out what the text means."""
        if not stands(self):
            return
        asked = self.query_one(TextArea).text
        if asked != self._asked:
            self._asked, self.at = asked, 0
            self.aids = diagnose(asked, self.session.plan if self.session.ready else None)
        self.query_one(Aids).redraw()

    def _lines(self, width: int) -> Lines:
        if not self._asked.strip():
            return wrapped(
                "Nothing pasted yet. What you paste is not stored or sent anywhere.", width, "$foreground-muted"
            )
        if not self.aids:
            return wrapped("It contains no message that the wizard knows.", width, "$text-warning")
        lines: Lines = []
        for number, aid in enumerate(self.aids):
            here = number == self.at
            mark = text("▌ " if here else "  ", "$primary")
            lines += [*wrapped(aid.title, width, "bold" if here else "$foreground-muted", mark, 2)]
            if here:
                lines += self._detail(aid, width)
        return lines

    def _detail(self, aid: Aid, width: int) -> Lines:
        lines = wrapped(f"line {aid.line}: {aid.text}", width, "$text-secondary", "  ", 4)
        lines += wrapped(aid.meaning, width, "", "  ", 2)
        lines += wrapped(aid.instead, width, "", text("  → ", "$text-accent"), 4)
        if aid.step:
            way = "f5 fills in the answer at" if aid.patch else "f5 goes to"
            lines += wrapped(f"{way} {self._where(aid)}", width, "bold $primary", "  ", 2)
        return [*lines, *wrapped(f"Evidence: {aid.evidence}", width, "$foreground-muted", "  ", 2), text("")]

    def _where(self, aid: Aid) -> str:
        """The step and its question, in the words of the pages."""
        if not self.session.ready:
            return title_of_id(aid.step)
        step = self.session.step(aid.step)
        label = next((field.label for field in self.session.fields(step) if field.id == aid.field), "")
        return f"{title_of(step)}: {label}" if label else title_of(step)

    def action_look(self, step: int) -> None:
        """Move the cursor."""
        self.at = min(max(0, self.at + step), max(0, len(self.aids) - 1))
        self.query_one(Aids).redraw()

    def action_turn(self) -> None:
        """Move between the text and the answers."""
        area, found = self.query_one(TextArea), self.query_one(Aids)
        (area if found.has_focus else found).focus()

    def action_choose(self) -> None:
        """Go where it is fixed, if an answer fixes it."""
        if self.aids and self.aids[self.at].step:
            self.dismiss(self.aids[self.at])


def open_first_aid(app: App[Any], session: Session, pasted: str = "") -> None:
    """Ask for a message; then set the answer that fixes it and show its question."""

    def go(aid: Aid | None) -> None:
        if aid is not None and aid.step:
            _mend(app, session, aid)

    app.push_screen(FirstAidScreen(session, pasted), go)


def _mend(app: App[Any], session: Session, aid: Aid) -> None:
    problem = session.mend(aid.patch, aid.title, aid.step)
    face_of(app).go_to(session.step(aid.step))
    done = "The answer is filled in. u takes it back" if aid.patch else ""
    app.call_after_refresh(say_there, app, problem, done)
    if aid.field:
        app.call_after_refresh(_focus, app, aid.field)


def _focus(app: App[Any], field: str) -> None:
    for widget in app.screen.query(f"#field-{field}"):
        inner = [w for w in (widget, *widget.query("*")) if w.focusable]
        if inner:
            inner[0].focus()
