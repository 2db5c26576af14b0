"""How a trial ended, for a person: the differences first, then one sentence, then what was open and what was closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.cli import draw
from wizard.prediction.values import OPEN, UNREACHABLE, place
from wizard.servers.titles import api_title

if TYPE_CHECKING:
    from wizard.trial.probes import ProbeResult
    from wizard.trial.report import Report

MARKS = {True: "✓", False: "✗", None: "–"}
"""How a probe ended: as predicted, differently, or not measured."""


def show(report: Report, everything: bool) -> None:
    """The report on standard output; `everything`: every probe, not only those that differed."""
    differing = report.differing
    open_ = tuple(r for r in report.results if r.agrees is None)
    _table(differing)
    _table(report.results if everything else open_ if draw.person() else ())
    measured = len(report.results) - len(open_)
    missing = f", {len(open_)} could not be measured" if open_ else ""
    if differing:
        verdict = f"✗ {len(differing)} of {measured} probes differ from what was predicted"
    else:
        verdict = f"✓ {measured} of {measured} probes as predicted"
    draw.say(f"✓ answers after {report.ready_s} s   {verdict}{missing}", 2)
    for line in _apis(report):
        draw.say(line, 15)


def _table(results: Sequence[ProbeResult]) -> None:
    rows = [(MARKS[r.agrees], place(r.probe), r.probe.request, r.probe.predicted, r.measured) for r in results]
    if rows:
        draw.draw(("", "from", "request", "predicted", "measured"), rows)


def _apis(report: Report) -> Iterator[str]:
    """What was measured for each API that answered anybody, and how often the others were tried without an answer."""
    closed: dict[str, int] = {}
    decided = [result for result in report.results if result.agrees is not None]
    width = max((12, *(len(api_title(r.probe.api)) for r in decided if r.measured != UNREACHABLE)))
    for api in dict.fromkeys(result.probe.api for result in report.results):
        found = [result for result in decided if result.probe.api == api]
        if all(result.measured == UNREACHABLE for result in found):
            if found:
                closed[api_title(api)] = len({(r.probe.vantage, r.probe.address) for r in found})
            continue
        answered = [r for r in found if r.measured == OPEN or r.measured[:1] == "2"]
        pages = dict.fromkeys(r.probe.page for r in answered if r.probe.page and r.measured.endswith(" readable"))
        readers = f"; pages that may read: {', '.join(p for p in pages)}" if pages else ""
        refused = len(found) - len(answered)
        requests = f"{len(answered)} request{'' if len(answered) == 1 else 's'}"
        yield f"  {api_title(api):<{width}} {requests} answered, {refused} refused{readers}"
    if closed:
        places = min(closed.values())  # each of them was seen from as many
        seen = f"{places} place{'' if places == 1 else 's'}"
        yield f"  {'the rest':<{width}} {', '.join(closed)}: closed, seen from {seen}"
