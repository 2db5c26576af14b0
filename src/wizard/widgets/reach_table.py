"""Reach drawn: who may send, read and make it run code, with what changes marked."""

from __future__ import annotations

from textual.content import Content

from wizard.artifacts.exposure import AUDIENCES
from wizard.compare import View
from wizard.plan import Api
from wizard.reach import Cell, May, ReachAudience
from wizard.steps.base import API_TITLES
from wizard.widgets.flow import Lines, clipped, text, wrapped

_SIGNS: dict[May, str] = {"yes": "✓", "no": "·", "prompt": "?"}
_SHORT: dict[ReachAudience, str] = {
    "this-process": "you",
    "local-users": "others on this PC",
    "page-allowed": "listed pages",
    "page-other": "other pages",
    "page-rebinding": "rebinding pages",
    "containers": "containers",
    "lan": "your network",
    "internet": "internet",
}
_ROW = 18


def reach_table(before: View, after: View | None, width: int) -> Lines:
    """The table, two APIs side by side where there is room, more below."""
    now = after or before
    apis = tuple(dict.fromkeys(cell.api for cell in now.cells))
    old = {(cell.audience, cell.api): cell for cell in before.cells}
    new = {(cell.audience, cell.api): cell for cell in now.cells}
    each = 3 * 4 + 1
    side_by_side = max(1, (width - _ROW) // each)
    lines: Lines = []
    for start in range(0, len(apis), side_by_side):
        lines += _block(apis[start : start + side_by_side], old, new, width)
        lines.append(text(""))
    legend = "send: its requests arrive and run · read: it gets the answers · run: it can make the server run its code"
    lines += wrapped(legend, width, "$foreground-muted")
    lines += wrapped("✓ yes   · no   ? the browser asks first   ▲ runs code", width, "$foreground-muted")
    return lines + _why(before, after, width)


def _block(
    apis: tuple[Api, ...],
    old: dict[tuple[ReachAudience, Api], Cell],
    new: dict[tuple[ReachAudience, Api], Cell],
    width: int,
) -> Lines:
    titles = text(" " * _ROW)
    heads = text(" " * _ROW)
    for api in apis:
        titles += text(f"{API_TITLES[api]:<13}"[:13], "bold")
        heads += text("send read run", "$foreground-muted")
    lines = [clipped(titles, width), clipped(heads, width)]
    for audience, short in _SHORT.items():
        line = text(f"{short:<{_ROW}}")
        for api in apis:
            now = new.get((audience, api))
            line += _cell(old.get((audience, api)), now)
        lines.append(clipped(line, width))
    return lines


def _cell(was: Cell | None, now: Cell | None) -> Content:
    if now is None:
        return text(" " * 13)
    found = text("")
    for name, room in (("send", 5), ("read", 5), ("run", 3)):
        value: May = getattr(now, name)
        sign = "▲" if name == "run" and value == "yes" else _SIGNS[value]
        before: May = getattr(was, name) if was else value
        style = "$foreground-muted" if value == "no" else "$text-error" if sign == "▲" else "$text-success"
        if before != value:
            sign = f"{'▲' if name == 'run' and before == 'yes' else _SIGNS[before]}→{sign}"
            style = "bold reverse"
        found += text(sign, style) + text(" " * max(0, room - len(sign)))
    return found


def _why(before: View, after: View | None, width: int) -> Lines:
    if after is None:
        return []
    from wizard.compare import compare

    changes = compare(before, after).reach_changes
    lines: Lines = [text("")] if changes else []
    for _, now in changes[:8]:
        head = text(f"{AUDIENCES[now.audience]}, {API_TITLES[now.api]}: ", "bold")
        lines += wrapped(now.why, width, "$foreground-muted", head, 2)
    return lines
