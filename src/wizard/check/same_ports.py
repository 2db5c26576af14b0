"""Containers in one file that publish the same port of this machine: services, and lines of a script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.check.file_names import SHEBANG
from wizard.fast_start import regex
from wizard.observed.remark import Remark
from wizard.observed.start import PublishedPort, Start


def find(starts: Sequence[tuple[str, Start]]) -> Iterator[Remark]:
    """The later of the two, if one is a known server. Starts: (server, "" if unknown; service)."""
    taken: dict[tuple[int, str], list[tuple[str, Start, PublishedPort]]] = {}
    for server, start in starts:
        outer = start.outer
        if outer.holder not in ("compose", "docker-run") or outer.network:
            continue
        for publish in outer.publishes:
            if publish.host_port is None:
                continue
            before = taken.setdefault((publish.host_port, publish.protocol), [])
            other = next(
                (o for s, o, p in before if (s or server) and _at_once(o, outer) and _overlap(p, publish)), None
            )
            if other is not None:
                fills = {"port": publish.host_port, "other": other.name or "the container above"}
                yield Remark("RUN-PORT-TWICE", outer.place(publish), publish.start, fills)
            before.append((server, outer, publish))


def _overlap(one: PublishedPort, other: PublishedPort) -> bool:
    return one.address == other.address or one.everywhere or other.everywhere


_COMMENT = regex(r"(?m)(?:^|[ \t])#.*$")
_OTHERWISE = regex(
    r"(?m)(?<![-\w])(?:stop|rm|kill|down|restart|wait|exit|return|read|else|elif|fi|case|esac|for|while|done)\b"
    r"|[{}]$|\|\|"
)
"""What stops the earlier container, or lets only one of the two run: then they may never meet."""


def _at_once(one: Start, other: Start) -> bool:
    if one.holder == "compose":
        return _together(one, other)
    text = one.source.text
    # A text without a script's first line is often a list of commands to choose from.
    if one.option("--detach") is None or SHEBANG.match(text) is None or one.at >= other.at:
        return False
    begins = [text.rfind("\n", 0, start.at) + 1 for start in (one, other)]
    plain = all(not text[begin : begin + 1].isspace() for begin in begins)
    return plain and _OTHERWISE.search(_COMMENT.sub("", text[begins[0] : begins[1]])) is None


def _together(one: Start, other: Start) -> bool:
    """Whether they are started together: neither has a profile, or both have the same ones."""
    profiles = [start.option("profiles") for start in (one, other)]
    named = [found[0] if found is not None else "" for found in profiles]
    return one.name != other.name and named[0] == named[1]
