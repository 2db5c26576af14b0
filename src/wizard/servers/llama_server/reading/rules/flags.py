"""Flags: names that do not exist, values that stop the server or mean something else than they seem to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from wizard.formats.decimals import decimal
from wizard.observed.alike import nearest
from wizard.observed.remark import Edit, Remark, shortened
from wizard.observed.start import LOST, Start
from wizard.servers import word_edits
from wizard.servers.llama_server import flags as known
from wizard.servers.llama_server.flags import Flag
from wizard.servers.llama_server.reading import values
from wizard.servers.llama_server.reading.launch import DASHES, Given, Launch, Unknown
from wizard.servers.llama_server.reading.seen import Seen

STOPPING = frozenset(
    {
        "LS-FLAG-NONE", "LS-FLAG-MISSPELT", "LS-FLAG-UNKNOWN", "LS-FLAG-EQUALS", "LS-FLAG-DASH", "LS-STRAY",
        "LS-FLAG-REMOVED", "LS-FLAG-LATER", "LS-FLAG-GONE", "LS-VALUE", "LS-VALUE-MISSING", "LS-VALUE-SWALLOWED",
    }
)  # fmt: skip
"""Rules about what ends the server before it reads anything else."""
_ONCE = frozenset({"--host", "--port", "--model", "--ctx-size", "--api-prefix", "--cors-origins"})


def find(seen: Seen, start: Start, launch: Launch) -> Iterator[Remark]:
    """Remarks about the flags of one start. What follows the first flag that ends the server is only mentioned."""
    if not seen.judged:
        yield Remark("LS-BUILD-OLD", start.source, launch_at(start), {"build": seen.build})
        return
    stopped = ""
    last = {given.flag.name: given for given in launch.given}
    for item in launch.items:
        found = _given(seen, start, last[item.flag.name], item) if isinstance(item, Given) else _unknown(start, item)
        if found is None:
            continue
        if found.rule in STOPPING:
            if stopped:
                fills = {"word": shortened(item.word.text), "first": stopped}
                yield Remark("LS-FLAG-ALSO", start.source, item.word.start, fills, edits=found.edits)
                continue
            stopped = shortened(item.word.text)
        yield found
    for value, at in start.every(LOST):
        if known.find(value.partition("=")[0]) is not None:
            yield Remark("LS-FLAG-LOST", start.source, at, {"flag": value})


def launch_at(start: Start) -> int:
    """Where to point if something is missing on a command line."""
    return start.command_at or (start.image.start if start.image is not None else start.at)


def _given(seen: Seen, start: Start, last: Given, given: Given) -> Remark | None:
    return _of_build(seen, start, given) or _value(start, given) or _twice(start, last, given)


def _of_build(seen: Seen, start: Start, given: Given) -> Remark | None:
    flag, word = given.flag, given.word
    fills = {"flag": word.text, "build": seen.build, "instead": _instead(flag)}
    if flag.value == "removed":
        return Remark("LS-FLAG-REMOVED", start.source, word.start, fills)
    if seen.build and flag.first > seen.build:
        return Remark("LS-FLAG-LATER", start.source, word.start, {**fills, "since": flag.first})
    if not flag.last:
        return None
    fills["last"] = flag.last
    if seen.build > flag.last:
        return Remark("LS-FLAG-GONE", start.source, word.start, fills)
    return Remark("LS-FLAG-OLD" if seen.build else "LS-FLAG-GOING", start.source, word.start, fills)


def _instead(flag: Flag) -> str:
    """What replaced it."""
    return flag.instead or "nothing"


def _value(start: Start, given: Given) -> Remark | None:
    flag, word = given.flag, given.word
    if not flag.words or given.open:
        return None
    if given.missing:
        wrong = values.trouble(flag, "")
        edits = word_edits.followed_by(start.source, word, "on") if flag.name == "--flash-attn" else ()
        wanted = {"flag": word.text, "wanted": wrong.wanted if wrong else "a value"}
        return Remark("LS-VALUE-MISSING", start.source, word.start, wanted, edits=edits)
    text = given.text
    fills: dict[str, object] = {"flag": word.text, "value": shortened(text) or '""'}
    if text.startswith("-") and known.find(text) is not None:
        edits = word_edits.followed_by(start.source, word, "on") if flag.name == "--flash-attn" else ()
        return Remark("LS-VALUE-SWALLOWED", start.source, word.start, fills, edits=edits)
    if flag.value == "port" and (decimal(text[:6]) or 0) > 65_535:
        return Remark("LS-VALUE", start.source, word.start, {**fills, "wanted": "a port up to 65535"})
    wrong = values.trouble(flag, text)
    if wrong is None:
        return None
    fills |= {"wanted": wrong.wanted, "read": wrong.read}
    return Remark("LS-VALUE" if wrong.kind == "refused" else "LS-VALUE-CUT", start.source, word.start, fills)


def _twice(start: Start, last: Given, given: Given) -> Remark | None:
    if given.flag.name not in _ONCE or last is given or last.text == given.text:
        return None
    return Remark(
        "LS-FLAG-TWICE", start.source, given.word.start, {"flag": given.word.text, "last": shortened(last.text)}
    )


def _unknown(start: Start, unknown: Unknown) -> Remark:
    word, source = unknown.word, start.source
    text = word.text
    fills: dict[str, object] = {
        "flag": shortened(text),
        "value": shortened(unknown.values[0].text) if unknown.values else "",
    }
    if text[:1] and text[0] in DASHES:
        meant = "--" + text.lstrip(DASHES + "-")
        meant = meant if known.find(meant) else meant[1:]
        edits: tuple[Edit, ...] = word_edits.renamed(source, word, meant) if known.find(meant) else ()
        return Remark("LS-FLAG-DASH", source, word.start, {**fills, "meant": meant}, edits=edits)
    name, equals, value = text.partition("=")
    if equals and name.startswith("-") and known.find(name) is not None:
        fills |= {"name": name, "value": shortened(value)}
        return Remark("LS-FLAG-EQUALS", source, word.start, fills, edits=word_edits.parted(source, word))
    plain = name.replace("_", "-") if name.startswith("--") else name
    wrong = known.wrong_names().get(plain)
    if wrong is not None:
        return Remark("LS-FLAG-NONE", source, word.start, {**fills, "flag": name, "instead": wrong.instead})
    if not text.startswith("-"):
        return Remark("LS-STRAY", source, word.start, {"word": shortened(text)})
    meant = _near(name)
    if meant:
        edits = word_edits.renamed(source, word, meant) if not equals else ()
        return Remark("LS-FLAG-MISSPELT", source, word.start, {**fills, "flag": name, "meant": meant}, edits=edits)
    return Remark("LS-FLAG-UNKNOWN", source, word.start, {**fills, "flag": name})


@cache
def _near(typed: str) -> str:
    """The flag that was meant, "" if that cannot be guessed."""
    low = typed.lower().replace("_", "-")
    for guess in (low, f"-{low}", f"--{low.lstrip('-')}"):
        if known.find(guess) is not None:
            return guess
    return nearest(low, _long_names(), 0.84)


@cache
def _long_names() -> tuple[str, ...]:
    """Every spelling of a flag that is long enough to be recognised when misspelled."""
    spellings = (name for flag in known.flags().values() for name in (flag.name, *flag.also, *flag.off))
    return tuple(name for name in spellings if len(name) > 4)
