"""Answers from existing files: what all servers have in common is done here, the rest by each server's package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wizard.artifacts.scripts import FILE_NAME as SCRIPT
from wizard.check import imported_baked, imported_gateway, left_behind, masking
from wizard.check.analysis import Analysis, FileReport
from wizard.check.belonging import beside, with_compose
from wizard.check.findings import words
from wizard.check.imported_binding import bindings, sharing
from wizard.check.imported_data import data, fitting
from wizard.check.imported_gateway import FoundGateway, secrets
from wizard.check.imported_image import imported as imported_image
from wizard.check.imported_pair import made_again
from wizard.check.written_again import RawAnswers, WrittenFolder, compared, ours
from wizard.errors import WizardError
from wizard.observed.answers import Lost, ObservedAnswer, unanswered
from wizard.observed.seen import Observed
from wizard.observed.start import BUILT_FROM, CUT, LOST, OUTSIDE, SIDECARS, TAKES, TORN, USED
from wizard.registry import readings


class ImportedAnswers(NamedTuple):
    """The answers of one process, as in the answers file, with the origin of each."""

    observed: Observed
    data: dict[str, object]
    answers: tuple[ObservedAnswer, ...]
    lost: tuple[Lost, ...]


def draft(analysis: Analysis, server: str = "") -> ImportedAnswers:
    """Answers of the one process (or configuration file) that was read; a container takes precedence over the
    scripts around it. `server`: look only at this one. Raises WizardError if there is none, or if several servers are
    set up."""
    reports = analysis.reports()
    if (wider := with_compose(analysis)) is not analysis:
        analysis, reports = wider, wider.reports()
    observed = [each for each in analysis.observed if server in ("", each.server)]
    found = _best(observed, reports)
    gate = imported_gateway.found(analysis, found)
    own = gate is not None or ours(analysis, found)
    raw = _raw(analysis, found, gate, own)
    if own:
        raw = compared(raw, WrittenFolder(analysis, found, gate, lambda again: _again(again, found)))
    lost = (
        *left_behind.unreadable(reports),
        *left_behind.others(found, observed),
        *raw.lost,
        *left_behind.ingresses(analysis.found.values(), found),
    )
    return ImportedAnswers(found, data(found.server, raw.answers), raw.answers, _worth_adding(lost, reports))


def _raw(analysis: Analysis, found: Observed, gate: FoundGateway | None, own: bool) -> RawAnswers:
    """`own`: this program wrote the files."""
    reading = next(each for each in readings() if each.server == found.server)
    imported = reading.answers(found, analysis.neighbours())
    image = imported_image(found, own)
    read = (*image.answers, *_general(found), *imported.answers)
    read = imported_gateway.over(gate, read) if gate is not None else tuple(sharing(found.server, read))
    if own and found.start is not None and found.start.built:
        read = tuple(imported_baked.before(read, beside(analysis, found.start, SCRIPT)))
    if found.start is not None:
        read = made_again(read, found.start.source.folder)
    answers, unfit = fitting(found.server, read)
    lost = (
        *(left_behind.doors(analysis.found.values(), found, analysis.observed) if gate is None else secrets(gate)),
        *left_behind.inside(found.start, answers),
        *unfit,
        *image.lost,
        *imported.lost,
        *_general_lost(found, imported.variables | {each.key for each in image.answers}),
    )
    return RawAnswers(answers, lost)


def _again(analysis: Analysis, before: Observed) -> RawAnswers:
    """The same of the files that the answers would write."""
    found = _best([each for each in analysis.observed if each.server == before.server], ())
    return _raw(analysis, found, imported_gateway.found(analysis, found), True)


def _worth_adding(lost: Iterable[Lost], reports: Iterable[FileReport]) -> tuple[Lost, ...]:
    """Settings that stop the server or have no effect are not suggested again: the reason is given instead."""
    useless = {
        (line.remark.source.path, line.remark.at): f"{line.message} {line.instead}".strip()
        for report in reports
        for line in words(report)
        if line.effect in ("fails", "ignored") and line.remark.at is not None
    }
    return tuple(_masked(_instead(each, useless)) for each in lost)


def _masked(lost: Lost) -> Lost:
    return lost if lost.source is None else lost._replace(what=masking.without(lost.what, lost.source.text))


def _instead(lost: Lost, useless: Mapping[tuple[str, int], str]) -> Lost:
    at = (lost.source.path, lost.at) if lost.source is not None and lost.at is not None else None
    why = useless.get(at) if lost.by_hand and at is not None else None
    return lost if why is None else lost._replace(what=why, by_hand=False)


def _best(observed: Sequence[Observed], reports: Iterable[FileReport]) -> Observed:
    if not observed:
        for problem in left_behind.unreadable(reports):
            raise WizardError(problem.what, hint="Mend the file, then import it again.")
        raise WizardError(
            "Nothing here starts or configures a server that this program knows.",
            hint="Name its configuration file, compose file, docker run line or manifest.",
        )
    servers = {each.server for each in observed}
    if len(servers) > 1:
        raise WizardError(
            f"Several servers are set up here: {', '.join(sorted(servers))}.",
            hint="serving-wizard import --server NAME takes one of them.",
        )
    return max(observed, key=lambda each: (each.start is not None, len(each.parts), len(each.settings)))


def _general(observed: Observed) -> Iterator[ObservedAnswer]:
    start = observed.start
    contained = start is not None and start.contained
    yield ObservedAnswer(
        "run.how", "docker" if contained else "native", start.source if start else None, start.at if start else 0
    )
    if start is not None and start.engine:
        yield ObservedAnswer("run.engine", start.engine, start.source, start.at)
    if start is not None and contained and start.network == "host":
        yield ObservedAnswer("run.network", "host", start.network_source or start.source, start.network_at)
    yield from bindings(observed)


_ACCOUNTED = frozenset(
    {
        "image", "build", "command", "entrypoint", "args", "working_dir", "workingDir", "network_mode",
        "container_name", "name", "unknown key", "init", "--init", "--name", "--network", "--publish", "--volume",
        "--mount", "--env", "--entrypoint", "--workdir", "--detach", "--interactive", "--tty", "--rm", "--pull",
        "--health-cmd", "imagePullPolicy", "ExecStart", "ExecReload", "Environment", "WorkingDirectory", "Type",
        "background", LOST, CUT, TORN, "behind the image", OUTSIDE, TAKES, "volumes declared", SIDECARS, BUILT_FROM,
        "unset variable", "literal variable", "variable with a default", USED,
    }
)  # fmt: skip
"""What a holder says that is already covered by an answer, or that the written files say in their own way."""


_TOLD = ("compose", "docker-run", "systemd", "supervisor", "kubernetes")
"""Holders whose options are named here as in the file."""


def _general_lost(observed: Observed, accounted: frozenset[str]) -> Iterator[Lost]:
    start = observed.start
    if start is None:
        return
    if start.holder == "kubernetes":
        what = "These answers run one container in Docker: replicas, probes and volumes of the cluster stay behind."
        yield Lost(what, start.source, start.at)
    used = {name for name, _ in start.every(USED)}
    for variable in start.environment:
        if variable.name not in accounted | used:
            yield Lost(f"{variable.name}: there is no answer for this variable.", start.place(variable), variable.start)
    for name, _, at in start.options if start.holder in _TOLD else ():
        switched = name in ("--gpus", "gpus") and "run.gpu" in accounted
        if name not in _ACCOUNTED and not switched:
            yield unanswered(name, "files", start.source, at)
    if start.health is not None:
        yield Lost(
            "The health check: the written files have one of their own.", start.place(start.health), start.health.start
        )
