"""TensorFlow Serving's own rules: each module covers one subject; their texts are in rules.toml."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.observed.remark import Remark
from wizard.observed.seen import Observed
from wizard.servers.tensorflow_serving.reading.rules import flags, health, image, models, texts
from wizard.servers.tensorflow_serving.reading.seen import Seen


def find(observed: Observed) -> Iterator[Remark]:
    """All remarks by TensorFlow Serving's rules about one process or file."""
    seen = observed.detail
    if not isinstance(seen, Seen):
        return
    for text in seen.texts:
        yield from texts.find(text)
        if text.kind == "models.config":
            yield from models.find(seen, text)
    if seen.start is not None and seen.launch is not None:
        yield from image.find(seen.start, seen.launch)
        yield from health.find(seen.start, seen.launch, observed.listeners if observed.ports_known else ())
        if not seen.launch.shell_form:
            yield from flags.find(seen, seen.start, seen.launch)
