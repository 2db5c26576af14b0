"""The answers file: a Plan as TOML. Read strictly, written canonically, edited without losing comments."""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from wizard.errors import WizardError
from wizard.plan import Plan, to_data

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

FILE_NAME = "wizard.toml"
_BARE_KEY = re.compile(r"^[A-Za-z0-9_-]+$")
_DEEPEST = 64
_DEEP_KEY = re.compile(rf"""(?<![\w"'-])(?:[\w"'-]+[ \t]*\.[ \t]*){{{_DEEPEST}}}""")
"""The reader of TOML needs time and memory that grow with the square of a key's parts."""
_HEADER = "# Answers of Serving Wizard. Make the files again: serving-wizard generate wizard.toml --out .\n"


def load(text: str, name: str = FILE_NAME) -> Plan:
    """Read an answers file.

    Raises WizardError (exit code 2) with the line, the reason and a suggestion for bad TOML, unknown keys and
    wrong types.
    """
    return validate(parse(text, name), text, name)


def parse(text: str, name: str = FILE_NAME) -> dict[str, Any]:
    """The raw tables of an answers file. Raises WizardError for bad TOML."""
    if _DEEP_KEY.search(text):
        raise WizardError(f"{name} has a key of more than {_DEEPEST} parts", hint="The deepest key there is has four.")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise WizardError(
            f"{name} is not valid TOML",
            str(problem).replace("at end of document", f"at the end, line {max(1, len(text.splitlines()))}"),
            "Strings need quotes, tables look like [bind.inference], lists like [1, 2].",
        ) from None
    except (ValueError, RecursionError):
        raise WizardError(
            f"{name} cannot be read",
            "It holds a number of thousands of digits, or lists or tables hundreds deep.",
            "Nothing of the kind belongs into answers.",
        ) from None


def validate(
    data: dict[str, Any], text: str = "", name: str = FILE_NAME, said: Mapping[str, str] | None = None
) -> Plan:
    """Make a Plan of raw tables. Raises WizardError naming line, reason and suggestion.

    `said`: dotted key -> how it was said, for the answers that do not stand in the text.
    """
    from pydantic import ValidationError

    if data.get("schema", 1) != 1 and isinstance(data.get("schema"), int):
        raise WizardError(
            f"{name} has schema = {data['schema']}; this program reads schema = 1",
            hint="It was probably written by a newer Serving Wizard: update this one.",
        )
    try:
        return Plan.model_validate(data)
    except ValidationError as problem:
        raise _explain(problem, data, text, name, said or {}) from None


def refused(data: dict[str, Any]) -> tuple[tuple[int | str, ...], str] | None:
    """(the path of keys to the first answer that cannot stand in an answers file, why); None where all can."""
    from pydantic import ValidationError

    try:
        Plan.model_validate(data)
        return None
    except ValidationError as problem:
        first = _best(problem.errors(include_url=False))
        return _path(first["loc"], data), " ".join(_sentence(first, data)).strip().rstrip(".")


def dump(plan: Plan) -> str:
    """The canonical text of a Plan. Deterministic: the same Plan always gives the same bytes."""
    return _HEADER + "".join(_tables(to_data(plan)))


