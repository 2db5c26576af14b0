"""The name of a container image: registry, repository, tag and digest."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple


class ImageName(NamedTuple):
    """What a name says, without its registry and digest."""

    repository: str
    tag: str
    """"" = none is named, which engines take for "latest"."""

    def is_one_of(self, repositories: Iterable[str]) -> bool:
        """Whether it is one of these, from their own registry or from a mirror that keeps the path."""
        return any(self.repository == each or self.repository.endswith(f"/{each}") for each in repositories)


@lru_cache(maxsize=256)  # every server is asked whether an image is one of its own
def image_name(text: str) -> ImageName:
    """The name as engines read it: the first part is a registry if it has a dot or a port, or is localhost."""
    bare = text.partition("@")[0]
    path, colon, tag = bare.rpartition(":")
    if not colon or "/" in tag:
        path, tag = bare, ""
    first, _, rest = path.partition("/")
    registry = rest and ("." in first or ":" in first or first == "localhost")
    return ImageName(rest if registry else path, tag)
