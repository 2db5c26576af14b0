"""Which topics explain a question, an answer, and its key in the answers file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.help import topics
from wizard.help.values import Topic

if TYPE_CHECKING:
    from wizard.session.steps.base import Field, Option, Step


def about(step: Step, field: Field | None = None, option: Option | None = None) -> tuple[Topic, ...]:
    """What explains the thing under the cursor, most specific first: the answer, else the field, else the step.

    Last comes the key of the answers file, with what each server can do about it.
    """
    names = ((option.topic if option else ""), (field.topic if field else ""), step.topic)
    first = next((found[0] for name in names if name and (found := topics.lookup(name))), None)
    key = _key(field, option) if first is None or first.kind not in ("preset", "audience") else None
    return tuple(topic for topic in (first, key) if topic is not None)


def _key(field: Field | None, option: Option | None) -> Topic | None:
    """The topic of the answers-file key that is set here; None if an answer sets several or none."""
    if field is None:
        return None
    changed = option.changes[0][0] if option and option.changes else ""
    for key in (field.key, f"{changed}.{field.id}", changed):
        found = next((t for t in topics.lookup(key) if t.kind == "answer"), None) if key else None
        if found is not None:
            return found
    return None
