"""From typed text to a change of the Plan, and from a refusal to one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wizard.session.steps.base import Changes, Field

if TYPE_CHECKING:
    from wizard.plan import Plan


def change_of(field: Field, text: str) -> Changes:
    """The change that a typed answer stands for.

    Raises ValueError with a sentence when the text is not of the field's kind.
    """
    if field.kind == "list":
        return ((field.key, [line.strip() for line in text.splitlines() if line.strip()]),)
    text = text.strip()
    if field.read is not None:
        return ((field.key, field.read(text)),)
    if field.words:
        return ((field.key, text.replace(",", " ").split()),)
    if not field.number:
        return ((field.key, text),)
    if not text:
        return (*field.along, (field.key, None))
    if not text.isascii() or not text.isdigit():
        raise ValueError("a whole number, please, such as 8080")
    return (*field.along, (field.key, int(text)))


def try_changes(plan: Plan, changes: Changes) -> tuple[Plan | None, str]:
    """The Plan after the changes, or None and one sentence that says why not."""
    from pydantic import ValidationError

    from wizard.plan import apply_patch

    try:
        return apply_patch(plan, dict(changes)), ""
    except (ValidationError, KeyError, IndexError) as error:
        return None, sentence_of(error)


def sentence_of(error: Exception) -> str:
    """The first problem of a refused answer as one sentence without technical prefix."""
    problems: Any = getattr(error, "errors", None)
    if problems is None:
        return str(error)
    first = problems()[0]
    message = str(first["msg"]).removeprefix("Value error, ")
    return f"{message[:1].upper()}{message[1:]}"
