"""Implications drawn: gains first, then losses, worst first; the first in full, the others in a line."""

from __future__ import annotations

from wizard.exposure.comparison import Change, Comparison, View
from wizard.exposure.findings import Finding
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
        return _present(view.findings, width, unfolded, tight)
    lines = wrapped(f"{label}, compared with now:", width, "$foreground-muted") + gap
    if comparison.nothing:
        return lines + wrapped("The same: this is how it is now.", width)
    for gain in comparison.gains:
        lines += _gain(gain, width, tight)
    if comparison.gains and comparison.losses:
        lines += gap
    first = True
    for loss in comparison.losses:
        if loss.finding is None:
            lines += wrapped(loss.text, width, "", text("− ", "bold $text-warning"), 2)
            continue
        lines += full(loss.finding, width) if first or unfolded else folded(loss.finding, width, tight)
        first = False
    if not comparison.gains and not comparison.losses:
        lines += wrapped("Nothing gets better or worse by this.", width)
    return lines


def _present(findings: tuple[Finding, ...], width: int, unfolded: bool, tight: bool) -> Lines:
    if not findings:
        return wrapped("Nothing to say against this.", width, "$text-success", text(f"{GAIN} "), 2)
    lines = [text("As it is now:", "$foreground-muted"), *([] if tight else [text("")])]
    for index, finding in enumerate(findings):
        lines += full(finding, width) if index == 0 or unfolded else folded(finding, width, tight)
    return lines


def _gain(gain: Change, width: int, tight: bool) -> Lines:
    head = text(f"{GAIN} ", "bold $text-success")
    if gain.finding is None:
        return wrapped(gain.text, width, "", head, 2)
    word = SEVERITIES[gain.finding.severity][1].lower()
    head += text(f"no longer {word}: ", "$foreground-muted")
    return [clipped(head + text(gain.text), width)] if tight else wrapped(gain.text, width, "", head, 2)


def full(finding: Finding, width: int) -> Lines:
    """A finding in full: what, why, what instead, and the key that mends it."""
    lines = marked(finding.message, width, "bold", severity_head(finding), 2)
    lines += marked(finding.why, width, "$foreground-muted", "  ", 2)
    if finding.remedies:
        head = text("  ") + text("f", "bold $text-accent") + text("  fix: ")
        lines += wrapped(finding.remedies[0].label, width, "", head, 5)
    elif finding.instead:
        lines += wrapped(finding.instead, width, "", "  → ", 4)
    return lines


def folded(finding: Finding, width: int, tight: bool) -> Lines:
    """What a finding says, without the rest; in one line where there is little room."""
    if tight:
        return [clipped(severity_head(finding) + text(finding.message), width)]
    return wrapped(finding.message, width, "", severity_head(finding), 2)
