"""Implications drawn: gains first, then losses, worst first; the first in full, the others in a line."""

from __future__ import annotations

from wizard.exposure.comparison import Change, Comparison, View
from wizard.exposure.findings import Severity
from wizard.exposure.findings.folding import Folded
from wizard.widgets.flow import GAIN, SEVERITIES, Lines, clipped, severity_head, text, wrapped
from wizard.widgets.words import marked


def implications(
    view: View, comparison: Comparison | None, label: str, width: int, unfolded: bool, tight: bool
) -> Lines:
    """The lines of the pane: a difference where one is looked at, else everything about the present Plan.

    `unfolded`: every finding in full; `tight`: no empty lines.
    """
    gap = [] if tight else [text("")]
    if comparison is None:
        return _present(view.folded, width, unfolded, tight)
    lines = wrapped(f"{label}, compared with now:", width, "$foreground-muted") + gap
    if comparison.nothing:
        return lines + wrapped("The same: this is how it is now.", width)
    for gain in comparison.gains:
        lines += _gain(gain, width, tight)
    if comparison.gains and comparison.losses:
        lines += gap
    first = True
    for loss in comparison.losses:
        if loss.folded is None:
            lines += wrapped(loss.text, width, "", text("− ", "bold $text-warning"), 2)
            continue
        unfold = first or unfolded
        lines += full(loss.folded, width, loss.was) if unfold else short(loss.folded, width, tight, loss.was)
        first = False
    if not comparison.gains and not comparison.losses:
        lines += wrapped("Nothing gets better or worse by this.", width)
    return lines


def _present(findings: tuple[Folded, ...], width: int, unfolded: bool, tight: bool) -> Lines:
    if not findings:
        return wrapped("Nothing to say against this.", width, "$text-success", text(f"{GAIN} "), 2)
    lines = [text("As it is now:", "$foreground-muted"), *([] if tight else [text("")])]
    for index, each in enumerate(findings):
        lines += full(each, width) if index == 0 or unfolded else short(each, width, tight)
    return lines


def _gain(gain: Change, width: int, tight: bool) -> Lines:
    head = text(f"{GAIN} ", "bold $text-success")
    if gain.finding is None:
        return wrapped(gain.text, width, "", head, 2)
    word = SEVERITIES[gain.finding.severity][1].lower()
    change = f"no longer {word}: " if gain.was is None else f"{SEVERITIES[gain.was][1].lower()} → {word}: "
    head += text(change, "$foreground-muted")
    return [clipped(head + text(gain.text), width)] if tight else wrapped(gain.text, width, "", head, 2)


def full(folded: Folded, width: int, was: Severity | None = None) -> Lines:
    """A finding in full: what, why, what instead, and the key that fixes it."""
    finding = folded.finding
    lines = marked(folded.sentence, width, "bold", severity_head(finding, was), 2)
    lines += marked(finding.why, width, "$foreground-muted", "  ", 2)
    if finding.remedies:
        head = text("  ") + text("f", "bold $text-accent") + text("  fix: ")
        lines += wrapped(finding.remedies[0].label, width, "", head, 5)
    elif finding.instead:
        lines += wrapped(finding.instead, width, "", "  → ", 4)
    return lines


def short(folded: Folded, width: int, tight: bool, was: Severity | None = None) -> Lines:
    """What a finding says, without the rest; in one line where there is little room."""
    head = severity_head(folded.finding, was)
    if tight:
        return [clipped(head + text(folded.sentence), width)]
    return wrapped(folded.sentence, width, "", head, 2)
