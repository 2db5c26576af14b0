"""What web pages may read: one origin, spelled as browsers send it, and the headers they may send."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex
from wizard.observed.remark import Edit, Remark, shortened
from wizard.servers import word_edits
from wizard.servers.llama_server.reading.seen import Seen, Value

_WORDS = frozenset({"", "*", "localhost", "null"})
_ORIGIN = regex(r"[a-z][a-z0-9+.-]*://[^/?#\s@]+")


def find(seen: Seen) -> Iterator[Remark]:
    """Remarks about the four flags of CORS."""
    origins = seen.values.get("--cors-origins")
    cookies = seen.values.get("--cors-credentials")
    if cookies is not None and cookies.made and cookies.text == "on":
        yield Remark("LS-CORS-COOKIES", cookies.source, cookies.at)
    if origins is None or not origins.made or origins.open:
        return
    if origins.text not in _WORDS:
        wrong = _spelling(origins)
        if wrong is not None:
            yield wrong
            return
    if origins.text not in ("", "null"):
        yield from _headers(seen, origins)


def _spelling(origins: Value) -> Remark | None:
    text, source = origins.text, origins.source
    fills = {"value": shortened(text)}
    if len(re.split(r"[,\s]+", text.strip(", "))) > 1:
        return Remark("LS-CORS-LIST", source, origins.at, fills)
    if "*" in text:
        return Remark("LS-CORS-PATTERN", source, origins.at, fills)
    if _ORIGIN.fullmatch(text):
        return None
    meant = re.match(r"(?i)[a-z][a-z0-9+.-]*://[^/?#\s@]+", text)
    better = meant.group().lower() if meant else f"https://{text}"
    at = source.text.find(text, origins.at)
    edits = (Edit(at, at + len(text), better),) if meant and at >= 0 else ()
    return Remark("LS-CORS-SPELLING", source, origins.at, {**fills, "meant": better}, edits=edits)


def _headers(seen: Seen, origins: Value) -> Iterator[Remark]:
    """A page that must present a key needs a header that `*` does not cover."""
    if seen.keys not in ("some", "word"):
        return
    headers = seen.values.get("--cors-headers")
    if headers is not None and (headers.open or "authorization" in headers.text.lower()):
        return
    launch, start = seen.launch, seen.start
    given = launch.flag("--cors-origins") if launch is not None else None
    edits: tuple[Edit, ...] = ()
    if headers is None and given is not None and given.value is not None and start is not None:
        behind = word_edits.followed_by(start.source, given.value, "--cors-headers")
        value = word_edits.followed_by(start.source, given.value, "authorization,content-type")
        edits = (Edit(behind[0].start, behind[0].end, behind[0].text + value[0].text),) if behind and value else ()
    place = headers if headers is not None and headers.made else origins
    yield Remark("LS-CORS-HEADERS", place.source, place.at, edits=edits)
