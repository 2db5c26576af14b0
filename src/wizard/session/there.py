"""What there was before the wizard was opened on it, beside what will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.exposure.comparison import Comparison
    from wizard.session.session import Session


def lost(session: Session) -> tuple[str, ...]:
    """What of the opened path could not be carried over, one sentence each."""
    if session.opened is None or (session.opened.kind == "setup" and session.ready and session.there is None):
        return ()
    return session.opened.lost


def compared(session: Session) -> Comparison | None:
    """What was opened, compared with the answers as they are now; None where no server was set up there."""
    if not session.ready or session.there is None:
        return None
    from wizard.exposure.comparison import compare

    return compare(session.view_of(session.there), session.view)
