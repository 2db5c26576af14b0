"""`fix`: rewrite what `check` can mend without a decision."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from wizard import console
from wizard.check.findings import at_least
from wizard.check.fixing import Mended, mend
from wizard.errors import ExitCode
from wizard.formats.shell import sh
from wizard.machine import checkfiles


def run(options: argparse.Namespace) -> int:
    """Show the diff, write the files (a copy of each is kept); exit code 1 if what is left is at or above --fail-on."""
    files = [
        each
        for each in mend(list(checkfiles.named(options.paths)), checkfiles.load)
        if each.kind or each.source.path in options.paths
    ]
    changed = [each for each in files if each.changed]
    kept = {} if options.dry_run else {each.source.path: checkfiles.rewrite(each.source, each.text) for each in changed}
    if options.format == "json":
        console.out_json({"files": [_json(each) for each in files]})
    else:
        _show(files, kept, options.paths)
    left = [line for each in files for line in at_least(each.left, options.fail_on)]
    return int(ExitCode.FINDINGS if left or (options.dry_run and changed) else ExitCode.OK)


def _json(each: Mended) -> dict[str, object]:
    return {
        "path": each.source.path,
        "changed": each.changed,
        "diff": "\n".join(each.diff()),
        "mended": [line.json() for line in each.done],
        "left": [line.json() for line in each.left],
    }


def _show(files: Sequence[Mended], kept: dict[str, str], given: list[str]) -> None:
    for each in files:
        for row in each.diff():
            console.out(row)
        for line in each.done:
            console.talk(f"{each.source.path}: {line.id} mended: {line.instead or line.message}")
        if each.source.path in kept:
            console.talk(f"{each.source.path}: the former file is {kept[each.source.path]}")
    open_ = [(each, line) for each in files for line in each.left if line.severity != "info" and line.effect != "style"]
    for each, line in open_:
        place = f":{line.line}" if line.line else ""
        console.talk(f"{each.source.path}{place}: {line.id} needs a decision: {line.message}")
    if not any(each.changed for each in files):
        console.talk("Nothing to mend without a decision.")
    if open_:
        paths = list(dict.fromkeys(each.source.path for each, _ in open_))
        # What stands in one folder belongs together, such as a Compose file and what it mounts.
        where = given if len(paths) > 1 and len(given) == 1 else paths
        commands = ", ".join(f"serving-wizard {sh(path)}" for path in where)
        console.talk(f"Decide in the wizard, which opens with what stands there: {commands}")
