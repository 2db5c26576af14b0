"""Implications, drawn: gains first, then losses, worst first; the first in full, the others in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from wizard.comparison.plans import Change, Comparison, changing
from wizard.comparison.view import View
from wizard.exposure.findings.folding import Folded
from wizard.exposure.importance import ByImportance, is_missed, present
from wizard.severity import Severity, severity_in_words
from wizard.widgets.flow import GAIN, Lines, clipped, severity_head, text, wrapped
from wizard.widgets.words import marked

if TYPE_CHECKING:
    from wizard.deployment.finding import Finding
    from wizard.session.opened import Judged
    from wizard.widgets.pane import Asking

Told = TypeVar("Told", Folded, Change)
MISSED = "You asked for this, but do not get it:"
BROKEN = "Does not work as it is:"
"""Heading for what nobody asked for, such as a path without a model."""
UNANSWERED = "Still to answer:"


def standing(view: View, asking: Asking, width: int, unfolded: bool, tight: bool) -> Lines:
    """The lines of the pane about the present Plan. `unfolded`: every finding in full; `tight`: no empty lines."""
    groups = present(view.folded, (lambda _: True) if unfolded else asking.about, asking.early)
    gap = [] if tight else [text("")]
    lines: Lines = []
    first = True
    for title, style, members in (
        *_missed(groups.missed),
        (UNANSWERED, "bold $text-accent", groups.unanswered),
        ("As it is now:", "$foreground-muted", groups.chosen),
    ):
        if members:
            lines += [text(title, style), *gap]
            for each in members:
                elsewhere = each.finding.asks is not None and not asking.about(each.finding)
                if first and not elsewhere and not unfolded and not asking.whole and _met(each.finding, asking):
                    lines += met(each, width)
                else:
                    lines += _told(each, width, unfolded or (first and not elsewhere), tight)
                first = first and elsewhere
            lines += gap
    if not lines:
        lines += nothing_to_change(groups, width) + gap
    return lines + (_always(groups.always, width) if unfolded else folded_line(groups, width, "f6, then space"))


def _met(finding: Finding, asking: Asking) -> bool:
    """Whether it was told in full on an earlier page, and is about another question than this one."""
    return not (finding.asks or is_missed(finding) or asking.about(finding))


def _missed(members: tuple[Told, ...]) -> tuple[tuple[str, str, tuple[Told, ...]], ...]:
    """(title, style, members): separates what is wrong with what is served from wishes that are not granted."""
    broken = tuple(each for each in members if each.finding is not None and each.finding.cause in ("", "models"))
    asked = tuple(each for each in members if each not in broken)
    return (BROKEN, "bold $text-error", broken), (MISSED, "bold $text-error", asked)


def _told(folded: Folded, width: int, whole: bool, tight: bool) -> Lines:
    if folded.finding.asks:
        return to_answer(folded, width, whole)
    return full(folded, width) if whole else short(folded, width, tight)


def judged_lines(judged: tuple[Judged, ...], width: int) -> Lines:
    """What is wrong with the opened files: each place, what really happens there, and what to write."""
    lines: Lines = []
    for each in judged:
        lines += wrapped(f"{each.place}  {each.sentence}", width, "bold", severity_head(each.severity), 2)
        lines += wrapped(each.instead, width, "", "  → ", 4) if each.instead else []
        lines.append(text(""))
    return lines


def in_full(view: View, width: int) -> Lines:
    """All findings about the present Plan, worst first; nothing is collapsed."""
    lines: Lines = []
    for folded in view.folded:
        lines += [*full(folded, width), text("")]
    return lines[:-1] or nothing_to_change(present(()), width)


def nothing_to_change(groups: ByImportance, width: int) -> Lines:
    """Nothing has to be weighed up, which does not mean that there is nothing to know."""
    count = len(groups.minor) + len(groups.later) + len(groups.always)
    known = f"; {count} {'thing' if count == 1 else 'things'} to know" if count else ""
    return wrapped(f"Nothing to change here{known}.", width, "$text-success", text(f"{GAIN} "), 2)


def folded_line(groups: ByImportance, width: int, keys: str) -> Lines:
    """One dim line for what is collapsed, and the keys that show it."""
    counts = (
        (len(groups.later), "for later questions"),
        (len(groups.minor), "minor"),
        (len(groups.always), "that no answer changes"),
    )
    words = ", ".join(f"{count} {what}" for count, what in counts if count)
    if not words:
        return []
    shown = f"{keys}, shows them".replace(" ", "\N{NO-BREAK SPACE}")
    return wrapped(f"{words}   {shown}", width, "$foreground-muted", text("▪ ", "$foreground-muted"), 2)


def implications(comparison: Comparison, head: str, width: int, unfolded: bool, tight: bool) -> Lines:
    """The lines of the pane about a difference.

    `head`: what is compared, one line; `unfolded`: every finding in full; `tight`: no empty lines.
    """
    gap = [] if tight else [text("")]
    lines = wrapped(head, width, "$foreground-muted") + gap
    if comparison.nothing:
        return lines + wrapped("No change.", width)
    found = changing(comparison)
    if not any(found):
        return lines + wrapped("Risks and reach stay the same.", width)
    first = True
    for title, style, changes in (
        *_missed(found.missed),
        (UNANSWERED, "bold $text-accent", found.unanswered),
    ):
        if changes:
            lines.append(text(title, style))
            for change in changes:
                lines += _loss(change, width, unfolded or first, tight)
                first = False
            lines += gap
    for gain in found.gains:
        lines += _gain(gain, width, tight)
    if found.gains and found.losses:
        lines += gap
    for change in found.losses:
        lines += _loss(change, width, unfolded or first, tight)
        first = first and change.folded is None
    return lines


def _loss(change: Change, width: int, whole: bool, tight: bool) -> Lines:
    if change.folded is None:
        mark, style = ("✗ ", "bold $text-error") if change.wanted else ("− ", "bold $text-warning")
        return wrapped(change.text, width, "", text(mark, style), 2)
    if change.folded.finding.asks:
        return to_answer(change.folded, width, whole)
    return full(change.folded, width, change.was) if whole else short(change.folded, width, tight, change.was)


def _always(findings: tuple[Folded, ...], width: int) -> Lines:
    """What no answer changes, in full."""
    if not findings:
        return []
    return [text("No answer changes this:", "$foreground-muted"), *(line for f in findings for line in full(f, width))]


def _gain(gain: Change, width: int, tight: bool) -> Lines:
    head = text(f"{GAIN} ", "bold $text-success")
    if gain.finding is None:
        return wrapped(gain.text, width, "", head, 2)
    word = severity_in_words(gain.finding.severity)
    change = "no longer so: " if gain.was is None else f"{severity_in_words(gain.was)} → {word}: "
    head += text(change, "$foreground-muted")
    return [clipped(head + text(gain.text), width)] if tight else wrapped(gain.text, width, "", head, 2)


def full(folded: Folded, width: int, was: Severity | None = None) -> Lines:
    """A finding in full: what, why, what instead, and the key that fixes it."""
    finding = folded.finding
    lines = marked(folded.sentence, width, "bold", severity_head(finding.severity, was), 2)
    lines += marked(finding.why, width, "$foreground-muted", "  ", 2)
    if finding.instead and (not finding.remedies or finding.remedies[0].takes_back):
        lines += wrapped(finding.instead, width, "", "  → ", 4)
    return lines + _fix(finding, width)


def met(folded: Folded, width: int) -> Lines:
    """A finding that was told in full on an earlier page: what, and the key that fixes it."""
    return short(folded, width, False) + _fix(folded.finding, width)


def _fix(finding: Finding, width: int) -> Lines:
    if not finding.remedies or finding.remedies[0].takes_back:
        return []
    head = text("  ") + text("f5", "bold $text-accent") + text("  fix: ")
    return wrapped(finding.remedies[0].label, width, "", head, 6)


def short(folded: Folded, width: int, tight: bool, was: Severity | None = None) -> Lines:
    """What a finding says, without the rest; on one line if there is little room."""
    head = severity_head(folded.finding.severity, was)
    if tight:
        return [clipped(head + text(folded.sentence), width)]
    return wrapped(folded.sentence, width, "", head, 2)


def to_answer(folded: Folded, width: int, whole: bool = False) -> Lines:
    """What to do if an answer is missing; `whole`: also why."""
    lines = wrapped(folded.finding.instead, width, "bold" if whole else "", text("○ ", "bold $text-accent"), 2)
    why = f"{folded.sentence} {folded.finding.why}"
    return lines + (marked(why, width, "$foreground-muted", "  ", 2) if whole else [])
