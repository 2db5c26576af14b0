"""The Who step: the audiences, and what is proposed from them."""

from __future__ import annotations

from textual.app import ComposeResult

from wizard.screens.base import StepScreen
from wizard.session.offers import offers
from wizard.widgets.choices import Choices
from wizard.widgets.flow import Flow, Lines, text, wrapped


class WhoScreen(StepScreen):
    """Shows the proposals under the question, also for what is only looked at."""

    def compose_form(self) -> ComposeResult:
        yield from super().compose_form()
        yield Flow(self._proposal_lines, id="proposals")

    def show_pane(self) -> None:
        super().show_pane()
        self.query_one("#proposals", Flow).redraw()

    def _proposal_lines(self, width: int) -> Lines:
        audiences = self.session.plan.audiences
        option = self.query_one(Choices).option
        # On an audience that was chosen, what was proposed for it counts, not what dropping it would propose.
        if self.preview.after and not (option is not None and option.id in audiences):
            audiences = self.preview.after.deployment.plan.audiences
        found = offers(self.session, audiences)
        if not found:
            return wrapped("Nothing is proposed yet: choose who calls the model.", width, "$foreground-muted")
        lines = [text("Proposed for the next steps", "$text-accent")]
        for offer in found:
            lines += wrapped(offer.proposal.sentence, width, "", text("· "), 2)
        return lines
