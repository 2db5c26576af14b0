"""Ports and volumes as written on Docker's command line and in Compose files."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.formats.region import Region
from wizard.formats.shell_words import split
from wizard.observed.start import Mounted, PublishedPort

_OPEN = regex(r"\$\{[^}]*\}|\$\([^)]*\)|\$\w+|`[^`]*`|%[A-Za-z_]\w*%|\$\{pwd\}")
_DRIVE = regex(r"(?i)[a-z]:[\\/]")
_RANGE = regex(r"([0-9]+)(?:-([0-9]+))?")
_DEFAULT = regex(r"\$\{\w+:?-([0-9]+)\}")
_FIELD = regex(r"\$\(csv source=(.*)\)(?=,|$)")
"""How scripts that this program writes name a source that may contain a comma."""
_MANY = 200


def publishes(region: Region, start: int, end: int) -> Iterator[PublishedPort]:
    """The ports of `[ADDRESS:][HOST:]CONTAINER[/PROTOCOL]`, one value for each of a range."""
    text = _DEFAULT.sub(r"\1", region.text.strip())
    body, _, protocol = text.partition("/")
    parts = _split(body)
    address, host = "", ""
    if len(parts) >= 3:
        address, host, inner = ":".join(parts[:-2]), parts[-2], parts[-1]
    elif len(parts) == 2:
        host, inner = parts
    else:
        inner = parts[0]
    outer, within = _numbers(host), _numbers(inner)
    if not within:
        yield PublishedPort(_bare(address), None, None, start, end, text, protocol or "tcp")
    for number, port in enumerate(within):
        matching = outer[number] if number < len(outer) else (outer[0] if len(outer) == 1 else None)
        yield PublishedPort(_bare(address), matching, port, start, end, text, protocol or "tcp")


def _bare(address: str) -> str:
    return address.strip("[]") if address != "" else ""


def _numbers(text: str) -> list[int]:
    match = _RANGE.fullmatch(text)
    if match is None:
        return []
    first, last = int(match[1][:6]), int((match[2] or match[1])[:6])
    return list(range(first, min(last, first + _MANY) + 1))


def volume(region: Region, start: int, end: int, declared: frozenset[str] = frozenset()) -> Mounted | None:
    """The parts of `SOURCE:TARGET[:MODE]`; None for a single path (an anonymous volume)."""
    text = region.text.strip()
    parts = _split(text)
    if len(parts) < 2:
        return None
    source, target = parts[0], parts[1]
    mode = parts[2] if len(parts) > 2 else ""
    path = source[:1] in "./~$%`\\" or bool(_DRIVE.match(source)) or "/" in source or "\\" in source
    kind = "bind" if path or not source else "volume"
    return Mounted(
        source,
        _tidy(target),
        kind,  # type: ignore[arg-type]
        start,
        end,
        source in declared,
        "ro" in mode.split(","),
        _OPEN.search(source) is not None,
        region.origin(len(region.text) - len(region.text.lstrip())),
    )


def _tidy(target: str) -> str:
    """Doubled slashes are how Git Bash keeps a path unchanged."""
    tidy = re.sub(r"/{2,}", "/", target)
    return tidy.rstrip("/") or "/"


def mount(text: str, start: int, end: int) -> Mounted | None:
    """The value of `--mount type=bind,source=…,target=…`."""
    field = _FIELD.search(text)
    values = dict(part.partition("=")[::2] for part in _FIELD.sub("", text).split(","))
    source = values.get("source") or values.get("src") or (_unquoted(field[1]) if field else "")
    target = values.get("target") or values.get("destination") or values.get("dst") or ""
    if not target or values.get("type", "volume") == "tmpfs":
        return None
    kind = "bind" if values.get("type") == "bind" else "volume"
    read_only = any(flag in values for flag in ("readonly", "ro"))
    opened = _OPEN.search(source) is not None
    return Mounted(source, _tidy(target), kind, start, end, True, read_only, opened)  # type: ignore[arg-type]


def _unquoted(text: str) -> str:
    words = split(Region(text))
    return words[0].text if len(words) == 1 else text


def _split(text: str) -> list[str]:
    """Split at colons, but not inside variables or brackets, or after a drive letter."""
    masked = _OPEN.sub(lambda match: "x" * len(match.group()), text)
    masked = re.sub(r"\[[^\]]*\]", lambda match: "x" * len(match.group()), masked)
    if _DRIVE.match(masked):
        masked = "xx" + masked[2:]
    masked = re.sub(r"(:)([A-Za-z]):([\\/])", r"\1xx\3", masked)
    parts, at = [], 0
    for match in re.finditer(":", masked):
        parts.append(text[at : match.start()])
        at = match.end()
    return [*parts, text[at:]]
