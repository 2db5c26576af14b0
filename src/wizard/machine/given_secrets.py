"""Command lines and variables of what runs here, without the values of their secrets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wizard.fast_start import regex

HIDDEN = "***"
"""Replaces a secret."""
_SECRET = regex(r"(?i)(^|[-_])(api[-_]?key|key|token|password|passwd|secret)s?$")
_IN_URL = regex(
    r"(?i)(?<=://)([^/\s:@]*):[^/\s]*(?=@)|(?<=[?&])((?:[\w-]*[-_])?(?:key|token|password|secret|sig))=[^&\s#]+"
)


def secrets_hidden(command: Sequence[str]) -> Iterator[str]:
    """A command line without the values of its secrets."""
    secret = False
    for word in command:
        flag, equals, _ = word.partition("=")
        if secret and word and not word.startswith("-"):
            yield HIDDEN
        elif equals and flag.startswith("-") and _SECRET.search(flag):
            yield f"{flag}={HIDDEN}"
        else:
            yield without_passwords(word)
        secret = word.startswith("-") and not equals and bool(_SECRET.search(word))


def without_passwords(text: str) -> str:
    """A text without the passwords and tokens of the URLs in it."""
    if "://" not in text:
        return text
    return _IN_URL.sub(lambda found: f"{found[2]}={HIDDEN}" if found[2] else f"{found[1]}:{HIDDEN}", text)


def shown(name: str, value: str) -> tuple[str, str]:
    """A variable, as it may be shown."""
    return name, HIDDEN if value and _SECRET.search(name) else without_passwords(value)
