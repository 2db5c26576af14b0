"""Services of one Compose file that publish the same port of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.observed.remark import Remark
from wizard.observed.start import PublishedPort, Start


def find(starts: Sequence[tuple[str, Start]]) -> Iterator[Remark]:
    """The later one of two, where a server known here is one of them. Starts: (server, "" if unknown; service)."""
    taken: dict[tuple[int, str], list[tuple[str, Start, PublishedPort]]] = {}
    for server, start in starts:
        outer = start.service or start
        if outer.holder != "compose" or outer.network:
            continue
        for publish in outer.publishes:
            if publish.host_port is None:
                continue
            before = taken.setdefault((publish.host_port, publish.protocol), [])
            other = next(
                (o for s, o, p in before if (s or server) and _together(o, outer) and _overlap(p, publish)), None
            )
            if other is not None:
                fills = {"port": publish.host_port, "other": other.name}
                yield Remark("RUN-PORT-TWICE", outer.place(publish), publish.start, fills)
            before.append((server, outer, publish))


def _overlap(one: PublishedPort, other: PublishedPort) -> bool:
    return one.address == other.address or one.everywhere or other.everywhere


def _together(one: Start, other: Start) -> bool:
    """Whether they are started at once: neither is kept for a profile, or both for the same ones."""
    profiles = [start.option("profiles") for start in (one, other)]
    named = [found[0] if found is not None else "" for found in profiles]
    return one.name != other.name and named[0] == named[1]
