"""The command line, read the way TensorFlow's flag parser reads it (command_line_flags.cc), quirks included."""

from __future__ import annotations

import ctypes
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from . import log

Value = int | float | str | bool
_WHERE = "core/util/command_line_flags.cc"


@dataclass(frozen=True, slots=True)
class EmulatedFlag:
    """One flag: `type` is int32, int64, float, bool or string."""

    name: str
    type: str
    default: Value
    help: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The result of parsing the arguments: values by flag name, and arguments that were not understood."""

    values: dict[str, Value]
    unknown: tuple[str, ...]
    ok: bool


def release(version: str) -> tuple[int, ...]:
    """Return `2.19.1` as a comparable tuple."""
    return tuple(int(part) for part in version.split("."))


def known_flags(version: str) -> list[EmulatedFlag]:
    """Return the flags that server release `version` knows, in the server's order."""
    table = tomllib.loads((Path(__file__).parents[1] / "flags.toml").read_text("utf-8"))["flags"]
    cpus = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return [
        EmulatedFlag(name, row["type"], row.get("default", row.get("default_per_cpu", 0) * cpus), row["meaning"])
        for name, row in table.items()
        if release(row["first"]) <= release(version)
    ]


def parse(arguments: list[str], flags: list[EmulatedFlag]) -> Parsed:
    """Read `--name=value` arguments; unknown ones are kept, a bad value makes the result not ok."""
    values: dict[str, Value] = {flag.name: flag.default for flag in flags}
    unknown: list[str] = []
    ok = True
    for position, argument in enumerate(arguments):
        if argument == "--":
            unknown += arguments[position:]
            break
        for flag in flags:
            value = _value_text(argument, flag)
            if value is None:
                continue
            result = _convert(value, flag)
            if result is None:
                log.error(_WHERE, f"Couldn't interpret value {value} for flag {flag.name}.")
                ok = False
            else:
                values[flag.name] = result
            break
        else:
            unknown.append(argument)
    return Parsed(values, tuple(unknown), ok and unknown[:1] != ["--help"])


def _value_text(argument: str, flag: EmulatedFlag) -> str | None:
    """Return the part of `argument` that is the value of `flag`, or None if the argument is another flag."""
    prefix = f"--{flag.name}"
    if not argument.startswith(prefix):
        return None
    rest = argument[len(prefix) :]
    if flag.type == "bool":
        # A bool flag claims every argument that begins with its name: --versionX is a bad --version.
        return rest
    return rest[1:] if rest.startswith("=") else None


def _convert(text: str, flag: EmulatedFlag) -> Value | None:
    if flag.type == "string":
        return text
    if flag.type == "bool":
        return {"": True, "=true": True, "=1": True, "=false": False, "=0": False}.get(text.lower())
    text = text.lstrip(" \t\n\v\f\r")
    if flag.type == "float":
        pattern = r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|inf(inity)?|nan)"
        return float(text) if re.fullmatch(pattern, text, re.IGNORECASE | re.ASCII) else None
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        return None
    number = max(-(2**63), min(2**63 - 1, int(text[:40])))
    # The C library stores a too large number cut to the width of the flag.
    return ctypes.c_int32(number).value if flag.type == "int32" else number


def usage(flags: list[EmulatedFlag]) -> str:
    """Return the usage text in the server's layout."""
    lines = ["usage: tensorflow_model_server", "Flags:"]
    for flag in flags:
        default = {
            "bool": str(flag.default).lower(),
            "string": f'"{flag.default}"',
            "float": f"{flag.default:f}" if isinstance(flag.default, float) else "",
        }.get(flag.type, str(flag.default))
        lines.append(f"\t{f'--{flag.name}={default}':<33}\t{flag.type}\t{flag.help}")
    return "\n".join(lines) + "\n"
