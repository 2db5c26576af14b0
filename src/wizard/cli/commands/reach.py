"""`reach`: the predicted table of who may do what."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from wizard import console
from wizard.cli import draw
from wizard.cli.commands.source import read_plan
from wizard.errors import ExitCode
from wizard.exposure.reach import AUDIENCES, Cell, reach
from wizard.machine import hostfacts
from wizard.placement.resolve import resolve
from wizard.servers.contract import api_title

_MARK = {"yes": "yes", "no": "·", "prompt": "asks"}


def run(options: argparse.Namespace) -> int:
    """Print the table; on a terminal an API a table, without what nobody reaches."""
    plan, _ = read_plan(options)
    cells = reach(resolve(plan, hostfacts.measure()))
    if options.format == "json":
        console.out_json({"cells": [asdict(cell) for cell in cells]})
    elif draw.person():
        _draw(cells, everything=options.all)
    else:
        for line in table(cells):
            console.out(line)
    return int(ExitCode.OK)


def _draw(cells: tuple[Cell, ...], everything: bool) -> None:
    apis = list(dict.fromkeys(cell.api for cell in cells))
    reached = [api for api in apis if everything or any(c.send != "no" for c in cells if c.api == api)]
    for api in reached:
        rows = [
            (AUDIENCES[c.audience], *(_MARK[each] for each in (c.send, c.read, c.run)), c.why)
            for c in cells
            if c.api == api
        ]
        draw.draw((api_title(api), "sends", "reads", "runs code", "why"), rows)
        console.out()
    left = [api_title(api) for api in apis if api not in reached]
    if left:
        console.out(f"Nobody reaches: {', '.join(left)}  (--all shows them)")


def table(cells: tuple[Cell, ...]) -> list[str]:
    """The cells as a text table: a row an audience, send/read/run for each API."""
    apis = list(dict.fromkeys(cell.api for cell in cells))
    width = max(len(title) for title in AUDIENCES.values())
    lines = [" " * width + "".join(f"  {api:<18}" for api in apis)]
    lines.append("who".ljust(width) + "  send  read  run    " * len(apis))
    for audience, title in AUDIENCES.items():
        row = {c.api: c for c in cells if c.audience == audience}
        if not row:
            continue
        parts = []
        for api in apis:
            cell = row.get(api)
            marks = (_MARK[cell.send], _MARK[cell.read], _MARK[cell.run]) if cell else ("", "", "")
            parts.append(f"  {marks[0]:<6}{marks[1]:<6}{marks[2]:<6}")
        lines.append((title.ljust(width) + "".join(parts)).rstrip())
    return lines
