"""Which known setting a message probably means: the one it names, or the nearest to a misspelt name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import cache

from wizard import registry
from wizard.fast_start import regex
from wizard.help.settings import topics

_ALIKE = 0.7
"""How similar two names have to be, from 0 to 1."""
_VALUE = regex(r"[=\s].*", re.DOTALL)


def nearest(kind: str, said: str) -> tuple[str, bool]:
    """(name of a setting among topics of that kind, whether it is exactly what was said); ("", False) if none is near.

    A value given with the name is cut off: `--port=1` and `--port 1` name `--port`.
    """
    asked, names = _bare(said), _names(kind)
    if asked in names:
        return names[asked], True
    alike = {_squashed(name): name for name in names}
    close = difflib.get_close_matches(_squashed(asked), alike, n=3, cutoff=_ALIKE) if asked else []
    swapped = [name for name in close if sorted(name) == sorted(_squashed(asked))]  # --prot is --port, not --prio
    return (names[alike[(swapped or close)[0]]], False) if close else ("", False)


def limits(kind: str, said: str) -> str:
    """Which releases know a setting that was named alone, without a value, and what the others have; "" if all know
    it."""
    return _limits(kind).get(_bare(said), "") if _VALUE.search(said.strip("\"' ")) is None else ""


def meant(said: str, server: str) -> str:
    """What to use instead of something often mistaken for a setting of a server; "" for anything else."""
    return _instead(server).get(_bare(said), "") if server in registry.names() else ""


@cache
def _names(kind: str) -> Mapping[str, str]:
    found = [topic for topic in topics() if topic.kind == kind]
    return {_bare(form): topic.name for topic in found for form in (*topic.also, topic.name)}


@cache
def _limits(kind: str) -> Mapping[str, str]:
    known = (setting for name in registry.names() for setting in registry.adapter(name).settings())
    limited = [setting for setting in known if setting.kind == kind and setting.limits]
    return {
        _bare(form): f"{each.limits} {each.instead}".strip() for each in limited for form in (each.name, *each.also)
    }


@cache
def _instead(server: str) -> Mapping[str, str]:
    owner = f" of {registry.adapter(server).title}"
    found = [topic for topic in topics() if topic.kind == "wrong spelling" and topic.id.endswith(owner)]
    return {_bare(form): topic.instead for topic in found for form in (*topic.also, topic.name)}


def _bare(name: str) -> str:
    return _VALUE.sub("", name.strip("\"' ")).lstrip("-").lower()


def _squashed(name: str) -> str:
    return name.replace("-", "").replace("_", "")
