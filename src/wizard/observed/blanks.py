"""Sentences with blanks that nothing fills: each blank then says what belongs there."""

from __future__ import annotations

from collections.abc import Mapping

NOTE = "What stands in ‹ › comes from what you have."
_WORDS = {
    "advice": "What to leave out, or to end with",
    "base": "folder",
    "cut": "another port",
    "first": "an earlier word",
    "happens": "what happens instead",
    "instead": "what takes its place",
    "last": "last such build",
    "largest": "its value",
    "meant": "the right name",
    "of": "message",
    "other": "another one",
    "problem": "reason",
    "reach": "anyone who can connect",
    "read": "a smaller value",
    "served": "its ports",
    "shown": "this",
    "since": "a later release",
    "swallowed": "the next key",
    "title": "server or API",
    "wanted": "the right kind of value",
    "what": "details",
    "who": "who it is",
}


class _Blanks(dict[str, object]):
    def __missing__(self, name: str) -> str:
        return f"‹{_WORDS.get(name, name.replace('_', ' '))}›"


def named(sentence: str, known: Mapping[str, object] | None = None) -> str:
    """The sentence with known values filled in, and the name of every other blank in angle brackets."""
    return sentence.format_map(_Blanks(known or {}))
