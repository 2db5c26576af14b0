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
        # Where all is as predicted, one column says both.
        heads = ("from", "request", *(("predicted", "measured") if surprises or unmeasured else ("as predicted",)))
        columns = _columns([heads, *(_cells(*row)[: len(heads)] for row in rows)], width)
        lines.append(clipped(_row("  ", heads, columns, "$foreground-muted"), width))
        for result, count in rows:
            lines.append(clipped(_marked(result, count, columns), width))
            lines += _known(result, width) if result.agrees is False else []
    if closed:
        lines += _closed(closed, width)
    return lines


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """The width of each column; what a row lacks for all is taken from the first two."""
    columns = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = width - 2 - 2 * (len(columns) - 1) - sum(columns[2:])
    columns[0] = min(columns[0], max(12, room // 2))
    columns[1] = max(12, min(columns[1], room - columns[0]))
    return columns


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
    parts = ["preflight" if probe.kind == "preflight" else probe.method, probe.path]
    headers = dict(probe.headers)
    parts += [f"({headers.get('access-control-request-headers', '')})"] if probe.kind == "preflight" else []
    parts += [f"with {int(headers['content-length']) >> 20} MB"] if "content-length" in headers else []
    host = headers.get("host", "")
    parts += ["under another site's name"] if host.endswith(".example") else [f"as {host}"] if host else []
    parts += ["from another site"] if probe.from_elsewhere else []
    parts += [f"({probe.token} token)"] if probe.token != "none" else []
    return where, " ".join(parts), probe.predicted, result.measured


def _row(mark: str, cells: Sequence[str], columns: Sequence[int], style: str = "") -> Content:
    fitted = (f"{_shortened(cell, size):<{size}}" for cell, size in zip(cells, columns, strict=True))
    return text(mark) + text("  ".join(fitted), style)


def _shortened(cell: str, size: int) -> str:
    """The end stays: it says with which token a request was sent."""
    end = size // 2
    return cell if len(cell) <= size else f"{cell[: size - 1 - end]}…{cell[-end:]}"


def _marked(result: ProbeResult, count: int, columns: Sequence[int]) -> Content:
    mark, mark_style, style = _MARKS[result.agrees]
    return text(mark, mark_style) + _row("", _cells(result, count)[: len(columns)], columns, style)


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
