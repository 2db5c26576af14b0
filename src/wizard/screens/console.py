"""Requests by hand to a trial that is kept running: edit, send, read the answer, copy as a command."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, TextArea

from wizard.screens.dialog import Dialog
from wizard.trial.request_console import FORMS, headers_of, send
from wizard.widgets.flow import Flow, Lines, text, wrapped

if TYPE_CHECKING:
    from wizard.trial.request_console import ConsoleReply, ConsoleRequest


class Answered(Message):
    """An answer arrived, or none did."""

    def __init__(self, answer: ConsoleReply) -> None:
        super().__init__()
        self.answer = answer


class ConsoleScreen(Dialog[None]):
    """`left` returns how many more seconds the trial runs."""

    CSS = """
    ConsoleScreen { background: $background; }
    ConsoleScreen #dialog { width: 96%; max-width: 140; height: 94%; max-height: 94%; }
    ConsoleScreen Input, ConsoleScreen TextArea { background: $panel; border: none; padding: 0; }
    ConsoleScreen Input:focus, ConsoleScreen TextArea:focus { background: $primary-muted; }
    ConsoleScreen .text-area--cursor-line { background: transparent; }
    ConsoleScreen .part { height: auto; margin-bottom: 1; }
    ConsoleScreen .label { width: 9; }
    ConsoleScreen #headers { height: 4; }
    ConsoleScreen #body { height: 5; }
    ConsoleScreen #answered, ConsoleScreen #answer { height: 1fr; }
    ConsoleScreen.-narrow #headers, ConsoleScreen.-narrow #body { height: 3; }
    ConsoleScreen.-short .part { margin-bottom: 0; }
    ConsoleScreen.-short #headers, ConsoleScreen.-short #body { height: 2; }
    """
    frame_keys = (
        "^r send   tab next field   copy as: f2 curl  f3 fetch  f4 PowerShell  f7 Python   esc close",
        "^r send  f2 curl  f3 fetch  f4 PowerShell  f7 Python  esc close",
        "^r send  copy: f2 f3 f4 f7  esc close",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close", show=False, priority=True),
        Binding("ctrl+r,f5", "send", "Send", show=False, priority=True),
        Binding("tab", "app.focus_next", show=False, priority=True),
        Binding("f2", "copy('curl')", show=False, priority=True),
        Binding("f3", "copy('fetch')", show=False, priority=True),
        Binding("f4", "copy('PowerShell')", show=False, priority=True),
        Binding("f7", "copy('Python')", show=False, priority=True),
        Binding("pagedown", "scroll(1)", show=False, priority=True),
        Binding("pageup", "scroll(-1)", show=False, priority=True),
    ]

    def __init__(self, request: ConsoleRequest, left: Callable[[], float]) -> None:
        super().__init__()
        self.request = request
        self.left = left
        self.answer: ConsoleReply | None = None
        self.copied = ("", "")
        self.problem = ""
        self.waiting = False

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            line = f"{self.request.method} {self.request.path}"
            headers = "\n".join(f"{name}: {value}" for name, value in self.request.headers)
            with Horizontal(classes="part"):
                yield _label("Request")
                yield Input(line, id="line", compact=True, select_on_focus=False)
            with Horizontal(classes="part"):
                yield _label("Headers")
                yield TextArea(headers, id="headers", show_line_numbers=False, placeholder="header: value")
            with Horizontal(classes="part"):
                yield _label("Body")
                yield TextArea(self.request.body, id="body", show_line_numbers=False, placeholder="no body")
            with Horizontal(id="answered"):
                yield _label("Answer")
                with VerticalScroll(id="answer", can_focus=False):
                    yield Flow(self._lines, id="lines")

    def on_mount(self) -> None:
        """Update the remaining time in the title."""
        self._tick()
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        seconds = self.left()
        if seconds <= 0:
            self.dismiss(None)
            return
        root = self.request.url.removesuffix(self.request.path)
        self.query_one("#dialog").border_title = f"{root} · stops by itself in {clock(seconds)}"

    def edited(self) -> ConsoleRequest:
        """The request as it stands. Raises ValueError with a sentence."""
        words = self.query_one("#line", Input).value.split(maxsplit=1)
        if len(words) != 2 or not words[0].isalpha() or not words[1].startswith("/") or " " in words[1]:
            raise ValueError("the first line is a method and a path, such as GET /ping")
        headers = headers_of(self.query_one("#headers", TextArea).text)
        body = self.query_one("#body", TextArea).text
        return replace(self.request, method=words[0].upper(), path=words[1], headers=headers, body=body)

    def on_input_submitted(self) -> None:
        """Enter in the only field with a single line."""
        self.action_send()

    def action_send(self) -> None:
        """Send the request as shown."""
        self.problem, self.copied = "", ("", "")
        try:
            request = self.edited()
        except ValueError as error:
            self.problem = str(error)
        else:
            self.waiting = True
            self._send(request)
        self.query_one("#lines", Flow).redraw()

    @work(thread=True, exclusive=True, group="console")
    def _send(self, request: ConsoleRequest) -> None:
        self.post_message(Answered(send(request)))

    def on_answered(self, message: Answered) -> None:
        """Show it."""
        self.answer, self.waiting = message.answer, False
        self.query_one("#lines", Flow).redraw()
        self.query_one("#answer").scroll_home(animate=False)

    def action_copy(self, name: str) -> None:
        """Show the request as a command, and copy it to the terminal's clipboard."""
        self.problem = ""
        try:
            self.copied = (name, FORMS[name](self.edited()))
        except ValueError as error:
            self.problem = str(error)
        else:
            self.app.copy_to_clipboard(self.copied[1])
        self.query_one("#lines", Flow).redraw()

    def action_scroll(self, step: int) -> None:
        """Scroll the answer."""
        area = self.query_one("#answer")
        area.scroll_relative(y=step * max(1, area.size.height - 1), animate=False)

    def _lines(self, width: int) -> Lines:
        if self.problem:
            return wrapped(self.problem, width, "$text-error", text("✗ ", "bold $text-error"), 2)
        if self.copied[1]:
            lines = wrapped(f"Copied as {self.copied[0]}, if your terminal allows it; it holds the token:", width)
            for line in self.copied[1].splitlines():
                lines += wrapped(line, width, "$text-secondary", "", 2)
            return lines
        if self.waiting:
            return [text("Sent, waiting …", "$foreground-muted")]
        return _answer_lines(self.answer, width) if self.answer else [text("Not sent yet.", "$foreground-muted")]


def _label(words: str) -> Flow:
    return Flow(lambda _: [text(words, "$foreground-muted")], classes="label")


def _answer_lines(answer: ConsoleReply, width: int) -> Lines:
    took = f"{answer.seconds * 1000:.0f} ms"
    if not answer.status:
        return wrapped(f"No answer after {took}: {answer.problem}", width, "", text("✗ ", "bold $text-error"), 2)
    good = 200 <= answer.status < 400
    mark = text("✓ ", "bold $text-success") if good else text("✗ ", "bold $text-error")
    lines = [mark + text(f"{answer.status}", "bold") + text(f"  {took}", "$foreground-muted"), text("")]
    for line in answer.body.splitlines() or ["(no body)"]:
        lines += wrapped(line, width)
    lines.append(text(""))
    for name, value in answer.headers:
        lines += wrapped(value, width, "$foreground-muted", text(f"{name}: ", "$text-accent"), 2)
    return lines


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def until(end: float) -> Callable[[], float]:
    """Seconds left until a moment of the monotonic clock."""
    return lambda: end - time.monotonic()
