"""Names: which can be called, which directory names are version numbers, and how to show a hostile one."""

from __future__ import annotations

import re

from wizard.harmless import MARK

_CALLABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-.]*", re.ASCII)
_NUMBER = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)[ \t\n\v\f\r]*", re.ASCII)
_LIKE_A_VERSION = re.compile(r"(?:v|ver|version)?[ _.-]*([0-9]+)(?:[._-].*)?", re.IGNORECASE | re.ASCII)
_INT64 = range(-(2**63), 2**63)


def is_callable_name(name: str) -> bool:
    """True if TorchServe can be asked for a model of this name: the rule of torch-model-archiver 0.12.0."""
    return _CALLABLE.fullmatch(name) is not None


def callable_name(name: str, fallback: str = "model") -> str:
    """The nearest name that can be called, or `fallback`."""
    cleaned = re.sub(r"[^A-Za-z0-9_\-.]+", "_", name).strip("_.-")[:128].rstrip("_.-")
    return cleaned or fallback


def version_number(name: str) -> int | None:
    """What TensorFlow Serving reads a directory name as (absl::SimpleAtoi to int64), None if it is no version.

    Leading zeros, a sign and blanks around it pass; `v1`, `1.0` and `1-a` do not.
    """
    match = _NUMBER.fullmatch(name)
    if match is None or len(match[1]) > 64:
        return None
    number = int(match[1])
    return number if number in _INT64 else None


def meant_version(name: str) -> int | None:
    """The version a person meant by `v1`, `1.0` or `version_2`; None if the name does not look like one."""
    match = _LIKE_A_VERSION.fullmatch(name)
    if match is None or len(match[1]) > 18:
        return None
    return int(match[1])


def default_name(file_name: str) -> str:
    """What TorchServe calls an archive whose manifest names no model (ModelServer.getDefaultModelName, v0.12.0)."""
    stem = file_name
    if (".model" in file_name or ".mar" in file_name) and "." in file_name:
        stem = file_name[: file_name.rindex(".")]
    return re.sub(r"\W|^_", "_", stem, flags=re.ASCII)


def printable(text: str, limit: int = 120) -> str:
    """`text` without anything that could disturb a terminal: control and direction marks become �, long text is cut."""
    shown = "".join(ch if ch.isprintable() else MARK for ch in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
