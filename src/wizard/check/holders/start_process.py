"""PowerShell's Start-Process: the program it starts, and the one line its list of arguments becomes."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.fast_start import regex
from wizard.formats.shell_words import Word, split

NAMES = frozenset({"start-process", "saps"})
_PROGRAM, _LIST = "-filepath", "-argumentlist"
_ALSO = {"-path": _PROGRAM, "-args": _LIST}
_ALONE = frozenset(
    {"-loaduserprofile", "-nonewwindow", "-passthru", "-usenewenvironment", "-wait", "-confirm", "-whatif"}
)
_VALUED = frozenset(
    {
        "-credential", "-environment", "-redirectstandarderror", "-redirectstandardinput", "-redirectstandardoutput",
        "-verb", "-windowstyle", "-workingdirectory",
    }
)  # fmt: skip
_COMMA = regex(r"[^,]+")


def command(words: Sequence[Word]) -> Sequence[Word]:
    """The words of the program, as it gets them: the arguments are joined by blanks, and split again."""
    program: list[Word] = []
    given: list[Word] = []
    into = program
    at = 0
    while at < len(words):
        name = _parameter(words[at])
        at += 1
        if name in (_PROGRAM, _LIST):
            into = program if name == _PROGRAM else given
        elif name in _VALUED:
            at += 1
        elif not name:
            into = given if program and into is program else into
            into.append(words[at - 1])
    return (*program[:1], *(each for word in given for each in _parted(word)))


def _parameter(word: Word) -> str:
    """The parameter that a word names, also by its beginning; "" if none."""
    text = word.text.lower()
    if word.quoted or not text.startswith("-"):
        return ""
    every = (_PROGRAM, _LIST, *_ALONE, *_VALUED, *_ALSO)
    found = next((each for each in every if each == text), "") or next(
        (each for each in every if len(text) > 2 and each.startswith(text)), ""
    )
    return _ALSO.get(found, found)


def _parted(word: Word) -> Sequence[Word]:
    if word.expands and word.text.startswith("$"):
        return (word,)
    if word.quoted or " " in word.text:
        return split(word.region) if " " in word.text else (word,)
    return [
        word._replace(region=word.region.part(m.start(), m.end()), start=word.region.origin(m.start()))
        for m in _COMMA.finditer(word.text)
    ]
