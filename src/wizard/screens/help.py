"""What is this? The thing under the cursor explained, with the evidence for it and the terms it uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from wizard.help.relevant_topics import about
from wizard.help.topics import explain
from wizard.screens.dialog import Dialog
from wizard.session.steps.layers import how, in_words
from wizard.widgets.flow import Flow, Lines, severity_head, text
from wizard.widgets.words import WordsPage

if TYPE_CHECKING:
    from wizard.comparison.view import View
    from wizard.help.values import Topic
    from wizard.session.steps.base import Field, Option, Step


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the reader was: which term was under the cursor, and how far the page was scrolled."""

    word: str
    """The glossary entry being read; "" = the help itself."""
    at: int
    scroll: float


class HelpScreen(Dialog[None]):
    """The question, the answer, what the server does, and what speaks against it; terms lead to the glossary."""

    CSS = "HelpScreen Flow { padding-right: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,b,backspace", "return", "Back", show=False),
        Binding("f1,question_mark,q", "dismiss(None)", "Close", show=False),
        Binding("tab,right", "word(1)", "Next word", show=False, priority=True),
        Binding("shift+tab,left", "word(-1)", "Word before", show=False, priority=True),
        Binding("enter,space", "follow", "Explain the word", show=False, priority=True),
    ]

    def __init__(self, step: Step, field: Field | None, option: Option | None, view: View | None) -> None:
        super().__init__()
        self.step = step
        self.field = field
        self.option = option
        self.view = view
        self._word = ""
        self._at = -1
        self._way: list[_Place] = []
        self._page = WordsPage(80)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog"):
            yield Flow(self._lines)

    def on_mount(self) -> None:
        """Scrolling works at once."""
        self.query_one("#dialog").focus()
        self._frame()

    def _frame(self) -> None:
        dialog = self.query_one("#dialog")
        dialog.border_title = self._word or "What is this?"
        back = "esc back" if self._way else "esc close"
        dialog.border_subtitle = f"tab words   enter explain   ↑↓ scroll   {back}"

    def _lines(self, width: int) -> Lines:
        self._page = WordsPage(width, self._at, self._word)
        if self._word:
            self._topic(explain(self._word))
        else:
            self._help()
        return self._page.lines

    def _help(self) -> None:
        page = self._page
        page.plain(self.step.question, "bold $primary")
        page.say(self.step.help)
        page.gap()
        if self.option:
            page.plain(self.option.label, "bold")
            page.say(self.option.hint)
        elif self.field:
            page.plain(self.field.label, "bold")
            page.say(self.field.hint)
        for topic in about(self.step, self.field, self.option):
            page.gap()
            self._topic(topic)
        self._how()
        self._findings()

    def _topic(self, topic: Topic) -> None:
        page = self._page
        page.plain(topic.title, "bold $primary")
        page.say(topic.meaning)
        for head, words in (
            ("Why it matters", topic.why),
            ("What the server does", topic.what_the_server_does),
            ("Instead", topic.instead),
        ):
            page.say(words, "", text(f"{head}: ", "$text-accent"), 2)
        for head, words in (
            ("Source", ", ".join(topic.evidence)),
            ("Example", topic.example),
            ("More", topic.link),
        ):
            page.plain(words, "$foreground-muted", text(f"{head}: ", "$text-accent"), 2)
        page.say(", ".join(topic.related), "", text("See also: ", "$text-accent"), 2)

    def _how(self) -> None:
        if self.view is None:
            return
        for decision in how(self.step, self.view.deployment):
            head, reason = in_words(decision, self.view.deployment)
            self._page.gap()
            self._page.say(reason, "", text(head, "$text-accent"), 2)
            self._page.plain(decision.fact, "$foreground-muted", text("Source: ", "$text-accent"), 2)

    def _findings(self) -> None:
        page = self._page
        for folded in self.view.folded if self.view else ():
            finding = folded.finding
            page.gap()
            page.say(folded.sentence, "bold", severity_head(finding.severity), 2)
            page.say(finding.why, "", "  ", 2)
            page.say(finding.instead, "", "  Instead: ", 2)
            page.plain(f"Source: {', '.join(finding.evidence)}", "$foreground-muted", "  ", 2)

    def action_word(self, step: int) -> None:
        """To the next term, starting over at the end."""
        words = self._page.words
        if not words:
            return
        self._at = (self._at + step) % len(words) if self._at >= 0 or step > 0 else len(words) - 1
        self.query_one(Flow).redraw()
        dialog = self.query_one("#dialog")
        row, top, height = self._page.rows[self._at], int(dialog.scroll_y), dialog.scrollable_content_region.height
        if not top + 1 <= row < top + height - 1:
            dialog.scroll_to(y=max(0, row - height // 2), animate=False)

    def action_follow(self) -> None:
        """Explain the term under the cursor; without one, close."""
        if not 0 <= self._at < len(self._page.words):
            self.dismiss(None)
            return
        self._way.append(_Place(self._word, self._at, self.query_one("#dialog").scroll_y))
        self._show(_Place(self._page.words[self._at], -1, 0))

    def action_return(self) -> None:
        """Back to where the term was found; from the help itself, back to the step."""
        if self._way:
            self._show(self._way.pop())
        else:
            self.dismiss(None)

    def _show(self, place: _Place) -> None:
        self._word, self._at = place.word, place.at
        self._frame()
        self.query_one(Flow).redraw()
        dialog = self.query_one("#dialog")
        self.call_after_refresh(dialog.scroll_to, y=place.scroll, animate=False)
