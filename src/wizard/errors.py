"""The one exception that users may see, and the exit codes of the command line."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FINDINGS = 1
    INVALID = 2
    ENVIRONMENT = 3
    FAULT = 70
    """The program itself is at fault: its traceback was kept in a file."""
    INTERRUPTED = 130


class WizardError(Exception):
    """Something a person can fix.

    `title` says what is wrong in one sentence, `detail` where (file, line, address), `hint` what to do.
    """

    def __init__(self, title: str, detail: str = "", hint: str = "", exit_code: ExitCode = ExitCode.INVALID) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.hint = hint
        self.exit_code = exit_code

    def __str__(self) -> str:
        return "\n".join(part for part in (self.title, self.detail, self.hint) if part)
