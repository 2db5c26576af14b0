"""Variables in the command line of a unit, filled in as systemd does: no shell reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wizard.fast_start import regex
from wizard.formats.region import Builder, Region
from wizard.formats.shell_words import SHELLS, Word
from wizard.observed.start import USED

if TYPE_CHECKING:
    from wizard.observed.start import StartOption

UNSET, LITERAL, DEFAULT = "unset variable", "literal variable", "variable with a default"
"""What a start is said to have, beside its command line."""
KINDS = frozenset({UNSET, LITERAL, DEFAULT, USED})
_REFERENCE = regex(r"\$(?:(\$)|\{([^{}]*)\}|(\w+))")
_ALONE = regex(r"\$(\w+)")
_GIVEN = frozenset(
    {
        "PATH", "LANG", "USER", "LOGNAME", "HOME", "SHELL", "INVOCATION_ID", "MAINPID", "MANAGERPID", "NOTIFY_SOCKET",
        "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "TERM", "WATCHDOG_PID", "WATCHDOG_USEC", "JOURNAL_STREAM",
        "SYSTEMD_EXEC_PID", "CREDENTIALS_DIRECTORY", "XDG_RUNTIME_DIR", "RUNTIME_DIRECTORY", "STATE_DIRECTORY",
        "CACHE_DIRECTORY", "LOGS_DIRECTORY", "CONFIGURATION_DIRECTORY", "DBUS_SESSION_BUS_ADDRESS",
    }
)  # fmt: skip
"""What systemd sets by itself."""
MOST_PUT_IN = 1 << 16
"""Letters by which the variables of one command may lengthen it; with more, all of them stay open."""


class FilledCommand(NamedTuple):
    """The words that the program gets, and what of the variables is not as it was meant."""

    words: tuple[Word, ...]
    said: tuple[StartOption, ...]


def filled(words: Sequence[Word], known: Mapping[str, str], more: bool) -> FilledCommand:
    """`known`: the unit's own variables. `more`: others may come from files that are not read here."""
    uses = (match[2] or match[3] or "" for word in words for match in _REFERENCE.finditer(word.text))
    more = more or sum(len(known.get(name, "")) for name in uses) > MOST_PUT_IN
    shell = bool(words) and words[0].file_name in SHELLS
    made: list[Word] = []
    said: list[StartOption] = []
    for number, word in enumerate(words):
        if "$" not in word.text:
            made.append(word)
            continue
        made += _replaced(word, known, more)
        value = number > 0 and words[number - 1].text.startswith("-")
        said += _said(word, {*known, *_GIVEN}, more, shell, value)
    return FilledCommand(tuple(made), tuple(said))


def _replaced(word: Word, known: Mapping[str, str], more: bool) -> Iterator[Word]:
    if (alone := _ALONE.fullmatch(word.text)) and not more and alone[1] not in _GIVEN:
        for part in known.get(alone[1], "").split():
            yield word._replace(region=Region(part, ((0, word.start, 0),)), expands="%" in part)
        return
    built, at, opened = Builder(), 0, False
    for match in _REFERENCE.finditer(word.text):
        built.copy(word.region, at, match.start())
        at = match.end()
        value = "$" if match[1] else None if match[2] is None else known.get(match[2], "")
        if value is None or (match[2] is not None and (more or match[2] in _GIVEN or "%" in value)):
            opened, value = True, match.group()
        built.add(value, word.region.origin(match.start()), moving=False)
    built.copy(word.region, at, len(word.text))
    yield word._replace(region=built.region(word.start), expands=opened)


def _said(word: Word, set_: set[str], more: bool, shell: bool, value: bool) -> Iterator[StartOption]:
    """`value`: the word is what the flag before it is given."""
    alone = _ALONE.fullmatch(word.text)
    for match in _REFERENCE.finditer(word.text):
        name, at = match[2] or match[3] or "", word.region.origin(match.start())
        if match[1] or not name:
            continue
        if not name.isidentifier():
            yield DEFAULT, match.group(), at
        elif match[3] and not alone:
            if not shell:
                yield LITERAL, name, at
        elif name in set_:
            yield USED, name, at
        elif not more and (match[2] or value):
            yield UNSET, match.group(), at
