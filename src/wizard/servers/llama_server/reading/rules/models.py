"""The model: which of several is served, and whether it can be downloaded."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from wizard.observed.remark import Remark, shortened
from wizard.servers.llama_server.reading.seen import Seen, Value


def find(seen: Seen) -> Iterator[Remark]:
    """Remarks about the model of one start."""
    fetched, file, offline = (seen.values.get(name) for name in ("--hf-repo", "--model", "--offline"))
    if file is not None and fetched is None:
        if file.text.endswith("/") and not file.open:
            yield Remark("LS-MODEL-FOLDER", file.source, file.at, {"flag": _typed(file), "value": shortened(file.text)})
        else:
            yield from _unmounted(seen, file)
    if fetched is None or not (fetched.text or fetched.open):
        return
    beside = file is not None and bool(file.text)
    if file is not None and beside:
        fills = {"flag": _typed(file), "value": shortened(file.text), "model": shortened(fetched.text)}
        yield Remark("LS-MODEL-UNREAD", file.source, file.at, fills)
    if offline is not None and offline.text == "on" and not offline.open and not beside:
        yield Remark(
            "LS-OFFLINE", offline.source, offline.at, {"flag": _typed(offline), "model": shortened(fetched.text)}
        )


_IMAGE_FOLDER = "/app"
"""Where the official images start the server."""


def _unmounted(seen: Seen, file: Value) -> Iterator[Remark]:
    """Folders are mounted, but none contains the model; neither does the image."""
    start, launch = seen.start, seen.launch
    if start is None or launch is None or start.holder not in ("docker-run", "compose"):
        return
    if not launch.image or start.built or start.opaque or file.open or not file.text:
        return
    if not file.text.startswith("/") and not start.working_dir and not seen.judged:
        return  # older images start the server elsewhere
    path = posixpath.normpath(posixpath.join(start.working_dir or _IMAGE_FOLDER, file.text))
    folders = [m.target for m in start.mounts if "." not in m.target.rpartition("/")[2] and "/run/" not in m.target]
    models = [each for each in folders if "cache" not in each and "lora" not in each]
    if models and not any(path.startswith(f"{mount.target.rstrip('/')}") for mount in start.mounts):
        fills = {"value": shortened(file.text), "flag": _typed(file), "folders": ", ".join(models)}
        yield Remark("LS-MODEL-ELSEWHERE", file.source, file.at, fills)


def _typed(value: Value) -> str:
    return value.flag.name if value.layer == "flag" else value.flag.variable
