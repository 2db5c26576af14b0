"""`docker build` lines: which image they make, and from which Dockerfile."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wizard.fast_start import regex
from wizard.formats.shell_source import ShellCommand
from wizard.formats.shell_words import Word

if TYPE_CHECKING:
    from wizard.observed.start import StartOption

_PROGRAMS = frozenset({"docker", "podman", "nerdctl", "buildah", "docker.exe"})
_SWITCHES = frozenset(
    {
        "--load", "--no-cache", "--pull", "--push", "--quiet", "--rm", "--force-rm", "--squash", "--compress",
        "--layers", "--check", "--debug", "-q", "-D",
    }
)  # fmt: skip
"""Options without a value; all others take the next word, unless the value follows a =."""
_HERE = regex(r"^(?:\$\(pwd\)|\$\{?PWD\}?|`pwd`|%cd%|\$\(CURDIR\)|\$\{?here\}?)(?=/|$)", re.IGNORECASE)


class ImageBuild(NamedTuple):
    """An image that is built; `dockerfile` is relative to the folder in which the commands start."""

    tags: tuple[str, ...]
    dockerfile: str


def builds(commands: Sequence[ShellCommand]) -> Iterator[ImageBuild]:
    """The images that commands build under a name, from a Dockerfile on this machine."""
    folder = ""
    for command in commands:
        words = command.words
        if len(words) == 2 and words[0].text in ("cd", "pushd") and not words[1].expands:
            folder = posixpath.join(folder, words[1].text)
        found = _build(words, folder)
        if found is not None:
            yield found


def _build(words: Sequence[Word], folder: str) -> ImageBuild | None:
    behind = _behind([word.text for word in words])
    if behind is None:
        return None
    tags: list[str] = []
    file, context, stage = "", "", False
    number = behind
    while number < len(words):
        name, value, taken = _option(words, number)
        number += taken
        if name in ("-t", "--tag"):
            tags.append(value)
        elif name in ("-f", "--file"):
            file = value
        elif name == "--target":
            stage = True
        elif not name and not context:
            context = _HERE.sub(".", value)
    if not tags or stage or not context or "://" in context or context == "-":
        return None
    path = _HERE.sub(".", file) or posixpath.join(context, "Dockerfile")
    return ImageBuild(tuple(tags), posixpath.join(folder, path))


def _behind(texts: Sequence[str]) -> int | None:
    """Where the options of `build` begin."""
    for number, text in enumerate(texts[:4]):
        if text.rpartition("/")[2] in _PROGRAMS:
            rest = texts[number + 1 : number + 3]
            if rest[:1] and rest[0] in ("build", "bud"):
                return number + 2
            return number + 3 if rest in (["buildx", "build"], ["image", "build"], ["builder", "build"]) else None
    return None


def _option(words: Sequence[Word], number: int) -> StartOption:
    """(option, its value, how many words it takes); for the folder, the option is ""."""
    text = words[number].text
    following = words[number + 1].text if number + 1 < len(words) else ""
    if text == "-" or not text.startswith("-"):
        return "", text, 1
    if text.startswith("--") or len(text) == 2:
        name, equals, value = text.partition("=")
        if equals or name in _SWITCHES:
            return name, value, 1
        return name, following, 2
    return text[:2], text[2:].removeprefix("="), 1
