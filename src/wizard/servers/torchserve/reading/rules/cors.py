"""The three CORS keys: what a browser will make of what the server sends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.observed.remark import Edit, Remark
from wizard.servers.torchserve.properties import Property
from wizard.servers.torchserve.reading.config import Config
from wizard.servers.torchserve.reading.rules.remarks import replaced_value, say
from wizard.servers.torchserve.reading.seen import Seen
from wizard.severity import Severity

_ORIGIN = regex(r"[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[a-z0-9._-]+|[^\x00-\x7f]+[^/:?#]*)(:\d{1,5})?")
_DEFAULT_PORT = regex(r"(http://[^/]*:80|https://[^/]*:443)")


def find(seen: Seen, config: Config) -> Iterator[Remark]:
    """Remarks about what web pages will and will not be able to do."""
    entry = config.values.get("cors_allowed_origin")
    if entry is None or not entry.value.strip():
        yield from _without_origin(config)
        return
    if config.refused is not None and entry.start <= config.refused_at <= entry.end:
        return
    problem, mended = _problem(entry.value)
    if problem:
        edits: tuple[Edit, ...] = (replaced_value(config, entry, mended),) if mended else ()
        yield say("TS-CORS-ORIGIN", config, entry, problem=problem, edits=edits)
        return
    if seen.token:
        yield say("TS-CORS-TOKEN", config, entry)
        return
    if seen.token is None:
        return
    if entry.value.strip() == "*":
        yield say("TS-CORS-ANY", config, entry, _any_severity(seen))
    elif entry.value.strip() == "null":
        yield say("TS-CORS-NULL", config, entry)
    yield from _headers(config, entry)


def _any_severity(seen: Seen) -> Severity | None:
    """None = that of the rule. Without a published port or a gateway, pages have only the container's own address,
    which browsers on this machine alone can reach."""
    told = seen.start is not None and seen.start.holder in ("compose", "docker-run")
    return "medium" if told and seen.unpublished and not seen.fronted else None


def _problem(value: str) -> tuple[str, str]:
    """(what is wrong with an origin, and the right one if there is no doubt)."""
    plain = value.strip()
    if plain in ("*", "null"):
        return "", ""
    if re.search(r"[\x00-\x08\x0a-\x1f]", value):
        return "a line break in it makes every request hang", ""
    if match := re.fullmatch(r"(\S+)\s+#.*", plain):
        first = match[1]
        return "a comment at the end of the line is sent too", first if _ORIGIN.fullmatch(first) else ""
    if "," in plain or re.search(r"\S\s+\S", plain):
        return "it holds several origins, and the text is sent as it stands", ""
    if plain[0] in "\"'":
        inner = plain.strip("\"'")
        return "the quotes are sent too", inner if _ORIGIN.fullmatch(inner) else ""
    if "://" not in plain:
        return "it has no scheme: an origin begins with http:// or https://", ""
    if re.fullmatch(r"[^/]+://[^/]+/", plain):
        bare = plain.rstrip("/")
        return "no origin ends in a slash", bare if _ORIGIN.fullmatch(bare) else ""
    if re.fullmatch(r"[^/]+://[^/]+/.+", plain):
        return "an origin has no path", ""
    if re.search(r"[*^$()|\\]", plain):
        return "no pattern is understood, the text is sent as it stands", ""
    if plain != plain.lower() and _ORIGIN.fullmatch(plain.lower()):
        return "browsers write an origin in lower case", plain.lower()
    if _DEFAULT_PORT.fullmatch(plain):
        return "browsers leave the usual port out", plain.rpartition(":")[0]
    return ("" if _ORIGIN.fullmatch(plain) else "no browser writes an origin so"), ""


def _without_origin(config: Config) -> Iterator[Remark]:
    for key in ("cors_allowed_methods", "cors_allowed_headers"):
        entry = config.values.get(key)
        if entry is not None and entry.value.strip() and not _elsewhere(config):
            yield say("TS-CORS-NO-ORIGIN", config, entry)


def _elsewhere(config: Config) -> bool:
    """The origin is under a name the server does not know, which another remark reports, or a variable sets it."""
    return "cors_allowed_origin" in config.unknown or any(
        "cors" in key.lower() and "origin" in key.lower() for key in config.values
    )


def _headers(config: Config, origin: Property) -> Iterator[Remark]:
    entry = config.values.get("cors_allowed_headers")
    allowed = {part.strip().lower() for part in entry.value.split(",")} if entry else set()
    if allowed & {"*", "content-type"}:
        return
    if entry is not None:
        edits = (replaced_value(config, entry, f"{entry.value.strip()},content-type".lstrip(",")),)
        yield say("TS-CORS-HEADERS", config, entry, edits=edits)
    else:
        yield say("TS-CORS-HEADERS", config, origin, "medium")
