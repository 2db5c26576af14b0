"""Which settings are in force, for `explain` of a file: lines, flags and variables, and which of them win."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.observed.seen import Setting
from wizard.servers.torchserve.keys import keys
from wizard.servers.torchserve.reading.config import Config, filled_in
from wizard.servers.torchserve.reading.overriding import FLAGS
from wizard.servers.torchserve.reading.seen import APIS, Seen


def rows(seen: Seen, from_image: bool) -> Iterator[Setting]:
    """Each setting with its value, and what overrides it if something does."""
    if seen.config:
        yield from _lines(seen, seen.config)
    if from_image:
        for api in ("inference", "management", "metrics"):
            yield Setting(APIS[api][0], f"http://0.0.0.0:{APIS[api][2]}", "image", None, 0)
        for api in ("grpc", "grpc_management"):
            yield Setting(APIS[api][0], "0.0.0.0", "image", None, 0)
    yield from _flags(seen)
    for by in seen.config.overriding.values() if seen.config else ():
        yield Setting(by.name, by.entry.value, "environment", by.source, by.entry.key_at)


def _lines(seen: Seen, config: Config) -> Iterator[Setting]:
    known = keys().known
    for entry in config.entries:
        last = config.lines[entry.key] is entry
        over = (_variable(config, entry.key) or _flag(seen, entry.key)) if last else "a later line"
        at = config.part.origin(entry.key_at)
        yield Setting(entry.key, entry.value, "file", config.part.source, at, not over, over, entry.key in known)


def _flags(seen: Seen) -> Iterator[Setting]:
    for flag in seen.launch.flags if seen.launch else ():
        source = seen.start.source if seen.start else None
        over = _variable(seen.config, FLAGS.get(flag.name, "")) if seen.config else ""
        text = " ".join(value.text for value in flag.values)
        yield Setting(flag.name, text, "flag", source, flag.word.start, not over, over)


def _variable(config: Config, key: str) -> str:
    """The variable that overrides a key, "" if none does."""
    if key in config.overriding:
        return f"the variable {config.overriding[key].name}"
    named = key in config.unknown and not filled_in(config.lines.get(key))
    return f"the variable {keys().known[key].env}" if named else ""


def _flag(seen: Seen, key: str) -> str:
    name = next((flag for flag, known in FLAGS.items() if known == key), "")
    return f"the flag {name}" if name and seen.flag(name) else ""
