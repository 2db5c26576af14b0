"""Topics and first aid as lines of text, for front ends that print."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from wizard.formats.shell import sh
from wizard.help.firstaid import Aid
from wizard.help.values import Topic
from wizard.session.steps.progress import title_of_id

WIDTH = 100


def topic_lines(topic: Topic, width: int = WIDTH) -> Iterator[str]:
    """A topic as lines of text."""
    yield topic.title
    yield from _wrapped(topic.meaning, width)
    for head, text in (
        ("Why it matters", topic.why),
        ("What happens", topic.what_the_server_does),
        ("Instead", topic.instead),
        ("Example", topic.example),
        ("Evidence", ", ".join(topic.evidence)),
        ("More", topic.link),
        ("See also", ", ".join(topic.related)),
    ):
        if text:
            yield from _wrapped(f"{head}: {text}", width)


def _wrapped(text: str, width: int) -> Iterator[str]:
    for number, line in enumerate(text.splitlines()):
        first = "  " if number == 0 else "    "
        yield from textwrap.wrap(
            line, width, initial_indent=first, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
        )


def aid_lines(aid: Aid, numbered: bool = True, width: int = WIDTH) -> Iterator[str]:
    """An aid as lines of text, with the `--set` that fixes it; `numbered`: with the line it was found in."""
    yield f"Line {aid.line}: {aid.title}" if numbered else aid.title
    yield from _wrapped(aid.meaning, width)
    if aid.instead:
        yield from _wrapped(f"Instead: {aid.instead}", width)
    if aid.step:
        yield from _wrapped(f"In the wizard: {title_of_id(aid.step)} (--at {aid.step})", width)
    if aid.key:
        yield f"  In an answers file: {aid.key}"
    for change in aid.sets:
        yield f"  Fix: --set {sh(change)}"
    yield from _wrapped(f"Evidence: {aid.evidence}", width)
