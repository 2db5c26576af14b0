"""TorchServe's launcher and its image: which flags a start gives, which file it reads, whether the token is on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats.region import Region
from wizard.formats.shell_source import read
from wizard.formats.shell_words import SHELLS, Word
from wizard.observed.start import Start
from wizard.servers.command_words import one_command

_SWITCHES = frozenset(
    {
        "--start", "--stop", "--foreground", "--no-config-snapshots", "--ncs", "--version", "-v", "--help", "-h",
        "--disable-token-auth", "--dt", "--enable-model-api",
    }
)  # fmt: skip
_VALUED = frozenset(
    {
        "--ts-config", "--model-store", "--workflow-store", "--log-config", "--plugins-path", "--ppath",
        "--cpp-log-config",
    }
)  # fmt: skip
_MANY = frozenset({"--models"})
_ALL = (*sorted(_SWITCHES), *sorted(_VALUED), *_MANY)
_SAME = {"--ncs": "--no-config-snapshots", "--dt": "--disable-token-auth", "--ppath": "--plugins-path"}
_NUMBERS = regex(r"\d{1,4}(?:\.\d{1,4})*")
_VARIABLE = regex(r"\$(?:\w+|\{\w+(?:\[[@*]\])?\}|[@*])")


class TypedFlag(NamedTuple):
    """A flag as argparse takes it: full name, its values, the word it was typed as."""

    name: str
    values: tuple[Word, ...]
    word: Word


class Launch(NamedTuple):
    """A command line of the launcher."""

    words: tuple[Word, ...]
    """From the program's name on."""
    flags: tuple[TypedFlag, ...] = ()
    unknown: tuple[Word, ...] = ()
    """Words argparse refuses."""
    serve: bool = False
    """The image's own command, with its own flags."""
    extra: tuple[Word, ...] = ()
    """Words after `serve`, which are never read."""
    lost: Word | None = None
    """The first of the words that the image's entrypoint gives to a shell instead of to the launcher."""

    @property
    def open(self) -> bool:
        """A variable may hold more flags."""
        return any(word.expands and not word.quoted and _VARIABLE.fullmatch(word.text) for word in self.words)

    def flag(self, name: str) -> TypedFlag | None:
        """The last flag of that name."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)


def starts(start: Start) -> bool:
    """Whether TorchServe is started here."""
    found = launch(start)
    return found is not None and not any(
        flag.name in ("--stop", "--version", "-v", "--help", "-h") for flag in found.flags
    )


def known(flag: str) -> bool:
    """Whether the launcher has a flag of that name."""
    return flag in _ALL


def official(start: Start) -> bool:
    """Whether the image is an official one, so that its entrypoint is known."""
    return start.named.is_one_of(("pytorch/torchserve", "pytorch/torchserve-nightly"))


def version(start: Start | None) -> str:
    """The release an image's tag names, "" if none does."""
    if start is None:
        return ""
    if not start.image_name:
        return start.version_hint if _NUMBERS.fullmatch(start.version_hint) else ""
    return start.release


def launch(start: Start) -> Launch | None:
    """The launcher's command line in a start; None if TorchServe is not started."""
    words = start.command or ()
    if official(start) and start.entrypoint is None:
        if not words:
            return None if start.opaque else Launch((), serve=True)
        if words[0].text == "serve":
            return Launch((), serve=True, extra=words[1:])
        return _evaluated(words, start.shell_form)
    return _found(start.words)


def _evaluated(words: Sequence[Word], line: bool) -> Launch | None:
    """The image's entrypoint joins its words and passes them to a shell again.

    `line`: they are one line that a first shell gets, which after that sees only the line's first word.
    """
    again: Sequence[Word] = words
    if len(words) == 1 or any(" " in word.text for word in words):
        again = [each for word in words for each in _split(word)]
    shell = not line and len(again) > 2 and again[0].file_name in SHELLS and again[1].text[-1:] == "c"
    given = again[2:] if shell else again
    first = one_command(given)
    found = _found(first)
    if found is not None and (line or shell) and len(first) > 1:
        return Launch(found.words[:1], lost=given[1])
    return _found(given)


def _split(word: Word) -> Iterator[Word]:
    if " " not in word.text or (word.quoted and not word.text.strip()):
        yield word
        return
    for command in read(word.region):
        yield from command.words
        yield Word(Region(";"), word.end, word.end)


def _found(words: Sequence[Word]) -> Launch | None:
    for number, word in enumerate(words):
        name = word.file_name
        module = word.text == "ts.model_server" and number and words[number - 1].text == "-m"
        if name in ("torchserve", "torchserve.exe") or module:
            return _parsed((word, *one_command(words[number + 1 :])))
        if " " in word.text and "torchserve" in word.text and number and words[number - 1].text in ("-c", "-lc", "-ec"):
            for command in read(word.region):
                if (inner := _found(command.words)) is not None:
                    return inner
    return None


def _parsed(words: tuple[Word, ...]) -> Launch:
    flags, unknown = [], []
    at = 1
    while at < len(words):
        word = words[at]
        at += 1
        typed, equals, _ = word.text.partition("=")
        name = _full(typed) if typed.startswith("-") else ""
        if not name:
            if not word.expands:
                unknown.append(word)
            continue
        values: list[Word] = []
        if equals:
            offset = len(typed) + 1
            values.append(
                Word(word.region.part(offset, len(word.text)), word.region.origin(offset), word.end, word.expands)
            )
        elif name in _VALUED and at < len(words) and not words[at].text.startswith("-"):
            values.append(words[at])
            at += 1
        elif name in _MANY:
            while at < len(words) and not words[at].text.startswith("-"):
                values.append(words[at])
                at += 1
        flags.append(TypedFlag(_SAME.get(name, name), tuple(values), word))
    return Launch(words, tuple(flags), tuple(unknown))


def _full(typed: str) -> str:
    """The flag a word stands for: argparse accepts every prefix that fits only one flag."""
    if typed in _ALL:
        return typed
    fitting = {_SAME.get(flag, flag) for flag in _ALL if flag.startswith(typed)} if len(typed) > 2 else set()
    return fitting.pop() if len(fitting) == 1 else ""
