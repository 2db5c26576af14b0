"""What can be explained, as one kind of value."""

from __future__ import annotations

from dataclasses import dataclass

Kind = str
"""term, answer (a key of the answers file), wrong spelling (a name often mistaken for a setting), finding, check
rule (what `check` says about a line), CORS rule, intent, audience, preset, message (an error message that first aid
knows), or a server's word for its settings."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing explained. Texts that do not apply are empty."""

    id: str
    """Unique: kind and name, such as "term:origin"."""
    name: str
    """As it is written in a file, on a command line or in a sentence."""
    title: str
    kind: Kind
    meaning: str
    """What it is, in one or two sentences."""
    why: str = ""
    """Why it matters, or what the risk is."""
    what_the_server_does: str = ""
    instead: str = ""
    """What to use or do instead."""
    example: str = ""
    evidence: tuple[str, ...] = ()
    """Where this was read or measured."""
    link: str = ""
    related: tuple[str, ...] = ()
    """Names of related topics."""
    also: tuple[str, ...] = ()
    """Other spellings that lead here."""


def topic_id(kind: Kind, name: str) -> str:
    """The id of a topic."""
    return f"{kind}:{name}"
