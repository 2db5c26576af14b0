"""The Who step: the audiences, and what is proposed from them."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from wizard.screens.base import StepScreen
from wizard.screens.key_hints import CHOOSING, NEXT, TICK
from wizard.session.offers import looked_at, offers, take
from wizard.widgets.choices import Choices
from wizard.widgets.flow import Flow, Lines, text, wrapped
from wizard.widgets.hints import KeyHint


class WhoScreen(StepScreen):
    """Shows the proposals under the question, including those for an answer that is only looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("a", "take", "Take what is proposed", id="take")]

    def compose_form(self) -> ComposeResult:
        yield from super().compose_form()
        yield Flow(self._proposal_lines, id="proposals")

    def show_pane(self) -> None:
        super().show_pane()
        self.query_one("#proposals", Flow).redraw()

    def _proposal_lines(self, width: int) -> Lines:
        option = self.query_one(Choices).option
        found = looked_at(self.session, self.preview, option.id if option else "")
        if not found:
            return wrapped("Nothing is proposed yet: choose who calls the model.", width, "$foreground-muted")
        lines = [text("Proposed for the next steps", "$text-accent")]
        for offer in (offer for offer in found if not offer.differs):
            lines += wrapped(offer.proposal.sentence, width, "", text("· "), 2)
        other = [offer for offer in found if offer.differs]
        if other:
            lines.append(text("Proposed, but your own answers differ, and stay:", "$text-warning"))
        for offer in other:
            lines += wrapped(offer.proposal.sentence, width, "", text("· "), 2)
        if any(offer.differs for offer in offers(self.session)):
            lines += wrapped("takes what is proposed", width, "", text("a ", "bold $text-accent"), 2)
        return lines

    def action_take(self) -> None:
        """Accept the proposals that differ from the present answers."""
        self.say(take(self.session))

    def keys_here(self) -> tuple[KeyHint, ...]:
        hints = super().keys_here()
        return (hints[0]._replace(droppable=2), TICK, NEXT, *hints[2:]) if hints and hints[0] == CHOOSING[0] else hints
