"""Drive a wizard on a terminal in memory: press a key, wait until nothing is left to do.

Textual's own pause looks every 20 milliseconds whether much is being computed, several times for each key. Here the
event loop itself is asked whether anything waits to be run: no time passes that is not worked in, and a busy machine
changes nothing.
"""

from __future__ import annotations

import asyncio
import unicodedata
from contextlib import suppress
from typing import Any

from textual import events, keys
from textual.app import App
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

Robot = Pilot[Any]
SOON = 0.2
"""Seconds; the wizard tells by itself what was typed, when no other key came for that long."""


async def press(pilot: Robot, *pressed: str) -> None:
    """Press one key after the other; each comes when all that the one before it set off is done."""
    for key in pressed:
        await strike(pilot.app, key)
        await settle(pilot)


async def strike(app: App[Any], *pressed: str) -> None:
    """Press one key after the other, and wait for no worker."""
    driver = app._driver
    assert driver is not None
    for key in pressed:
        driver.send_message(key_event(app, key))
        await quiet(app)


def key_event(app: App[Any], key: str) -> events.Key:
    """What a terminal's driver makes of a key, by Textual's name for it or as the character itself."""
    name = keys._character_to_key(key) if len(key) == 1 and not key.isalnum() else key
    try:
        character: str | None = unicodedata.lookup(keys._get_unicode_name_from_key(keys.REPLACED_KEYS.get(name, name)))
    except KeyError:
        character = name if len(name) == 1 else None
    event = events.Key(name, character)
    event.set_sender(app)
    return event


async def settle(pilot: Robot) -> None:
    """Wait until nothing is under way any more: messages, painting, workers, keys that are kept for a later page."""
    app = pilot.app
    while True:
        await quiet(app)
        if app.workers:
            with suppress(WorkerCancelled):  # one that a newer one of its kind replaced counts as done
                await app.workers.wait_for_complete()
        elif not (_keys_wait(app) and app.is_running):
            return
        else:
            await asyncio.sleep(0.01)  # for what no worker does


def _keys_wait(app: Any) -> bool:
    keyboard = getattr(app, "keyboard", None)  # a test's own app may have none
    return keyboard is not None and keyboard.busy


async def quiet(app: App[Any]) -> None:
    """Wait until no message waits, everything is painted, and nothing is to be told soon. Workers may still work."""
    while True:
        await _nothing_to_run()
        if not app.is_running or not app.screen_stack:
            return
        if not (await _moved(app) or await _told(app) or _painted(app)):
            return


async def _nothing_to_run() -> None:
    """Let everything else run for as long as there is something."""
    loop: Any = asyncio.get_running_loop()
    await asyncio.sleep(0)
    while loop._ready:
        await asyncio.sleep(0)


async def _moved(app: App[Any]) -> bool:
    """Wait until nothing glides any more, such as a page that is scrolled; whether something did."""
    moving = not app.animator._complete_event.is_set()
    if moving:
        await app.animator.wait_until_complete()
    return moving


async def _told(app: App[Any]) -> bool:
    """Wait for what will be said by itself soon; whether there was something."""
    timers = [timer for node in (app, *app.screen.walk_children(with_self=True)) for timer in node._timers]
    soon = {t._task for t in timers if t._task and not t._task.done() and t._repeat == 0 and t._interval <= SOON}
    if soon:
        await asyncio.wait(soon)
    return bool(soon)


def _painted(app: App[Any]) -> bool:
    """Paint now what would be painted within a sixtieth of a second; whether there was something."""
    screen = app.screen
    wanted = screen._layout_required or screen._scroll_required or screen._repaint_required
    found = bool(wanted or screen._dirty_widgets or screen._recompose_required or screen._callbacks)
    if found and not app._batch_count:
        screen._on_timer_update()
        return True
    return False
