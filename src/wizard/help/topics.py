"""One namespace for everything that can be explained: terms, settings, findings, rules, answers, messages."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache

from wizard.errors import WizardError
from wizard.help import choices, findings, glossary, settings
from wizard.help.messages import messages, plainly
from wizard.help.values import Kind, Topic, topic_id

_BEFORE = ("term", "answer")
_AFTER = ("wrong spelling", "finding", findings.CHECK, "CORS rule", "intent", "audience", "preset", "message")
"""Kinds of topics that come before and after the servers' own settings."""
_LONGEST = 200
"""Maximum length of a question."""


@cache
def catalogue() -> Mapping[str, Topic]:
    """Every topic by id, ordered by kind."""
    found = (*_terms(), *choices.topics(), *findings.topics(), *settings.topics(), *_messages())
    return {topic.id: topic for topic in sorted(found, key=lambda t: _by_kind(t.kind))}


def counts() -> Mapping[Kind, int]:
    """How many topics there are of each kind."""
    return Counter(topic.kind for topic in catalogue().values())


def _by_kind(kind: Kind) -> int:
    if kind in _BEFORE:
        return _BEFORE.index(kind) - len(_BEFORE)
    return _AFTER.index(kind) + 1 if kind in _AFTER else 0


def explain(topic: str) -> Topic:
    """The best match for a name in any usual spelling, or for an id.

    Raises WizardError with suggestions if nothing has that name.
    """
    found = lookup(topic)
    if not found:
        near = suggest(topic)
        hint = (
            f"Did you mean: {', '.join(near)}?" if near else "serving-wizard explain, without a topic, lists the kinds."
        )
        raise WizardError(f"Nothing is known about {topic[:_LONGEST]!r}", hint=hint)
    return found[0]


def lookup(topic: str) -> tuple[Topic, ...]:
    """Every topic with that name, terms first; () if there is none.

    It is searched as written, then ignoring case, then ignoring blanks, '-' and '_'. `--flag=value` means `--flag`,
    `ID@API` the finding, as does `ID [API]`, which is how `generate` prints it.
    """
    asked = " ".join(topic[:_LONGEST].split()).strip("`'\"")
    if asked in catalogue():
        return (_complete(catalogue()[asked]),)
    if not asked.endswith("::"):
        asked = asked.rstrip(":")
    if asked.startswith("-"):
        asked = asked.partition("=")[0]
    word = glossary.term(asked)
    first = (topic_id("term", word.name),) if word else ()
    for number, form in enumerate(_FORMS):
        ids = _index(number).get(form(asked))
        if ids:
            return tuple(_complete(catalogue()[each]) for each in dict.fromkeys((*first, *ids)))
    bare = asked.partition("=")[0].partition("@")[0].partition(" [")[0].strip()
    return lookup(bare) if bare and bare != asked else ()


def suggest(topic: str) -> tuple[str, ...]:
    """Names similar to the one asked for, most likely first."""
    asked = _squashed(topic[:_LONGEST])
    if not asked:
        return ()
    names = {form: catalogue()[ids[0]].name for form, ids in _index(2).items()}
    close = difflib.get_close_matches(asked, names, n=5, cutoff=0.6)
    within = [form for form in names if len(asked) > 2 and asked in form]
    return tuple(dict.fromkeys(names[form] for form in (*close, *sorted(within, key=len))))[:5]


def quoted(words: str, most: int = 5) -> tuple[Topic, ...]:
    """The known messages that contain a text, as topics."""
    asked = " ".join(words[:_LONGEST].split()).casefold()
    found = [each.id for each in messages() if any(asked in example.casefold() for example in each.examples)]
    return tuple(catalogue()[topic_id("message", id_)] for id_ in found[:most]) if asked else ()


def search(words: str, most: int = 20) -> tuple[Topic, ...]:
    """Topics in which every word occurs: first in a name, then in the meaning, then anywhere."""
    asked = words[:_LONGEST].casefold().split()
    if not asked:
        return ()
    ranked = [(rank, topic) for topic in catalogue().values() if (rank := _rank(topic, asked)) is not None]
    ranked.sort(key=lambda pair: pair[0])
    return tuple(topic for _, topic in ranked[:most])


def _rank(topic: Topic, asked: list[str]) -> int | None:
    names = " ".join((topic.name, *topic.also)).casefold()
    meaning = f"{topic.title} {topic.meaning}".casefold()
    everything = f"{meaning} {topic.why} {topic.what_the_server_does} {topic.instead}".casefold()
    worst = 0
    for word in asked:
        rank = next((n for n, text in enumerate((names, meaning, everything)) if word in text), None)
        if rank is None:
            return None
        worst = max(worst, rank)
    return worst


def _terms() -> Iterator[Topic]:
    for term in glossary.terms().values():
        yield Topic(
            topic_id("term", term.name),
            term.name,
            term.name,
            "term",
            term.meaning,
            term.why,
            example=term.example,
            link=term.link,
            related=term.related,
            also=term.also,
        )


def _messages() -> Iterator[Topic]:
    for message in messages():
        yield Topic(
            topic_id("message", message.id),
            message.id,
            f"{message.title} (message)",
            "message",
            plainly(message.meaning),
            instead=plainly(message.instead),
            example=message.examples[0],
            evidence=(message.evidence,),
        )


def _complete(topic: Topic) -> Topic:
    """Computed only when somebody asks."""
    if topic.kind != "intent":
        return topic
    does, evidence = choices.granted_by(topic.name)
    return replace(topic, what_the_server_does=does, evidence=evidence)


def _squashed(text: str) -> str:
    return "".join(ch for ch in text.casefold() if ch not in "-_ ")


_FORMS: tuple[Callable[[str], str], ...] = (str, str.casefold, _squashed)


@cache
def _index(form: int) -> Mapping[str, tuple[str, ...]]:
    """Name in one of the forms -> ids, exact ids before aliases."""
    first: dict[str, list[str]] = {}
    then: dict[str, list[str]] = {}
    for topic in catalogue().values():
        first.setdefault(_FORMS[form](topic.name), []).append(topic.id)
        for spelling in topic.also:
            then.setdefault(_FORMS[form](spelling), []).append(topic.id)
    both = {**then, **first}
    return {name: tuple(dict.fromkeys((*first.get(name, ()), *then.get(name, ())))) for name in both if name}
