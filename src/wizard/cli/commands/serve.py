"""`serve`: the wizard in a browser on this machine, for one browser that has the address with the token."""

from __future__ import annotations

import argparse
import shlex
import sys

from wizard import console
from wizard.errors import ExitCode, WizardError
from wizard.machine import webserve


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C. The address goes to stdout, everything else to stderr."""
    sock = webserve.listen(_port(options.port))
    gate = webserve.Gate(sock.getsockname()[1])

    def ready() -> None:
        console.talk("Open this address in a browser on this machine. It works once; Ctrl-C ends the wizard.")
        console.out(gate.url)
        sys.stdout.flush()

    try:
        webserve.serve(_command(options.answers), sock, gate, ready)
    except KeyboardInterrupt:
        console.talk("Ended.")
    finally:
        sock.close()
    return ExitCode.OK


def _port(port: int) -> int:
    if not 0 <= port <= 65535:
        raise WizardError(f"--port {port} is not a port", hint="0 to 65535; 0 takes a free one.")
    return port


def _command(answers: str | None) -> str:
    """The full-screen wizard as a shell command, independent of this terminal's settings."""
    words = [sys.executable, "-m", "wizard", "wizard", *([answers] if answers else [])]
    return f"ACCESSIBLE= TERM=xterm-256color exec {shlex.join(words)}"
