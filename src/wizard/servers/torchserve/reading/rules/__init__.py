"""TorchServe's own rules: each module covers one subject and yields remarks; their texts are in rules.toml."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.observed.remark import Remark
from wizard.observed.seen import Observed
from wizard.servers.torchserve.reading.rules import access, addresses, cors, keys, models, stores
from wizard.servers.torchserve.reading.seen import Seen


def find(observed: Observed) -> Iterator[Remark]:
    """All remarks by TorchServe's rules about one process or file."""
    seen = observed.detail
    if not isinstance(seen, Seen):
        return
    if seen.config is not None:
        if seen.config.snapshot:
            yield Remark("TS-SNAPSHOT", seen.config.part.source, None)
        else:
            for module in (keys, addresses, access, cors, models, stores):
                yield from module.find(seen, seen.config)
    if seen.start is not None:
        # Most files that are checked start nothing.
        from wizard.servers.torchserve.reading.rules import launching

        yield from launching.find(seen, seen.start)
