"""Imported answers as the tables of an answers file, and which of them such a file cannot contain."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.observed.answers import Lost, ObservedAnswer
from wizard.plan.answers import refused


def data(server: str, answers: Iterable[ObservedAnswer]) -> dict[str, object]:
    """The tables that answers give; of two for the same key, the later one."""
    found: dict[str, object] = {"schema": 1, "server": server}
    for answer in answers:
        _put(found, answer.key.split("."), answer.value)
    return found


def fitting(server: str, answers: tuple[ObservedAnswer, ...]) -> tuple[tuple[ObservedAnswer, ...], list[Lost]]:
    """The answers that an answers file can contain, and those it cannot: one odd value does not remove others."""
    lost: list[Lost] = []
    while (problem := refused(data(server, answers))) is not None:
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
            problem = refused(data(server, alone))
            fits[repr(value)] = problem is None or not _holds(culprit, problem[0])
    good = [value for value in values if fits[repr(value)]]
    return good if len(good) < len(values) else []


def _holds(answer: ObservedAnswer, path: tuple[int | str, ...]) -> bool:
    """Whether a path of keys leads to an answer, into one, or to a table that is part of one."""
    key = tuple(answer.key.split("."))
    return all(mine == other for mine, other in zip(key, path, strict=False))


def _put(data: dict[str, object], path: list[str], value: object) -> None:
    node = data
    for key in path[:-1]:
        inner = node.setdefault(key, {})
        if not isinstance(inner, dict):
            return
        node = inner
    node[path[-1]] = value
