"""The live pane: what the answer under the cursor would mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widget import Widget

from wizard import comparison, widgets
from wizard.errors import WizardError
from wizard.session.view import Preview
from wizard.widgets.flow import Flow, Lines, text, wrapped

if TYPE_CHECKING:
    from wizard.comparison.files import FileChange
    from wizard.comparison.view import View
    from wizard.deployment.finding import Finding


class Asking(NamedTuple):
    """The question next to the pane."""

    about: Callable[[Finding], bool]
    """Whether a finding is about it."""
    early: bool = False
    """It comes before the questions about exposure."""
    whole: bool = True
    """What is about other questions is told in full as well."""


class PaneTabs(Flow):
    """The names of the tabs in one line."""

    names: tuple[str, ...] = ("Implications", "Reach", "Files")
    current = 0

    def build(self, width: int) -> Lines:
        line = text("")
        for index, name in enumerate(self.names):
            style = "bold $primary underline" if index == self.current else "$foreground-muted"
            line = line + (text("  ") if line else text("")) + text(name, style)
        return [line]

    def on_click(self, event: events.Click) -> None:
        """Show the tab that was clicked."""
        x = 0
        for index, name in enumerate(self.names):
            if x <= event.x < x + len(name):
                self.post_message(Pane.Turned(index))
            x += len(name) + 2


class Pane(Vertical):
    """Implications, Reach and Files (and a Lab if a step has one), computed from two views."""

    class Turned(Message):
        """Another tab is wanted."""

        def __init__(self, tab: int) -> None:
            super().__init__()
            self.tab = tab

    def __init__(self, asking: Asking, lab: Widget | None = None) -> None:
        super().__init__(id="pane")
        self._asking = asking
        self._shown = Preview()
        self._unfolded = False
        self._file = 0
        self.lab = lab
        self._on_disk: tuple[FileChange, ...] = ()

    def compose(self) -> ComposeResult:
        tabs = PaneTabs(id="tabs")
        if self.lab:
            tabs.names = ("Lab", *PaneTabs.names)
        yield tabs
        with PaneBody(id="pane-body"):
            if self.lab:
                yield self.lab
            lines = Flow(self._lines, id="pane-lines")
            lines.display = self.lab is None
            yield lines

    @property
    def tabs(self) -> PaneTabs:
        """The line of tab names."""
        return self.query_one(PaneTabs)

    def show(self, preview: Preview) -> None:
        """Show a Plan, or the difference to another."""
        before, self._shown = self._shown, preview
        one, other = ((p.now, p.after, p.head, p.problem) for p in (before, preview))
        if self.is_mounted and any(a is not b and a != b for a, b in zip(one, other, strict=True)):
            self.query_one("#pane-lines", Flow).redraw()

    def _lines(self, width: int) -> Lines:
        name = self.tabs.names[self.tabs.current]
        shown = self._shown
        if shown.problem:
            return wrapped(shown.problem, width, "$text-warning")
        if shown.now is None:
            return _introduction(width)
        if name == "Reach":
            return widgets.reach_table.reach_table(shown.now, shown.after, shown.comparison, width)
        if name == "Files":
            return self._file_lines(shown.now, shown.after, width)

        narrow = self.screen.has_class("-narrow")
        if shown.comparison is None:
            return widgets.implications.standing(shown.now, self._asking, width, self._unfolded, narrow)
        return widgets.implications.implications(shown.comparison, shown.head, width, self._unfolded, narrow)

    def _file_lines(self, view: View, after: View | None, width: int) -> Lines:

        try:
            changes = self._on_disk or comparison.files.file_changes(view.files, (after or view).files)
        except WizardError as error:
            return wrapped(str(error).replace("\n", " "), width, "$text-warning")
        return widgets.file_view.file_view(changes, self._file, width)

    def show_disk(self, changes: tuple[FileChange, ...]) -> None:
        """Show under Files what would change on disk, when the files are about to be written."""
        self._on_disk = changes
        self.query_one("#pane-lines", Flow).redraw()

    def show_tab(self, name: str) -> None:
        """Show the tab of that name."""
        self.on_pane_turned(Pane.Turned(self.tabs.names.index(name)))

    def turn(self, step: int) -> None:
        """Show the next or previous tab."""
        self.on_pane_turned(Pane.Turned((self.tabs.current + step) % len(self.tabs.names)))

    def on_pane_turned(self, event: Pane.Turned) -> None:
        """Show a tab."""
        self.tabs.current = event.tab
        self.tabs.redraw()
        if self.lab:
            self.lab.display = self.tabs.names[event.tab] == "Lab"
            self.query_one("#pane-lines").display = not self.lab.display
        self.query_one("#pane-lines", Flow).redraw()
        self.query_one(PaneBody).scroll_home(animate=False)

    def unfold(self) -> None:
        """Show every finding in full, or the next file."""
        if self.tabs.names[self.tabs.current] == "Files":
            self._file += 1
        else:
            self._unfolded = not self._unfolded
        self.query_one("#pane-lines", Flow).redraw()


def _introduction(width: int) -> Lines:
    """The text in the pane before anything was answered."""
    lines = wrapped("This side shows what the answer under the cursor would mean, before you choose it.", width)
    lines += [text("")]
    for name, what in (
        ("Implications", "what gets better and what gets worse"),
        ("Reach", "who could send requests, read answers, run code"),
        ("Files", "the files, with the lines that would change"),
    ):
        lines += wrapped(what, width, "$foreground-muted", text(f"{name:<14}", "bold"), 14)
    return lines


class PaneBody(VerticalScroll):
    """The part of the pane that scrolls; left and right turn the tabs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
        Binding("space,enter", "unfold", show=False),
    ]

    def action_turn(self, step: int) -> None:
        """The next or previous tab."""
        self.screen.query_one(Pane).turn(step)

    def action_unfold(self) -> None:
        """Show all in full, or collapsed again."""
        self.screen.query_one(Pane).unfold()
