"""Run something in a child process that ends, or is refused by the disk, at the n-th change it makes to the disk."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGES = (
    "open",
    "mkdir",
    "rename",
    "replace",
    "unlink",
    "remove",
    "rmdir",
    "fsync",
    "fchmod",
    "chmod",
    "fchown",
    "chown",
    "link",
)
"""Functions of `os` that change the disk; of `open` only the calls that make a file count."""
DONE, FAILED = 0, 3
"""How the child ends by itself: having done it, or with an error that it told."""


def child(act: Callable[[], object], at: int, fault: Callable[[], object], said: Path | None = None) -> int:
    """Do it in a child, with a fault before change number `at`. Returns how it ended: an exit code or minus a signal.

    An error it raises counts as FAILED, and is printed, or written to the file `said`.
    """
    if said is not None:
        said.write_text("")
    pid = os.fork()
    if pid == 0:
        code = FAILED
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background programs ignore it
        try:
            _arm(at, fault)
            act()
            code = DONE
        except BaseException as problem:
            if said is None:
                print(repr(problem), file=sys.stderr)
            else:
                said.write_text(repr(problem))
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def changes(act: Callable[[], object]) -> int:
    """How many changes it makes, done in a child."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        counted = _arm(0, lambda: None)
        act()
        os.write(writing, str(counted()).encode())
        os._exit(DONE)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    assert os.waitpid(pid, 0)[1] == DONE
    return int(told)


def killed() -> None:
    """The end without any clean-up."""
    os.kill(os.getpid(), signal.SIGKILL)


def interrupted() -> None:
    """Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def refused() -> None:
    """What a failing disk says."""
    raise OSError(5, "Input/output error")


def _arm(at: int, fault: Callable[[], object]) -> Callable[[], int]:
    """Put the fault in its place. Returns what tells how many changes were made so far."""
    count = 0

    def watched(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            nonlocal count
            if name != "open" or args[1] & os.O_CREAT:
                count += 1
                if count == at:
                    fault()
            return original(*args, **more)

        return call

    for name in CHANGES:
        setattr(os, name, watched(name, getattr(os, name)))
    return lambda: count
