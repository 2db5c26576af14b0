"""One model in the GGUF format, as a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.models.report import Signature
from wizard.servers.llama_server.models import gguf, memory


@dataclass(frozen=True, slots=True)
class GgufModel:
    """A model that the server is given by its (first) file. Sizes are in bytes."""

    path: Path
    architecture: str
    called: str
    """Its name in the header, "" if there is none."""
    precision: str
    """The kind of most of its weights, such as Q4_K."""
    parts: tuple[Path, ...]
    needs: memory.Needs

    @property
    def number(self) -> int | None:
        """A GGUF file has no version."""
        return None

    @property
    def edition(self) -> str:
        """Files of one model differ in the precision of their weights."""
        return self.precision

    @property
    def signatures(self) -> Mapping[str, Signature]:
        """Every model takes text and gives text."""
        return {}

    @property
    def line(self) -> str:
        """Architecture, precision, size and context."""
        parts = [self.architecture, self.precision, f"{size(self.needs.weights)} of weights"]
        if self.needs.context:
            parts.append(f"a context of up to {self.needs.context:,} tokens")
        if self.needs.token:
            parts.append(f"{size(self.needs.token * 1000)} of memory for each 1,000 of them")
        if len(self.parts) > 1:
            parts.append(f"{len(self.parts)} parts")
        return " · ".join(part for part in parts if part)


def of(path: Path, header: gguf.Header, parts: tuple[Path, ...], weights: int) -> GgufModel:
    """The model that a header describes."""
    return GgufModel(
        path=path,
        architecture=header.text("general.architecture"),
        called=header.text("general.name"),
        precision=_precision(header),
        parts=parts,
        needs=memory.needs(header, weights),
    )


def size(count: int) -> str:
    """Bytes as people read them."""
    for unit, factor in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count >= factor:
            return f"{count / factor:,.1f} {unit}"
    return f"{count} bytes"


def _precision(header: gguf.Header) -> str:
    held: Counter[int] = Counter()
    for tensor in header.tensors:
        held[tensor.kind] += tensor.size or 0
    kind = held.most_common(1)[0][0] if held else -1
    return gguf.KINDS[kind][0] if kind in gguf.KINDS else ""
