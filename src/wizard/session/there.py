"""What existed before the wizard was opened on it, compared with what will be."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from wizard import comparison
from wizard.severity import severity_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from wizard.comparison.plans import Comparison
    from wizard.session.opened import Judged, Opened
    from wizard.session.session import Session


class Unlike(NamedTuple):
    """Something about the opened path that will be different."""

    lost: bool
    """It could not be carried over; otherwise it was carried over, but works differently."""
    sentence: str

    @property
    def head(self) -> str:
        """What it is, before the sentence."""
        return "not carried over" if self.lost else "different"


def unlike(session: Session) -> tuple[Unlike, ...]:
    """What will be different from the opened path: first what could not be carried over."""
    opened = _begun_with(session)
    return unlike_of(opened) if opened is not None else ()


def judged(session: Session) -> tuple[Judged, ...]:
    """Where the opened files do not do what they seem to do, worst first."""
    opened = _begun_with(session)
    return opened.judged if opened is not None else ()


def judged_in_a_sentence(session: Session) -> str:
    """How much is wrong with the opened files; "" = nothing is known to be wrong."""
    counts = Counter(severity_in_words(each.severity) for each in judged(session))
    return f"Wrong in your files: {', '.join(f'{count} {word}' for word, count in counts.items())}" if counts else ""


def _begun_with(session: Session) -> Opened | None:
    """What was opened, as long as the answers still begin with it."""
    found = session.opened
    left = found is not None and found.kind == "setup" and session.ready and session.there is None
    return None if left else found


def unlike_of(opened: Opened) -> tuple[Unlike, ...]:
    """The same of a path that nobody answered anything about yet."""
    return (
        *(Unlike(True, each) for each in _by_cause(opened.lost)),
        *(Unlike(False, each) for each in _by_cause(opened.different)),
    )


def _by_cause(sentences: Iterable[str]) -> Iterator[str]:
    """`NAME: cause` of one cause as one sentence with all the names; others as they are."""
    names: dict[str, dict[str, None]] = {}
    for sentence in sentences:
        name, colon, cause = sentence.partition(": ")
        known = colon and " " not in name
        names.setdefault(cause if known else sentence, {})[name if known else ""] = None
    for cause, named in names.items():
        yield f"{', '.join(named)}: {cause}" if any(named) else cause


def compared(session: Session) -> Comparison | None:
    """What was opened, compared with the present answers; None if no server was set up there."""
    if not session.ready or session.there is None:
        return None

    return comparison.plans.compare(session.view_of(session.there), session.view)
