"""One TorchServe archive as a value: its manifest, and everything that is wrong with it."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Literal

from wizard.models.names import printable
from wizard.models.problems import Maker
from wizard.models.report import Problem
from wizard.servers.torchserve.models import manifest
from wizard.servers.torchserve.models.contents import BROKEN, READERS, Contents
from wizard.servers.torchserve.models.names import default_name
from wizard.servers.torchserve.models.values import Archive

_problem = Maker(__package__)

Form = Literal["mar", "tar-gz", "model-folder"]


def form_of(path: Path) -> Form | None:
    """How TorchServe reads a file with this name: only `.mar` is read as a zip, `.tar.gz` and `.model` as tars."""
    name = path.name
    if name.endswith(".mar"):
        return "mar"
    return "tar-gz" if name.endswith((".tar.gz", ".tgz", ".model")) else None


def read_archive(path: Path, form: Form, inside: Path | None = None) -> Archive:
    """Look into an archive; whatever is wrong with it is in its problems.

    `inside`: where a model folder's files are, if not in `path` itself.
    """
    file = printable(path.name)
    try:
        contents = READERS[form](inside or path)
    except PermissionError:
        contents = _failed("archive-unreadable", f"{file} cannot be read by this user.")
    except BROKEN as error:
        contents = _failed("archive-broken", _broken_message(file, form, error))
    except OSError as error:
        # The standard library answers an impossible position in a broken archive with EINVAL.
        if error.errno in (None, errno.EINVAL):
            contents = _failed("archive-broken", _broken_message(file, form, error))
        else:
            contents = _failed("archive-unreadable", f"{file} cannot be read: {error.strerror or error}.")
    return _archive(path, contents)


def _failed(id_: str, message: str) -> Contents:
    return Contents(complete=False, problems=[_problem(id_, message)])


def _broken_message(file: str, form: Form, error: Exception) -> str:
    kind = "zip archive, which a .mar must be" if form == "mar" else "gzipped tar archive"
    return f"{file} is not a complete {kind} ({printable(str(error) or type(error).__name__, 80)})."


def _archive(path: Path, contents: Contents) -> Archive:
    file = printable(path.name)
    found = list(contents.problems)
    parsed = manifest.Manifest(runtime="")
    if contents.manifest is not None:
        try:
            parsed = manifest.parse(contents.manifest)
        except ValueError as error:
            found.append(manifest.invalid(file, printable(str(error))))
        else:
            found += manifest.problems(parsed, file, contents.names if contents.complete else None)
    elif contents.complete:
        found.append(manifest.missing(file, contents.hint))
    found += _file_name(path.name)
    return Archive(
        path=path,
        file=path.name,
        name=parsed.model_name or default_name(path.name),
        version=parsed.model_version,
        handler=parsed.handler,
        problems=tuple(found),
    )


def _file_name(name: str) -> list[Problem]:
    """File names that `load_models` cannot contain (ModelServer.java, ModelArchive.java v0.12.0)."""
    shown = printable(name)
    if "," in name or ".." in name:
        what = "a comma separates models there" if "," in name else "two dots in a row are refused"
        return [_problem("file-name-unlistable", f"load_models cannot name {shown}: {what}.")]
    if not name.isascii() or name != name.strip() or any(ch in name for ch in "=\\"):
        return [_problem("file-name-odd", f"{shown} has a name that may not be found.")]
    return []
