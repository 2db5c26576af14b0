"""One key after another: keys pressed while a page is being made are kept for that page.

Textual passes every key at once to what has the focus at that moment, so somebody who types ahead would press keys on
the page that is about to close. Here, a key waits until everything the previous key started is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.message_pump import MessagePump
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.app import App

_AT_ONCE = ("ctrl+c", "ctrl+q")
"""Keys for leaving never wait."""


class TypingAhead:
    """`deliver` passes a key or a pasted text to the app."""

    def __init__(self, app: App[Any], deliver: Callable[[events.Event], Awaitable[None]]) -> None:
        self._app = app
        self._deliver = deliver
        self._kept: deque[events.Event] = deque()
        self._following = False
        self._holds = 0
        self._walks = 0
        """How many were begun: only the last one counts."""

    @property
    def busy(self) -> bool:
        """Whether a key is being processed, or waits."""
        return self._following or bool(self._kept)

    async def give(self, event: events.Key | events.Paste) -> None:
        """A key was pressed or a text pasted: deliver it now, or as soon as its turn comes."""
        if isinstance(event, events.Key) and event.key in _AT_ONCE:
            await self._deliver(event)
        elif self._following or self._holds or self._kept:
            self._kept.append(event)
        else:
            await self._hand_over(event)

    def hold(self) -> None:
        """A page will open when something slow is done: keep every key until `release`."""
        self._holds += 1

    def release(self) -> None:
        """The slow work is done."""
        self._holds = max(0, self._holds - 1)
        self._next()

    def page_changed(self, _: object = None) -> None:
        """Another page is on top: wait for it. One that is beneath or gone may never call back."""
        if self._following:
            self._begin(self._way(self._app.focused), self._look)

    async def _hand_over(self, event: events.Event) -> None:
        focused = self._app.focused
        typing = (
            isinstance(event, events.Key)
            and focused is not None
            and focused.check_consume_key(event.key, event.character)
        )
        self._following = not typing
        before = self._walks
        await self._deliver(event)
        if typing:  # a letter in a line sets off nothing that the next key could miss
            self._next()
        elif self._walks == before:
            self._follow(focused)

    def _follow(self, focused: Widget | None) -> None:
        """Walk behind the key: first up to the app, which runs what is bound to it, then behind what that set off."""
        self._begin(self._way(focused), lambda: self._begin(self._way(self._app.focused), self._look))

    def _way(self, focused: Widget | None) -> list[MessagePump]:
        start: Widget = focused or self._app.screen
        return [*(node for node in start.ancestors_with_self if node is not self._app), self._app]

    def _begin(self, nodes: list[MessagePump], then: Callable[[], None]) -> None:
        self._walks += 1
        self._walk(self._walks, nodes, then)

    def _walk(self, number: int, nodes: list[MessagePump], then: Callable[[], None]) -> None:
        """Queue up behind the messages of each node in turn, as a message that bubbles does."""
        while number == self._walks:
            if not nodes:
                then()
                return
            if nodes.pop(0).call_later(self._walk, number, nodes, then):
                return

    def _look(self) -> None:
        screen, focused, number = self._app.screen, self._app.focused, self._walks

        def painted() -> None:
            if number != self._walks:
                return
            if (self._app.screen, self._app.focused) != (screen, focused):
                self._begin(self._way(self._app.focused), self._look)
            else:
                self._following = False
                self._next()

        # A page that was just opened answers once it is composed and something on it has the focus.
        if not screen.call_after_refresh(painted):
            self._following = False
            self._next()

    def _next(self) -> None:
        if self._kept and not self._following and not self._holds:
            self._following = True
            self._app.call_later(self._hand_over, self._kept.popleft())
