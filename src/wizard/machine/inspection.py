"""What is at a model path, for one server, and what is wrong with it.

Only reads, within limits; nothing is unpacked, imported or run. A folder with hundreds of folders below it takes some
tenths of a second, and so does a large .tar.gz: call it from a worker while somebody is typing.
"""

from __future__ import annotations

import errno
import stat
from dataclasses import replace
from pathlib import Path

from wizard import registry
from wizard.formats.shell import pasted
from wizard.models import disk, endings, paths
from wizard.models.found import Found
from wizard.models.names import callable_name, printable
from wizard.models.problems import Maker, lfs_problem
from wizard.models.report import ModelReport, PathFix, Problem, worst_first
from wizard.servers.contract import Adapter

_problem = Maker()


def inspect(path: Path | str, server: str, uid: int | None = None) -> ModelReport:
    """Examine a path for a server, named as in the answers file.

    `uid`: the number of the user the server runs as, to check whether it may read the files; by default that of the
    planned container. Raises KeyError for an unknown server, and nothing for anything on the disk.
    """
    adapter = registry.adapter(server)
    typed = paths.normalise(str(path))
    problems = list(typed.problems)
    if typed.remote:
        return ModelReport(typed.path, server, "missing", problems=worst_first(problems))
    found = _look(typed.path, adapter)
    problems += found.problems
    if found.servables:
        problems += _readable(typed.path, adapter.models.uid if uid is None else uid)
    foreign_layout = any(problem.id == "other-server" for problem in found.problems)
    return ModelReport(
        path=typed.path,
        server=server,
        kind=found.kind,
        title=next((s.models.titles[found.kind] for s in _all(adapter) if found.kind in s.models.titles), ""),
        name=callable_name(found.name or typed.path.name),
        servables=found.servables,
        candidates=found.candidates,
        problems=worst_first(problems),
        sample=None if foreign_layout else adapter.models.sample(found.servables),
    )


def _all(first: Adapter) -> list[Adapter]:
    return [first, *(registry.adapter(name) for name in registry.names() if name != first.id)]


def _look(path: Path, server: Adapter) -> Found:
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
    problem = _problem("not-a-file", f"{printable(path.name)} is neither a file nor a folder.")
    return Found("file", problems=(problem,))


def _unreachable(path: Path, error: Exception) -> Problem:
    code = getattr(error, "errno", None)
    shown = printable(str(path), 300)
    if code in (errno.EACCES, errno.EPERM):
        return _problem("path-no-access", f"You have no permission to read {shown}.")
    if code == errno.ELOOP:
        return _problem("link-loop", f"{shown} is a link that leads back to itself.")
    if code in (errno.ENOENT, errno.ENOTDIR):
        return paths.missing(path)
    return _problem("path-invalid", f"{shown} cannot be opened ({printable(str(error))}).")


def _for_other(found: Found, path: Path, server: Adapter, other: Adapter) -> Found:
    """A layout of another server: report that first, and keep its other problems."""
    problem = _problem(
        "other-server",
        f"This is {other.models.what}, which {other.title} serves, not {server.title}.",
        why=f"{server.title} cannot load it.",
        instead=f"Switch to {other.title}, or choose another model.",
        fix=PathFix("server", f"Use {other.title}", path, server=other.id),
    )
    return replace(found, problems=(problem, *found.problems))


def _directory(path: Path, here: disk.Listing, server: Adapter) -> Found:
    for candidate in _all(server):
        found = candidate.models.directory(path, here)
        if found is not None:
            return found if candidate is server else _for_other(found, path, server, candidate)
    if not here.entries:
        shown = printable(str(path))
        empty = _problem("empty", f"{shown} is empty.", why=server.models.empty)
        return Found("empty", problems=(empty,))
    model = next((e.path for e in here.files() if endings.known(e.path)), None)
    if model is not None:
        return Found("unknown", candidates=(model,), problems=(describe(model, server),))
    nothing = _problem("no-model", f"There is no model in {printable(str(path))}.", why=server.models.nothing)
    return Found("unknown", problems=(nothing,))


def _file(path: Path, server: Adapter) -> Found:
    for candidate in _all(server):
        found = candidate.models.file(path)
        if found is not None:
            return found if candidate is server else _for_other(found, path, server, candidate)
    return Found("file", problems=(describe(path, server),))


def describe(path: Path, server: Adapter) -> Problem:
    """What a file is that no server loads as it is, and what to do with it."""
    if disk.is_lfs_pointer(path):
        return lfs_problem(path)
    what, suffix = endings.what(path), path.suffix.lower()
    advice, fix = server.models.exports.get(suffix, ""), None
    other = next((s for s in _all(server)[1:] if suffix in s.models.exports), None)
    if what and other and not advice:
        fix = PathFix("server", f"Use {other.title}", path, server=other.id)
        advice = f"{other.title} can serve it after one step. {other.models.exports[suffix]}"
    return _problem(
        "needs-export" if what else "not-a-model",
        f"{printable(path.name)} is {what}."
        if what
        else f"{printable(path.name)} is not a kind of model that the wizard knows.",
        why=f"{server.title} loads {server.models.wanted}.",
        instead=_filled(advice, path) if advice else f"Choose {server.models.wanted}.",
        fix=fix,
    )


def _filled(advice: str, path: Path) -> str:
    name = callable_name(path.name.split(".")[0])
    return advice.replace("{file}", printable(path.name)).replace("{name}", name)


def _readable(path: Path, uid: int) -> list[Problem]:
    """Whether the image's user may read it; decided by mode bits, because the check runs as another user."""
    closed = disk.first_unreadable(path, uid)
    if closed is None:
        return []
    who = "root, but without root's right to pass over file modes" if uid == 0 else f"the user with number {uid}"
    return [
        _problem(
            "not-readable-by-server",
            f"The server may not have permission to read {printable(str(closed), 300)}.",
            why=f"In the container it runs as {who}, so the file's owner, group and mode decide.",
            instead=f"Run chmod -R a+rX {pasted(str(path))}",
        )
    ]
