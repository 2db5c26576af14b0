"""One existing file written anew, as it was but for its text; a copy of the former one is kept."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from wizard import machine
from wizard.errors import ExitCode, WizardError
from wizard.machine.checkfiles import MAX_BYTES, decoded
from wizard.machine.texts import real
from wizard.observed.source import Source


def rewrite(source: Source, text: str) -> str:
    """Rewrite a file, keeping its mode and line ends; returns the path of the copy of the old one.

    Raises WizardError if the disk refuses, or if the file has changed since it was read; it is then left alone.
    """
    path = Path(source.path)
    try:
        place = real(path)
        with machine.door.opened(place.parent) as folder, folder.locked():
            former, status = folder.read(place.name, MAX_BYTES), folder.status(place.name)
            if former is None or status is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), source.path)
            if decoded(source.path, former).text != source.text:
                raise WizardError(
                    f"{path} has changed since it was read.",
                    "It is as somebody else wrote it.",
                    "Look at it, and run this again.",
                    ExitCode.ENVIRONMENT,
                )
            mode = stat.S_IMODE(status.st_mode)
            owner = (status.st_uid, status.st_gid) if os.geteuid() == 0 else None
            mark = b"\xef\xbb\xbf" if source.flaw == "bom" else b""
            with machine.copies.keeping(folder) as keep:
                copy = keep(place.name, former, mode, owner)
                folder.write(place.name, mark + text.encode(_encoding(source)), mode, owner)
    except OSError as error:
        raise WizardError(
            f"{path} cannot be written: {error.strerror or error}.", "It is as it was.", exit_code=ExitCode.ENVIRONMENT
        ) from None
    return str(path.with_name(copy) if place.parent == real(path.parent) else place.with_name(copy))


def _encoding(source: Source) -> str:
    return "latin-1" if source.flaw == "latin-1" else "utf-8"
