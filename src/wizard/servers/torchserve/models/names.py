"""What TorchServe can call a model, and what it calls one that has no name."""

from __future__ import annotations

import re

from wizard.fast_start import regex

_CALLABLE = regex(r"[A-Za-z0-9][A-Za-z0-9_\-.]*", re.ASCII)


def is_callable_name(name: str) -> bool:
    """True if requests can name a model like this: the rule of torch-model-archiver 0.12.0."""
    return _CALLABLE.fullmatch(name) is not None


def default_name(file_name: str) -> str:
    """What TorchServe calls an archive whose manifest names no model (ModelServer.getDefaultModelName, v0.12.0)."""
    stem = file_name
    if (".model" in file_name or ".mar" in file_name) and "." in file_name:
        stem = file_name[: file_name.rindex(".")]
    return re.sub(r"\W|^_", "_", stem, flags=re.ASCII)
