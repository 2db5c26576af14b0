"""Variables whose names promise a key, an origin or an address, but that nothing in the server's own image reads."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from wizard.fast_start import regex
from wizard.observed.remark import Remark
from wizard.observed.seen import Observed, Reading
from wizard.observed.start import OUTSIDE, Start, Variable
from wizard.severity import Severity

_KEYS = frozenset(
    {"KEY", "KEYS", "APIKEY", "TOKEN", "TOKENS", "AUTH", "AUTHENTICATION", "AUTHORIZATION", "PASSWORD", "PASSWD"}
)
_PAGES = frozenset({"CORS", "ORIGIN", "ORIGINS"})
_PLACES = frozenset({"HOST", "BIND", "LISTEN", "ADDRESS", "ADDR", "IP"})
_BESIDE = frozenset(
    {
        "API", "MODEL", "MODELS", "SERVER", "SERVING", "SERVICE", "HTTP", "REST", "GRPC", "INFERENCE", "MANAGEMENT",
        "METRICS", "ADMIN", "ENABLE", "ENABLED", "DISABLE", "ALLOW", "ALLOWED", "ACCESS", "REQUIRE", "REQUIRED", "USE",
        "DEFAULT", "BASIC", "BEARER", "SECRET", "ALL", "METHODS", "HEADERS", "CREDENTIALS", "USER", "ON", "TO",
    }
)  # fmt: skip
"""Words that only name a part of a server. A name with any other word belongs to another program."""
_ADDRESS = regex(r"(?:https?://)?(?:\d+(?:\.\d+){3}|localhost|\*|\[?::1?\]?)(?::\d+)?/?")
_OFF = frozenset({"", "0", "false", "no", "off", "none"})
_WIDE = regex(r"(?:https?://)?(?:0\.0\.0\.0|\*|\[?::\]?)(?::\d+)?/?")
_SHELLS = frozenset({"sh", "bash", "ash", "dash", "env", "python", "python3"})


def find(start: Start, reading: Reading, said: Container[int | None]) -> Iterator[Remark]:
    """Remarks about such variables. A custom image, or a script around the server, may read them."""
    if not start.environment or not _upstreams(start, reading):
        return
    own = _names(reading)
    texts = [word.text for word in (*(start.command or ()), *(start.health.words if start.health else ()))]
    for variable in start.environment:
        # A file of variables is often shared with the programs that call the server.
        if variable.source is not None or variable.start in said or reading.reads(variable.name):
            continue
        effect = _promise(variable, own)
        if effect and not any(variable.name in text for text in texts):
            severity: Severity | None = "low" if _WIDE.fullmatch(variable.value or "") and effect is _PLACE else None
            fills = {"name": variable.name, "effect": effect}
            yield Remark("RUN-ENV-NOBODY", start.place(variable), variable.start, fills, severity)


def outside(observed: Observed, start: Start, reading: Reading) -> Iterator[Remark]:
    """Variables the server would read, but that only the engine's command receives."""
    for name, at in start.every(OUTSIDE):
        if reading.reads(name):
            yield Remark("RUN-ENV-OUTSIDE", start.source, at, {"name": name, "title": observed.title})


def _upstreams(start: Start, reading: Reading) -> bool:
    """Whether the image is the official one of the server, with the server as its only program."""
    if start.built or start.base or start.holder not in ("compose", "docker-run", "kubernetes"):
        return False
    if not start.named.is_one_of(reading.names.images):
        return False
    if start.entrypoint:
        return start.entrypoint[0].file_name in reading.names.programs
    return not start.command or start.command[0].file_name not in _SHELLS


_KEY = "nobody is asked for a key because of it"
_PAGE = "no web page is allowed by it"
_PLACE = "the server listens where it did without it"


def _promise(variable: Variable, own: frozenset[str]) -> str:
    """What a variable's name promises but does not do; "" if it promises nothing."""
    words = [word for word in variable.name.upper().split("_") if word]
    if len(words) < 2:
        return ""  # such as TOKEN or HOST, which may be meant for any program
    subjects = _KEYS | _PAGES | _PLACES
    if not set(words) <= own | _BESIDE | subjects or (variable.value or "x").strip().lower() in _OFF:
        return ""
    if set(words) & _PAGES:
        return _PAGE
    if set(words) & _KEYS:
        return _KEY
    return _PLACE if set(words) & _PLACES and _ADDRESS.fullmatch(variable.value or "") else ""


def _names(reading: Reading) -> frozenset[str]:
    """The words a server goes by."""
    names = reading.names
    every = (reading.title, names.prefix, *names.programs, *names.images, *names.variables)
    return frozenset(word.upper() for text in every for word in re.split(r"[^A-Za-z]+", text) if word)
