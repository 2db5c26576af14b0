"""The model: which of several is served, and whether it can be fetched."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.observed.remark import Remark
from wizard.servers.llama_server.reading.seen import Seen, Value


def find(seen: Seen) -> Iterator[Remark]:
    """Remarks about the model of one start."""
    fetched, file, offline = (seen.values.get(name) for name in ("--hf-repo", "--model", "--offline"))
    if fetched is None or not (fetched.text or fetched.open):
        return
    if file is not None and file.text:
        fills = {"flag": _typed(file), "value": _cut(file.text), "model": _cut(fetched.text)}
        yield Remark("LS-MODEL-UNREAD", file.source, file.at, fills)
    if offline is not None and offline.text == "on" and not offline.open:
        yield Remark("LS-OFFLINE", offline.source, offline.at, {"flag": _typed(offline), "model": _cut(fetched.text)})


def _typed(value: Value) -> str:
    return value.flag.name if value.layer == "flag" else value.flag.variable


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
