"""What is proposed from who calls the server, compared with answers that were given already."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wizard.session.steps.base import Answer, Proposal
from wizard.session.steps.callers import proposals

if TYPE_CHECKING:
    from wizard.session.session import Session
    from wizard.session.view import Preview


class Offer(NamedTuple):
    """A proposal, and whether a given answer differs from it."""

    proposal: Proposal
    differs: bool


def offers(session: Session, audiences: tuple[str, ...] | None = None) -> tuple[Offer, ...]:
    """What is proposed for these audiences, by default those of the present answers."""
    wanted = session.plan.audiences if audiences is None else audiences
    found = []
    for proposal in proposals(session.complete, session.host, wanted):
        after = session.candidate(Answer(proposal.changes, proposal.sentence))
        same = not isinstance(after, str) and session.view_of(after.plan).deployment.plan == session.complete
        found.append(Offer(proposal, session.origins.settled(proposal.field) and not same))
    return tuple(found)


def looked_at(session: Session, preview: Preview, audience: str) -> tuple[Offer, ...]:
    """What would be proposed with the audience under the cursor.

    If it is chosen already, this means what was proposed for it, not what removing it would propose.
    """
    chosen = session.plan.audiences
    if preview.after and audience not in chosen:
        return offers(session, preview.after.deployment.plan.audiences)
    return offers(session)


def take(session: Session) -> str:
    """Accept the proposals that differ from the present answers; a sentence if that is not possible."""
    changes = tuple(change for offer in offers(session) if offer.differs for change in offer.proposal.changes)
    return session.propose(Answer(changes, "What is proposed"), "who") if changes else "Nothing else is proposed."
