"""A question with a few answers, each on its own line with its meaning."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region
from textual.reactive import reactive

from wizard.session.steps.base import Field, Option
from wizard.session.steps.edit import chosen
from wizard.widgets.field import FieldWidget
from wizard.widgets.flow import Flow, Lines, text, under_cursor, wrapped
from wizard.widgets.messages import Advance, FieldWanted, Highlighted, PlanChange
from wizard.widgets.moving import move


class Choices(FieldWidget, Flow, can_focus=True):
    """Choose one, or any number. The option under the cursor is shown in the live pane before it is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "look(-1)", "look", show=False),
        Binding("down", "look(1)", "look", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(-1)", show=False),
        Binding("space", "choose", "choose", show=False),
        Binding("enter", "accept", "choose or go on", show=False),
    ]
    at: reactive[int] = reactive(0, init=False)

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._build = None
        self._built = None
        self.set_reactive(Choices.at, self.first_chosen(field))

    @staticmethod
    def first_chosen(field: Field) -> int:
        return next((i for i, option in enumerate(field.options) if option.id in field.chosen), 0)

    @property
    def option(self) -> Option | None:
        """The option under the cursor."""
        return self.field.options[self.at] if self.at < len(self.field.options) else None

    @property
    def chooses(self) -> bool:
        """Whether Enter chooses the option under the cursor, as opposed to going on."""
        return self.field.kind == "choice" and self.option is not None and self.option.id not in self.field.chosen

    def load(self, field: Field) -> None:
        if field == self.field:
            return
        known, picked = {option.id for option in self.field.options}, self.field.chosen
        super().load(field)
        # Where something else than a key here chose, the cursor follows, so that Enter goes on and changes nothing.
        if {option.id for option in field.options} != known or (field.kind == "choice" and field.chosen != picked):
            self.at = self.first_chosen(field)
        self.redraw()
        if self.has_focus:
            self._peek()

    def build(self, width: int) -> Lines:
        return [line for _, line in self._layout(width)]

    def _layout(self, width: int) -> list[tuple[int, Content]]:
        """(option index, line) of every line."""
        many = self.field.kind == "many"
        column = max((len(option.label) for option in self.field.options), default=0) + 2
        found: list[tuple[int, Content]] = []
        for index, option in enumerate(self.field.options):
            picked = option.id in self.field.chosen
            here = index == self.at and self.has_focus
            mark = ("[x]" if picked else "[ ]") if many else ("(•)" if picked else "( )")
            head = text("▌" if here else " ", "$primary") + text(f"{mark} ", "bold $primary" if picked else "")
            lines = wrapped(option.label, width, "bold" if picked else "", head, 5)
            if option.detail:
                gap = column - len(option.label)
                if 5 + column + len(option.detail) > width:
                    lines.append(text(" " * 5) + text(option.detail, "$text-secondary"))
                else:
                    lines[0] += text(" " * gap) + text(option.detail, "$text-secondary")
            if option.hint:
                lines += wrapped(option.hint, width - 1, "" if here else "$foreground-muted", " " * 5, 5)
            if here:
                lines = [under_cursor(line, width) for line in lines]
            found += [(index, line) for line in lines]
        if self.field.proposed:
            found += [(-1, line) for line in [Content(""), *self._proposal(width)]]
        return found

    def _proposal(self, width: int) -> Lines:
        return wrapped(self.field.proposed, width, "$foreground-muted", text("Proposed: ", "$text-accent"), 5)

    def watch_at(self) -> None:
        """Show the option under the cursor everywhere."""
        self.redraw()
        if self.has_focus:
            self._peek()
            self.reveal()

    def reveal(self) -> None:
        """Scroll the option under the cursor into view, with everything above it if that fits.

        Done at once, so that it does not later scroll away what is focused next.
        """
        rows = [y for y, (index, _) in enumerate(self._layout(self.content_size.width)) if index == self.at]
        if rows and self.parent is not None:
            region = Region(0, rows[0], self.size.width, len(rows)).translate(self.virtual_region.offset)
            form = self.screen.query_one("#form")
            if region.bottom <= form.content_size.height:
                form.scroll_home(animate=False, force=True, immediate=True)
            else:
                form.scroll_to_region(region, animate=False, force=True, immediate=True)

    def _peek(self) -> None:
        option = self.option
        if option is None:
            return
        # On what is chosen already, the pane says what it has done, not what taking it back would do.
        nothing = not option.changes or option.id in self.field.chosen
        self.post_message(Highlighted(None if nothing else chosen(self.field, option)))

    def on_focus(self) -> None:
        self._peek()

    def on_click(self, event: events.Click) -> None:
        """Choose the clicked option."""
        lines = self._layout(self.content_size.width)
        if 0 <= event.y < len(lines) and lines[event.y][0] >= 0:
            self.at = lines[event.y][0]
            self.action_choose()

    def action_look(self, step: int) -> None:
        """Move the cursor; past the edge, on to the next field."""
        to = self.at + step
        if 0 <= to < len(self.field.options):
            self.at = to
        else:
            move(self, step)

    def action_edge(self, index: int) -> None:
        """To the first or last option."""
        self.at = index % max(1, len(self.field.options))

    def action_choose(self, accepted: bool = False) -> None:
        """Choose; in a question with any number of answers, toggle."""
        option = self.option
        if option is None or (self.field.kind == "choice" and option.id in self.field.chosen):
            return
        self.post_message(PlanChange(chosen(self.field, option), self, accepted and not option.asks))
        if option.asks:
            self.post_message(FieldWanted(option.asks))

    def action_accept(self) -> None:
        """Choose the option under the cursor; go on if it is chosen already, or if any number may be."""
        if self.field.kind == "many" or (self.option and self.option.id in self.field.chosen and not self.option.asks):
            self.post_message(Advance())
        elif self.option and self.option.id in self.field.chosen:
            self.post_message(FieldWanted(self.option.asks))
        else:
            self.action_choose(accepted=True)
