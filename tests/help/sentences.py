"""The sentences in llama-server's programs that speak of something wrong, as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

LIBRARIES = (
    "llama-server",
    "libllama-server-impl",
    "libllama-common",
    "libllama",
    "libmtmd",
    "libggml-base",
    "libggml",
)
PROCESSOR = ("libggml-cpu.so", "libggml-cpu-x64.so")
"""One of the libraries for processors; they differ in speed, not in what they say."""
_FAULTS = re.compile(
    r"(?i)\b(fail|failed|failure|error|invalid|unable|cannot|can't|could not|couldn't|not found|unknown|unsupported"
    r"|not supported|missing|must|required|warning|expected|unexpected|refus|denied|exceed"
    r"|too (?:large|long|many|small|short|few)|corrupt|mismatch|exit|no such|out of|abort|ignor|deprecated|does not"
    r"|doesn't|not implemented|not allowed|disabled|please|try|wrong|illegal|empty|already|bad|only|insufficient"
    r"|overflow|truncat|skipp|not enough|incompatible|inconsistent|is not|are not|no )"
)
_NO_SENTENCE = re.compile(r"_Z|N\d|St\d|\.|GLIBC")
"""How names of the compiler begin."""
_LONGEST = 600
"""What is longer is a built-in template or an example."""


def of_build(folder: Path) -> set[str]:
    """Every sentence of a build that is unpacked there."""
    return {sentence for path in _libraries(folder) for sentence in _of_file(path)}


def _libraries(folder: Path) -> Iterator[Path]:
    more = folder.parent / "root/usr/lib/x86_64-linux-gnu"
    for name in LIBRARIES:
        yield next(p for p in _candidates(folder, more, name) if p.is_file())
    yield next(folder / name for name in PROCESSOR if (folder / name).is_file())


def _candidates(folder: Path, more: Path, name: str) -> Iterator[Path]:
    yield from (folder / name, folder / f"{name}.so", folder / f"{name}.so.0", more / f"{name}.so.0")


def _of_file(path: Path) -> Iterator[str]:
    for found in re.findall(rb"[\x20-\x7e\t]{6,}", path.read_bytes()):
        text = found.decode("ascii").strip()
        if " " not in text or len(text) > _LONGEST or any(mark in text for mark in ("{%", "{{", "[&", "<|")):
            continue
        if _FAULTS.search(text) and not _NO_SENTENCE.match(text) and "(anonymous" not in text:
            yield text


def printed(sentence: str) -> str:
    """The sentence with something in the places that are filled in when it is printed."""
    for kinds, value in (("diuoxX", "7"), ("feg", "1.5"), ("sc", "abc")):
        sentence = re.sub(rf"%[-+ 0#]?(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh|ll|[hlzj])?[{kinds}]", value, sentence)
    return sentence.replace("%p", "0x1").replace("%%", "%")
