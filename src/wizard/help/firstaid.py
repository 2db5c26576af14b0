"""First aid: from a pasted log or console message to the question that fixes it, with the answer filled in.

Pure and bounded: at most `MOST_CHARACTERS` are read, in pieces of `PIECE`, by patterns without unbounded repetition.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from wizard import help
from wizard.fast_start import regex
from wizard.harmless import harmless
from wizard.help.broken import as_said, variants
from wizard.help.messages import KnownMessage, messages, plainly
from wizard.help.nearest import limits, meant, nearest

if TYPE_CHECKING:
    from wizard.plan import Patch, Plan

MOST_CHARACTERS = 1_000_000
"""Limit; of a longer text, the first and the last half of this many characters are read."""
PIECE = 4_000
_OVERLAP = 1_500
_JSON_OPEN = regex(r"[{,][ \t\r]{0,8}$")
_JSON_GOES_ON = regex(r"[ \t]{0,20}\"")
_COLOURS = regex(r"\x1b\[[0-9;?]{0,20}[A-Za-z]")
_QUIET, _NOTHING = 50, 100
"""Ranks: harmless messages come last."""
_SECRET = regex(r"(?i)(bearer +|\"key\": ?\")[^\s\"']{1,500}")
Hit = tuple[KnownMessage, "re.Match[str]"]


@dataclass(frozen=True, slots=True)
class Aid:
    """What a message means for this deployment, and where it is fixed."""

    id: str
    title: str
    meaning: str
    step: str
    """Id of the step that fixes it, such as "bind.inference"; "" = no answer does, it is fixed elsewhere."""
    field: str
    """Id of the question in that step; "" = the step as a whole."""
    key: str
    """The key of the answers file set by that question, such as "bind.inference.port"; "" = none."""
    patch: Patch
    """The answer filled in, for `plan.apply_patch`; () if a person has to decide."""
    instead: str
    evidence: str
    line: int
    """Where it stands in the pasted text, counted from 1."""
    text: str
    """The part of the line that was recognised, without secrets."""
    harmless: bool = False
    """Nothing is wrong."""
    note: bool = False
    """It says little by itself."""

    @property
    def sets(self) -> tuple[str, ...]:
        """The patch as arguments of `--set`, unquoted."""
        return tuple(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in _leaves(self.patch))


def _leaves(patch: Patch) -> Iterator[tuple[str, Any]]:
    for key, value in patch:
        if isinstance(value, dict):
            yield from ((f"{key}.{name}", inner) for name, inner in value.items())
        else:
            yield key, value


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def _threes(needle: str) -> frozenset[str]:
    """Every three-character sequence in it: a text that lacks one of them need not be searched."""
    return frozenset(needle[at : at + 3] for at in range(len(needle) - 2))


def diagnose(text: str, plan: Plan | None = None, most: int = 20) -> tuple[Aid, ...]:
    """What the known messages in a text mean, in the order of the text; each once, at most `most`.

    A text that was broken or quoted is restored as far as possible, if that reveals more. With a Plan, the patch fits
    it: it was tried, and is left out if it would be refused or change nothing. Harmless messages are reported only if
    there is nothing else.
    """
    text = as_said(_COLOURS.sub("", _bounded(text)))
    ranks = _ranks()
    best, least = _read(text, plan, most), _NOTHING
    for aids in itertools.chain((best,), (_read(other, plan, most) for other in variants(text))):
        rank = min((ranks[aid.id] for aid in aids), default=_NOTHING)
        if rank < least:
            best, least = aids, rank
        if least <= 0:
            break
    return best


@cache
def _ranks() -> Mapping[str, int]:
    return {message.id: message.rank + _QUIET * (message.harmless or message.note) for message in messages()}


@cache
def _needles() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Its first three characters -> (needle, id of the message); "" -> needles that are shorter."""
    found: dict[str, list[tuple[str, str]]] = {}
    for message in messages():
        for needle in message.needles:
            found.setdefault(needle[:3] if len(needle) > 2 else "", []).append((needle, message.id))
    return {first: tuple(each) for first, each in found.items()}


def _read(text: str, plan: Plan | None, most: int) -> tuple[Aid, ...]:
    found: dict[tuple[str, str], Aid] = {}
    likely = _likely(text.lower())
    for number, piece in _pieces(text) if likely else ():
        for message, match in _hits(piece, likely, plan):
            captured = {key: value.rstrip(".,;'\"") for key, value in match.groupdict().items() if value}
            key = (message.id, " ".join(captured.values()))
            if key not in found:
                found[key] = _aid(message, captured, plan, number, match.group())
            if len(_worth(found)) >= most:
                return _worth(found)
    return _worth(found)