def update(text: str, plan: Plan) -> str:
    """An existing answers file with this Plan's values; its comments and order survive.

    Raises WizardError when the text is not valid TOML.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
    except TOMLKitError as problem:
        raise WizardError("The existing answers file is not valid TOML", str(problem)) from None
    _merge(document, to_data(plan))
    return tomlkit.dumps(document)


def schema() -> dict[str, Any]:
    """The JSON Schema of the answers file."""
    found = Plan.model_json_schema(by_alias=True)
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "Serving Wizard answers file"
    return found


def rebase(plan: Plan, base: PurePath, target: PurePath) -> Plan:
    """The Plan with paths that were relative to `base` made right for an answers file in `target`.

    Both must be absolute. For Docker, paths inside `target` stay relative (starting with "./"); others, and all paths
    of a native run, become absolute: some servers refuse a relative path.
    """
    home = target if plan.run.how == "docker" else None
    models = tuple(
        model.model_copy(update={"path": _rebased(model.path, base, home)}) if model.path else model
        for model in plan.models
    )
    tls = plan.tls
    if tls.mode == "files":
        moved = {key: _rebased(getattr(tls, key), base, home) for key in ("certificate", "key")}
        tls = tls.model_copy(update=moved)
    return plan.model_copy(update={"models": models, "tls": tls})


def _rebased(path: str, base: PurePath, home: PurePath | None) -> str:
    whole = os.path.normpath(base / os.path.expanduser(path))  # noqa: PTH111 - pure text, no disk
    if home is None:
        return whole
    if whole == str(home):
        return "."
    prefix = str(home).rstrip("/") + "/"
    return f"./{whole[len(prefix) :]}" if whole.startswith(prefix) else whole


def _tables(data: dict[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[str]:
    scalars = {k: v for k, v in data.items() if not _is_table(v)}
    if prefix and (scalars or not data):
        yield f"\n[{'.'.join(_key(part) for part in prefix)}]\n"
    for key, value in scalars.items():
        yield f"{_key(key)} = {_value(value)}\n"
    for key, value in data.items():
        if isinstance(value, list) and _is_table(value):
            for item in value:
                yield f"\n[[{'.'.join(_key(part) for part in (*prefix, key))}]]\n"
                yield from (f"{_key(k)} = {_value(v)}\n" for k, v in item.items())
        elif _is_table(value):
            yield from _tables(value, (*prefix, key))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _key(key: str) -> str:
    return key if _BARE_KEY.match(key) else _string(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return f"[{', '.join(_value(item) for item in value)}]"


def _string(text: str) -> str:
    # A TOML basic string is a JSON string, but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _merge(node: Any, data: dict[str, Any]) -> None:
    for key in [k for k in node if k not in data]:
        del node[key]
    for key, value in data.items():
        if key in node and isinstance(value, dict) and isinstance(node[key], dict):
            _merge(node[key], value)
        elif key in node and _same_tables(node[key], value):
            for old, new in zip(node[key], value, strict=True):
                _merge(old, new)
        elif key not in node or _plain(node[key]) != value:
            node[key] = value


def _same_tables(old: Any, new: Any) -> bool:
    return isinstance(new, list) and _is_table(new) and isinstance(old, list) and len(old) == len(new)


def _plain(value: Any) -> Any:
    return value.unwrap() if hasattr(value, "unwrap") else value


def _explain(
    problem: ValidationError, data: dict[str, Any], text: str, name: str, said: Mapping[str, str]
) -> WizardError:
    errors = problem.errors(include_url=False)
    first = _best(errors)
    path = _path(first["loc"], data)
    where = ".".join(str(part) for part in path) or "the file"
    words = _said(said, where)
    line = _line(text, path) if text and not words else None
    reason, suggestion = _sentence(first, data)
    others = len({_path(e["loc"], data) for e in errors}) - 1
    more = f" ({others} more problem{'s' if others > 1 else ''} after this one)" if others > 0 else ""
    place = words or (f"{name}, line {line}" if line else name)
    return WizardError(f"{place}: {where}: {reason}{more}", hint=suggestion)


def _said(said: Mapping[str, str], where: str) -> str:
    """How the answer at a dotted place was said, "" if it stands in the text. The last word counts."""
    found = [words for key, words in said.items() if f"{where}.".startswith(f"{key}.") or key.startswith(f"{where}.")]
    return next(reversed(found), "")


def _best(errors: Sequence[ErrorDetails]) -> ErrorDetails:
    """Unknown keys first: a misspelt key also shows up as a missing one."""
    return next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])


def _path(loc: tuple[int | str, ...], data: Any) -> tuple[int | str, ...]:
    """The part of pydantic's location that exists as a key path (union branches are dropped)."""
    path: list[int | str] = []
    part: Any
    for part in loc:
        if (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        ):
            data = data[part]
        elif isinstance(data, dict) and isinstance(part, str) and _BARE_KEY.match(part):
            path.append(part)
            break
        else:
            break
        path.append(part)
    return tuple(path)


def _line(text: str, path: tuple[int | str, ...]) -> int | None:
    from wizard.formats.toml_positions import locate

    for length in range(len(path), 0, -1):
        found = locate(text, path[:length])
        if found:
            return found[0]
    return None


def _sentence(error: ErrorDetails, data: dict[str, Any]) -> tuple[str, str]:
    kind, context = error["type"], error.get("ctx", {})
    if kind == "extra_forbidden":
        key = str(error["loc"][-1])
        near = difflib.get_close_matches(key, _siblings(error["loc"]), n=1, cutoff=0.5)
        known = ", ".join(_siblings(error["loc"]))
        return f"unknown key {key!r}", (f"Did you mean {near[0]!r}?" if near else f"Known keys here: {known}")
    if kind == "missing":
        return "is missing", "Add it; `serving-wizard schema` prints every key."
    if kind == "literal_error":
        expected = str(context.get("expected", "")).replace("'", '"')
        choices = re.findall(r'"([^"]+)"', expected)
        near = difflib.get_close_matches(str(error["input"]), choices, n=1, cutoff=0.4)
        hint = f'Did you mean "{near[0]}"?' if near else ""
        return f"{error['input']!r} is not one of {expected}", hint
    message = re.sub(r"^Value error, ", "", error["msg"])
    if kind.endswith("_type"):
        message = f"{error['input']!r} is the wrong type: {message[0].lower()}{message[1:]}"
    return message, ""


def _siblings(loc: tuple[int | str, ...]) -> list[str]:
    """The keys known beside the last part of a location."""
    node: Any = Plan.model_json_schema(by_alias=True)
    definitions = node["$defs"]
    for part in loc[:-1]:
        if isinstance(part, int):
            continue
        node = node.get("properties", {}).get(part, {})
        reference = next(_references(node), None)
        node = definitions[reference] if reference else node
    return list(node.get("properties", {}))


def _references(node: dict[str, Any]) -> Iterator[str]:
    for option in (node, node.get("items", {}), *node.get("anyOf", [])):
        if "$ref" in option:
            yield option["$ref"].rpartition("/")[2]
