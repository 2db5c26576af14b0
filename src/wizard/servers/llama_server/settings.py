"""Flags and variables of llama-server, and names often mistaken for them, as settings to explain."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.servers.contract import KnownSetting
from wizard.servers.llama_server.flags import Flag, flags, own_variables, wrong_names

_LINK = "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md"


def settings() -> Iterator[KnownSetting]:
    """Everything that can be on its command line, and names often mistaken for it."""
    for flag in flags().values():
        yield KnownSetting(
            kind="llama-server flag",
            name=flag.name,
            meaning=flag.meaning,
            does=_does(flag),
            evidence=flag.evidence,
            link=_LINK,
            risk=flag.risk,
            instead=f"Use {flag.instead}." if flag.instead else "",
            also=tuple(name for name in (*flag.also, *flag.off, flag.variable) if name),
            limits=_builds(flag),
        )
    for name, variable in own_variables().items():
        yield KnownSetting(
            kind="llama-server variable",
            name=name,
            meaning=variable["meaning"],
            does="It is read from the environment; there is no flag for it.",
            evidence=variable["evidence"],
            link=_LINK,
            risk=variable.get("risk", ""),
        )
    for wrong in wrong_names().values():
        yield KnownSetting(
            kind="wrong spelling",
            name=wrong.name,
            meaning=f"{wrong.name} is no {wrong.kind} of llama-server.",
            does=wrong.happens,
            evidence=wrong.evidence,
            link=_LINK,
            instead=f"Use {wrong.instead}.",
        )


def _does(flag: Flag) -> str:
    if flag.value == "removed":
        return "A server that is given it does not start."
    return " ".join(part for part in (_default(flag), _written(flag), _builds(flag)) if part)


def _default(flag: Flag) -> str:
    if flag.default_is:
        return f"Default: {flag.default_is}."
    if flag.default_before:
        build, former = flag.default_before
        return f"Default: {flag.default or 'empty'}; before b{build} it was {former}."
    return f"Default: {flag.default}." if flag.default else ""


def _written(flag: Flag) -> str:
    if flag.value == "switch":
        off = f", and {flag.off[0]} switches it off" if flag.off else ""
        text = f"A switch: nothing follows it{off}."
    elif flag.choices:
        text = f"One of {', '.join(flag.choices)} follows it as a word of its own."
    else:
        text = "Its value follows as a word of its own, never after an equals sign."
    if not flag.variable:
        return text
    besides = "adds to it; so does giving the flag again" if flag.adds else "says the same; the flag wins"
    return f"{text} The variable {flag.variable} {besides}."


def _builds(flag: Flag) -> str:
    if flag.last:
        return f"Builds after b{flag.last} do not start with it."
    return f"Known from b{flag.first} on; older builds do not start with it." if flag.first else ""