def _likely(lowered: str) -> tuple[KnownMessage, ...]:
    """The messages of which a needle occurs in a text."""
    held = {lowered[at : at + 3] for at in range(len(lowered) - 2)}
    needles = _needles()
    begun = [each for first in ("", *held) for each in needles.get(first, ())]
    found = {id_ for needle, id_ in begun if _threes(needle) <= held and needle in lowered}
    return tuple(message for message in messages() if message.id in found) if found else ()


def _worth(found: Mapping[tuple[str, str], Aid]) -> tuple[Aid, ...]:
    shown: dict[object, Aid] = {}
    for aid in found.values():  # two that read alike, whatever was taken out of their lines, are one
        shown.setdefault((aid.id, aid.meaning, aid.instead, aid.sets), aid)
    told = tuple(aid for aid in shown.values() if not aid.harmless)
    wrong = tuple(aid for aid in told if not aid.note)
    return wrong or told or tuple(shown.values())


def _bounded(text: str) -> str:
    if len(text) <= MOST_CHARACTERS:
        return text
    half = MOST_CHARACTERS // 2
    return f"{text[:half]}\n{text[-half:]}"


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """(line number, piece) of everything that is not blank; a long line is split into overlapping pieces."""
    for number, line in _lines(text):
        for start in range(0, len(line), PIECE - _OVERLAP):
            yield number, line[start : start + PIECE]
            if start + PIECE >= len(line):
                break


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """(number, line) of the lines that are not blank; a JSON object over a few lines counts as one."""
    begin, held = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        if held and _JSON_GOES_ON.match(line) and len(held) < PIECE - _OVERLAP:
            held = f"{held} {line.strip()}"
        else:
            if held.strip():
                yield begin, held
            begin, held = number, line
        if not _JSON_OPEN.search(held):
            if held.strip():
                yield begin, held
            held = ""
    if held.strip():
        yield begin, held


def _hits(piece: str, likely: tuple[KnownMessage, ...], plan: Plan | None) -> list[Hit]:
    lowered = piece.lower()
    hits = []
    for message in likely:
        if not any(needle in lowered for needle in message.needles):
            continue
        match = next((m for p in message.patterns if (m := _compiled(p).search(piece))), None)
        if match is not None:
            hits.append((message, match))
    return _meant(hits, plan)


def _meant(hits: list[Hit], plan: Plan | None) -> list[Hit]:
    """The most informative ones, a server's own before the general ones.

    With a Plan, only those that its server or gateway can have printed, if there are any.
    """
    if plan is not None:
        hits = [hit for hit in hits if hit[0].server in ("", plan.server)] or hits
        if any(message.gateway for message, _ in hits) and not help.situation.has_gateway(plan):
            hits = [hit for hit in hits if not hit[0].gateway] or hits
    replaced = {message.replaces for message, _ in hits if plan is not None} - {""}
    hits = [hit for hit in hits if hit[0].id not in replaced]
    least = min((message.rank for message, _ in hits), default=0)
    hits = [hit for hit in hits if hit[0].rank == least]
    return [hit for hit in hits if hit[0].server or hit[0].gateway] or hits


def _aid(message: KnownMessage, captured: Mapping[str, str], plan: Plan | None, line: int, text: str) -> Aid:
    case = help.situation.Situation.of(captured, plan, message.step, text)
    shown = {name: harmless(value) for name, value in captured.items()}
    step = message.step.format(api=case.api)
    return Aid(
        id=message.id,
        title=message.title,
        meaning=_meaning(message, shown, plan),
        step=step,
        field=message.field,
        key=case.key(step, message.field),
        patch=help.remedies.patch_of(message, case),
        instead=plainly(message.instead, shown),
        evidence=message.evidence,
        line=line,
        text=harmless(_SECRET.sub(r"\1…", text)[:300]),
        harmless=message.harmless,
        note=message.note,
    )


def _meaning(message: KnownMessage, captured: Mapping[str, str], plan: Plan | None) -> str:
    """Its meaning, what each possible server adds to it, and which setting was probably meant."""
    parts = [message.meaning, *(text for server, text in message.adds if plan is None or plan.server == server)]
    setting = {}
    if message.kind:
        said = captured.get("flag") or captured.get("name", "")
        name, exact = nearest(message.kind, said)
        setting = {"setting": name}
        near = (exact and limits(message.kind, said)) or (message.exact if exact else message.near)
        parts.append(near if name else meant(said, message.server))
    return plainly(" ".join(filter(None, parts)), {**captured, **setting})
