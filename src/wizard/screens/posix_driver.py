"""Textual's driver for a POSIX terminal, with a filter for its input and a few more escape sequences at start and
end."""

from __future__ import annotations

import select
from collections.abc import Iterable
from threading import Thread
from typing import Any, Literal

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread
from textual.message import Message

from wizard.screens.changed_cells import ChangedCells
from wizard.screens.terminal import (
    ASK_BACKGROUND,
    CLICKS,
    FORMER_TITLE,
    KEEP_TITLE,
    NO_CLICKS,
    Answers,
    BackgroundTold,
    TerminalGone,
)


class Parser(XTermParser):
    """Textual's, behind a filter."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._answers = Answers()

    def feed(self, data: str) -> Iterable[Message]:
        left, told = self._answers.taken(data) if data else (data, [])
        for each in told:
            yield BackgroundTold(each)
        if left or not data:
            yield from map(_entered, super().feed(left))


def _entered(message: Message) -> Message:
    """Enter pressed before the terminal was in raw mode arrives as a line feed; so does Ctrl-J, which is Enter too."""
    return events.Key("enter", "\r") if isinstance(message, events.Key) and message.key == "ctrl+j" else message


class Writer(WriterThread):
    """Textual's; when the terminal is gone, it still accepts output, because leaving would otherwise wait forever."""

    def run(self) -> None:
        try:
            super().run()
        except OSError:
            while self._queue.get() is not None:
                pass


class TerminalDriver(linux_driver.LinuxDriver):
    """Queries and sets the terminal on starting, and restores it on leaving."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._cells = ChangedCells()
        self._watch: Thread | None = None
        self._mode: Literal["off", "on", "away"] = "off"
        self._starts_again = False
        """Whether it is about to end, so that many signals are handled once."""

    def _get_terminal_size(self) -> tuple[int, int]:
        """As rich measures it: if the two differ, as they do for 0 x 0, Textual lays a page out again forever."""
        width, height = self._app.console.size
        return width, height

    def _tell_when_gone(self) -> None:
        """SIGHUP does not report it if it is ignored (nohup), or if this terminal controls another program."""
        gone = select.poll()
        gone.register(self.fileno, 0)
        gone.poll()
        self.send_message(TerminalGone())

    def write(self, data: str) -> None:
        """Send only what is new in a frame."""
        size = self._app.size
        super().write(self._cells.reduced(data, (size.width, size.height)))

    def _sigcont_application(self, *_: Any) -> None:
        """Resume only after this driver was suspended, and never start a second reader.

        Textual takes every SIGCONT for the end of its own pause and starts another reader of keys, which nothing ends.
        But whoever stops the program with SIGSTOP also sends it, and so does the kernel when the terminal closes.
        """
        if self._mode == "away":
            super()._sigcont_application()
        elif self._mode == "on" and not self._starts_again:
            self._starts_again = True
            self._loop.call_soon_threadsafe(self._start_again)

    def _start_again(self) -> None:
        """The shell may have used the terminal meanwhile."""
        self._starts_again = False
        if self._mode == "on":
            self.suspend_application_mode()
            self._must_signal_resume = True
            self.resume_application_mode()

    def suspend_application_mode(self) -> None:
        super().suspend_application_mode()
        self._mode = "away"

    def resume_application_mode(self) -> None:
        """Redraw everything: Textual assumes that the terminal still shows what was drawn before."""
        super().resume_application_mode()
        self._app.call_later(self._app.refresh, layout=True)

    def start_application_mode(self) -> None:
        self._cells.forget()
        linux_driver.WriterThread = Writer  # type: ignore[attr-defined]
        former = self._key_thread
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._key_thread is former:  # in the background still; the shell sends SIGCONT again
            return
        self._mode = "on"
        self.write(KEEP_TITLE + ASK_BACKGROUND)
        self.flush()
        if self._watch is None:
            self._watch = Thread(target=self._tell_when_gone, name="terminal-gone", daemon=True)
            self._watch.start()

    def stop_application_mode(self) -> None:
        self._mode = "off"
        self.write(FORMER_TITLE)
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        linux_driver.XTermParser = Parser  # type: ignore[attr-defined]
        super().run_input_thread()

    def _enable_mouse_support(self) -> None:
        super()._enable_mouse_support()
        if self._mouse:
            self.write(CLICKS)

    def _disable_mouse_support(self) -> None:
        super()._disable_mouse_support()
        if self._mouse:
            self.write(NO_CLICKS)
