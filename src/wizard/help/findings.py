"""Every finding there can be, as a topic: of a Plan, of a model path, and of a line of a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wizard import registry
from wizard.check.findings import every_rule
from wizard.exposure.findings.known import GENERAL
from wizard.help.glossary import mentions
from wizard.help.values import Topic, topic_id
from wizard.models import problems
from wizard.observed.blanks import NOTE, named
from wizard.severity import severity_in_words

CHECK = "check rule"
_LOOKED_AT = "what is at the path"
_EFFECTS = {
    "fails": "stops it",
    "ignored": "no effect",
    "differs": "behaves differently than it looks",
    "exposes": "more open than it looks",
    "style": "style",
}


_CONDITIONS = {
    "token": "With a token",
    "tls": "With TLS",
    "token_tls": "With a token and TLS",
    "mixed": "Where an https page calls plain http",
    "key": "With a key",
    "code": "Where models bring code",
    "old": "In older releases",
    "old_page": "In older releases, from a web page",
    "pages": "Where web pages call it",
    "unpublished": "Where no port is published",
    "docker": "In Docker",
    "podman": "In Podman",
    "podman_token": "In Podman, with a token",
}
"""Variant of a text -> the condition it applies to."""


def topics() -> Iterator[Topic]:
    """Every id that a finding of a Plan, of a model path or of a file can have."""
    yield from _findings()
    yield from _models()
    yield from _checks()


def _findings() -> Iterator[Topic]:
    for id_, entry in GENERAL.texts.items():
        yield _finding(id_, entry)
    for server in registry.names():
        adapter = registry.adapter(server)
        for id_, entry in adapter.finding_texts.texts.items():
            yield _finding(id_, entry, adapter.title if id_ in GENERAL.texts else "")


def _models() -> Iterator[Topic]:
    """What can be wrong with the path of a model; for one id, each server has its own texts."""
    for id_, entry in problems.texts().items():
        yield _finding(problems.finding_id(id_), {"references": (_LOOKED_AT,), **entry})
    for server in registry.names():
        adapter = registry.adapter(server)
        for id_, entry in adapter.models.problems.items():
            whose = {"references": (f"{adapter.title} {adapter.versions[0]}, measured", _LOOKED_AT), **entry}
            yield _finding(problems.finding_id(id_), whose, adapter.title)


def _finding(id_: str, entry: Mapping[str, Any], server: str = "") -> Topic:
    """`server`: whose texts these are, for a finding that others can have too."""
    word = severity_in_words(entry["severity"])
    of = f" of {server}" if server else ""
    return Topic(
        topic_id("finding", f"{id_}{of}"),
        id_,
        f"{id_} (finding{of}, {word})",
        "finding",
        _with_variants(entry, "text"),
        _with_variants(entry, "why"),
        instead=_with_variants(entry, "instead"),
        evidence=tuple(entry["references"]),
        related=tuple(t.name for _, _, t in mentions(f"{entry['text']} {entry['instead']}")),
        also=tuple(entry.get("formerly", ())),
    )


def _with_variants(entry: Mapping[str, Any], key: str) -> str:
    """A text, and its variants on lines of their own, each with its condition."""
    lines, said = [str(entry[key])], {str(entry[key])}
    for name, text in entry.items():
        if name.startswith(f"{key}_") and text not in said:
            said.add(text)
            lines.append(f"{_CONDITIONS[name.removeprefix(f'{key}_')]}: {text}")
    return "\n".join(lines)


def _checks() -> Iterator[Topic]:
    """What `check` says of a line of a file."""
    for rule in every_rule().values():
        word = severity_in_words(rule.severity)
        says, why, instead = (named(sentence) for sentence in (rule.says, rule.why, rule.instead))
        yield Topic(
            topic_id(CHECK, rule.id),
            rule.id,
            f"{rule.id} (check: {_EFFECTS[rule.effect]}, {word})",
            CHECK,
            f"{says}\n{NOTE}" if "‹" in f"{says}{why}{instead}" else says,
            why,
            instead=instead,
            evidence=(rule.evidence,) if rule.evidence else (),
        )
