"""What the command palette offers: every step and every action."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.system_commands import SystemCommandsProvider

from wizard.help import topics
from wizard.screens.comparing import ComparingScreen, open_comparing
from wizard.screens.face import face_of
from wizard.screens.firstaid import FirstAidScreen, open_first_aid
from wizard.screens.glossary import GlossaryScreen
from wizard.screens.history import HistoryScreen
from wizard.session.steps.progress import title_of

_FIRST = ("review", "write", "try")
"""Steps that are listed before the others."""
_MOST = 12
"""Maximum number of topics offered for what was typed."""
_SAID = 0.3
"""The score of a command that is found by its description."""
_BELOW = 0.2
"""The score of the best topic: commands come above."""

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen


class Palette(CommandPalette):
    """Textual's own, which fails if a second click comes before the first has taken it away."""

    def dismiss(self, result: None = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Actions(SystemCommandsProvider):
    """Steps and actions. Before anything is typed, they are in their own order, not alphabetical."""

    async def discover(self) -> Hits:
        """All of them, in the order of `commands`."""
        for command in self.app.get_system_commands(self.screen):
            yield DiscoveryHit(command.title, command.callback, help=command.help)

    async def search(self, query: str) -> Hits:
        """Those whose names match, then those whose descriptions match."""
        async for hit in super().search(query):
            yield hit
        matcher, words = self.matcher(query), query.strip().casefold()
        for command in self.app.get_system_commands(self.screen):
            if words in command.help.casefold() and not matcher.match(command.title):
                title = Content(command.title)
                yield Hit(_SAID, title, command.callback, command.title, command.help)


class Topics(Provider):
    """Everything that can be explained, found by name or meaning."""

    async def search(self, query: str) -> Hits:
        """The best matches first, below the commands."""
        found = (*topics.lookup(query), *topics.search(query, _MOST))
        for number, topic in enumerate(dict.fromkeys(found)):
            title = f"Explain {topic.title}"
            yield Hit(_BELOW - number / 1000, Content(title), self._opener(topic.id), title, topic.meaning)

    def _opener(self, topic_id: str) -> Callable[[], None]:
        def open_it() -> None:
            self.app.push_screen(GlossaryScreen((topic_id,)))

        return open_it


def commands(app: App[Any]) -> Iterator[SystemCommand]:
    """The most frequent actions, then the steps in order, then rare actions."""
    face = face_of(app)
    steps = {step.id: step for step in face.session.steps}
    overview = partial(face.when_ready, face.open_overview)
    yield SystemCommand("Overview", "Every decision on one page", overview)
    for step in sorted(steps.values(), key=lambda step: _FIRST.index(step.id) if step.id in _FIRST else len(_FIRST)):
        yield SystemCommand(f"Go to {title_of(step)}", step.question, partial(face.go_to, step))
    yield SystemCommand("Undo", "Undo the last answer", face.action_undo)
    yield SystemCommand("Redo", "Reapply the answer that was undone last", face.action_redo)
    yield SystemCommand("History", "Every answer so far, to go back to", partial(_history, app))
    yield SystemCommand("Look up a word", "Words, settings, findings and messages explained", partial(_glossary, app))
    yield SystemCommand("First aid", "Paste an error message, go where it is fixed", partial(_first_aid, app))
    compare = "Presets side by side: reach and implications"
    yield SystemCommand("Compare two starting points", compare, partial(face.when_ready, partial(_comparing, app)))
    yield SystemCommand("Theme", "Dark, light and others", app.action_change_theme)
    yield SystemCommand("Quit", "Leave, keeping a draft", face.leave)


def _once(app: App[Any], kind: type[Screen[Any]], open_it: Callable[[], object]) -> None:
    """Open a page; return to it if it is open already."""
    known = next((screen for screen in app.screen_stack if isinstance(screen, kind)), None)
    if known is None:
        open_it()
    else:
        face_of(app).back_to(known)


def _history(app: App[Any]) -> None:
    _once(app, HistoryScreen, face_of(app).action_history)


def _glossary(app: App[Any]) -> None:
    _once(app, GlossaryScreen, lambda: app.push_screen(GlossaryScreen()))


def _first_aid(app: App[Any]) -> None:
    _once(app, FirstAidScreen, lambda: open_first_aid(app, face_of(app).session))


def _comparing(app: App[Any]) -> None:
    _once(app, ComparingScreen, lambda: open_comparing(app, face_of(app).session))
