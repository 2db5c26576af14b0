"""The settings that answers decide, as flags of the command line and as mounts of the files that they name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from wizard.deployment import Mount
from wizard.plan import Plan
from wizard.plan.settings import Adjustable, SettingKind, files
from wizard.servers.llama_server import layout
from wizard.servers.llama_server.flags import Flag, flags

_KINDS: dict[str, SettingKind] = {"switch": "switch", "choice": "choice", "path": "file"}
"""What follows a flag -> what an answer is; anything else is a count."""
_FOLDER = "/settings"
"""Where the files that settings name are in the container."""


@cache
def adjustable() -> tuple[Adjustable, ...]:
    """What answers under `settings` decide."""
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
    """The flags of the settings that were answered."""
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


def mounts(plan: Plan) -> Iterator[Mount]:
    """The files that settings name."""
    for name, path in files(adjustable(), plan.settings.given).items():
        yield Mount(layout.source(path), _inside(name))


def _place(plan: Plan, name: str, path: str) -> str:
    return layout.source(path) if layout.is_native(plan) else _inside(name)


def _inside(name: str) -> str:
    """Its own name, which needs no escapes, as that of a model."""
    return f"{_FOLDER}/{name}"
