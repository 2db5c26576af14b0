"""Making remarks about entries of a configuration file."""

from __future__ import annotations

from wizard.observed.remark import Edit, Effect, Remark, shortened
from wizard.servers.torchserve.properties import Property
from wizard.servers.torchserve.reading.config import Config
from wizard.severity import Severity


def say(
    rule: str,
    config: Config,
    entry: Property,
    severity: Severity | None = None,
    effect: Effect | None = None,
    edits: tuple[Edit, ...] = (),
    api: str = "",
    **fills: object,
) -> Remark:
    """A remark at the key of an entry, or at the variable that sets it; {key} and {value} are filled in.

    What a variable sets is not fixed: other files have their own rules for quoting and substitution.
    """
    source, at = config.place(entry)
    by = config.by(entry)
    filled = {"key": by.name if by else entry.key, "value": shortened(entry.value), **fills}
    return Remark(rule, source, at, filled, severity, effect, api, () if by else edits)


def replaced_key(config: Config, entry: Property, key: str) -> Edit:
    """The edit that writes another key, keeping everything else of the line."""
    raw = config.part.text[entry.key_at :]
    length = next((i for i, char in enumerate(raw) if char in "=: \t\f"), len(raw))
    start = config.part.origin(entry.key_at)
    return Edit(start, start + length, key)


def replaced_value(config: Config, entry: Property, value: str) -> Edit:
    """The edit that writes another value, keeping key, separator and line end."""
    start = config.part.origin(entry.value_at)
    end = config.part.origin(entry.end - 1) + 1 if entry.end > entry.value_at else start
    return Edit(start, end, value)


def without(config: Config, entry: Property) -> Edit:
    """The edit that takes the whole line away, with its end."""
    text = config.part.text
    end = entry.end
    while end < len(text) and text[end] in "\r\n":
        end += 1
        if text[end - 1] == "\n":
            break
    start = config.part.origin(entry.start)
    return Edit(start, config.part.origin(end - 1) + 1, "")
