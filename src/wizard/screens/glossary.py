"""Terms, settings, findings and messages: typing finds them, and the one under the cursor is explained below."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Input

from wizard.help import topics
from wizard.screens.dialog import Dialog
from wizard.screens.presence import stands
from wizard.widgets.flow import Flow, Lines, clipped, text, under_cursor, wrapped

if TYPE_CHECKING:
    from wizard.help.values import Topic

_ROWS = 8
_MOST = 60


def _kind(topic: Topic) -> str:
    """The text next to a name: nothing for a term of the glossary."""
    return topic.kind if topic.kind != "term" else ""


class GlossaryScreen(Dialog[None]):
    """A search line, its results, and one of them in full."""

    CSS = """
    GlossaryScreen #topic { padding-right: 1; }
    GlossaryScreen #dialog { height: 85%; }
    GlossaryScreen #search { margin-bottom: 1; background: $panel; }
    GlossaryScreen #hits { height: auto; margin-bottom: 1; }
    GlossaryScreen #meaning { height: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", show=False),
        Binding("up", "look(-1)", show=False, priority=True),
        Binding("down", "look(1)", show=False, priority=True),
        Binding("pagedown", "scroll(1)", show=False, priority=True),
        Binding("pageup", "scroll(-1)", show=False, priority=True),
    ]

    def __init__(self, names: tuple[str, ...] = (), words: str = "") -> None:
        """`names`: topics to begin with, in order; `words`: the text in the search line."""
        super().__init__()
        self.names = names
        self.words = words
        self.at = 0
        self.hits: tuple[Topic, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Input(
                self.words, placeholder="origin, preflight, 0.0.0.0, inference_address …", id="search", compact=True
            )
            yield Flow(self._hit_lines, id="hits")
            with VerticalScroll(id="meaning", can_focus=False):
                yield Flow(self._meaning_lines, id="topic")

    def on_mount(self) -> None:
        """Title and keys on the frame; without a word, the glossary."""
        dialog = self.query_one("#dialog")
        dialog.border_title = (
            "Words on this screen" if len(self.names) > 1 else "Look up a word, a setting or a message"
        )
        dialog.border_subtitle = "↑↓ move   page up/down scroll   esc close"
        self.find(self.words)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search after every key."""
        event.stop()
        if stands(self):
            self.find(event.value)

    def find(self, words: str) -> None:
        """Search for topics; if nothing was typed, show those it began with, else the terms of the glossary."""
        asked = " ".join(words.split())
        found = (*topics.lookup(asked), *topics.search(asked, _MOST)) if asked else ()
        first = tuple(topics.explain(name) for name in self.names)
        terms = first or tuple(topic for topic in topics.catalogue().values() if topic.kind == "term")
        self.hits = tuple(dict.fromkeys(found)) if asked else terms
        self.at = 0
        self._show()

    def _show(self) -> None:
        self.query_one("#hits", Flow).redraw()
        self.query_one("#topic", Flow).redraw()
        self.query_one("#meaning").scroll_home(animate=False)

    def _hit_lines(self, width: int) -> Lines:
        if not self.hits:
            return self._nothing(width)
        top = min(max(0, self.at - _ROWS // 2), max(0, len(self.hits) - _ROWS))
        lines: Lines = []
        kinds = max(cell_len(_kind(topic)) for topic in self.hits)
        column = min(max(cell_len(topic.name) for topic in self.hits), max(1, width - kinds - 2 * bool(kinds) - 1))
        for number, topic in enumerate(self.hits[top : top + _ROWS], top):
            here = number == self.at
            name = clipped(text(topic.name, "bold" if here else ""), column)
            line = text("▌" if here else " ", "$primary") + name.extend_right(column - name.cell_length)
            line = clipped(line + text(f"  {_kind(topic)}".rstrip(), "$foreground-muted"), width)
            lines.append(under_cursor(line, width) if here else line)
        return [*lines, text(f" {self.at + 1} of {len(self.hits)}", "$foreground-muted")]

    def _nothing(self, width: int) -> Lines:
        words = self.query_one("#search", Input).value
        near = topics.suggest(words)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        return wrapped(f"Nothing is known about this.{hint}", width, "$text-warning")

    def _meaning_lines(self, width: int) -> Lines:
        if not self.hits:
            return []
        topic = self.hits[self.at]
        lines = [*wrapped(topic.title, width, "bold $primary"), *wrapped(topic.meaning, width)]
        parts = (
            ("Why it matters", topic.why),
            ("What happens", topic.what_the_server_does),
            ("Instead", topic.instead),
            ("Example", topic.example),
            ("See also", ", ".join(topic.related)),
            ("Evidence", ", ".join(topic.evidence)),
            ("More", topic.link),
        )
        for head, words in parts:
            for number, part in enumerate(words.splitlines()):
                first = text(f"{head}: ", "$text-accent") if number == 0 else ""
                lines += [*([text("")] if number == 0 else []), *wrapped(part, width, "", first, 2)]
        return lines

    def action_look(self, step: int) -> None:
        """Move the cursor."""
        self.at = min(max(0, self.at + step), max(0, len(self.hits) - 1))
        self._show()

    def action_scroll(self, step: int) -> None:
        """Scroll the explanation."""
        area = self.query_one("#meaning")
        area.scroll_relative(y=step * max(1, area.size.height - 1), animate=False)
