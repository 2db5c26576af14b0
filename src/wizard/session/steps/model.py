"""Model: what to serve, under which name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard import registry
from wizard.fast_start import regex
from wizard.session.steps.base import Answer, Field, Option, Step

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.plan import Model, Patch, Plan
    from wizard.session.origins import Origins

_ENDING = regex(r"(?i)(?:\.tar)?\.(?!v\d)[a-z][a-z0-9]{1,11}$")
"""A file name extension; endings such as .5b or .v2, which are versions, are none."""

MODEL = Step(
    "model",
    "model",
    "Model",
    "Which model do you want to serve?",
    "A path on this machine. The wizard looks into the model, and never runs it.",
    ("models",),
    "model path",
)


def fields(plan: Plan, index: int = 0, found: tuple[int, ...] = ()) -> tuple[Field, ...]:
    """The questions about one model, by its position in the Plan; the position after the last is a new one.

    `found`: the version numbers in its folder, if known.
    """
    model = plan.models[index] if index < len(plan.models) else None
    return (
        Field(
            "path",
            "text",
            "Path",
            "" if model and model.path else registry.adapter(plan.server).models.hint,
            key=f"models.{index}.path",
            value=model.path if model else "",
            topic="model path",
        ),
        Field(
            "name",
            "text",
            "Name",
            "part of the URL that clients call",
            key=f"models.{index}.name",
            value=model.name if model else "",
            placeholder="taken from the path",
            shown=model is not None,
            topic="model name",
        ),
        _id(plan, index, model),
        *_version_fields(plan, index, model, found),
    )


def _id(plan: Plan, index: int, model: Model | None) -> Field:
    hint = registry.adapter(plan.server).models.id_hint
    return Field(
        "id",
        "text",
        "Id",
        "instead of a path: the server downloads it when it starts",
        key=f"models.{index}.id",
        along=((f"models.{index}.path", None),) if model and model.path else (),
        value=(model.id or "") if model else "",
        placeholder=hint,
        read=read_id,
        shown=model is not None and bool(hint or model.id),
        topic="model path",
    )


def _version_options(key: str, numbers: tuple[int, ...]) -> tuple[Option, ...]:
    return (
        Option("latest", "the newest", changes=((key, "latest"),)),
        Option("all", "all", "every number in the folder", changes=((key, "all"),)),
        Option("some", "only these", "the numbers below", changes=((key, list(numbers)),)),
    )


def _labels(key: str, model: Model | None, known: bool) -> Field:
    labels = model.labels if model else {}
    several = model is not None and model.versions != "latest"
    return Field(
        "labels",
        "text",
        "Labels",
        "names that clients may use instead of a version number",
        key=key,
        value=" ".join(f"{label}={number}" for label, number in labels.items()),
        placeholder="such as stable=1 canary=2",
        read=read_labels,
        shown=known and (several or bool(labels)),
        topic="model version",
    )


def _version_fields(plan: Plan, index: int, model: Model | None, found: tuple[int, ...]) -> tuple[Field, ...]:
    """Which versions are loaded; the other lines only if that is more than the newest one."""
    known = model is not None and registry.adapter(plan.server).models.numbered
    versions = model.versions if model else "latest"
    listed = () if isinstance(versions, str) else versions
    key = f"models.{index}.versions"
    first = listed or ((max(found),) if found else (1,))
    return (
        Field(
            "versions",
            "cycle",
            "Versions",
            "newest: switches by itself when a higher number appears",
            options=_version_options(key, first),
            chosen=(versions if isinstance(versions, str) else "some",),
            shown=known,
            topic="model version",
        ),
        Field(
            "numbers",
            "text",
            "Numbers",
            _there(found),
            key=key,
            value=" ".join(map(str, listed)),
            placeholder="such as 1 2",
            read=read_numbers,
            shown=known and bool(listed),
            topic="model version",
        ),
        _labels(f"models.{index}.labels", model, known),
    )


def _there(found: tuple[int, ...]) -> str:
    if not found:
        return "numbers of version folders, separated by blanks"
    numbers = sorted(found)
    more = f" and {len(numbers) - 8} lower ones" if len(numbers) > 8 else ""
    return f"there: {', '.join(map(str, numbers[-8:]))}{more}"


def read_id(text: str) -> str:
    """An id of a model. Raises ValueError with a sentence."""
    if not text:
        raise ValueError("give a path above instead, or an id")
    return text


def read_numbers(text: str) -> list[int]:
    """Version numbers separated by blanks or commas. Raises ValueError with a sentence."""
    words = text.replace(",", " ").split()
    if not words or not all(word.isascii() and word.isdigit() and len(word) < 19 for word in words):
        raise ValueError("numbers of version folders, please, such as 1 2")
    return list(dict.fromkeys(map(int, words)))


def read_labels(text: str) -> dict[str, int]:
    """Labels as name=number, separated by blanks or commas; empty = none. Raises ValueError with a sentence."""
    labels: dict[str, int] = {}
    for word in text.replace(",", " ").split():
        label, _, number = word.partition("=")
        if not (label and number.isascii() and number.isdigit() and len(number) < 19):
            raise ValueError(f"{word!r} is not of the form label=version, such as stable=1")
        if label in labels:
            raise ValueError(f"the label {label!r} is there twice")
        labels[label] = int(number)
    return labels


def path_answer(
    plan: Plan, index: int, path: str, suggested: Callable[[str], str], as_version: int | None = None
) -> Answer:
    """The answer that a path stands for; a new model gets the name suggested by its path, made unique.

    `as_version`: the folder is one version itself, and is served with this number.
    """
    if not path:
        known = index < len(plan.models)
        return Answer(removal(index), f"Without {plan.models[index].name}") if known else Answer((), "No model")
    label = f"Model {path}"
    if index < len(plan.models):
        former = plan.models[index]
        staged = ((f"models.{index}.as_version", as_version),) if as_version != former.as_version else ()
        in_place = ((f"models.{index}.id", None),) if former.id else ()
        return Answer((*in_place, (f"models.{index}.path", path), *staged), label)
    name = _unique(suggested(path), {model.name for model in plan.models})
    more = {} if as_version is None else {"as_version": as_version}
    return Answer(((f"models.{index}", {"name": name, "path": path, **more}),), label, named=name)


def follow_paths(before: Plan, after: Plan, origins: Origins, suggested: Callable[[str], str]) -> tuple[Plan, Origins]:
    """The Plan after an answer, with names that were derived from paths updated to the present paths."""
    if len(before.models) != len(after.models):
        return after, origins
    models = list(after.models)
    for at, (was, now) in enumerate(zip(before.models, after.models, strict=True)):
        if was.path != now.path and was.name == now.name and now.name in origins.derived:
            name = _unique(suggested(now.path), {model.name for other, model in enumerate(models) if other != at})
            models[at] = now.model_copy(update={"name": name})
            origins = origins.renamed(now.name, name)
    return (after if models == list(after.models) else after.model_copy(update={"models": tuple(models)})), origins


def _unique(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def removal(index: int) -> Patch:
    """The change that removes a model."""
    return ((f"models.{index}", None),)


def name_from(path: str) -> str:
    """A model name from the last part of a path."""
    last = path.rstrip("/\\").replace("\\", "/").rpartition("/")[2]
    kept = "".join(ch if ch.isascii() and (ch.isalnum() or ch in "_.-") else "-" for ch in _ENDING.sub("", last))
    return kept.strip("-._")[:128] or "model"


def problems(plan: Plan) -> tuple[str, ...]:
    """What must be answered before going on."""
    return () if plan.models else ("Choose the model to serve first.",)
