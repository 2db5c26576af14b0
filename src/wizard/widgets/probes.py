"""The probes of a trial, drawn: predictions next to measurements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from wizard.prediction.values import place
from wizard.servers.titles import api_title
from wizard.widgets.flow import Lines, clipped, text, wrapped

if TYPE_CHECKING:
    from wizard.trial.probes import ProbeResult

CLOSED = "unreachable"
_MARKS = {
    True: ("✓ ", "$text-success", ""),
    False: ("✗ ", "bold $text-error", "bold"),
    None: ("– ", "$foreground-muted", "$foreground-muted"),
}
"""Agrees, differs, not measured: mark, its style, the row's style."""


def probe_lines(results: Sequence[ProbeResult], width: int) -> Lines:
    """Differences first with what is known about them, then the answers, then in one line what is closed."""
    surprises = [r for r in results if r.agrees is False]
    unmeasured = [r for r in results if r.agrees is None]
    answers = [r for r in results if r.agrees and r.measured != CLOSED]
    closed = [r for r in results if r.agrees and r.measured == CLOSED]
    rows = [*_in_order(surprises), *_once(answers), *_once(unmeasured)]
    lines: Lines = []
    if rows:
        columns = [max(len(cell) for cell in column) for column in zip(*(_cells(*row) for row in rows), strict=True)]
        heads = ("from", "request", "predicted", "measured")
        columns = [max(size, len(head)) for size, head in zip(columns, heads, strict=True)]
        columns[0] = min(columns[0], max(12, (width - 8 - sum(columns[2:])) // 2))
        columns[1] = max(12, min(columns[1], width - 8 - columns[0] - sum(columns[2:])))
        lines.append(clipped(_row("  ", heads, columns, "$foreground-muted"), width))
        for result, count in rows:
            lines.append(clipped(_marked(result, count, columns), width))
            lines += _known(result, width) if result.agrees is False else []
    if closed:
        lines += _closed(closed, width)
    return lines


def _known(result: ProbeResult, width: int) -> Lines:
    """What is known about a difference."""
    probe = result.probe
    nameless = probe.page and probe.page not in probe.sender
    lines = wrapped(f"The page was {probe.page}", width, "", "    ", 4) if nameless else []
    lines += wrapped(probe.why, width, "$foreground-muted", "    ", 4)
    return lines + (wrapped(result.detail, width, "$text-warning", "    ", 4) if result.detail else [])


def _in_order(results: Sequence[ProbeResult]) -> list[tuple[ProbeResult, int]]:
    """Programs before pages, each caller's requests together; each once."""

    def key(result: ProbeResult) -> tuple[bool, str, str, str]:
        return bool(result.probe.page), _cells(result)[0], result.probe.api, result.probe.id

    return [(result, 1) for result in sorted(results, key=key)]


def _once(results: Sequence[ProbeResult]) -> list[tuple[ProbeResult, int]]:
    """The same; the first stands for all that look alike, with their number."""
    alike = Counter(map(_cells, results))
    found = ((result, alike.pop(_cells(result), 0)) for result, _ in _in_order(results))
    return [(result, count) for result, count in found if count]


def _cells(result: ProbeResult, count: int = 1) -> tuple[str, str, str, str]:
    probe = result.probe
    where = (probe.sender or f"page {probe.page}") if probe.page else place(probe)
    where = f"{count}× {where}" if count > 1 else where
    if probe.kind == "connect":
        return where, f"connect to {api_title(probe.api)}", probe.predicted, result.measured
    parts = ["preflight"] if probe.kind == "preflight" else [probe.method, probe.path]
    host = next((value for name, value in probe.headers if name == "host"), "")
    parts += ["under another site's name"] if host.endswith(".example") else [f"as {host}"] if host else []
    parts += [f"({probe.token} token)"] if probe.token != "none" else []
    return where, " ".join(parts), probe.predicted, result.measured


def _row(mark: str, cells: Sequence[str], columns: Sequence[int], style: str = "") -> Content:
    fitted = (cell if len(cell) <= size else f"{cell[: size - 1]}…" for cell, size in zip(cells, columns, strict=True))
    return text(mark) + text("  ".join(f"{cell:<{size}}" for cell, size in zip(fitted, columns, strict=True)), style)


def _marked(result: ProbeResult, count: int, columns: Sequence[int]) -> Content:
    mark, mark_style, style = _MARKS[result.agrees]
    return text(mark, mark_style) + _row("", _cells(result, count), columns, style)


def _closed(closed: Sequence[ProbeResult], width: int) -> Lines:
    """What is closed, by API, each address once."""
    by_api: dict[str, list[str]] = {}
    for result in closed:
        where = place(result.probe)
        found = by_api.setdefault(api_title(result.probe.api), [])
        if where not in found:
            found.append(where)
    lines: Lines = []
    for api, places in by_api.items():
        head = text("✓ ", "$text-success") + text(f"{api} is closed from: ")
        lines += wrapped(", ".join(places), width, "$foreground-muted", head, 4)
    return lines
