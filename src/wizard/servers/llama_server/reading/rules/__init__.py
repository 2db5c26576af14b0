"""llama-server's own rules: each module covers one subject; their texts are in rules.toml."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.observed.remark import Remark
from wizard.observed.seen import Observed
from wizard.servers.llama_server.reading.rules import access, container, cors, flags, models, presets, variables
from wizard.servers.llama_server.reading.seen import Seen


def find(observed: Observed) -> Iterator[Remark]:
    """All remarks by llama-server's rules about one process or file."""
    seen = observed.detail
    if not isinstance(seen, Seen):
        return
    yield from variables.find(seen)
    for each in seen.presets:
        yield from presets.find(seen, each)
    start, launch = seen.start, seen.launch
    if start is None or launch is None:
        yield from access.alone(seen)
        return
    if launch.twice is not None:
        yield container.doubled(start, launch.twice)
        return
    stopped = list(flags.find(seen, start, launch))
    yield from stopped
    if any(remark.rule in flags.STOPPING for remark in stopped):
        yield from access.reach(seen, start)  # what else it would do if it started is not the matter yet
        return
    yield from access.find(seen, start, launch)
    yield from models.find(seen)
    yield from cors.find(seen)
    yield from container.find(seen, start, launch)
