"""The model servers that run on this machine, as offers to look at one. Another process finds them."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from wizard import registry
from wizard.machine.child import Child
from wizard.observed.open_to import EVERYWHERE, HERE, NOBODY

MOST = 9
"""Maximum number of offers, each chosen by a digit."""
_SECONDS = 20
"""After this many seconds nothing is offered: an engine may exist and never answer."""
_REACH = {EVERYWHERE: " on every interface", HERE: " for this machine only", NOBODY: " for nobody else"}


class FoundHere(NamedTuple):
    """One server that runs here."""

    place: str
    """How it is named for looking at it, such as `container:web`."""
    words: str
    """What it is and who can reach it, as the object of a sentence."""
    kind: str
    """"process" or "container"."""
    name: str
    """Distinguishes it from others: the name of the container, the id of the process."""


class Looking:
    """Searches for servers in parallel; begins at once."""

    def __init__(self) -> None:
        self._child = Child("check", "--running", "--fail-on", "none", "--format", "json")

    def found(self) -> tuple[FoundHere, ...]:
        """What runs here, most widely open first; () if it cannot be known. Waits; may run in another thread."""
        try:
            files = json.loads(self._child.output(_SECONDS) or '{"files": []}')["files"]
        except (ValueError, KeyError):
            return ()
        # What only looks after a server, such as a gateway, has none of its own to look at.
        running = [each for each in files if "listens" in each and each["server"]]
        return tuple(map(_offer, sorted(running, key=lambda each: _width(_widest(each["listens"])))[:MOST]))

    def end(self) -> None:
        """Nobody waits for it any more."""
        self._child.end()


def _offer(report: dict[str, Any]) -> FoundHere:
    title = registry.title(report["server"])
    kind, _, name = report["path"].partition(":")
    return FoundHere(report["path"], f"{title}, running here{_reach(report['listens'])}", kind, name)


def _reach(listens: list[dict[str, Any]]) -> str:
    """Who can reach its most widely open door."""
    who = _widest(listens)
    return _REACH.get(who, f", open to {who}") if who else ""


def _widest(listens: list[dict[str, Any]]) -> str:
    return min((each["who"] for each in listens), key=_width, default="")


def _width(who: str) -> int:
    """Most widely open first; "" = not known to be open."""
    return {EVERYWHERE: 0, HERE: 2, NOBODY: 3, "": 4}.get(who, 1)
