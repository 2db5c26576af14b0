"""What is known about TensorFlow Serving, read from the data files beside this module.

Flags and fields have their own module, `flags`, which checking a file loads without this one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.servers.facts import Fact
from wizard.servers.version_given import plain, suggestion

Version = tuple[int, int]
"""Major and minor number: releases that differ only in the third number can do the same."""


class Knowledge(NamedTuple):
    """What the adapter needs at every step."""

    id: str
    title: str
    versions: tuple[str, ...]
    """Releases with a known image; the first is the default, the others follow from newest to oldest."""
    oldest: Version
    newest: Version
    unseen: Version
    """The first release of which no server was examined."""
    facts: Mapping[str, Fact]


@cache
def data() -> dict[str, Any]:
    """The data file."""
    return tomllib.loads(Path(__file__).with_name("knowledge.toml").read_text("utf-8"))


@cache
def knowledge() -> Knowledge:
    """Versions and facts."""
    read = data()
    return Knowledge(
        id=read["id"],
        title=read["title"],
        versions=tuple(read["versions"]),
        oldest=_minor(read["oldest"]),
        newest=_minor(read["newest"]),
        unseen=_minor(read["unseen"]),
        facts={key: Fact(**value) for key, value in read["facts"].items()},
    )


_NUMBER = regex(r"[0-9]{1,4}(\.[0-9]{1,4}){1,2}")


def supported(version: str) -> str:
    """The full number of a release: 2.19 means the newest known 2.19, v2.19.1 is 2.19.1.

    Raises WizardError for an unknown release, and for anything that is not one.
    """
    known = knowledge()
    given, version = version, plain(version)
    if not _NUMBER.fullmatch(version) or not known.oldest <= _minor(version) <= known.newest:
        span = f"{_text(known.oldest)} to {_text(known.newest)}"
        raise WizardError(
            f"Nothing is known about TensorFlow Serving {given}.",
            f"This program knows the releases {span}.",
            suggestion(version, known.versions),
        )
    if version.count(".") == 2:
        return version
    full = next((each for each in known.versions if _minor(each) == _minor(version)), None)
    if full is None:
        raise WizardError(
            f"TensorFlow Serving {version} is not a full version number.",
            "The image is chosen by it.",
            f"Write all three numbers, such as {known.versions[0]}.",
        )
    return full


def _minor(version: str) -> Version:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


def _text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"
