"""What imported answers would write again in the place of files that this program wrote: what that says is not lost."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from wizard import artifacts, registry
from wizard.artifacts.compose import FILE_NAME as COMPOSE
from wizard.artifacts.dockerfile import FILE_NAME as DOCKERFILE
from wizard.artifacts.exposure import FILE_NAME, HEADING
from wizard.check import imported_gateway
from wizard.check.analysis import Analysis
from wizard.check.belonging import beside
from wizard.check.changed_lines import added
from wizard.check.imported_data import data
from wizard.check.unseen import unseen
from wizard.deployment import Deployment
from wizard.errors import WizardError
from wizard.formats import nginx
from wizard.gateway.differences import GatewayDifference, differences
from wizard.gateway.layout import CONFIG
from wizard.observed.answers import Lost, ObservedAnswer
from wizard.observed.source import Source
from wizard.placement.needs import gateway_needed
from wizard.placement.resolve import resolve
from wizard.plan import answers

if TYPE_CHECKING:
    from wizard.check.imported_gateway import FoundGateway
    from wizard.observed.seen import Observed

_ROOT = PurePosixPath("/")
_READ_ELSEWHERE = (".conf", "run.ps1")
"""What is read with another file, or says the same as one."""
_USUAL = ("settings.", "run.image")
"""Answers that are left out where the same is written without them."""
_LONGEST = 2000
"""How much of a text is looked at for the words of a setting."""


def ours(analysis: Analysis, found: Observed) -> bool:
    """Whether the page that this program writes lies beside what starts the server."""
    if found.start is None or found.start.source.runs:
        return False
    page = beside(analysis, found.start.outer, FILE_NAME)
    return page is not None and page.text.startswith(HEADING)


class RawAnswers(NamedTuple):
    """Answers as they were read, and what has none."""

    answers: tuple[ObservedAnswer, ...]
    lost: tuple[Lost, ...]


Import = Callable[[Analysis], RawAnswers]
"""What an analysis gives."""


class WrittenFolder(NamedTuple):
    """The files that were read, as a place to which answers are written in thought."""

    analysis: Analysis
    found: Observed
    gate: FoundGateway | None
    read: Import

    def written(self, found: Sequence[ObservedAnswer], settings: bool = True) -> _Written | None:
        """The files that answers give, as far as the folder has them, read in turn; None if they give none."""
        start = self.found.start
        if start is None:
            return None
        folder, told = start.source.folder, (e for e in found if settings or not e.key.startswith(_USUAL))
        try:
            plan = answers.rebase(answers.validate(data(self.found.server, told)), _ROOT, _ROOT / folder)
            deployment = resolve(plan, imported_gateway.host(start, self.gate))
            files = [each for each in artifacts.starts(deployment) if beside(self.analysis, start, each.path)]
            sources = {path: Source(path, each.text) for each in files if (path := posixpath.join(folder, each.path))}
            again = Analysis(sources.get)
            for path, source in sources.items():
                if not path.endswith(_READ_ELSEWHERE):
                    again.add(source)
            again.reports()
            raw = self.read(again)
        except WizardError:
            return None
        return _Written(deployment, raw, {each.path: each.text for each in files})


def compared(raw: RawAnswers, folder: WrittenFolder) -> RawAnswers:
    """The same without what the written files say anyway, and with what they say otherwise."""
    gate = folder.gate
    shown = (*raw.answers, *(_shared(raw.answers, folder.found.server) if gate is None else ()))
    usual = folder.written(shown, settings=False)
    if usual is None:
        return raw
    default = {each.key: each.value for each in usual.raw.answers if each.key.startswith(_USUAL)}
    told = tuple(each for each in shown if not (each.key in default and each.value == default[each.key]))
    if gate is not None and not gateway_needed(usual.deployment.plan, usual.deployment.host):
        told = (*told, ObservedAnswer("gateway.kind", "nginx", gate.source, 0))
    again = folder.written(told)
    if again is None:
        return raw
    said = {(each.what, _words(each)) for each in again.raw.lost}
    of_one = {(each.source, each.at) for each in shown[len(raw.answers) :]}
    kept = tuple(
        each
        for each in raw.lost
        if each.source is None
        or (each.what, _words(each)) not in said
        or (each.kept and not _settled(each, gate, of_one))
    )
    other = tuple(_otherwise(gate, again.files.get(CONFIG, ""))) if gate is not None else ()
    return RawAnswers(told, (*kept, *other, *_added(folder, again, told, kept), *unseen(again.deployment)))


def _added(
    folder: WrittenFolder, again: _Written, told: Sequence[ObservedAnswer], lost: Sequence[Lost]
) -> Iterator[Lost]:
    """Lines of the files that start containers which say something that nothing else was said of."""
    for name in (COMPOSE, DOCKERFILE):
        there = beside(folder.analysis, folder.found.start, name) if folder.found.start is not None else None
        if there is not None and name in again.files:
            places = (*((e.source, e.at) for e in told), *((e.source, e.at) for e in lost))
            here = (at for source, at in places if source is not None and source.path == there.path and at is not None)
            lines = {there.at(at)[0] for at in here}
            yield from added(there, again.files[name], lines)


def _settled(lost: Lost, gate: FoundGateway | None, of_one: set[tuple[Source | None, int | None]]) -> bool:
    """Whether something works as before after all: the server behind its gateway, its one CORS policy for all APIs."""
    return lost.source is not gate.source if gate is not None else (lost.source, lost.at) in of_one


def _shared(answers: Sequence[ObservedAnswer], server: str) -> Iterator[ObservedAnswer]:
    """A server's one CORS policy as the rule of each API: where they differ, there is a gateway."""
    adapter = registry.adapter(server)
    version = next((str(each.value) for each in answers if each.key == "version"), adapter.versions[0])
    # Where the first is shut, nobody sees its rule.
    callable_ = [spec.api for spec in adapter.apis if spec.browser_callable]
    shut = {each.key for each in answers if isinstance(each.value, dict) and each.value.get("scope") == "off"}
    if not adapter.abilities(version).cors_shared or f"bind.{callable_[0]}" in shut:
        return
    for each in answers:
        for api in callable_[1:]:
            if each.key.startswith(f"cors.{callable_[0]}.") and f"bind.{api}" not in shut:
                yield each._replace(key=each.key.replace(callable_[0], api, 1))


class _Written(NamedTuple):
    deployment: Deployment
    raw: RawAnswers
    files: Mapping[str, str]
    """Name in the folder -> text."""


def _words(lost: Lost) -> tuple[str, ...]:
    """How a setting is written: its name and its value."""
    text = lost.source.text[lost.at : lost.at + _LONGEST] if lost.source is not None and lost.at is not None else ""
    words = [word for word in text.split() if word != "-"][:2]
    return tuple(words[:1] if words and "=" in words[0] else words)


def _otherwise(gate: FoundGateway, written: str) -> Iterator[Lost]:
    """Each line of the gateway's configuration that these answers would not write, and each that they would add."""
    found: dict[tuple[str, bool, bool], list[GatewayDifference]] = {}
    for each in differences(gate.shown.directives, nginx.read(written)):
        found.setdefault((each.what, each.here, each.there), []).append(each)
    for (what, here, there), places in found.items():
        often = f" ({len(places)} times)" if len(places) > 1 else ""
        if here and there:
            why = "the written gateway has another value."
        else:
            why = "no answer says it; add it to the written gateway." if here else "only the written gateway has it."
        yield Lost(f"{what}{often}: {why}", gate.source, places[0].at, kept=there, by_hand=here and not there)
