"""First aid: from a pasted log or console message to the question that mends it, with the answer filled in.

Pure and bounded: at most `MOST_CHARACTERS` are read, in pieces of `PIECE`, by patterns without unbounded repetition.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wizard.plan import Plan

MOST_CHARACTERS = 1_000_000
"""Of a longer text the first and the last half of this many are read."""
PIECE = 4_000
_OVERLAP = 1_500
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}m")
_SECRET = re.compile(r"(?i)(bearer +|\"key\": ?\")[^\s\"']{1,500}")
_WORDS = {
    "model": "the model",
    "path": "the given folder",
    "port": "not named",
    "origin": "this page",
    "address": "The address",
    "allowed": "nothing",
    "host": "of the request",
    "name": "that name",
    "flag": "a flag",
    "module": "a package",
    "reason": "not given",
    "value": "something else",
}
"""What stands in a sentence for what a message did not say."""


@dataclass(frozen=True, slots=True)
class Message:
    """One known message, as in firstaid.toml."""

    id: str
    title: str
    meaning: str
    """May have {names} of what the patterns take out."""
    needles: tuple[str, ...]
    patterns: tuple[str, ...]
    step: str
    field: str
    instead: str
    evidence: str
    examples: tuple[str, ...]
    patch: tuple[tuple[str, Any], ...] = ()
    make: str = ""
    general: bool = False


@dataclass(frozen=True, slots=True)
class Aid:
    """What a message means for this deployment, and where it is mended."""

    id: str
    title: str
    meaning: str
    step: str
    """Id of the step that mends it, such as "bind.inference"."""
    field: str
    """Id of the question there; "" = the step as a whole."""
    patch: tuple[tuple[str, Any], ...]
    """The answer filled in, for `plan.apply_patch(plan, dict(patch))`; () where a person has to decide."""
    instead: str
    evidence: str
    line: int
    """Where it stands in the pasted text, counted from 1."""
    text: str
    """The part of the line that told it, without secrets."""


@cache
def messages() -> tuple[Message, ...]:
    """Every message that is known, in the order of the file."""
    data = tomllib.loads(files(__package__).joinpath("firstaid.toml").read_text("utf-8"))
    return tuple(_message(id_, entry) for id_, entry in data.items())


def _message(id_: str, entry: dict[str, Any]) -> Message:
    lists = ("needles", "patterns", "examples")
    values: dict[str, Any] = {key: tuple(value) if key in lists else value for key, value in entry.items()}
    values["patch"] = tuple((key, value) for key, value in entry.get("patch", ()))
    return Message(id=id_, **values)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def diagnose(text: str, plan: Plan | None = None, most: int = 20) -> tuple[Aid, ...]:
    """What the known messages in a text mean, in the order of the text; each once, at most `most`.

    With a Plan the patch fits it: it was tried, and is left out where it would be refused or change nothing.
    """
    found: dict[tuple[str, str], Aid] = {}
    lowered = _bounded(text).lower()
    likely = tuple(m for m in messages() if any(needle in lowered for needle in m.needles))
    for number, piece in _pieces(_bounded(text)) if likely else ():
        for message, match in _hits(piece, likely):
            captured = {key: value.rstrip(".,;'\"") for key, value in match.groupdict().items() if value}
            key = (message.id, " ".join(captured.values()))
            if key not in found:
                found[key] = _aid(message, captured, plan, number, match.group())
            if len(found) >= most:
                return tuple(found.values())
    return tuple(found.values())


def _bounded(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    half = MOST_CHARACTERS // 2
    return f"{text[:half]}\n{text[-half:]}"


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """(line number, piece) of everything that is not blank; a long line comes in pieces that overlap."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        for start in range(0, len(line), PIECE - _OVERLAP):
            yield number, _COLOURS.sub("", line[start : start + PIECE])
            if start + PIECE >= len(line):
                break


def _hits(piece: str, likely: tuple[Message, ...]) -> list[tuple[Message, re.Match[str]]]:
    lowered = piece.lower()
    hits = []
    for message in likely:
        if not any(needle in lowered for needle in message.needles):
            continue
        match = next((m for p in message.patterns if (m := _compiled(p).search(piece))), None)
        if match is not None:
            hits.append((message, match))
    return [hit for hit in hits if not hit[0].general] or hits


def _aid(message: Message, captured: Mapping[str, str], plan: Plan | None, line: int, text: str) -> Aid:
    from wizard.help.remedies import Case, patch_of

    case = Case.of(captured, plan, message.step, text)
    return Aid(
        id=message.id,
        title=message.title,
        meaning=message.meaning.format_map({**_WORDS, **captured}),
        step=message.step.format(api=case.api),
        field=message.field,
        patch=patch_of(message, case),
        instead=message.instead,
        evidence=message.evidence,
        line=line,
        text=_SECRET.sub(r"\1…", text)[:300],
    )
