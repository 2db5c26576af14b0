"""Run the command line in a process of its own, without starting Python again.

The process is a copy of this one that knows the product's modules already: a tenth of the time of `python -m wizard`.
For tests of what a command says, writes and returns. What is imported when, how the console script starts and how much
memory a process takes is tried with a new Python.
"""

from __future__ import annotations

import os
import pkgutil
import pty
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

import wizard
from tests.support.processes import ENDING
from tests.support.terminals import written
from wizard.help import topics

_TIMEOUT_S = 60
_SCREENS = ("wizard.__main__", "wizard.app", "wizard.screens", "wizard.widgets")


def command(
    *arguments: str,
    cwd: Path | None = None,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    packages: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """What `subprocess.run([python, "-m", "wizard", *arguments], capture_output=True, text=True)` returns.

    `env`: added to this process's own. `packages`: a folder whose packages Python finds, with their entry points. After
    60 seconds it is ended by SIGALRM.
    """
    encoding = (env or {}).get("PYTHONIOENCODING", "utf-8")
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        given.write(stdin.encode())
        given.seek(0)
        files = (given.fileno(), out.fileno(), said.fileno())
        found = partial(_find, packages) if packages else lambda: None
        pid = start(*arguments, files=files, cwd=cwd, env=env, before=found)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        texts = []
        for file in (out, said):
            file.seek(0)
            texts.append(file.read().decode(encoding).replace("\r\n", "\n"))
    return subprocess.CompletedProcess(["serving-wizard", *arguments], code, *texts)


def _find(packages: Path) -> None:
    """Find these packages too, and forget everything that was found without them."""
    sys.path.insert(0, str(packages))
    for module in [module for name, module in sys.modules.items() if name.partition(".")[0] == "wizard"]:
        for value in list(vars(module).values()):
            if callable(forget := getattr(value, "cache_clear", None)):
                forget()


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a command writes to a terminal. It has this process's variables but NO_COLOR and TERM, and those given."""
    leader, follower = pty.openpty()
    env = {"NO_COLOR": "", "TERM": "", **environment}
    pid = start(*arguments, files=(os.open(os.devnull, os.O_RDONLY), follower, follower), env=env)
    return written(leader, follower, lambda: os.waitpid(pid, 0)).decode()


def start(
    *arguments: str,
    files: tuple[int, int, int],
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    before: Callable[[], None] = lambda: None,
) -> int:
    """Start a command whose standard input, output and error are these files; its process id.

    It leads a session of its own, without a terminal until it opens one. `before` is called in it at last.
    """
    _known()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _run(arguments, files, cwd, env or {}, before)
    return pid


@cache
def _known() -> None:
    """Import what commands import and read what `explain` reads, once and for all copies."""
    for module in pkgutil.walk_packages(wizard.__path__, "wizard."):
        if not module.name.startswith(_SCREENS) and ".emulator" not in module.name:
            import_module(module.name)
    topics.lookup("origin")


def _run(
    arguments: tuple[str, ...],
    files: tuple[int, int, int],
    cwd: Path | None,
    env: Mapping[str, str],
    before: Callable[[], None],
) -> NoReturn:
    """Be the command, in the copy. Nothing of the test run goes on in it, whatever happens."""
    code = 1
    try:
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(file, number)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        for ending in (*ENDING, signal.SIGALRM):
            signal.signal(ending, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.alarm(_TIMEOUT_S)
        os.environ.update(env)
        if cwd is not None:
            os.chdir(cwd)
        _standard_files()
        sys.argv = [str(Path(wizard.__path__[0], "__main__.py")), *arguments]
        from wizard.cli.main import main

        before()
        code = main(arguments)
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def _standard_files() -> None:
    """Standard input, output and error as Python opens them at its start."""
    sys.stdin = TextIOWrapper(os.fdopen(0, "rb", closefd=False), "utf-8", "surrogateescape")
    sys.stdout = _written(1, "strict")
    sys.stderr = _written(2, "backslashreplace")


def _written(number: int, errors: str) -> TextIOWrapper:
    lines = number == 2 or os.isatty(number)
    return TextIOWrapper(
        os.fdopen(number, "wb", closefd=False),
        os.environ.get("PYTHONIOENCODING", "utf-8"),
        errors,
        line_buffering=lines,
    )
