"""Lines out, lines in. No cursor movement, no colour, no control characters whatever is printed."""

from __future__ import annotations

import shutil
import sys
import textwrap

from wizard.harmless import harmless


class EndedError(Exception):
    """There is nothing more to read."""


class Terminal:
    """Writes to standard error and reads from standard input; both may be a pipe."""

    def __init__(self) -> None:
        self.answered = False
        """Whether anything was read."""
        self.width = max(40, min(100, shutil.get_terminal_size((80, 24)).columns - 1))

    def say(self, text: str = "", indent: str = "") -> None:
        """Some text, wrapped; each line of it begins a line."""
        for line in text.split("\n"):
            wrapped = textwrap.wrap(
                harmless(line),
                self.width,
                initial_indent=indent,
                subsequent_indent=indent + "  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
            sys.stderr.write("\n".join(wrapped or [""]) + "\n")
        sys.stderr.flush()

    def exactly(self, text: str) -> None:
        """Lines that must not be wrapped, such as commands and differences."""
        for line in text.split("\n"):
            sys.stderr.write(harmless(line) + "\n")
        sys.stderr.flush()

    def ask(self, prompt: str) -> str:
        """One line of answer. Raises EndedError at the end of the input."""
        sys.stderr.write(f"{harmless(prompt)} ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            sys.stderr.write("\n")
            raise EndedError
        self.answered = True
        typed = line.rstrip("\r\n")
        if not sys.stdin.isatty():
            # A pipe does not show what it sent; the transcript should.
            self.exactly(typed)
        return typed
