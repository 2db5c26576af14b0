"""Model: what to serve, under which name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.steps.base import Changes, Field, Option, Step

if TYPE_CHECKING:
    from wizard.plan import Plan

MODEL = Step(
    "model",
    "model",
    "Model",
    "Which model do you want to serve?",
    "A path on this machine. It is looked into, never executed.",
    ("models",),
    "model path",
)
_PATHS = {
    "torchserve": "a .mar archive, such as ./model-store/echo.mar",
    "tensorflow-serving": "the folder that holds the numbered versions, such as ./models/half_plus_two",
}


def steps(plan: Plan | None) -> tuple[Step, ...]:
    """The steps of this group."""
    del plan
    return (MODEL,)


def fields(plan: Plan, index: int = 0) -> tuple[Field, ...]:
    """The questions about one model, by its place in the Plan; the place after the last is a new one."""
    model = plan.models[index] if index < len(plan.models) else None
    return (
        Field(
            "path",
            "text",
            "Path",
            key=f"models.{index}.path",
            value=model.path if model else "",
            placeholder=_PATHS[plan.server],
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
        Field(
            "versions",
            "cycle",
            "Versions",
            "newest: switches by itself when a higher number appears",
            options=(
                Option("latest", "the newest", changes=((f"models.{index}.versions", "latest"),)),
                Option("all", "all", changes=((f"models.{index}.versions", "all"),)),
            ),
            chosen=(model.versions if model and isinstance(model.versions, str) else "some",),
            shown=model is not None and plan.server == "tensorflow-serving",
            topic="model version",
        ),
    )


def path_changes(plan: Plan, index: int, path: str, name: str) -> Changes:
    """The change that a path stands for; a new model gets the suggested name, made unique."""
    path = path.strip()
    if not path:
        return ((f"models.{index}", None),) if index < len(plan.models) else ()
    if index < len(plan.models):
        return ((f"models.{index}.path", path),)
    taken = {model.name for model in plan.models}
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name}-{number}", number + 1
    return ((f"models.{index}", {"name": unique, "path": path}),)


def name_from(path: str) -> str:
    """A model name from the last part of a path."""
    last = path.rstrip("/\\").replace("\\", "/").rpartition("/")[2]
    for suffix in (".mar", ".tar.gz", ".tgz", ".zip"):
        last = last.removesuffix(suffix)
    kept = "".join(ch if ch.isascii() and (ch.isalnum() or ch in "_.-") else "-" for ch in last)
    return kept.strip("-._")[:128] or "model"


def problems(plan: Plan) -> tuple[str, ...]:
    """What must be answered before going on."""
    return () if plan.models else ("Choose the model to serve first.",)
