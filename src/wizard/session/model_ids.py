"""An argument that may be the id of a model that a server downloads, used as a path."""

from __future__ import annotations

import re

from wizard import registry
from wizard.fast_start import regex

_ID = regex(r"[\w-][\w.-]*/[\w.-]+(?::[\w.-]+)?", re.ASCII)


def said_instead(argument: str) -> str:
    """The question whether an id was meant, with the options to use instead; "" if it does not look like an id."""
    if not _ID.fullmatch(argument):
        return ""
    able = [adapter for name in registry.names() if (adapter := registry.adapter(name)).models.id_hint]
    if not able:
        return ""
    titles = " or ".join(adapter.title for adapter in able)
    name = argument.rpartition("/")[2].partition(":")[0]
    sets = f"--set server={able[0].id} --set models.0.name={name} --set models.0.id={argument}"
    return f"Did you mean the id of a model that {titles} downloads? Then use, instead of a path: {sets}"
