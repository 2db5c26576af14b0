"""The paths that llama-server answers, and what a request to each of them does."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Effect = Literal["predict", "observe", "change", "run-code", "read-files", "write-files", "fetch-urls"]


@dataclass(frozen=True, slots=True)
class RouteGroup:
    """Paths with the same answers. A part of a path that begins with a colon stands for any text without a slash."""

    paths: tuple[str, ...]
    methods: tuple[str, ...]
    does: tuple[Effect, ...]
    meaning: str
    evidence: str
    open: bool = False
    """It is answered without a key."""
    open_before: int = 0
    """Builds before this one answer it without a key; 0 = none does."""
    body: bool = False
    """Its body is read as JSON, whatever Content-Type says."""
    routed: bool = False
    """A router hands it to the server of a model, which the request has to name."""
    any_body_routed: bool = False
    """A router answers it whatever its body is."""
    file: bool = False
    """It is a file in a folder: what leads to the same file is answered like it."""
    takes: str = ""
    """What its body has to contain, by the kinds of `bodies`; "" = that is not known or does not matter."""
    needs: str = ""
    """The option without which it answers `off`."""
    off: int = 404
    first: int = 0
    before: int = 0
    """Builds from this one on no longer have it; 0 = all have it."""
    query: str = ""
    """What its query must contain."""
    lacking: int = 400
    """Status of a request whose query does not contain it."""
    array: bool = False
    """Its body has to be a JSON array."""
    field: str = ""
    """A text that its body must contain."""
    done: int = 200
    """Status of a valid request."""
    malformed: int = 0
    """Status for a body that is not JSON, if it is the same in all builds."""
    unfit: int = 0
    """Status of a request that names something that does not exist, if that is what a first request does."""

    def is_open(self, build: int) -> bool:
        """Whether a build answers it without a key."""
        return self.open or build < self.open_before

    def matches(self, path: str) -> bool:
        """Whether a decoded path is one of its paths."""
        return any(_matches(pattern, path) for pattern in self.paths)


@cache
def routes() -> tuple[RouteGroup, ...]:
    """Every route, in the order of the table."""
    text = Path(__file__).with_name("routes.toml").read_text("utf-8")
    data = tomllib.loads(text)
    return tuple(
        RouteGroup(**{"evidence": data["evidence"], **entry, **{key: tuple(entry[key]) for key in _LISTS}})
        for entry in data["route"]
    )


def at(path: str, build: int) -> Iterator[RouteGroup]:
    """A build's routes for a decoded path, one for each method."""
    there = (route for route in routes() if route.first <= build and not 0 < route.before <= build)
    return (route for route in there if route.matches(path))


_LISTS = ("paths", "methods", "does")


def _matches(pattern: str, path: str) -> bool:
    if ":" not in pattern:
        return pattern == path
    # The library that matches patterns ignores a slash at the end.
    wanted, given = pattern.split("/"), path.removesuffix("/").split("/")
    pairs = zip(wanted, given, strict=False)
    return len(wanted) == len(given) and all(w == g or (w.startswith(":") and g) for w, g in pairs)
