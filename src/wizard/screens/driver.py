"""Which driver Textual uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import constants

if TYPE_CHECKING:
    from textual.driver import Driver


def driver() -> type[Driver] | None:
    """The driver for a POSIX terminal; None if Textual uses another."""
    if constants.DRIVER is not None:
        return None
    try:
        # There is no termios on Windows.
        from wizard.screens.posix_driver import TerminalDriver
    except ImportError:  # Windows
        return None
    return TerminalDriver
