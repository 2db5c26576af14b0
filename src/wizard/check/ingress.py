"""What the annotations of an Ingress make the ingress-nginx controller do, according to its documentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.fast_start import regex
from wizard.observed.remark import Remark
from wizard.observed.source import Source
from wizard.observed.start import Note

_PREFIX = "nginx.ingress.kubernetes.io/"
_ORIGIN = regex(r"[a-z][a-z0-9+.-]*://(?:\*\.)?[^\s/*A-Z?#\"']+")
_OFF = frozenset({"", "none", "off", "false", "optional_no_ca"})
_GUARDS = frozenset({"auth-type", "auth-url", "auth-tls-secret"})
"""Annotations on logins without which callers are not asked to log in."""


def guarded(notes: Sequence[Note]) -> bool:
    """Whether callers have to log in. For other controllers, only the names of annotations can tell."""
    for note in notes:
        if note.name.startswith(_PREFIX):
            unchecked = any(
                other.name == f"{_PREFIX}auth-tls-verify-client" and other.value.lower() in _OFF for other in notes
            )
            name = note.name.removeprefix(_PREFIX)
            if name in _GUARDS and note.value.lower() not in _OFF and not (name == "auth-tls-secret" and unchecked):
                return True
        elif "auth" in f"{note.name} {note.value}".lower() and note.value.lower() not in _OFF:
            return True
    return False


def find(source: Source, notes: Sequence[Note]) -> Iterator[Remark]:
    """Mistakes in the annotations about CORS."""
    own = {note.name.removeprefix(_PREFIX): note for note in notes if note.name.startswith(_PREFIX)}
    switch, origins = own.get("enable-cors"), own.get("cors-allow-origin")
    if switch is None or switch.value != "true":
        unread = next((note for name, note in own.items() if name.startswith("cors-")), None)
        if unread is not None:
            yield Remark("RUN-INGRESS-CORS-OFF", source, unread.start, {"name": unread.name})
        return
    listed = [text.strip() for text in (origins.value if origins is not None else "*").split(",")]
    if "*" in listed:
        yield Remark("RUN-INGRESS-CORS-ANY", source, (origins or switch).start)
        return
    for text in listed:
        if origins is not None and text and not _ORIGIN.fullmatch(text):
            yield Remark("GATEWAY-ORIGIN", source, origins.start, {"value": text})
