"""The settings that answers can give, as lines of config.properties."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from wizard.fast_start import regex
from wizard.plan import Plan
from wizard.plan.settings import Adjustable, read_value, refusal
from wizard.servers.torchserve.keys import keys

_HEAP = regex(r"-Xmx([0-9]{1,9})([mMgG])")
"""The only Java option that an answer corresponds to."""


@cache
def adjustable() -> tuple[Adjustable, ...]:
    """The settings that answers can give."""
    return tuple(_setting(name, fields) for name, fields in _data()["settings"].items())


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("adjustable.toml").read_text("utf-8"))


def _setting(name: str, fields: dict[str, Any]) -> Adjustable:
    key = keys().known[fields["key"]]
    limits = {limit: fields[limit] for limit in ("least", "most") if limit in fields}
    return Adjustable(
        name=name,
        kind="switch" if key.type == "bool" else "count",
        spelled=key.name,
        meaning=fields.get("meaning", key.meaning),
        evidence=fields.get("evidence", _data()["evidence"]),
        since=key.since,
        **limits,
    )


def lines(plan: Plan) -> Iterator[tuple[str, str]]:
    """Key and value of each given setting."""
    given = plan.settings.given
    for each in adjustable():
        if each.name in given:
            value = given[each.name]
            text = str(value).lower() if isinstance(value, bool) else str(value)
            yield each.spelled, _data()["settings"][each.name].get("form", "{}").format(text)


def answered(key: str, value: str) -> tuple[str, bool | int | str] | None:
    """Name and value under `settings` for a line of a file; None if no answer corresponds to it."""
    setting = next((each for each in adjustable() if each.spelled == key), None)
    if setting is None:
        return None
    if setting.kind == "switch":
        return setting.name, value.lower() == "true"
    text = _mebibytes(value) if key == "vmargs" else value
    answer = read_value(setting, text)
    return (setting.name, answer) if refusal(setting.name, answer, (setting,), "") is None else None


def _mebibytes(options: str) -> str:
    found = _HEAP.fullmatch(options.strip())
    return "" if found is None else str(int(found[1]) * (1024 if found[2] in "gG" else 1))
