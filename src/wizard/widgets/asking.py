"""Which widget asks which kind of question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard import widgets
from wizard.widgets.choices import Choices
from wizard.widgets.cycle import Cycle

if TYPE_CHECKING:
    from wizard.session.steps.base import Field
    from wizard.widgets.field import FieldWidget


def widget_of(field: Field) -> FieldWidget:
    """The widget of a field. Pages with lists provide their own."""
    if field.kind in ("choice", "many"):
        return Choices(field)
    if field.kind == "cycle":
        return Cycle(field)

    return widgets.typed.Typed(field)
