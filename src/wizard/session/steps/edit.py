"""From what is chosen or typed to an Answer, and from a refusal to one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from wizard import plan as plans
from wizard.formats.decimals import decimal
from wizard.session.steps.base import Answer, Field, Option

if TYPE_CHECKING:
    from wizard.plan import Patch, Plan

_MOST_DIGITS = 30


def change_of(field: Field, text: str) -> Patch:
    """The change that a typed answer stands for.

    Raises ValueError with a sentence if the text is not of the field's kind.
    """
    if field.kind == "list":
        return ((field.key, [line.strip() for line in text.splitlines() if line.strip()]),)
    text = text.strip()
    if field.read is not None:
        return (*field.along, (field.key, field.read(text)))
    if field.words:
        return ((field.key, text.replace(",", " ").split()),)
    if not field.number:
        return (*(field.along if text else ()), (field.key, text))
    if not text:
        return (*field.along, (field.key, None))
    number = decimal(text, _MOST_DIGITS)
    if number is None:
        raise ValueError("a whole number, please, such as 8080")
    return (*field.along, (field.key, number))


def chosen(field: Field, option: Option) -> Answer:
    """The answer for an option."""
    label = f"{field.label}: {option.label}" if field.label else option.label
    if field.kind == "many" and option.id in field.chosen:
        label = f"Without: {label}"
    elif option.id.startswith("interface"):
        label = f"{label}: {option.hint}"
    return Answer(option.changes, label, option.origin, option.proposed)


def typed(field: Field, text: str) -> Answer:
    """The answer for a typed text. Raises ValueError with a sentence if the text is not of the field's kind."""
    return Answer(change_of(field, text), f"{field.label} {text.strip()}".strip())


def listed(field: Field, values: Iterable[str]) -> Answer:
    """The answer for a list of values, each once; its label says what was added or removed."""
    kept, before = list(dict.fromkeys(values)), field.value.splitlines()
    added = [value for value in kept if value not in before]
    gone = [value for value in before if value not in kept]
    words = [f"+ {added[0] if len(added) == 1 else len(added)}"] if added else []
    words += [f"− {gone[0] if len(gone) == 1 else len(gone)}"] if gone else []
    return Answer(((field.key, kept),), f"{field.label}: {', '.join(words)}")


def renewed(answer: Answer, fields: Iterable[Field]) -> Answer:
    """An answer that was chosen before there was a Plan, as the same option of these questions changes it."""
    known = (chosen(field, option) for field in fields for option in field.options)
    return next((each for each in known if each.label == answer.label), answer)


def try_changes(plan: Plan, changes: Patch) -> tuple[Plan | None, str]:
    """The Plan after the changes, or None and one sentence why they are refused."""
    # Loaded with the Plan anyway, but not before the first page.
    from pydantic import ValidationError

    try:
        return plans.apply_patch(plan, changes), ""
    except (ValidationError, KeyError, IndexError) as error:
        return None, sentence_of(error)


def sentence_of(error: Exception) -> str:
    """The first problem of a refused answer without its technical prefix, and what to write instead if that is
    known."""
    problems: Any = getattr(error, "errors", None)
    if problems is None:
        return str(error)
    first = problems()[0]
    message = plans.refusals.out_of_bounds(first) or str(first["msg"]).removeprefix("Value error, ")
    said = f"{message[:1].upper()}{message[1:]}"
    context = first.get("ctx", {})
    hint = context.get("typed") or context.get("hint", "")
    return f"{said}. {hint}" if hint else said
