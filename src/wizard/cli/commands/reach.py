"""`reach`: the predicted table of who may do what."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from wizard import console
from wizard.cli import draw
from wizard.cli.commands.source import beside_files, read
from wizard.deployment import Deployment
from wizard.errors import ExitCode
from wizard.exposure.reach import Cell, reach
from wizard.exposure.summary import token_leaves
from wizard.exposure.token_rows import TokenRow, rows, short
from wizard.machine import hostfacts
from wizard.placement.resolve import resolve
from wizard.servers.titles import api_title

_MARK = {"yes": "✓", "no": "✗", "prompt": "asks"}
_ASKS = "asks: the browser asks its user first; older browsers do not."


def run(options: argparse.Namespace) -> int:
    """Print a table for each API that somebody can reach; the others in one line, unless everything is asked for."""
    named = read(options)
    deployment = resolve(named.plan, hostfacts.measure())
    cells = reach(deployment)
    if options.format == "json":
        console.out_json({"cells": [cell._asdict() for cell in cells]})
        return ExitCode.OK
    for line in beside_files(named, deployment):
        console.out(line)
    apis = list(dict.fromkeys(cell.api for cell in cells))
    reached = [api for api in apis if options.all or any(c.send != "no" for c in cells if c.api == api)]
    shown: list[TokenRow] = []
    for api in reached:
        found = rows(deployment, cells, api)
        found = found if options.all else short(found)
        shown += found
        _table(deployment, api, found)
        console.out()
    if any("prompt" in (row.send, row.read) for row in shown):
        console.out(_ASKS)
    if left := token_leaves(deployment):
        draw.say(left, 0)
    for line in _left(cells, [api for api in apis if api not in reached]):
        draw.say(line, 2)
    return ExitCode.OK


def _table(deployment: Deployment, api: str, found: tuple[TokenRow, ...]) -> None:
    endpoint = deployment.endpoint(api)
    address = endpoint.place if endpoint else ""
    runs = any(row.run == "yes" for row in found)
    heads = (f"{api_title(api)}  {address}".strip(), "sends", "reads", *(["can run code"] if runs else []), "")
    lines = []
    for row in found:
        marks = [_MARK[row.send], _MARK[row.read], *([_MARK[row.run]] if runs else [])]
        # Where a person reads, the row of those without the token stands below that of those with it.
        who = "    without it" if row.token is False and draw.person() else f"  {row.who}"
        lines.append((who, *marks, row.why if row.audience != "this-process" else ""))
    draw.draw(heads, lines)


def _left(cells: tuple[Cell, ...], apis: list[str]) -> Iterator[str]:
    """The APIs that nobody can reach."""
    if apis and cells:
        yield f"nobody reaches: {', '.join(map(api_title, apis))}   (--all)"
