"""The command line of tensorflow_model_server, alone and behind the entrypoint of its image."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats.shell_source import read
from wizard.formats.shell_words import SHELLS, Word
from wizard.observed.start import EDITS, WRITES, Start
from wizard.servers.command_words import ENDS, one_command
from wizard.servers.tensorflow_serving.flags import flags

IMAGES = ("tensorflow/serving",)
PROGRAMS = ("tensorflow_model_server", "tensorflow_model_server-universal")
ENTRYPOINT = "tf_serving_entrypoint.sh"
TRUE = frozenset({"true", "1", "t", "y", "yes"})
"""What people write for a switch that is on."""
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
"""The hyphen, and what word processors replace it by."""


class TypedFlag(NamedTuple):
    """One word that begins with two dashes. `value` None: none was given, or not in a form that is read."""

    name: str
    value: str | None
    word: Word
    value_start: int
    spaced: bool = False
    """The value is in separate words, where it is not read."""

    @property
    def dashed(self) -> bool:
        """It does not begin with two hyphens, and is not read."""
        return not self.word.text.startswith("--")


class Launch(NamedTuple):
    """The server's arguments."""

    flags: tuple[TypedFlag, ...]
    stray: tuple[Word, ...] = ()
    """Words that are not flags."""
    image: bool = False
    """The image's entrypoint adds its own flags before these."""
    shell_form: bool = False
    """Everything is one argument of /bin/sh, so nothing is read."""
    words: tuple[Word, ...] = ()
    counting: Mapping[str, TypedFlag] = MappingProxyType({})
    """Name -> the flag that applies: the last one in a form that is read."""

    def flag(self, name: str) -> TypedFlag | None:
        """The flag with that name that applies."""
        return self.counting.get(name)

    def text(self, name: str) -> str | None:
        """Its value, None if it is not given."""
        found = self.flag(name)
        return found.value if found is not None else None


def _read(flag: TypedFlag) -> bool:
    known = flags().known.get(flag.name)
    return known is not None and (flag.value is not None or known.type == "bool")


def entered(start: Start) -> bool:
    """Whether the image's own entrypoint runs, possibly named explicitly; the file with that name may have been
    replaced."""
    words = start.entrypoint
    return words is None or (len(words) == 1 and words[0].file_name == ENTRYPOINT)


def official(start: Start) -> bool:
    """Whether the image is an official one with its own entrypoint."""
    if not start.image_name or not entered(start):
        return False
    written = any(name in (WRITES, EDITS) and value.endswith(ENTRYPOINT) for name, value, _ in start.options)
    copied = any(mount.target.endswith(ENTRYPOINT) for mount in start.mounts)
    return _serves(start) and not written and not copied


def _serves(start: Start) -> bool:
    """Whether the image's entrypoint is the server; development images have none."""
    return start.named.is_one_of(IMAGES) and "devel" not in start.named.tag


_RELEASE = regex(r"[12]\.[0-9]{1,2}\.[0-9]{1,2}")


def version(start: Start | None) -> str:
    """The release that an image's tag names, or a comment where there is no image; "" if none does."""
    if start is None or start.image_name:
        return start.release if start is not None and start.named.is_one_of(IMAGES) else ""
    return start.version_hint if _RELEASE.fullmatch(start.version_hint) else ""


def launch(start: Start) -> Launch | None:
    """The server's command line in a start; None if it is not started."""
    words = tuple(start.command or ())
    if start.holder == "flags":
        found = _parsed(words, False)
        return found if any(flag.name in flags().known for flag in found.flags) else None
    if _serves(start) and entered(start):
        found = _parsed(words, official(start))
        return found._replace(
            image=official(start), shell_form=bool(words) and (start.shell_form or _of_a_shell(words))
        )
    return _found(start.words)


def _of_a_shell(words: Sequence[Word]) -> bool:
    """`sh -c "…"`, which is passed to the server if the image's entrypoint stays."""
    shell = words[0].file_name in SHELLS
    return shell and any(re.fullmatch(r"-[a-z]*c", word.text) for word in words[1:3])


def _found(words: Sequence[Word]) -> Launch | None:
    for number, word in enumerate(words):
        name = word.text.replace("\\", "/").rpartition("/")[2].removesuffix(".exe")
        if name in PROGRAMS:
            return _parsed(one_command(words[number + 1 :]), False)
        if " " in word.text and PROGRAMS[0] in word.text and number and words[number - 1].text.startswith("-"):
            for command in read(word.region):
                if (inner := _found(command.words)) is not None:
                    return inner
    return None


def _parsed(words: tuple[Word, ...], image: bool) -> Launch:
    found: list[TypedFlag] = []
    stray: list[Word] = []
    at, ended = 0, False
    while at < len(words):
        word = words[at]
        at += 1
        if ended or not word.text or word.text[0] not in _DASHES or word.text == "--":
            ended = ended or word.text == "--"
            if not word.expands:
                stray.append(word)
            continue
        name, equals, value = word.text.lstrip(_DASHES).partition("=")
        if " " in name:
            found.append(TypedFlag(name.partition(" ")[0], None, word, word.end, spaced=True))
            continue
        if equals and word.text.startswith("--"):
            offset = len(word.text) - len(value)
            found.append(TypedFlag(name, value, word, word.region.origin(offset)))
            continue
        taken = _loose_value(words, at, name)
        at += taken
        single = not word.text.startswith("--")
        found.append(TypedFlag(name, value if equals else None, word, word.end, bool(taken) or single))
    counting = {flag.name: flag for flag in found if not flag.spaced and _read(flag)}
    return Launch(tuple(found), tuple(stray), image, words=words, counting=counting)


def _loose_value(words: tuple[Word, ...], at: int, name: str) -> int:
    """How many of the following words were meant as the flag's value: `= VALUE`, or `VALUE`."""
    following = words[at].text if at < len(words) else ""
    if following == "=":
        return 2 if at + 1 < len(words) and not words[at + 1].text.startswith("--") else 1
    known = flags().known.get(name)
    if not following or following.startswith("-") or following in ENDS:
        return 0
    return 0 if known is not None and known.type == "bool" else 1
