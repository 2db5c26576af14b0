"""The only writers: data to stdout, messages to stderr. Everything they write is harmless to a terminal."""

from __future__ import annotations

import codecs
import errno
import io
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.harmless import harmless, json_text

_OWN = os.urandom(8).hex()
"""Marks the colours that `coloured` asks for: text from elsewhere cannot contain it."""
_OWN_COLOUR = regex(rf"\[{_OWN} ([0-9;]+)\]")
_URL = regex(r"https?://[^\s<>\"'`\x1b│]*[^\s<>\"'`\x1b│.,;:!?)\]}]")
_COLOURS = {"critical": "31;1", "high": "31", "functional": "35", "medium": "33", "low": "36", "info": "2"}


_PLAIN = str.maketrans(
    {"✓": "+", "✗": "x", "→": "->", "…": "...", "·": "-", "■": "#", "▪": "-", "●": "o", "▲": "^", "×": "x", "│": "|"}
)
"""Signs before lines and between words -> replacements for encodings that lack them."""


class _Closed(io.TextIOBase):
    """Standard output that was closed before the program started; Python then has None."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF), "standard output")


def fit_streams() -> None:
    """Make stdout and stderr accept every character, replacing or escaping what the encoding lacks; stdin every byte.

    If one is closed, messages for people are dropped, writing data raises OSError, and reading finds nothing.
    """
    sys.stdin = sys.stdin or os.fdopen(os.open(os.devnull, os.O_RDONLY))  # for as long as the program runs
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="surrogateescape")  # as in arguments: a path may hold bytes that are no text
    sys.stdout = sys.stdout or _Closed()
    sys.stderr = sys.stderr or io.StringIO()
    codecs.register_error("wizard.plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and not _is_utf8(stream):
            stream.reconfigure(errors="wizard.plain")


def _write(stream: TextIO, text: str) -> None:
    """Raises OSError if it does not fit, not if the reader has left: what a command does and its exit code stay."""
    try:
        stream.write(text)
    except BrokenPipeError:
        settle()


def deliver() -> None:
    """Hand over all that is written. Raises OSError if it does not fit, not if its reader has left."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        settle()


def settle() -> None:
    """Drop what cannot be delivered: Python would try once more while it ends, complain, and change the exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lost = error.object[error.start : error.end].translate(_PLAIN)
    return _escaped(lost), error.end


def _escaped(text: str) -> str:
    # Few streams need it, and it takes a tenth of what `--help` does to load.
    import json

    return "".join(char if char.isascii() else json.dumps(char)[1:-1] for char in text)


def _is_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "utf-8").lower().replace("-", "").startswith("utf")


def out(text: str = "") -> None:
    """One line of data."""
    _write(sys.stdout, _linked(_safe(text), sys.stdout) + "\n")


def out_json(value: Any, compact: bool = False) -> None:
    """A JSON document as data; compact = one line."""
    text = json_text(value, compact)
    _write(sys.stdout, (text if _is_utf8(sys.stdout) else _escaped(text)) + "\n")


def out_document(text: str) -> None:
    """A whole document as data: byte for byte if a program reads it, harmless if a terminal does."""
    _write(sys.stdout, harmless(text) if sys.stdout.isatty() else text)


def talk(text: str, linked: bool = True) -> None:
    """One line for the person at the terminal. `linked`: addresses may become links, which are control sequences."""
    _write(sys.stderr, (_linked(_safe(text), sys.stderr) if linked else _safe(text)) + "\n")


def report(error: WizardError) -> None:
    """Say what is wrong, where, and what to do."""
    talk(f"serving-wizard: {error.title}")
    for line in (error.detail, error.hint):
        if line:
            talk(f"  {line}")


def interactive() -> bool:
    """Whether a person can be asked: stdin and stderr are terminals."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def coloured(text: str, severity: str, stream: TextIO | None = None) -> str:
    """Text for `out` or `talk` in a severity's colour; plain if colour is unwanted (NO_COLOR, or not a terminal)."""
    stream = stream or sys.stdout
    if os.environ.get("NO_COLOR") or not stream.isatty() or os.environ.get("TERM") == "dumb":
        return text
    return f"[{_OWN} {_COLOURS.get(severity, '0')}]{text}[{_OWN} 0]"


def links(text: str) -> Iterator[tuple[int, int]]:
    """Where the web addresses in a text begin and end."""
    return (found.span() for found in _URL.finditer(text))


def may_link(stream: TextIO) -> bool:
    """Whether links (OSC 8) are wanted, and the terminal is known not to print their escape sequences as text."""
    term = os.environ.get("TERM", "")
    return bool(term) and term not in ("dumb", "linux") and not os.environ.get("NO_COLOR") and stream.isatty()


def _linked(text: str, stream: TextIO) -> str:
    """Addresses as links, which stay whole when a terminal wraps a line; the visible text is the address."""
    if "://" not in text or not may_link(stream):
        return text
    return _URL.sub("\x1b]8;;\\g<0>\x1b\\\\\\g<0>\x1b]8;;\x1b\\\\", text)


def _safe(text: str) -> str:
    return _OWN_COLOUR.sub("\x1b[\\1m", harmless(text))
