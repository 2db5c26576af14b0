"""Reach drawn: who may send, read and make it run code, with what changes marked."""

from __future__ import annotations

from textual.content import Content

from wizard.exposure.comparison import Comparison, View, cell_changes
from wizard.exposure.reach import AUDIENCES, Cell, May, ReachAudience
from wizard.plan import Api
from wizard.servers.titles import api_title
from wizard.widgets.flow import Lines, clipped, text, wrapped

_SIGNS: dict[May, str] = {"yes": "✓", "no": "·", "prompt": "?"}
_SHORT: dict[ReachAudience, str] = {
    "this-process": "you",
    "local-users": "others here",
    "page-allowed": "listed pages",
    "page-other": "other pages",
    "page-rebinding": "rebinding pages",
    "containers": "containers",
    "lan": "your network",
    "internet": "internet",
}
_ROW = 16
_COLUMN = 14
Cells = dict[tuple[ReachAudience, Api], Cell]


def reach_table(before: View, after: View | None, comparison: Comparison | None, width: int) -> Lines:
    """The table of the APIs that anybody can reach, as many side by side as there is room for.

    Above it, in words, who can call now and could not before: the rows are about callers without the token.
    """
    now = after or before
    old: Cells = {(cell.audience, cell.api): cell for cell in before.cells}
    new: Cells = {(cell.audience, cell.api): cell for cell in now.cells}
    every = tuple(dict.fromkeys(cell.api for cell in now.cells))
    apis = tuple(api for api in every if _open(api, old) or _open(api, new))
    side_by_side = max(1, (width - _ROW + 1) // _COLUMN)
    lines = _callers(comparison, width) if comparison else []
    for start in range(0, len(apis), side_by_side):
        lines += [*_block(apis[start : start + side_by_side], old, new, width), text("")]
    closed = [api_title(api) for api in every if api not in apis]
    if closed:
        lines += wrapped(f"Nobody reaches: {', '.join(closed)}", width, "$foreground-muted")
    lines += _why(before, after, width)
    lines += [text("")]
    for word, what in (
        ("send", "its requests arrive and are carried out"),
        ("read", "it gets the answers"),
        ("run", "it can make the server run its own code"),
    ):
        lines += wrapped(what, width, "$foreground-muted", text(f"{word:<6}", "$foreground-muted"), 6)
    legend = "✓ yes  · no  ? the browser asks first  ▲ runs code. All but you and listed pages come without the token."
    return lines + wrapped(legend, width, "$foreground-muted")


def _callers(comparison: Comparison, width: int) -> Lines:
    lines: Lines = []
    for mark, style, changes in (("✓ ", "$text-success", comparison.gains), ("− ", "$text-warning", comparison.losses)):
        for change in changes:
            if change.finding is None:
                lines += wrapped(change.text, width, "", text(mark, f"bold {style}"), 2)
    return [*lines, text("")] if lines else []


def _open(api: Api, cells: Cells) -> bool:
    return any(cell.api == api and cell.send != "no" for cell in cells.values())


def _block(apis: tuple[Api, ...], old: Cells, new: Cells, width: int) -> Lines:
    titles, heads = text(" " * _ROW), text(" " * _ROW)
    for api in apis:
        titles += text(f"{api_title(api)[: _COLUMN - 1]:<{_COLUMN}}", "bold")
        heads += text(f"{'send read run':<{_COLUMN}}", "$foreground-muted")
    lines = [clipped(titles, width), clipped(heads, width)]
    for audience, short in _SHORT.items():
        if not any((audience, api) in new for api in apis):
            continue
        changed = any(_differs(old.get((audience, api)), new.get((audience, api))) for api in apis)
        line = text(f"{short:<{_ROW}}", "bold" if changed else "")
        for api in apis:
            line += _cell(old.get((audience, api)), new.get((audience, api)))
        lines.append(clipped(line, width))
    return lines


def _differs(was: Cell | None, now: Cell | None) -> bool:
    if was is None or now is None:
        return False
    return (was.send, was.read, was.run) != (now.send, now.read, now.run)


def _cell(was: Cell | None, now: Cell | None) -> Content:
    if now is None:
        return text(" " * _COLUMN)
    found = text("")
    for name, room in (("send", 5), ("read", 5), ("run", 4)):
        value: May = getattr(now, name)
        sign = _sign(name, value)
        style = "$foreground-muted" if value == "no" else "$text-error" if sign == "▲" else "$text-success"
        before: May = getattr(was, name) if was else value
        if before != value:
            sign = f"{_sign(name, before)}→{sign}"
            style = "bold reverse"
        found += text(sign, style) + text(" " * (room - len(sign)))
    return found


def _sign(name: str, value: May) -> str:
    return "▲" if name == "run" and value == "yes" else _SIGNS[value]


def _why(before: View, after: View | None, width: int) -> Lines:
    if after is None:
        return []
    lines: Lines = []
    for _, now in cell_changes(before, after)[:8]:
        head = text(f"{AUDIENCES[now.audience]}, {api_title(now.api)}: ", "bold")
        lines += wrapped(now.why, width, "$foreground-muted", head, 2)
    return [text(""), *lines] if lines else []
