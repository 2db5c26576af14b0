"""Answers from existing files: what all servers have in common is done here, the rest by each server's package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wizard.check import left_behind, masking
from wizard.check.analysis import Analysis, FileReport
from wizard.check.belonging import with_compose
from wizard.check.findings import words
from wizard.check.imported_image import imported as imported_image
from wizard.errors import WizardError
from wizard.observed.answers import Lost, ObservedAnswer, unanswered
from wizard.observed.seen import Observed, ObservedListener
from wizard.observed.start import PublishedPort, Start
from wizard.plan.answers import refused
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
    reading = next(each for each in readings() if each.server == found.server)
    imported = reading.answers(found, analysis.neighbours())
    image = imported_image(found)
    answers, unfit = _fitting(found.server, (*image.answers, *_general(found), *imported.answers))
    lost = (
        *left_behind.unreadable(reports),
        *left_behind.others(found, observed),
        *left_behind.doors(analysis.found.values(), found, observed),
        *left_behind.inside(found.start, answers),
        *unfit,
        *image.lost,
        *imported.lost,
        *_general_lost(found, imported.variables | {each.key for each in image.answers}),
        *left_behind.ingresses(analysis.found.values(), found),
    )
    return ImportedAnswers(found, _data(found.server, answers), answers, _worth_adding(lost, reports))


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


def _data(server: str, answers: Sequence[ObservedAnswer]) -> dict[str, object]:
    data: dict[str, object] = {"schema": 1, "server": server}
    for answer in answers:
        _put(data, answer.key.split("."), answer.value)
    return data


def _fitting(server: str, answers: tuple[ObservedAnswer, ...]) -> tuple[tuple[ObservedAnswer, ...], list[Lost]]:
    """The answers that an answers file can contain, and those it cannot: one odd value does not remove others."""
    lost: list[Lost] = []
    while (problem := refused(_data(server, answers))) is not None:
        path, why = problem
        at = next((n for n, answer in reversed([*enumerate(answers)]) if _holds(answer, path)), None)
        if at is None:
            break
        culprit = answers[at]
        good = _good(server, answers, at)
        answers = (*answers[:at], *([culprit._replace(value=good)] if good else ()), *answers[at + 1 :])
        lost.append(Lost(f"{'.'.join(map(str, path))}: {why}.", culprit.source, culprit.at))
    return answers, lost


def _good(server: str, answers: tuple[ObservedAnswer, ...], at: int) -> list[object]:
    """The list's members that would be valid alone; [] if it is no list, or if all would be."""
    culprit = answers[at]
    values = culprit.value if isinstance(culprit.value, list) else []
    fits: dict[str, bool] = {}  # a very long list consists mostly of repetitions
    for value in values:
        if repr(value) not in fits:
            alone = (*answers[:at], culprit._replace(value=[value]), *answers[at + 1 :])
            problem = refused(_data(server, alone))
            fits[repr(value)] = problem is None or not _holds(culprit, problem[0])
    good = [value for value in values if fits[repr(value)]]
    return good if len(good) < len(values) else []


def _holds(answer: ObservedAnswer, path: tuple[int | str, ...]) -> bool:
    """Whether a path of keys leads to an answer, into one, or to a table that is part of one."""
    key = tuple(answer.key.split("."))
    return all(mine == other for mine, other in zip(key, path, strict=False))


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


def _put(data: dict[str, object], path: list[str], value: object) -> None:
    node = data
    for key in path[:-1]:
        inner = node.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        node = inner
    node[path[-1]] = value


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
    for api in dict.fromkeys(listener.api for listener in observed.listeners):
        yield from _bind(start, [listener for listener in observed.listeners if listener.api == api])


def _bind(start: Start | None, listeners: Sequence[ObservedListener]) -> Iterator[ObservedAnswer]:
    """The sockets of one API: where each is open to others, as one answer with several addresses."""
    first = listeners[0]
    key = f"bind.{first.api}"
    if start is not None and start.contained and start.network != "host":
        published = [each for each in start.publishes if each.port == first.port]
        if not published:
            yield ObservedAnswer(key, {"scope": "internal"}, start.source, start.at)
        else:
            yield ObservedAnswer(key, _published(published), start.place(published[0]), published[0].start)
        return
    everywhere = any(each.everywhere for each in listeners)
    scope = _scope(everywhere, [each.address for each in listeners], all(each.loopback for each in listeners))
    yield ObservedAnswer(key, {**scope, "port": first.port}, first.source, first.at)


def _published(published: Sequence[PublishedPort]) -> dict[str, object]:
    """Those on the first host port; Docker can publish one port on several addresses."""
    first = published[0]
    same = [each for each in published if each.host_port == first.host_port]
    everywhere, loopback = any(each.everywhere for each in same), all(each.loopback for each in same)
    port = {} if first.host_port is None else {"port": first.host_port}
    return {**_scope(everywhere, [each.address for each in same], loopback), **port}


def _scope(everywhere: bool, addresses: Sequence[str], loopback: bool) -> dict[str, object]:
    if everywhere or loopback:
        return {"scope": "all" if everywhere else "loopback"}
    return {"scope": "interface", "address": ", ".join(addresses)}


_ACCOUNTED = frozenset(
    {
        "image", "build", "dockerfile", "command", "entrypoint", "args", "working_dir", "workingDir", "network_mode",
        "container_name", "name", "unknown key", "init", "--init", "--name", "--network", "--publish", "--volume",
        "--mount", "--env", "--entrypoint", "--workdir", "--detach", "--interactive", "--tty", "--rm", "--pull",
        "--health-cmd", "imagePullPolicy", "ExecStart", "ExecReload", "Environment", "WorkingDirectory", "Type",
        "adapter", "background", "lost", "cut", "torn", "behind the image", "takes", "volumes declared", "sidecars",
        "unset variable", "literal variable", "variable with a default", "used variable",
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
    used = {name for key, name, _ in start.options if key == "used variable"}
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
