"""The log on stderr, in the format of TensorFlow's own."""

from __future__ import annotations

import os
import sys
import threading
from datetime import datetime
from typing import NoReturn

_lock = threading.Lock()


def _write(level: str, where: str, text: str) -> None:
    stamp = datetime.now().strftime("%Y-%m-%d %H:%M:%S.%f")  # TensorFlow logs local time
    with _lock:
        sys.stderr.write(f"{stamp}: {level} {where}] {text}\n")
        sys.stderr.flush()


def info(where: str, text: str) -> None:
    """Write an INFO line; `where` is `file:line` of the server's source at 2.20.0, or of this emulator."""
    _write("I", f"tensorflow_serving/{where}", text)


def warning(where: str, text: str) -> None:
    """Write a WARNING line."""
    _write("W", f"tensorflow_serving/{where}", text)


def error(where: str, text: str) -> None:
    """Write an ERROR line."""
    _write("E", f"tensorflow_serving/{where}", text)


def fatal(where: str, text: str) -> NoReturn:
    """Write a FATAL line and abort, as a failed CHECK does."""
    _write("F", f"tensorflow_serving/{where}", text)
    os.abort()


def emulator(text: str, level: str = "W") -> None:
    """Write a line that no real server writes: what this emulation is, or what it leaves out."""
    _write(level, "serving_wizard_emulator", text)


def raw(text: str) -> None:
    """Write a line of another library's logger unchanged."""
    with _lock:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
