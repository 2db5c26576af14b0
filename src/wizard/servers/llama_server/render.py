"""The file that names several models, as the server reads it: an INI file with a section for each."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment import Deployment
from wizard.errors import WizardError
from wizard.servers.files import Block, ConfigFile
from wizard.servers.llama_server import layout

_ENDS_VALUE = ("#", ";")


def config_files(deployment: Deployment) -> tuple[ConfigFile, ...]:
    """The list of models, if there are several, and the folder for models that the server downloads.

    Raises WizardError for a path that the list cannot contain.
    """
    found = []
    if layout.several(deployment.plan):
        found.append(ConfigFile(layout.PRESETS, tuple(_blocks(deployment))))
    if layout.fetches(deployment.plan) and not deployment.plan.native:
        # A folder that Docker makes by itself belongs to root, and the server could not write into it.
        ignored = Block("*\n", "models", "Models that the server fetched belong into no repository.")
        found.append(ConfigFile(f"{layout.FETCHED}/.gitignore", (ignored,)))
    return tuple(found)


def _blocks(deployment: Deployment) -> Iterator[Block]:
    yield Block("version = 1\n", why="How this file is written.")
    plan = deployment.plan
    for number, model in enumerate(plan.models):
        if model.id:
            continue  # it is refused elsewhere: the router would have to download whatever callers name
        path = layout.model_path(plan, model)
        if problem := unwritable(path):
            raise WizardError(
                f"{path!r} cannot be written into the file that lists the models",
                problem,
                "Rename the file or its folder.",
            )
        yield Block(f"\n[{model.name}]\nmodel = {path}\n", f"models.{number}", "A model by its name, and its file.")


def unwritable(path: str) -> str:
    """Why a path cannot be a value in the file, "" if it can: there are no quotes and no escapes."""
    if path != path.strip():
        return "Blanks at the ends of a value do not count."
    if any(not character.isprintable() for character in path):
        return "A value ends with its line."
    if any(mark in path for mark in _ENDS_VALUE):
        return "A comment begins at # and ;."
    return ""
