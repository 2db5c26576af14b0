"""Browse the disk for a model: what is in a folder, and what each entry seems to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.worker import get_current_worker

from wizard.machine import completion
from wizard.screens.dialog import Dialog
from wizard.widgets.flow import Flow, Lines, clipped, tail, text, under_cursor, wrapped

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.machine.completion import FolderContents, Place


class FolderListed(Message):
    """A folder was read. Carries the question, so that a late answer can be recognised."""

    def __init__(self, asked: Path | None, folder: FolderContents, recent: tuple[Place, ...]) -> None:
        super().__init__()
        self.asked = asked
        self.folder = folder
        self.recent = recent


class BrowseScreen(Dialog["Path | None"]):
    """Returns the chosen path, or None.

    `typed`: where to begin; `base`: where a relative path begins; `taken`: paths that need not be offered again.
    """

    DEFAULT_CSS = """
    BrowseScreen #dialog { height: 60%; min-height: 12; max-width: 90; }
    BrowseScreen.-narrow #dialog { height: 92%; }
    BrowseScreen #places { height: 1fr; }
    BrowseScreen #note { margin-top: 1; }
    BrowseScreen.-short #note { margin-top: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", show=False),
        Binding("up", "look(-1)", show=False),
        Binding("down", "look(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(-1)", show=False),
        Binding("enter", "take", show=False),
        Binding("space", "choose", show=False),
        Binding("right", "open", show=False),
        Binding("left,backspace", "leave", show=False),
    ]

    def __init__(self, typed: str, base: Path, taken: frozenset[Path] = frozenset()) -> None:
        super().__init__()
        self.typed = typed
        self.base = base
        self.taken = taken
        self.at = 0
        self.folder: FolderContents | None = None
        self.places: tuple[Place, ...] = ()
        self.asked: Path | None = None
        """The folder being shown; None = the first one."""
        self._waiting = True
        self._from: Path | None = None
        """Where the cursor should be: on the folder that was left by going up; at first, on what was typed."""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Flow(self._lines, id="places")
            yield Flow(self._note, id="note")

    def on_mount(self) -> None:
        """Show the keys on the frame; begin to read the folder."""
        dialog = self.query_one("#dialog")
        choose = "enter choose" if self.app.size.width < 80 else "enter choose or open"
        dialog.border_subtitle = f"{choose}   → open   ← up   esc close"
        dialog.border_title = "Looking …"
        self._from = completion.typed_path(self.typed, self.base)
        self._look(None)

    def _go(self, path: Path) -> None:
        self.asked, self._waiting = path, True
        self.query_one("#note", Flow).redraw()
        self._look(path)

    @work(thread=True, exclusive=True, group="browse")
    def _look(self, path: Path | None) -> None:
        worker = get_current_worker()
        before = completion.used_before(self.base) if path is None else ()
        recent = tuple(place for place in before if place.path not in self.taken)
        folder = completion.browse(path or completion.start_folder(self.typed, self.base))
        if not worker.is_cancelled:
            self.post_message(FolderListed(path, folder, recent))

    def on_folder_listed(self, message: FolderListed) -> None:
        """Show it, unless the user has moved on."""
        if message.asked != self.asked:
            return
        self._waiting = False
        if message.folder.problem and self.folder is not None:
            # One stays where one can look around; the note says why.
            self.asked = self.folder.path
            self.query_one("#note", Flow).redraw(lambda width: wrapped(message.folder.problem, width, "$text-warning"))
            return
        self.folder = message.folder
        self.places = (*message.recent, *message.folder.places)
        here = next((i for i, p in enumerate(self.places) if p.path == self._from and not p.recent), None)
        self.at, self._from = here if here is not None else 0, None
        self._show()

    def _show(self) -> None:
        if self.folder is not None:
            dialog = self.query_one("#dialog")
            dialog.border_title = tail(str(self.folder.path), max(20, dialog.size.width - 6)).replace("[", r"\[")
        self.query_one("#places", Flow).redraw()
        self.query_one("#note", Flow).redraw(self._note)

    @property
    def _rows(self) -> int:
        return max(1, self.query_one("#places").size.height)

    def _lines(self, width: int) -> Lines:
        rows = self._rows
        top = min(max(0, self.at - rows // 2), max(0, len(self.places) - rows))
        longest = max((len(place.name) for place in self.places), default=0)
        column = max(12, min(width // 2, longest + 4))
        return [self._line(number, column, width) for number in range(top, min(len(self.places), top + rows))]

    def _line(self, number: int, column: int, width: int) -> Content:
        place, here = self.places[number], number == self.at
        model = bool(place.glance.server)
        line = text("▌" if here else " ", "$primary") + text("● " if model else "  ", "$text-success")
        name = tail(clean(place.name), column - 3) + ("/" if place.is_dir else "")
        line += text(name, "bold" if here or model else "")
        line = line.extend_right(max(1, column + 3 - line.cell_length))
        what = place.glance.label or ("folder" if place.is_dir else "")
        line += text("used before · " if place.recent else "", "$foreground-muted")
        line += text(what, "$text-secondary" if model else "$foreground-muted")
        line = clipped(line, width)
        return under_cursor(line, width) if here else line

    def _note(self, width: int) -> Lines:
        folder = self.folder
        if folder is None or self._waiting:
            return [text("Looking …", "$foreground-muted")]
        if folder.problem:
            return wrapped(folder.problem, width, "$text-warning")
        parts = [f"{self.at + 1} of {len(self.places)}"] if self.places else ["No folder and no model here"]
        if folder.others:
            parts.append(f"{folder.others} other file{'s' if folder.others > 1 else ''}")
        if folder.left_out:
            parts.append("a large folder: not all of it is shown, the path can be typed")
        return wrapped(" · ".join(parts), width, "$foreground-muted")

    def _move(self, to: int) -> None:
        self.at = min(max(0, to), max(0, len(self.places) - 1))
        self._show()

    def action_look(self, step: int) -> None:
        """Move the cursor."""
        self._move(self.at + step)

    def action_page(self, step: int) -> None:
        """Move the cursor by one screenful."""
        self._move(self.at + step * self._rows)

    def action_edge(self, index: int) -> None:
        """To the first or the last."""
        self._move(0 if index == 0 else len(self.places) - 1)

    def on_key(self, event: events.Key) -> None:
        """A letter moves to the next name that begins with it."""
        if event.is_printable and event.character and event.character != " ":
            event.stop()
            letter = event.character.casefold()
            order = [*range(self.at + 1, len(self.places)), *range(self.at + 1)]
            found = (i for i in order if i < len(self.places) and not self.places[i].recent)
            self._move(next((i for i in found if self.places[i].name.casefold().startswith(letter)), self.at))

    @property
    def _place(self) -> Place | None:
        return self.places[self.at] if self.places and not self._waiting else None

    def action_take(self) -> None:
        """Choose a model, open a folder."""
        place = self._place
        if place is not None and place.is_dir and not place.glance.server and not place.recent:
            self._go(place.path)
        elif place is not None:
            self.dismiss(place.path)

    def action_choose(self) -> None:
        """Choose it, whatever it is."""
        if self._place is not None:
            self.dismiss(self._place.path)

    def action_open(self) -> None:
        """Open a folder, whatever it is."""
        if self._place is not None and self._place.is_dir:
            self._go(self._place.path)

    def action_leave(self) -> None:
        """Go to the parent folder."""
        if self.folder is not None and not self._waiting and self.folder.path.parent != self.folder.path:
            self._from = self.folder.path
            self._go(self.folder.path.parent)


def clean(name: str) -> str:
    """A name from the disk, without anything a terminal would obey."""
    return "".join(ch if ch.isprintable() else "·" for ch in name)
