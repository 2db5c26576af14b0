"""A list of known findings to leave out, so that only new ones count.

A finding is identified by its file, its rule and the text of its line, so it may move within the file.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections import Counter
from collections.abc import Iterable

from wizard.check.analysis import FileReport
from wizard.check.findings import ReportLine
from wizard.errors import WizardError

VERSION = 1
Key = tuple[str, str, str]
_LONGEST = 2_000
"""How much of a line is compared: one line may contain thousands of findings."""


def fingerprint(report: FileReport, line: ReportLine) -> str:
    """What stays the same when a finding only moves."""
    rows = report.source.rows
    text = rows[line.line - 1][:_LONGEST].strip() if line.line and line.line <= len(rows) else ""
    return hashlib.sha256(f"{line.id}\n{line.api or ''}\n{text}".encode(errors="replace")).hexdigest()[:16]


def dump(reports: Iterable[tuple[FileReport, list[ReportLine]]]) -> str:
    """The text of a baseline file."""
    keys = Counter(_key(report, line) for report, lines in reports for line in lines)
    entries = [{"path": path, "id": name, "fingerprint": mark, "count": n} for (path, name, mark), n in keys.items()]
    return json.dumps({"version": VERSION, "findings": sorted(entries, key=str)}, indent=1) + "\n"


def load(text: str, name: str) -> Counter[Key]:
    """The findings in a baseline file. Raises WizardError if the text is not one."""
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']}")
        return Counter(
            {(str(e["path"]), str(e["id"]), str(e["fingerprint"])): int(e["count"]) for e in data["findings"]}
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise WizardError(
            f"{name} is no baseline of this program.", str(error), "Write one with --write-baseline."
        ) from None


def without(
    reports: Iterable[tuple[FileReport, list[ReportLine]]], known: Counter[Key]
) -> list[tuple[FileReport, list[ReportLine]]]:
    """The findings that are not in a baseline. If one occurs more often than there, the surplus counts."""
    left = Counter(known)
    result = []
    for report, lines in reports:
        kept = []
        for line in lines:
            key = _key(report, line)
            if left[key] > 0:
                left[key] -= 1
            else:
                kept.append(line)
        result.append((report, kept))
    return result


def _key(report: FileReport, line: ReportLine) -> Key:
    return posixpath.normpath(report.source.path), line.id, fingerprint(report, line)
