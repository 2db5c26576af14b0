"""The settings that answers can give, as flags for the command line and mounts of the files they name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from wizard.plan import Plan
from wizard.plan.settings import Adjustable, SettingKind, files
from wizard.servers.host_files import setting_path, source
from wizard.servers.llama_server.flags import Flag, flags

_KINDS: dict[str, SettingKind] = {"switch": "switch", "choice": "choice", "path": "file"}
"""What follows a flag -> the kind of answer; anything else is a count."""


@cache
def adjustable() -> tuple[Adjustable, ...]:
    """The settings that answers can give."""
    data = tomllib.loads(Path(__file__).with_name("adjustable.toml").read_text("utf-8"))
    return tuple(_setting(name, flags()[fields["flag"]], fields) for name, fields in data["settings"].items())


def _setting(name: str, flag: Flag, fields: Mapping[str, Any]) -> Adjustable:
    limits = {key: fields[key] for key in ("least", "most") if key in fields}
    return Adjustable(
        name=name,
        kind=_KINDS.get(flag.value, "count"),
        spelled=flag.name,
        meaning=fields.get("meaning", flag.meaning),
        evidence=flag.evidence,
        choices=tuple(fields.get("choices", flag.choices)),
        also=(*flag.also, *flag.off),
        since=f"b{flag.first}" if flag.first else "",
        risk=flag.risk,
        **limits,
    )


def arguments(plan: Plan) -> Iterator[str]:
    """The flags for the given settings."""
    given = plan.settings.given
    named = files(adjustable(), given)
    for setting in adjustable():
        if setting.name not in given:
            continue
        value, flag = given[setting.name], flags()[setting.spelled]
        if setting.kind == "switch":
            yield from (flag.name,) if value else flag.off[-1:]
        else:
            yield flag.name
            yield _place(plan, setting.name, named[setting.name]) if setting.name in named else str(value)


def _place(plan: Plan, name: str, path: str) -> str:
    return source(path) if plan.native else setting_path(name)
