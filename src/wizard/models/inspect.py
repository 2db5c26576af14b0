"""What is at a model path, for one server, and what is wrong with it.

Only reads, within limits; nothing is unpacked, imported or run. A folder with hundreds of folders below it takes some
tenths of a second, a large .tar.gz as long: call it from a worker where somebody is typing.
"""

from __future__ import annotations

import errno
import stat
from dataclasses import replace
from pathlib import Path

from wizard.models import disk, foreign, paths, tf_layout, ts_layout
from wizard.models.layout import Found
from wizard.models.names import printable
from wizard.models.report import TF_SERVING, TORCHSERVE, ModelReport, PathFix, Problem, worst_first

IMAGE_UID = {TF_SERVING: 65534, TORCHSERVE: 1000}
"""The user the planned containers run as."""

_LOOKERS = {TF_SERVING: tf_layout.look, TORCHSERVE: ts_layout.look}


def inspect(path: Path | str, server: str, uid: int | None = None) -> ModelReport:
    """Look at a path for `server` ("tensorflow-serving" or "torchserve").

    `uid` is the number of the user the server runs as, for the check whether it may read the files; by default that
    of the planned container. Raises ValueError for an unknown server, nothing for whatever is on the disk.
    """
    if server not in _LOOKERS:
        raise ValueError(f"unknown server: {server}")
    typed = paths.settle(str(path))
    problems = list(typed.problems)
    if typed.remote:
        return ModelReport(typed.path, server, "missing", problems=worst_first(problems))
    found = _look(typed.path, server)
    problems += found.problems
    if found.versions or found.archives:
        problems += _readable(typed.path, IMAGE_UID[server] if uid is None else uid)
    return ModelReport(
        path=typed.path,
        server=server,
        kind=found.kind,
        versions=found.versions,
        archives=found.archives,
        candidates=found.candidates,
        problems=worst_first(problems),
    )


def _look(path: Path, server: str) -> Found:
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        return Found("missing", problems=(_unreachable(path, error),))
    if stat.S_ISDIR(mode):
        try:
            return _directory(path, disk.listing(path), server)
        except OSError as error:
            return Found("unknown", problems=(_unreachable(path, error),))
    if stat.S_ISREG(mode):
        return _file(path, server)
    problem = Problem("not-a-file", "error", f"{printable(path.name)} is no file and no folder.", "", "Choose a model.")
    return Found("file", problems=(problem,))


def _unreachable(path: Path, error: Exception) -> Problem:
    code = getattr(error, "errno", None)
    shown = printable(str(path), 300)
    if code in (errno.EACCES, errno.EPERM):
        why = "You have no right to look into it, so what is there is not known."
        return Problem("path-no-access", "error", f"{shown} cannot be opened.", why, "Ask its owner for read access.")
    if code == errno.ELOOP:
        return Problem("link-loop", "error", f"{shown} is a link that leads back to itself.", "", "Mend the link.")
    if code in (errno.ENOENT, errno.ENOTDIR):
        return paths.missing(path)
    return Problem("path-invalid", "error", f"{shown} cannot be opened ({printable(str(error))}).", "", "Give a path.")


def _other(server: str) -> str:
    return TORCHSERVE if server == TF_SERVING else TF_SERVING


def _switch(path: Path, server: str, what: str) -> Problem:
    other = foreign.server_name(_other(server))
    return Problem(
        "other-server",
        "error",
        f"This is {what}, which {other} serves, not {foreign.server_name(server)}.",
        f"{foreign.server_name(server)} cannot load it.",
        f"Switch to {other}, or choose another model.",
        PathFix("server", f"Use {other}", path, server=_other(server)),
    )


def _for_other(found: Found, path: Path, server: str) -> Found:
    """A layout of the other server: say so first, and keep what else is wrong with it."""
    what = "a SavedModel" if server == TORCHSERVE else "a TorchServe model"
    return replace(found, problems=(_switch(path, server, what), *found.problems))


def _directory(path: Path, here: disk.Listing, server: str) -> Found:
    found = _LOOKERS[server](path, here)
    if found is not None:
        return found
    found = _LOOKERS[_other(server)](path, here)
    if found is not None:
        return _for_other(found, path, server)
    if not here.entries:
        return Found("empty", problems=(_empty(path, server),))
    model = next((e.path for e in here.files() if foreign.known(e.path)), None)
    if model is not None:
        return Found("unknown", candidates=(model,), problems=(foreign.describe(model, server),))
    return Found("unknown", problems=(_nothing(path, server),))


def _empty(path: Path, server: str) -> Problem:
    if server == TORCHSERVE:
        why = "TorchServe starts with an empty store, says it is healthy, and has no model to ask."
    else:
        why = "TensorFlow Serving waits for a version to appear, for ever, with no port open."
    return Problem("empty", "error", f"{printable(str(path))} is empty.", why, "Choose the folder the model is in.")


def _nothing(path: Path, server: str) -> Problem:
    if server == TF_SERVING:
        wanted = "a SavedModel: a folder with numbered folders in it, each with saved_model.pb"
    else:
        wanted = "an archive (.mar, .tar.gz), nor a folder with MAR-INF/MANIFEST.json"
    return Problem(
        "no-model",
        "error",
        f"There is no model in {printable(str(path))}.",
        f"It holds neither {wanted}." if server == TORCHSERVE else f"It does not hold {wanted}.",
        "Choose the folder the model is in.",
    )


def _file(path: Path, server: str) -> Found:
    archive, part = ts_layout.file(path), tf_layout.around_file(path)
    if archive is not None:
        return archive if server == TORCHSERVE else _for_other(archive, path, server)
    if part is not None:
        return part if server == TF_SERVING else _for_other(part, path, server)
    return Found("file", problems=(foreign.describe(path, server),))


def _readable(path: Path, uid: int) -> list[Problem]:
    """Whether the image's user may read it; by the mode bits, since the check runs as somebody else."""
    closed = disk.first_unreadable(path, uid)
    if closed is None:
        return []
    who = "root, but without root's right to pass over file modes" if uid == 0 else f"the user with number {uid}"
    return [
        Problem(
            "not-readable-by-server",
            "warning",
            f"The server may not be allowed to read {printable(str(closed), 300)}.",
            f"In the container it runs as {who}; only owner, group and mode of the file count.",
            f"chmod -R a+rX {printable(str(path), 300)}",
        )
    ]
