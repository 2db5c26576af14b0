"""Where a word of a command line can be edited: on a plain line, or as an item of a list."""

from __future__ import annotations

from wizard.formats.shell_words import Word, in_quotes
from wizard.observed.remark import Edit
from wizard.observed.source import Source


def _form(source: Source, word: Word) -> str:
    """ "flow" for `["a", "b"]`, the indent with its dash for a list of lines, "" for a plain line."""
    before = source.text[: word.start]
    if before.rstrip()[-1:] in ("[", ","):
        return "flow"
    line = before[before.rfind("\n") + 1 :]
    return line if line.strip() == "-" else ""


def _typed(source: Source, word: Word) -> str:
    """The word without quotes, "" if it is typed differently than it is read."""
    raw = source.text[word.start : word.end]
    quoted = in_quotes(raw)
    return word.text if (raw[1:-1] if quoted else raw) == word.text else ""


def followed_by(source: Source, word: Word, text: str) -> tuple[Edit, ...]:
    """Another word after it."""
    if not _typed(source, word):
        return ()
    form = _form(source, word)
    added = f', "{text}"' if form == "flow" else f"\n{form}{text}" if form else f" {text}"
    return (Edit(word.end, word.end, added),)


def renamed(source: Source, word: Word, text: str) -> tuple[Edit, ...]:
    """Another word instead of it."""
    if not _typed(source, word):
        return ()
    at = source.text.find(word.text, word.start)
    return (Edit(at, at + len(word.text), text),)


def parted(source: Source, word: Word) -> tuple[Edit, ...]:
    """`--flag=value` as two words; nothing if quotes or blanks make more of it."""
    if not _typed(source, word) or any(char in word.text for char in " \t\"'\\"):
        return ()
    at = source.text.find("=", word.start)
    form, quote = _form(source, word), source.text[word.start]
    quote = quote if quote in "\"'" else ""
    if not form and quote:
        return ()
    between = f"{quote}, {quote}" if form == "flow" else f"{quote}\n{form}{quote}" if form else " "
    return (Edit(at, at + 1, between),)


def dropped(source: Source, word: Word, following: Word | None) -> tuple[Edit, ...]:
    """Without the word, if another one follows it."""
    if following is None or not _typed(source, word):
        return ()
    gap = source.text[word.end : following.start]
    return (Edit(word.start, following.start, ""),) if not set(gap) - set(" ,\t\r\n-\\") else ()
