"""Containers that use the network of another one, so that its published ports are theirs too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.observed.start import Start, StartOption

_KINDS = frozenset({"service", "container"})
SHARED = "shares a network"
"""The option for "other containers listen on the same addresses and ports"."""


def joined(starts: Sequence[Start]) -> Iterator[Start]:
    """The starts of one file, each with the ports of the container whose network it uses."""
    owners = {start.at: owner for start in starts if (owner := _owner(start, starts)) is not None}
    lent = {owner.at for owner in owners.values()}
    for start in starts:
        owner = owners.get(start.at)
        if owner is not None:
            host = owner.network == "host"
            yield start._replace(
                network="host" if host else start.network,
                publishes=() if host else owner.publishes,
                options=(*start.options, (SHARED, "", start.network_at), *_refused(start)),
            )
        elif shares(start):
            yield start._replace(publishes=(), options=(*start.options, *_refused(start)))
        elif start.at in lent:
            yield start.with_options((SHARED, "", start.at))
        else:
            yield start


def shares(start: Start) -> bool:
    """Whether a container has no network of its own."""
    return start.network.partition(":")[0] in _KINDS and ":" in start.network


def _owner(start: Start, starts: Sequence[Start]) -> Start | None:
    if not shares(start):
        return None
    kind, _, name = start.network.partition(":")
    return next((each for each in starts if each is not start and name in _names(each, kind)), None)


def _names(start: Start, kind: str) -> tuple[str, ...]:
    named = start.option("container_name")
    if start.holder == "compose" and kind == "container":
        return (named[0],) if named is not None else ()
    return (start.name,)


def _refused(start: Start) -> Iterator[StartOption]:
    """Ports of its own, with which the engine refuses to start it."""
    if start.publishes:
        yield "ports refused", start.publishes[0].text, start.publishes[0].start
