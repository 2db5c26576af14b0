"""What is kept of an unforeseen error: the traceback goes to a file, a sentence to the person."""

from __future__ import annotations

import errno
import traceback
from pathlib import Path

from wizard.errors import ExitCode, WizardError
from wizard.harmless import harmless
from wizard.machine import state

FILE_NAME = "last-error.txt"
_NAMES = {
    errno.ENAMETOOLONG: "A name has at most 255 bytes.",
    errno.ELOOP: "Repair the link: it leads back to itself.",
    errno.EACCES: "Name another path, or ask its owner: this user may not use that one.",
}
"""Errors that a caller can fix by giving another path; nothing is wrong with the machine."""
_NAME = 80
"""How many characters of an overlong name are shown."""


def where() -> Path:
    """The file that holds the last traceback."""
    return state.folder() / FILE_NAME


def explained(error: Exception) -> WizardError:
    """An error for a person; its traceback is saved, readable by this user only.

    An error from the operating system is the machine's (exit code 3), any other one is this program's (70).
    """
    if isinstance(error, OSError) and error.errno in _NAMES and error.filename is not None:
        name = str(error.filename)
        name = name if len(name) <= _NAME else f"{name[:_NAME]}…"
        return WizardError(f"{error.strerror}: {name}", "", _NAMES[error.errno], ExitCode.ENVIRONMENT)
    kept = _keep(error)
    if isinstance(error, OSError):
        named = f": {error.filename}" if error.filename is not None else ""
        title = f"This machine refused something: {error.strerror or error}{named}"
        hint = "Look at the disk's room and at who owns the folder, then try again."
        return WizardError(title, kept, hint, ExitCode.ENVIRONMENT)
    title = f"Serving Wizard itself failed ({type(error).__name__}: {_short(error)})"
    hint = "It is a fault of this program: please report it with that file. Read it first; it may name paths."
    return WizardError(title, kept, hint, ExitCode.FAULT)


def _keep(error: Exception) -> str:
    place = where()
    try:
        state.write(place, harmless("".join(traceback.format_exception(error))))
    except (OSError, WizardError):
        return f"The details could not be kept in {place}."
    return f"The details are in {place}."


def _short(error: Exception) -> str:
    text = str(error).split("\n", 1)[0]
    return text if len(text) <= 200 else text[:199] + "…"
