"""Which known setting a message probably means: the one it names, or the nearest to a misspelt one."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.help.values import Topic

_ALIKE = 0.7
"""How alike two names have to be, from 0 to 1."""
_NOT_A_NAME = re.compile(r"[=\s].*", re.DOTALL)


def nearest(kind: str, said: str) -> tuple[str, bool]:
    """(name of a setting of that kind, whether it is what was said); ("", False) when none is near.

    A value that was handed over with the name is cut off: `--port=1` and `--port 1` name `--port`.
    """
    asked = _bare(_NOT_A_NAME.sub("", said.strip("\"' ")))
    names = {form: topic.name for topic in _settings(kind) for form in (_bare(topic.name), *map(_bare, topic.also))}
    if not asked or not names:
        return "", False
    if asked in names:
        return names[asked], True
    close = difflib.get_close_matches(asked, names, n=1, cutoff=_ALIKE)
    return (names[close[0]], False) if close else ("", False)


def wrong_spelling(said: str) -> Topic | None:
    """The topic of what is often taken for a setting and is none, such as a flag for an address."""
    asked = _bare(_NOT_A_NAME.sub("", said.strip("\"' ")))
    return next((t for t in _settings("wrong spelling") if asked in (_bare(t.name), *map(_bare, t.also))), None)


def _settings(kind: str) -> list[Topic]:
    from wizard.help.settings import topics

    return [topic for topic in topics() if topic.kind == kind]


def _bare(name: str) -> str:
    return name.lstrip("-").lower().replace("-", "_")
