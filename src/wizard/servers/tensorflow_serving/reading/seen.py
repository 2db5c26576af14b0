"""TensorFlow Serving's own data about what was read, and what its rules share about its two APIs."""

from __future__ import annotations

from typing import NamedTuple

from wizard.observed.seen import Exposure
from wizard.observed.start import Start
from wizard.servers.tensorflow_serving.reading.launch import Launch
from wizard.servers.tensorflow_serving.reading.texts import Text

GRPC = Exposure("high", "high", "anyone who connects can replace the list of models, without credentials")
REST = Exposure("medium", "high", "the server asks for no credentials")
_GONE, _GONE_SINCE = ("s3://", "hdfs://"), (2, 7, 0)


class Seen(NamedTuple):
    """TensorFlow Serving's own data about what was read."""

    start: Start | None
    launch: Launch | None
    texts: tuple[Text, ...]
    release: tuple[int, ...]
    """() = unknown."""

    @property
    def version(self) -> str:
        """The release as it is written, "" if it is unknown."""
        return ".".join(map(str, self.release))

    def before(self, *release: int) -> bool:
        """Whether it is known to be older than a release."""
        return bool(self.release) and self.release < release

    def no_longer_reads(self, path: str) -> bool:
        """Whether a path is in a file system that only older releases support."""
        return path.lower().startswith(_GONE) and not self.before(*_GONE_SINCE)
