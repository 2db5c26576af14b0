"""Typed origins: what a browser makes of them, and whether they may be in an allowlist.

An allowlist entry is compared byte for byte with the `Origin` header, so an entry is accepted only if some page in a
browser can send exactly that header. An entry that a browser would only spell differently is accepted and changed;
anything whose meaning would have to be guessed is refused, with a suggestion.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from wizard.cors.refusals import authority_of, parts_of, refused_text, refused_url
from wizard.cors.urls import Url, ip_of, parse_as_chromium

_BLANKS = "".join(map(chr, range(0x21)))
"""What the URL parser strips at both ends: control characters and the space."""


@dataclass(frozen=True, slots=True)
class OriginVerdict:
    """One typed value, judged.

    `code` is stable: "" if the value is fine as typed, else the id of what was changed or why it is refused.
    """

    input: str
    origin: str | None
    """Chromium's `new URL(input).origin`: "null" if opaque, None if it is not a URL."""
    accepted: bool
    value: str | None = None
    """The spelling to store, when accepted."""
    problem: str | None = None
    """One sentence: why it is refused, or what was changed."""
    fix: str | None = None
    """One entry that would be accepted, if there is little doubt about the meaning."""
    code: str = ""
    parts: tuple[str, ...] = ()
    """For code "list": the single entries, each spelled as it would be stored."""


@lru_cache(maxsize=1024)  # each change of a Plan asks again about the same few
def canonical_origin(text: str) -> OriginVerdict:
    """Judge one typed value. Never raises."""
    url = parse_as_chromium(text)
    origin = url.origin if url else None
    body = text.strip(_BLANKS)
    refusal = refused_text(body) or refused_url(body, url)
    if refusal:
        return OriginVerdict(text, origin, False, None, refusal.problem, refusal.fix, refusal.code, refusal.parts)
    assert url is not None  # noqa: S101 - refused_url refuses None
    if text == url.origin:
        return OriginVerdict(text, origin, True, origin)
    changes = _changes(text, body, url)
    problem = f"Browsers write this origin {origin} ({', '.join(changes.values())})."
    return OriginVerdict(text, origin, True, origin, problem, None, next(iter(changes)))


class Meant(NamedTuple):
    """One origin that a typed line stands for."""

    origin: str
    """Spelled as it would be stored."""
    typed: str
    correction: str
    """What else was corrected besides spelling, in two words; "" = nothing."""


_CORRECTIONS = {
    "path": "path removed",
    "query": "query removed",
    "fragment": "fragment removed",
    "userinfo": "name removed",
    "no-scheme": "scheme added",
}
"""Code of a refusal -> what its fix does; the others are corrected too."""


def meant(text: str) -> tuple[Meant, ...]:
    """The origins that a typed line stands for, one or several; () if one of them would have to be guessed."""
    verdict = canonical_origin(text)
    if verdict.code == "list":
        found = [meant(part) for part in parts_of(text)]
        return tuple(each for part in found for each in part) if all(found) else ()
    if verdict.accepted:
        return (Meant(verdict.value or "", text, ""),)
    fixed = canonical_origin(verdict.fix) if verdict.fix else None
    if fixed is None or fixed.value is None:
        return ()
    return (Meant(fixed.value, text, _CORRECTIONS.get(verdict.code, "corrected")),)


def read_origin_lines(lines: Iterable[str]) -> Iterator[dict[str, str | bool | None]]:
    """One typed value per line (without the line end) to the objects that `cors --origins` prints.

    Their `problem` also says what to write instead, if that is known.
    """
    for line in lines:
        verdict = canonical_origin(line.rstrip("\r\n"))
        yield {
            "input": verdict.input,
            "origin": verdict.origin,
            "accepted": verdict.accepted,
            "problem": f"{verdict.problem} Write {verdict.fix}" if verdict.fix else verdict.problem,
        }


def _changes(text: str, body: str, url: Url) -> dict[str, str]:
    """Code and phrase of each difference between what was typed and the origin, the most telling first."""
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(:?)(\d*)\s*", authority_of(body))
    host, colon, port = match.groups() if match else (authority_of(body), "", "")
    scheme = body.partition(":")[0]
    tests = {
        "ip-form": (ip_of(url.host) is not None and host.lower() != url.host, "the address in its usual form"),
        "idn": (not host.isascii(), "the host in ASCII"),
        "percent": ("%" in host, "the host decoded"),
        "default-port": (bool(port) and not url.port, "without the port, which the scheme implies"),
        "port-form": (bool(colon) and (not port or port != url.port), "the port without extra characters"),
        "capitals": (re.search(r"[A-Z]", scheme + re.sub(r"%..", "", host)) is not None, "lower case"),
        "trailing-slash": (body.endswith(("/", "/.", "/..")), "no slash at the end"),
        "blanks": (text != body or re.search(r"[\t\r\n]", body) is not None, "no blanks"),
    }
    if tests["default-port"][0]:
        del tests["port-form"]
    found = {code: phrase for code, (differs, phrase) in tests.items() if differs}
    return found or {"spelling": "scheme, two slashes, host"}
