"""Texts named on the command line: a regular file or standard input, read up to a limit."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import BinaryIO

from wizard.errors import WizardError
from wizard.models import disk

LIMIT = 32 << 20
"""Maximum bytes of a text; a longer one is refused."""
ANSWERS_LIMIT = 256 << 10
"""Maximum bytes of an answers file."""


def expanded(text: str) -> Path:
    """A path with `~` expanded. Raises WizardError for an unknown user, and for characters that no path can contain."""
    if "\0" in text:
        raise WizardError("No path can hold the character NUL", f"in the path {text}", "Type it again.")
    try:
        return Path(text).expanduser()
    except RuntimeError:
        user = text.split("/", 1)[0]
        raise WizardError(
            f"There is no user {user.removeprefix('~')} on this machine",
            f"in the path {text}",
            f"Write ./{text} if a folder is really called {user}.",
        ) from None


def real(path: Path) -> Path:
    """Where the path leads, absolute.

    Unlike `Path.resolve`, it leaves links that lead back to themselves as they are.
    """
    return Path(os.path.realpath(path))


def read_text(argument: str, limit: int = LIMIT) -> str:
    """The text of a file, or of standard input for "-".

    Raises WizardError. Only standard input is waited for: pipes and devices are refused.
    """
    try:
        if argument == "-":
            data = sys.stdin.buffer.read(limit + 1)
        else:
            with disk.open_regular(expanded(argument)) as file:
                data = file.read(limit + 1)
        if len(data) <= limit:
            return data.decode("utf-8").replace("\r\n", "\n")
    except (OSError, ValueError) as problem:
        raise _unreadable(argument, problem) from None
    size = f"{limit >> 20} MiB" if limit >= 1 << 20 else f"{limit >> 10} KiB"
    raise WizardError(f"{_name(argument)} is too long", f"At most {size} are read.", "Is it the file you meant?")


def read_ends(argument: str, most: int) -> bytes:
    """The beginning and the end of a log, `most` bytes each; the whole log if it is not longer.

    Raises WizardError. At most `LIMIT` bytes of standard input are read.
    """
    try:
        if argument == "-":
            data = sys.stdin.buffer.read(LIMIT)
            return data if len(data) <= 2 * most else data[:most] + b"\n" + data[-most:]
        with disk.open_regular(expanded(argument)) as file:
            return _ends(file, most)
    except (OSError, ValueError) as problem:
        raise _unreadable(argument, problem) from None


def _ends(file: BinaryIO, most: int) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size <= 2 * most:
        return file.read(2 * most)
    first = file.read(most)
    file.seek(size - most)
    return first + b"\n" + file.read(most)


def _name(argument: str) -> str:
    return "Standard input" if argument == "-" else argument


def _unreadable(argument: str, problem: Exception) -> WizardError:
    if isinstance(problem, FileNotFoundError):
        return WizardError(f"{_name(argument)} cannot be read", "There is no such file.", "Check the spelling.")
    if isinstance(problem, PermissionError):
        return WizardError(f"{_name(argument)} cannot be read", "You may not read it.", "Run this as its owner.")
    hint = "It must be a UTF-8 text file."
    if isinstance(problem, disk.NotRegularError):
        hint = "It must be a file. What comes from a pipe is read from standard input: give - as the name."
    return WizardError(f"{_name(argument)} cannot be read", str(problem), hint)
