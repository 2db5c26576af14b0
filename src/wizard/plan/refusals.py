"""Why answers are refused, in words for the person who wrote them: the place, the reason, and what to write instead."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from functools import cache
from typing import TYPE_CHECKING, Any

from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.formats.toml_positions import locate
from wizard.plan import Plan
from wizard.plan.settings import spelled

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

BARE_KEY = regex(r"^[A-Za-z0-9_-]+$")
_WANTED = {
    "int": ("a whole number", "Write digits only, without quotes."),
    "bool": ("true or false", "Write true or false, without quotes."),
    "string": ("text", 'Put it in quotes: "{}"'),
    "tuple": ("a list", 'Put it in brackets: ["{}"]'),
    "dict": ("a table", ""),
    "model": ("a table", "serving-wizard schema prints what belongs into it."),
}
"""Kind of value, by pydantic's name: what is expected, and how to write it."""
_LACKING = {
    "run.how=kubernetes": "No manifests are written; check, explain and import read those that exist.",
}
"""What somebody may well ask for, but is not possible: dotted key, or dotted key=value, and what there is instead."""
_BOUNDS = {
    "greater_than_equal": "too small: {} is the least",
    "less_than_equal": "too large: {} is the most",
}


def first(problem: ValidationError, data: dict[str, Any]) -> tuple[tuple[int | str, ...], str]:
    """The path of keys to the answer that is refused first, and why."""
    worst = _best(problem.errors(include_url=False))
    return _path(worst["loc"], data), " ".join(_sentence(worst)).strip().rstrip(".")


def explain(
    problem: ValidationError, data: dict[str, Any], text: str, name: str, said: Mapping[str, str]
) -> WizardError:
    """The error that a person reads, made from pydantic's. `said`: dotted key -> how it was typed."""
    errors = problem.errors(include_url=False)
    worst = _best(errors)
    path = _path(worst["loc"], data)
    where = ".".join(str(part) for part in path) or "the file"
    reason, suggestion = _sentence(worst)
    others = len({_path(e["loc"], data) for e in errors}) - 1
    more = f" ({others} more problem{'s' if others > 1 else ''} after this one)" if others > 0 else ""
    return WizardError(f"{place(path, text, name, said)}: {where}: {reason}{more}", hint=suggestion)


def place(path: tuple[int | str, ...], text: str, name: str, said: Mapping[str, str]) -> str:
    """Where an answer was given: as it was typed on the command line, else file and line."""
    words = _said(said, ".".join(map(str, path)) or "the file")
    line = _line(text, path) if text and not words else None
    return words or (f"{name}, line {line}" if line else name)


def _said(said: Mapping[str, str], where: str) -> str:
    """How the answer at a dotted place was typed, "" if it is in the text. The last option counts."""
    found = [words for key, words in said.items() if f"{where}.".startswith(f"{key}.") or key.startswith(f"{where}.")]
    return next(reversed(found), "")


def _best(errors: Sequence[ErrorDetails]) -> ErrorDetails:
    """Unknown keys first: a misspelled key also shows up as a missing one. In a list, the entry that is wrong."""
    best = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    if best["type"] == "literal_error" and isinstance(best["input"], list):  # a list is allowed there as well
        return next((e for e in errors if isinstance(e["loc"][-1], int)), best)
    return best


def _path(loc: tuple[int | str, ...], data: Any) -> tuple[int | str, ...]:
    """The part of pydantic's location that exists as a key path (union branches are dropped)."""
    path: list[int | str] = []
    part: Any
    for part in loc:
        if (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        ):
            data = data[part]
        elif isinstance(data, dict) and isinstance(part, str) and BARE_KEY.match(part):
            path.append(part)
            break
        else:
            break
        path.append(part)
    return tuple(path)


def _line(text: str, path: tuple[int | str, ...]) -> int | None:
    for length in range(len(path), 0, -1):
        found = locate(text, path[:length])
        if found:
            return found[0]
    return None


def _sentence(error: ErrorDetails) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        key = str(error["loc"][-1])
        near = difflib.get_close_matches(key, _siblings(error["loc"]), n=1, cutoff=0.5)
        known = ", ".join(_siblings(error["loc"]))
        hint = f"Did you mean {near[0]!r}?" if near else f"Known keys here: {known}"
        return f"unknown key {key!r}", _LACKING.get(_dotted(error), hint)
    if kind == "setting":
        return str(context["why"]), str(context["hint"])
    if kind == "missing":
        return "is missing", "Add it; `serving-wizard schema` prints every key."
    if kind == "literal_error":
        expected = str(context.get("expected", "")).replace("'", '"')
        choices = re.findall(r'"([^"]+)"', expected)
        near = difflib.get_close_matches(str(error["input"]), choices, n=1, cutoff=0.6)
        hint = f'Did you mean "{near[0]}"?' if near else ""
        hint = _LACKING.get(f"{_dotted(error)}={error['input']}", hint)
        return f"{_as_written(error['input'])} is not one of {expected}", hint
    if bound := out_of_bounds(error):
        return bound, ""
    if kind.endswith(("_type", "_parsing")):
        wanted, hint = _WANTED.get(kind.rpartition("_")[0], (error["msg"], ""))
        hint = "" if "{}" in hint and isinstance(error["input"], list | dict) else hint
        said = _as_written(error["input"])
        return f"{said} is the wrong type: {wanted} is expected", hint.format(spelled(error["input"]))
    return re.sub(r"^Value error, ", "", error["msg"]), ""


def out_of_bounds(error: ErrorDetails) -> str:
    """Says that a number is too small or too large; "" = it is refused for another reason."""
    bound = _BOUNDS.get(error["type"], "")
    return f"{error['input']!r} is {bound.format(*error.get('ctx', {}).values())}" if bound else ""


def _dotted(error: ErrorDetails) -> str:
    return ".".join(map(str, error["loc"]))


def _as_written(value: Any) -> str:
    """A value roughly as it appears in an answers file."""
    if isinstance(value, bool | date | time):
        return spelled(value)
    return "a table" if isinstance(value, dict) else repr(value)


def wants_text(key: str) -> bool:
    """Whether the answer at a dotted key is free text."""
    node = _node(key.split("."))
    return any(each.get("type") == "string" and "enum" not in each for each in (node, *node.get("anyOf", [])))


def _siblings(loc: tuple[int | str, ...]) -> list[str]:
    """The known keys at the same level as the last part of a location."""
    return list(_node(loc[:-1]).get("properties", {}))


def _node(path: Sequence[int | str]) -> dict[str, Any]:
    """What the schema says about the answer at a path; {} if it has none."""
    node = _schema()
    definitions = node["$defs"]
    for part in path:
        if isinstance(part, int) or part.isdecimal():
            continue
        node = node.get("properties", {}).get(part, {})
        reference = next(_references(node), None)
        node = definitions[reference] if reference else node
    return node


@cache
def _schema() -> dict[str, Any]:
    """What a Plan looks like; made once, which takes some 25 ms."""
    return Plan.model_json_schema(by_alias=True)


def _references(node: dict[str, Any]) -> Iterator[str]:
    for option in (node, node.get("items", {}), *node.get("anyOf", [])):
        if "$ref" in option:
            yield option["$ref"].rpartition("/")[2]
