"""Which settings are in force: every setting that was read, what set it, and what it overrides or is overridden by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.check import masking
from wizard.harmless import one_line
from wizard.observed.remark import shortened
from wizard.observed.seen import Observed, Setting
from wizard.observed.source import PIPED

_LAYERS = {
    "default": "the server's default",
    "image": "the image",
    "file": "the file",
    "flag": "the command line",
    "environment": "a variable",
}


def as_json(observed: Sequence[Observed]) -> dict[str, object]:
    """One object for each process or configuration file that was read."""
    return {"processes": [_process(each) for each in observed]}


def _process(each: Observed) -> dict[str, object]:
    return {
        "server": each.server,
        "version": each.version or None,
        "started_by": each.start.source.path if each.start is not None else None,
        "through": (each.start.overlay or None) if each.start is not None else None,
        "settings": [
            {
                "name": masking.masked(setting.name),
                "value": _value(setting),
                "layer": setting.layer,
                "in_force": setting.counts and setting.known,
                "instead": setting.shadowed_by or None,
                "path": setting.source.path if setting.source is not None else None,
                "line": setting.source.at(setting.at)[0] if setting.source is not None else None,
            }
            for setting in each.settings
        ],
        "listens": [
            {"api": listener.api, "address": listener.address, "port": listener.port} for listener in each.listeners
        ],
    }


def as_text(observed: Sequence[Observed]) -> Iterator[str]:
    """The same for people."""
    for number, each in enumerate(observed):
        if number:
            yield ""
        by = each.start.source.shown if each.start is not None else PIPED
        through = f" through {one_line(each.start.overlay)}" if each.start is not None and each.start.overlay else ""
        where = f", started by {by}{through}" if by != PIPED else ""
        yield f"{each.title}{f' {each.version}' if each.version else ''}{where}"
        width = max((len(one_line(masking.masked(setting.name))) for setting in each.settings), default=0)
        for setting in each.settings:
            yield _row(setting, min(width, 40))
        for listener in each.listeners:
            reach = "only where it runs" if listener.loopback else "every interface where it runs"
            address = listener.address if not (listener.loopback or listener.everywhere) else reach
            yield f"  listens  {listener.port or 'any port'}  {listener.title}: {address}"


def _row(setting: Setting, width: int) -> str:
    name, value = one_line(masking.masked(setting.name)), shortened(_value(setting))
    value = "".join(char if char.isprintable() else ascii(char)[1:-1] for char in value)
    place = f"{setting.source.shown}:{setting.source.at(setting.at)[0]}" if setting.source is not None else ""
    origin = ", ".join(part for part in (_LAYERS[setting.layer], place) if part)
    if not setting.known:
        return f"  {name:<{width}}  {value}   not read: no such setting ({origin})"
    if not setting.counts:
        return f"  {name:<{width}}  {value}   not in force: {setting.shadowed_by} counts ({origin})"
    return f"  {name:<{width}}  {value}   ({origin})"


def _value(setting: Setting) -> str:
    if setting.value and masking.is_secret(setting.name):
        return masking.MASK
    return masking.without(setting.value, setting.source.text) if setting.source is not None else setting.value
