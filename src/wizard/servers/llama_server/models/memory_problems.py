"""Whether models fit into the memory of a machine, and into the limit of their container.

If no context was chosen, the server shrinks it until it fits into the machine (`--fit`). It ignores the limit of its
container: exceeding that ends it (builds 10434 and 11669, measured).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from heapq import nlargest
from pathlib import Path

from wizard.models.problems import Maker, texts
from wizard.models.report import PathFix, Problem, Surroundings
from wizard.servers.llama_server.models.memory import largest_context
from wizard.servers.llama_server.models.values import GgufModel, size

_problem = Maker(__package__)

_SPARE = 1 << 30
"""What the server leaves free on the machine (`--fit-target`)."""
_AT_ONCE = 4
"""How many models are in memory at the same time if there are several (`--models-max`)."""
_STEP = 1024


def problems(models: Mapping[str, GgufModel], given: Surroundings) -> Iterator[tuple[str, Problem]]:
    """(name of a model, what is wrong); "" stands for all models together."""
    if not given.least:
        return
    chosen = int(given.settings.get("context", 0))
    for name, model in models.items():
        if model.needs.weights > given.least:
            yield name, _too_large(f"it has {size(model.needs.weights)} of weights", given)
        elif given.container and _kept(model, given.machine, chosen) > given.container:
            yield name, _killed(model, given.container, chosen)
        elif given.machine and not chosen and _whole(model) > given.machine - _SPARE:
            yield name, _shortened(model, given.machine)
    each = [model.needs.weights for model in models.values()]
    together = sum(nlargest(_AT_ONCE, each))
    if len(each) > 1 and together > given.least and max(each) <= given.least:
        yield "", _too_large(f"the models, of which {min(len(each), _AT_ONCE)} are loaded at once, have "
                             f"{size(together)} of weights", given)  # fmt: skip


def _whole(model: GgufModel, chosen: int = 0) -> int:
    """Bytes with the chosen context; 0 = the size the model was made for."""
    return model.needs.total(chosen)


def _kept(model: GgufModel, machine: int, chosen: int) -> int:
    """What the server uses: the chosen context, else all of it, or as much as fits into the machine."""
    if chosen:
        return _whole(model, chosen)
    return min(_whole(model), max(machine - _SPARE, model.needs.weights)) if machine else _whole(model)


def _too_large(what: str, given: Surroundings) -> Problem:
    text = f"{what[0].upper()}{what[1:]}, and {_where(given)}."
    return _problem("gguf-memory", text)


def _where(given: Surroundings) -> str:
    held = given.container and given.least == given.container
    return (
        f"its container is held to {size(given.least)}" if held else f"this machine has {size(given.least)} of memory"
    )


def _killed(model: GgufModel, limit: int, chosen: int) -> Problem:
    text = f"{_figures(model, chosen)}, and its container is held to {size(limit)}."
    return _with_fix(_problem("gguf-container-memory", text), model, limit)


def _shortened(model: GgufModel, machine: int) -> Problem:
    text = f"{_figures(model)}, and this machine has {size(machine)}."
    return _with_fix(_problem("gguf-context", text), model, machine - _SPARE)


def _figures(model: GgufModel, chosen: int = 0) -> str:
    needs, tokens = model.needs, chosen or model.needs.context
    cache = size(needs.token * tokens)
    which = "the chosen" if chosen else "its whole"
    return (
        f"It takes {size(_whole(model, chosen))} with {which} context: {size(needs.weights)} of weights "
        f"and {cache} for {tokens:,} tokens"
    )


def _with_fix(problem: Problem, model: GgufModel, memory: int) -> Problem:
    """The problem with the largest context that fits as its fix, if any fits."""
    tokens = largest_context(model.needs, memory) // _STEP * _STEP
    if not tokens:
        return replace(problem, instead=texts(__package__)["gguf-memory"]["instead"])
    fix = PathFix("setting", f"A context of {tokens:,} tokens", Path(), setting="context", value=tokens)
    return replace(problem, instead=f"Set settings.context = {tokens} in the answers.", fix=fix)
