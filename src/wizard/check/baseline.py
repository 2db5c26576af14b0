"""A list of known findings to leave out, so that only new ones count.

A finding is identified by its file, its rule and the text of its line, so it may move within the file. Files are named
as seen from the baseline, so that it fits from whichever folder and with whichever paths `check` is called.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable

from wizard.check.analysis import FileReport
from wizard.check.findings import ReportLine
from wizard.errors import WizardError
from wizard.observed.source import PIPED

VERSION = 2
_AS_TYPED = 1
"""The version that named files as they were typed, as seen from the current folder."""
Key = tuple[str, str, str]
Seen = Callable[[str], str]
"""A path of this run -> the same as seen from the baseline."""
_LONGEST = 2_000
"""How much of a line is compared: one line may contain thousands of findings."""


def fingerprint(report: FileReport, line: ReportLine) -> str:
    """What stays the same when a finding only moves."""
    rows = report.source.rows
    text = rows[line.line - 1][:_LONGEST].strip() if line.line and line.line <= len(rows) else ""
    return hashlib.sha256(f"{line.id}\n{line.api or ''}\n{text}".encode(errors="replace")).hexdigest()[:16]


def dump(reports: Iterable[tuple[FileReport, list[ReportLine]]], seen: Seen) -> str:
    """The text of a baseline file."""
    keys = Counter(_key(report, line, seen) for report, lines in reports for line in lines)
    entries = [{"path": path, "id": name, "fingerprint": mark, "count": n} for (path, name, mark), n in keys.items()]
    return json.dumps({"version": VERSION, "findings": sorted(entries, key=str)}, indent=1) + "\n"


def load(text: str, name: str, seen: Seen) -> Counter[Key]:
    """The findings in a baseline file. Raises WizardError if the text is not one."""
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or not isinstance(data.get("findings"), list):
            raise ValueError("It contains no list of findings.")
        if data.get("version") not in (VERSION, _AS_TYPED):
            raise ValueError(f"It has version {data.get('version')}, not {VERSION}.")
        known: Counter[Key] = Counter()
        for entry in data["findings"]:
            path = str(entry["path"])
            known[
                seen(path) if data["version"] == _AS_TYPED else path, str(entry["id"]), str(entry["fingerprint"])
            ] += int(entry["count"])
        return known
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise WizardError(
            f"{name} is no baseline of this program.", str(error), "Write one with --write-baseline."
        ) from None


def without(
    reports: Iterable[tuple[FileReport, list[ReportLine]]], known: Counter[Key], seen: Seen
) -> list[tuple[FileReport, list[ReportLine]]]:
    """The findings that are not in a baseline. If one occurs more often than there, the surplus counts."""
    left = Counter(known)
    result = []
    for report, lines in reports:
        kept = []
        for line in lines:
            key = _key(report, line, seen)
            if left[key] > 0:
                left[key] -= 1
            else:
                kept.append(line)
        result.append((report, kept))
    return result


def _key(report: FileReport, line: ReportLine, seen: Seen) -> Key:
    source = report.source
    path = source.path if source.runs or source.path == PIPED else seen(source.path)
    return path, line.id, fingerprint(report, line)
