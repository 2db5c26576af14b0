"""Reach, drawn: who can send, read and make it run code, with changes marked."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from wizard.comparison.plans import Comparison, cell_changes
from wizard.comparison.view import View
from wizard.exposure import token_rows
from wizard.exposure.reach import May, ReachAudience, audience_title
from wizard.exposure.token_rows import TokenRow
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
    "lan": "your networks",
    "internet": "internet",
}
_ROW = 16
_COLUMN = 14
_WITHOUT = "  no token"
Key = tuple[ReachAudience, Api, bool | None]
"""Who, through which API, and with or without a token; None = a token makes no difference."""
Rows = dict[Key, TokenRow]


def reach_table(before: View, after: View | None, comparison: Comparison | None, width: int) -> Lines:
    """The table of the APIs that anybody can reach, as many side by side as there is room for.

    If a token is needed, a caller has two rows: first with the token, then without it. Above the table, in words: who
    can call now and could not before.
    """
    now = after or before
    new = _rows(now)
    old = _rows(before) if after else new
    every = tuple(dict.fromkeys(cell.api for cell in now.cells))
    apis = tuple(api for api in every if _open(api, old) or _open(api, new))
    side_by_side = max(1, (width - _ROW + 1) // _COLUMN)
    lines = _callers(comparison, width) if comparison else []
    for start in range(0, len(apis), side_by_side):
        lines += [*_block(apis[start : start + side_by_side], old, new, width), text("")]
    closed = [api_title(api) for api in every if api not in apis]
    if closed:
        lines += wrapped(f"Nobody can reach: {', '.join(closed)}", width, "$foreground-muted")
    return lines + _why(before, after, width) + [text("")] + _legend(any(key[2] is False for key in new), width)


def _legend(tokens: bool, width: int) -> Lines:
    lines: Lines = []
    for word, what in (
        ("send", "its requests arrive and are carried out"),
        ("read", "it gets the answers"),
        ("run", "it can make the server run its own code"),
    ):
        lines += wrapped(what, width, "$foreground-muted", text(f"{word:<6}", "$foreground-muted"), 6)
    with_token = ' A row above "no token" is about those who hold the token.' if tokens else ""
    return lines + wrapped(
        f"✓ yes  · no  ▲ runs code  ? the browser asks first.{with_token}", width, "$foreground-muted"
    )


def _rows(view: View) -> Rows:
    apis = dict.fromkeys(cell.api for cell in view.cells)
    return {
        (row.audience, api, row.token): row for api in apis for row in token_rows.rows(view.deployment, view.cells, api)
    }


def _callers(comparison: Comparison, width: int) -> Lines:
    lines: Lines = []
    for mark, style, changes in (("✓ ", "$text-success", comparison.gains), ("− ", "$text-warning", comparison.losses)):
        for change in changes:
            if change.finding is None:
                lines += wrapped(change.text, width, "", text(mark, f"bold {style}"), 2)
    return [*lines, text("")] if lines else []


def _open(api: Api, rows: Rows) -> bool:
    return any(row.send != "no" for key, row in rows.items() if key[1] == api)


def _block(apis: tuple[Api, ...], old: Rows, new: Rows, width: int) -> Lines:
    titles, heads = text(" " * _ROW), text(" " * _ROW)
    for api in apis:
        titles += text(f"{api_title(api)[: _COLUMN - 1]:<{_COLUMN}}", "bold")
        heads += text(f"{'send read run':<{_COLUMN}}", "$foreground-muted")
    lines = [clipped(titles, width), clipped(heads, width)]
    for audience, short in _SHORT.items():
        split = any((audience, api, False) in new for api in apis)
        for name, token in ((short, True), (_WITHOUT, False)) if split else ((short, None),):
            pairs = [tuple(_of(rows, audience, api, token) for rows in (old, new)) for api in apis]
            if any(now for _, now in pairs):
                lines.append(clipped(_line(name, pairs), width))
    return lines


def _of(rows: Rows, audience: ReachAudience, api: Api, token: bool | None) -> TokenRow | None:
    """The text about a caller; if a token makes no difference there, it is the same with and without."""
    wanted = (token, None) if token is not None else (None, False)
    return next((rows[audience, api, each] for each in wanted if (audience, api, each) in rows), None)


def _line(name: str, pairs: Sequence[tuple[TokenRow | None, ...]]) -> Content:
    changed = any(was and now and _mays(was) != _mays(now) for was, now in pairs)
    line = text(f"{name:<{_ROW}}", "bold" if changed else "$foreground-muted" if name == _WITHOUT else "")
    for was, now in pairs:
        line += _cell(was, now)
    return line


def _mays(row: TokenRow) -> tuple[May, May, May]:
    return (row.send, row.read, row.run)


def _cell(was: TokenRow | None, now: TokenRow | None) -> Content:
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
        head = text(f"{audience_title(after.deployment, now.audience)}, {api_title(now.api)}: ", "bold")
        lines += wrapped(now.why, width, "$foreground-muted", head, 2)
    return [text(""), *lines] if lines else []
