"""The settings that answers can give, as flags for the command line and mounts of the files they name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from wizard.fast_start import regex
from wizard.plan import Plan
from wizard.plan.settings import Adjustable, SettingKind, read_value, refusal
from wizard.servers.host_files import setting_path, source
from wizard.servers.tensorflow_serving.flags import flags
from wizard.servers.tensorflow_serving.knowledge import knowledge
from wizard.servers.version_given import release

_KINDS: dict[str, SettingKind] = {"bool": "switch", "string": "file"}
"""Type of a flag -> the kind of answer; anything else is a count."""
_SHARE = regex(r"(?:[0-9]{1,3}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})(?:[eE][+-]?[0-9]{1,2})?")
_SWITCHED = {"true": "true", "1": "true", "false": "false", "0": "false"}


@cache
def adjustable() -> tuple[Adjustable, ...]:
    """The settings that answers can give."""
    return tuple(_setting(name, fields) for name, fields in _data().items())


@cache
def _data() -> dict[str, dict[str, Any]]:
    data = tomllib.loads(Path(__file__).with_name("adjustable.toml").read_text("utf-8"))
    return dict(data["settings"])


def _setting(name: str, fields: dict[str, Any]) -> Adjustable:
    flag = flags().known[fields["flag"]]
    limits = {limit: fields[limit] for limit in ("least", "most") if limit in fields}
    return Adjustable(
        name=name,
        kind=_KINDS.get(flag.type, "count"),
        spelled=f"--{flag.name}",
        meaning=fields.get("meaning", flag.meaning),
        evidence=f"{flag.evidence}; the server was not run",
        since="" if release(flag.first)[:2] <= knowledge().oldest else flag.first,
        risk=flag.risk,
        **limits,
    )


def arguments(plan: Plan) -> Iterator[str]:
    """The flags for the given settings."""
    given = plan.settings.given
    for each in adjustable():
        if each.name not in given:
            continue
        value = given[each.name]
        if each.kind == "file":
            text = source(str(value)) if plan.native else setting_path(each.name)
        elif _data()[each.name].get("percent"):
            text = str(Decimal(int(value)) / 100)
        else:
            text = str(value).lower()
        yield f"{each.spelled}={text}"


def setting_of(flag: str) -> Adjustable | None:
    """The setting that a flag, without its hyphens, corresponds to."""
    return next((each for each in adjustable() if each.spelled == f"--{flag}"), None)


def answered(setting: Adjustable, text: str) -> bool | int | str | None:
    """The answer that corresponds to a flag's value; None if there is none."""
    if setting.kind == "switch":
        text = _SWITCHED.get(text.lower(), text)
    elif _data()[setting.name].get("percent"):
        text = _percent(text)
    value = read_value(setting, text)
    return value if refusal(setting.name, value, (setting,), "") is None else None


def _percent(share: str) -> str:
    number = Decimal(share) * 100 if _SHARE.fullmatch(share) else None
    return share if number is None or number != int(number) else str(int(number))
