"""The overview: every decision on one page. Enter writes; each line opens the step that asks for it, and returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.geometry import Region

from wizard.deployment.finding import Unanswered
from wizard.screens.key_hints import of_overview
from wizard.screens.overview_windows import Around, OverviewWindows
from wizard.screens.presence import stands
from wizard.session import decisions, overview
from wizard.session.steps.flow import start_step
from wizard.widgets.bars import KeyBar, TopBar
from wizard.widgets.flow import Flow, Lines, wrapped
from wizard.widgets.hints import KeyHint
from wizard.widgets.overview_lines import Decisions, ShownRows, around, row_lines, who_lines

if TYPE_CHECKING:
    from wizard.deployment.finding import Remedy
    from wizard.session.session import Session


class OverviewScreen(OverviewWindows):
    """The hub.

    It stores the cursor's position; `WriteAtOnce` knows about the files, the Session about everything else.
    """

    AUTO_FOCUS = "Decisions"
    DEFAULT_CSS = """
    OverviewScreen #hub { layout: horizontal; height: 1fr; }
    OverviewScreen #decisions, OverviewScreen #around { height: 1fr; padding: 1 1 0 2; scrollbar-size-vertical: 1; }
    OverviewScreen #decisions { width: 1fr; }
    OverviewScreen #around { width: 38%; background: $surface; }
    OverviewScreen #who { margin-bottom: 1; }
    OverviewScreen.-narrow #hub { layout: vertical; }
    OverviewScreen.-narrow #decisions { height: auto; max-height: 70%; padding: 0 1 0 2; }
    OverviewScreen.-narrow #around { width: 1fr; padding: 0 1 0 2; border-top: solid $panel; }
    OverviewScreen.-narrow #who { margin-bottom: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "try", "Write and try", id="write-and-try"),
        Binding("s", "tour", "Step by step", id="tour"),
        Binding("f,f5", "fix", "Fix", id="fix"),
        Binding("d", "diff", "What would change in the files", id="diff"),
        Binding("i", "known", "What follows, in full", id="known"),
        Binding("r", "resume", "Resume the draft", id="resume"),
        Binding("n", "afresh", "Start afresh", id="afresh"),
        Binding("question_mark,f1", "help", "Why?", id="help"),
        Binding("escape,b", "back", "Back", id="back"),
        *(Binding(str(number), f"switch({number})", show=False) for number in range(1, 10)),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.at = -1
        """The line under the cursor; -1 = not known yet. The last line is that of the files."""
        self._made: tuple[object, object, tuple[decisions.Row, ...]] | None = None
        """The lines, with the history entry and the view they were made from."""
        self._before: dict[str, str] = {}
        """Line -> its text before an audience was toggled, to mark what followed."""

    @property
    def page_title(self) -> str:
        return "Overview"

    def compose(self) -> ComposeResult:
        yield TopBar(id="top")
        with Horizontal(id="hub"):
            with VerticalScroll(id="decisions", can_focus=False):
                yield Flow(self._who, id="who")
                yield Decisions(self._rows, id="rows")
            with Around(id="around", can_focus=False):
                yield Flow(self._around, id="around-lines")
        yield KeyBar(id="keys")

    def on_mount(self) -> None:
        """Show what there is."""
        self.plan_changed()

    def on_screen_resume(self) -> None:
        """Update after a change made elsewhere."""
        self.plan_changed()

    def on_resize(self) -> None:
        """The lines may wrap differently."""
        self.call_later(self._redraw)

    def plan_changed(self) -> None:
        if not stands(self):
            return
        if self.session.ready:
            self.session.visited |= {step.id for step in self.session.steps if step.group not in ("try", "done")}
            if self.at < 0:
                self._begin()
            self._look()
        self._redraw()

    def _begin(self) -> None:
        """Put the cursor on its first line; if a question was asked for, open its step."""
        found = decisions.rows(self.session)
        self.at = decisions.first(found)
        if self.session.asks_first:
            step = self.session.step(self.session.asks_first)
            self.session.asks_first = ""
            self.at = next((at for at, row in enumerate(found) if step.id in row.steps), self.at)
            self.face.open_spoke((step.id,))

    def engine_known(self) -> None:
        if stands(self):
            self.query_one("#around-lines", Flow).redraw()

    @property
    def _lines(self) -> tuple[decisions.Row, ...]:
        """The decisions; made once per answer, because moving the cursor draws them several times."""
        now, view = self.session.history.now, self.session.view
        if self._made is None or self._made[0] is not now or self._made[1] is not view:
            self._made = (now, view, decisions.rows(self.session))
        return self._made[2]

    @property
    def _shown(self) -> ShownRows:
        found = self._lines
        problem = self.known.reason if self.known else ""
        files = overview.files(self.session, self.known.planned if self.known else None, problem)
        moved = {row.id for row in found if self._before.get(row.id, row.value) != row.value}
        return ShownRows(found, files, self.at, moved, broken_files=bool(problem))

    @property
    def _line_id(self) -> str:
        found = self._lines
        return found[self.at].id if self.at < len(found) else "write"

    def _redraw(self) -> None:
        if not stands(self):
            return
        for name in ("#who", "#rows", "#around-lines"):
            self.query_one(name, Flow).redraw()
        about = overview.heading(self.session) if self.session.ready else ""
        state = overview.state(self.session, self._planned) if self.session.ready else "not written"
        words = self.session.autosave.words
        self.query_one(TopBar).show(about, f"{state} · {words}" if words else state)
        self.show_keys()

    def _who(self, width: int) -> Lines:
        if not self.session.ready:
            return []
        notes = filter(None, (overview.begun_with(self.session), overview.left_unwritten(self.session)))
        lines = [line for note in notes for line in wrapped(note, width, "$text-accent", indent=2)]
        return lines + who_lines(overview.audiences(self.session), width)

    def _rows(self, width: int) -> Lines:
        if not self.session.ready:
            return wrapped("Looking at the model and at this machine …", width, "$foreground-muted")
        return row_lines(self._shown, width)

    def _around(self, width: int) -> Lines:
        height = self.query_one("#around").content_size.height
        return around(self.session, width, height, self._fix) if self.session.ready else []

    @property
    def _fix(self) -> Remedy | Unanswered | None:
        """The effect of the key: for the line under the cursor, else the first fix there is."""
        found = self._lines
        return decisions.fix(self.session, found[min(max(0, self.at), len(found) - 1)])

    def on_key(self) -> None:
        """The next key clears a problem, and the mark on what followed."""
        if self.said:
            self.say("")

    def show_keys(self) -> None:
        if stands(self):
            self.query_one(KeyBar).show(self._keys(), self.said, self.said_as)

    def _keys(self) -> tuple[KeyHint, ...]:
        if not self.session.ready:
            return (KeyHint("enter", "write"), KeyHint("leave", "leave"))
        way = overview.way_on(self.session, self._planned)
        return of_overview(way, self._fix, self.session.autosave.offered, self.session.begun_with)

    def action_move(self, by: int) -> None:
        """Move the cursor within the lines."""
        if not self.session.ready:
            self.face.when_ready(lambda: self.action_move(by))
            return
        self._before = {}
        self.at = min(max(0, self.at + by), len(self._lines))
        self._redraw()
        self._reveal()

    def _reveal(self) -> None:
        top = self.query_one("#rows").virtual_region.y
        # On the first line, who calls is shown too: it stands above and has no line of its own.
        here = Region(0, 0, 1, top + 1) if self.at == 0 else Region(0, top + self.at, 1, 1)
        self.query_one("#decisions").scroll_to_region(here, animate=False, force=True)

    def action_open(self, at: int | None = None) -> None:
        """Open the step of a line; Enter or Escape there returns."""
        if not self.session.ready:
            self.face.when_ready(lambda: self.action_open(at))
            return
        if at is not None:
            self.at = min(at, len(self._shown.rows))
        if self.at >= len(self._shown.rows):
            self.face.go_to(self.session.step("write"))
        else:
            self.face.open_spoke(self._shown.rows[self.at].steps)

    def action_switch(self, number: int) -> None:
        """Toggle an audience; what follows from it is marked."""
        if not self.session.ready:
            self.face.when_ready(lambda: self.action_switch(number))
            return
        before = {row.id: row.value for row in self._shown.rows}
        self.say(overview.toggle(self.session, number))
        self._before = before
        self._redraw()

    def action_go_on(self) -> None:
        """Write; if something is wrong or has to be confirmed, go there."""
        self._go_on(trying=False)

    def action_try(self) -> None:
        """Write, then try."""
        self._go_on(trying=True)

    def _go_on(self, trying: bool) -> None:
        if not self.session.ready:
            self.face.when_ready(lambda: self._go_on(trying))
            return
        way = overview.way_on(self.session, self._planned)
        if way.does == "mend":
            self.at = way.row
            self.action_open()
        elif way.does == "confirm":
            self.face.open_spoke(("review",))
        elif way.does == "wait":
            self._write_once_known(trying)
        else:
            self._write(trying)

    def action_tour(self) -> None:
        """Every question in its order."""
        self.face.when_ready(lambda: self.face.go_to(start_step()))

    def action_fix(self) -> None:
        """Apply the fix that the keys name, or go to the question it names."""
        if not self.session.ready:
            return
        fix = self._fix
        if isinstance(fix, Unanswered):
            step = decisions.step_asking(self.session, fix)
            if step is not None:
                self.session.listing = step.id
                self.face.open_spoke((step.id,))
            return
        before = {row.id: row.value for row in self._lines}
        problem = self.session.apply(fix) if fix else "Nothing here has a ready fix."
        if problem:
            self.say(problem)
            return
        moved = [row.title for row in self._lines if before.get(row.id, row.value) != row.value]
        changed = f" · changed: {', '.join(moved)}" if moved else ""
        self.tell(f"{self.session.history.now.label}: done{changed}")
        self._before = before
        self._redraw()

    def action_resume(self) -> None:
        """Restore the answers in the draft of an earlier run."""
        if self.session.autosave.offered is not None:
            self.face.when_ready(self._resume)

    def _resume(self) -> None:
        problem = self.session.resume()
        if problem:
            self.say(problem)
        self.plan_changed()

    def action_afresh(self) -> None:
        """Replace the answers of an earlier run by the model alone."""
        if self.session.ready:
            problem = self.session.start_afresh()
            if problem:
                self.say(problem)
            else:
                self.tell("A fresh start: only the model is kept. u takes it back")

    def action_back(self) -> None:
        """Back to the page it was opened from; at the start, ask whether to leave."""
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        else:
            self.face.action_ask_to_leave()
