"""GGUF files for tests, written byte by byte with the script that makes the sample."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from tests.support.model_builders import script

maker = script("make_alphabet_model")
UINT16, FLOAT32, ARRAY = 2, 6, 9


def short(key: str, value: int) -> bytes:
    """A line with a 16-bit number, as the parts of a split model have them."""
    return bytes(maker.text(key) + struct.pack("<IH", UINT16, value))


def texts(**pairs: str) -> list[bytes]:
    """Lines with text; a double underscore stands for the dot."""
    return [maker.pair(key.replace("__", "."), maker.STRING, value) for key, value in pairs.items()]


def file(lines: Sequence[bytes], names: Sequence[str] = (), version: int = 3) -> bytes:
    """A whole file of these header lines and of these tensors of the sample."""
    weights = {name: maker.tensors()[name] for name in names}
    described, body = b"", b""
    for name, (shape, kind, data) in weights.items():
        described += maker.text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        described += struct.pack("<IQ", kind, len(body))
        body += maker.padded(data)
    start = b"GGUF" + struct.pack("<IQQ", version, len(weights), len(lines)) + b"".join(lines) + described
    return (maker.padded(start) if names else start) + body


def sample(extra: Sequence[bytes] = (), architecture: str = "llama") -> bytes:
    """The sample with more header lines, or under the name of another architecture."""
    lines = [line if "general.architecture" not in _key(line) else texts(general__architecture=architecture)[0]
             for line in maker.header()]  # fmt: skip
    return file([*lines, *extra], tuple(maker.tensors()))


def _key(line: bytes) -> str:
    (length,) = struct.unpack_from("<Q", line)
    return line[8 : 8 + length].decode()


def floats(key: str, values: Sequence[float], listed: bool) -> bytes:
    """A line with a decimal number, or with a list of them."""
    kind = struct.pack("<IIQ", ARRAY, FLOAT32, len(values)) if listed else struct.pack("<I", FLOAT32)
    return bytes(maker.text(key) + kind + struct.pack(f"<{len(values)}f", *values))


def replaced(key: str, line: bytes) -> bytes:
    """The sample with another line for a key, or with one more."""
    return file([*(each for each in maker.header() if _key(each) != key), line], tuple(maker.tensors()))


def pooled(kind: int) -> bytes:
    """The sample as a model for embeddings (kind 1 to 3) or for reranking (4)."""
    return sample([maker.text("llama.pooling_type") + struct.pack("<II", maker.UINT32, kind)])


def split(folder: Path, count: int = 3, stem: str = "alphabet") -> list[Path]:
    """The sample in several files, as llama-gguf-split makes them: the header in the first, tensors in all."""
    names = list(maker.tensors())
    size = -(-len(names) // count)
    made = []
    for number in range(count):
        lines = [short("split.no", number), short("split.count", count)]
        lines += [maker.text("split.tensors.count") + struct.pack("<Ii", maker.INT32, len(names))]
        path = folder / f"{stem}-{number + 1:05}-of-{count:05}.gguf"
        head = maker.header() if number == 0 else []
        path.write_bytes(file([*head, *lines], names[number * size : (number + 1) * size]))
        made.append(path)
    return made
