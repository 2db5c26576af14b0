"""Files, drawn: the artifacts with the changes of a choice marked, and the answer behind each line."""

from __future__ import annotations

from wizard.comparison.files import ChangedLine, FileChange, lines
from wizard.session.steps.groups import asked_at
from wizard.widgets.flow import Lines, clipped, text

_STATES = {
    "new": ("+", "$text-success"),
    "gone": ("-", "$text-error"),
    "changed": ("~", "$text-warning"),
    "same": (" ", "$foreground-muted"),
}
_MARKS = {"+": "$text-success", "-": "$text-error", " ": ""}
_CONTEXT = 2


def file_view(changes: tuple[FileChange, ...], shown: int, width: int) -> Lines:
    """The list of files, then the one that is shown."""
    if not changes:
        return [text("No files yet.", "$foreground-muted")]
    shown %= len(changes)
    found: Lines = []
    for index, change in enumerate(changes):
        mark, style = _STATES[change.state]
        pointer = "▸" if index == shown else " "
        secret = "  secret" if (change.after or change.before) and (change.after or change.before).secret else ""  # type: ignore[union-attr]
        found.append(
            clipped(
                text(f"{pointer} ", "$primary")
                + text(f"{mark} ", f"bold {style}")
                + text(change.path, "bold" if index == shown else style)
                + text(secret, "$text-warning"),
                width,
            )
        )
    return [*found, text("─" * width, "$foreground-disabled"), *_content(changes[shown], width)]


def _content(change: FileChange, width: int) -> Lines:
    all_lines = lines(change.before, change.after)
    keep = _near_changes(all_lines) if change.state == "changed" else set(range(len(all_lines)))
    found: Lines = []
    skipped = False
    cause = ""
    for index, line in enumerate(all_lines):
        if index not in keep:
            skipped = True
            continue
        if skipped:
            found.append(text("  ⋯", "$foreground-disabled"))
            skipped = False
        if line.cause and line.cause != cause and line.mark != "-" and line.text.strip():
            found.append(
                clipped(
                    text(f"  ↳ {asked_at(line.cause)}", "$text-accent") + text(f"  {line.why}", "$foreground-muted"),
                    width,
                )
            )
        if line.text.strip():
            cause = line.cause
        found.append(clipped(text(f"{line.mark} {line.text}", _MARKS[line.mark]), width))
    if skipped:
        found.append(text("  ⋯", "$foreground-disabled"))
    return found


def _near_changes(all_lines: tuple[ChangedLine, ...]) -> set[int]:
    changed = [index for index, line in enumerate(all_lines) if line.mark != " "]
    return {near for index in changed for near in range(index - _CONTEXT, index + _CONTEXT + 1)}
