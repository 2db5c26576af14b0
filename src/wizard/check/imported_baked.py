"""A model baked into an image by this program's own script: where it was before it was copied beside the Dockerfile."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wizard.check.together import from_here
from wizard.formats.region import Region
from wizard.formats.shell_words import split
from wizard.observed.answers import ObservedAnswer

if TYPE_CHECKING:
    from wizard.observed.source import Source

_COPY = "cp -R "


def before(answers: Iterable[ObservedAnswer], script: Source | None) -> Iterator[ObservedAnswer]:
    """The answers, with the places from which the script copies what the image is built of."""
    places = dict(_copies(script)) if script is not None else {}
    for each in answers:
        yield each._replace(value=_moved(each.value, places))


def _moved(value: object, places: dict[str, str]) -> object:
    if isinstance(value, list):
        return [_moved(each, places) for each in value]
    if isinstance(value, dict):
        return {key: _moved(each, places) for key, each in value.items()}
    return places.get(value, value) if isinstance(value, str) else value


def _copies(script: Source) -> Iterator[tuple[str, str]]:
    """(copy, original) of every line of the script that copies something."""
    for row in script.rows:
        line = row.strip()
        words = [word.text for word in split(Region(line))] if line.startswith(_COPY) else []
        if len(words) == 4:
            original, copy = (_outside(script, word) for word in words[2:])
            yield copy, original


def _outside(script: Source, word: str) -> str:
    return posixpath.normpath(posixpath.join(script.folder, from_here(word)))
