"""Reads the presets, and puts one over the answers that are there."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from wizard import registry
from wizard.errors import WizardError


@dataclass(frozen=True, slots=True)
class Preset:
    """One preset. `answers` has common answers and, under a server's name, those for that server only."""

    name: str
    title: str
    summary: str
    answers: dict[str, Any]
    text: str


def names() -> tuple[str, ...]:
    """The presets' names, from the narrowest audience to the widest."""
    order = ("this-machine", "browser-app", "containers", "lan-team", "behind-gateway")
    found = {f.name.removesuffix(".toml") for f in files(__package__).iterdir() if f.name.endswith(".toml")}
    return tuple(name for name in order if name in found) + tuple(sorted(found - set(order)))


def load(name: str) -> Preset:
    """Read a preset. Raises WizardError for a name that does not exist."""
    if name not in names():
        raise WizardError(f"There is no preset called {name!r}", hint=f"Presets: {', '.join(names())}")
    text = files(__package__).joinpath(f"{name}.toml").read_text("utf-8")
    data = tomllib.loads(text)
    title, summary = data.pop("title"), data.pop("summary")
    body = text.split("\n\n", 1)[1] if "\n\n" in text else ""
    return Preset(name, title, summary, data, body)


def merged(answers: dict[str, Any], preset: Preset) -> dict[str, Any]:
    """Raw answers with a preset's applied over them; whole tables such as [bind.inference] are replaced."""
    server = answers.get("server", "")
    common = {k: v for k, v in preset.answers.items() if k not in registry.names()}
    result = dict(answers)
    for part in (common, preset.answers.get(server, {})):
        for key, value in part.items():
            if key in ("bind", "cors") or isinstance(value, dict):
                result[key] = {**result.get(key, {}), **value}
            else:
                result[key] = value
    return result
