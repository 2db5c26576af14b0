"""The values that make up a question. Screens and line prompts draw the same ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from wizard.plan import Patch

Kind = Literal["choice", "many", "cycle", "text", "list"]
"""choice: choose one, each with a line of explanation; many: choose any number; cycle: choose one in a single line;
text: one typed value; list: typed values, one each."""
Origin = Literal["default", "proposed", "file", "preset", "draft", "you"]
"""Where an answer comes from.

Proposals replace answers that are `default` or `proposed`, and leave all others alone.
"""


class Answer(NamedTuple):
    """An answer as it is given to the Session."""

    changes: Patch
    label: str
    """Its name in the history."""
    origin: Origin = "you"
    proposed: Patch = ()
    """What it proposes for later questions."""
    named: str = ""
    """A model's name that was derived from its path."""


class Option(NamedTuple):
    """One possible answer, and the change to the Plan it stands for."""

    id: str
    label: str
    hint: str = ""
    """One line: what it means."""
    detail: str = ""
    """The exact value, such as an address and a port."""
    changes: Patch = ()
    asks: str = ""
    """Id of the field that completes this answer; choosing it moves there."""
    topic: str = ""
    """What F1 explains."""
    proposed: Patch = ()
    """What it proposes for questions that nobody answered yet."""
    origin: Origin = "you"


class Field(NamedTuple):
    """One question of a step, with the present answer."""

    id: str
    kind: Kind
    label: str = ""
    hint: str = ""
    key: str = ""
    """Dotted Plan key of a typed value; empty if options have changes of their own."""
    along: Patch = ()
    """Changes made together with a typed value, because the key alone would not give a valid Plan."""
    options: tuple[Option, ...] = ()
    chosen: tuple[str, ...] = ()
    """Ids of the chosen options."""
    value: str = ""
    """Typed kinds: the present value as text. Lists: one entry per line."""
    placeholder: str = ""
    number: bool = False
    """The value is a whole number."""
    words: bool = False
    """The value is several words, separated by blanks."""
    read: Callable[[str], Any] | None = None
    """From the typed text to the value, if that is not text, a number or words. Raises ValueError with a sentence."""
    shown: bool = True
    proposed: str = ""
    """Why the present answer was proposed; empty when the user chose it or it is the default."""
    topic: str = ""

    def option(self, option_id: str) -> Option | None:
        """The option with that id."""
        return next((o for o in self.options if o.id == option_id), None)

    @property
    def picked(self) -> Option | None:
        """The first chosen option; None where none is."""
        return next((o for o in self.options if o.id in self.chosen), None)


def switch(key: str, options: tuple[tuple[Any, str], ...], now: Any, label: str, hint: str, **more: Any) -> Field:
    """A question with a few values that a key cycles through. `options`: each value and its label."""
    made = tuple(Option(_spelt(value), words, changes=((key, value),)) for value, words in options)
    return Field(key.rpartition(".")[2], "cycle", label, hint, options=made, chosen=(_spelt(now),), **more)


def several(key: str, words: tuple[str, ...], label: str, hint: str, **more: Any) -> Field:
    """A question that is answered with text."""
    return Field(key.rpartition(".")[2], "text", label, hint, key=key, value=" ".join(words), words=True, **more)


def _spelt(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


NO_YES = ((False, "no"), (True, "yes"))


class Step(NamedTuple):
    """One screen: one main question."""

    id: str
    """Such as "model" or "bind.inference"."""
    group: str
    """Id of the entry in the step list it belongs to (`groups.py`)."""
    title: str
    """Short name; within a group with several steps, the part's name."""
    question: str
    help: str = ""
    keys: tuple[str, ...] = ()
    """Dotted prefixes of the Plan keys that are set here."""
    topic: str = ""


class Proposal(NamedTuple):
    """A sensible answer to a later question, derived from who calls the server."""

    field: str
    """Dotted Plan prefix it answers, such as "bind.inference"."""
    changes: Patch
    sentence: str
    """What is proposed and why, in one sentence."""
