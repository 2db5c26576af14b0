"""Which of the words of a start belong to one command."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.formats.shell_words import Word

ENDS = frozenset({";", "&&", "||", "|", "&"})
"""Words that end a command."""


def one_command(words: Sequence[Word]) -> tuple[Word, ...]:
    """The words up to the one that ends the command."""
    return tuple(takewhile(lambda word: word.text not in ENDS, words))
