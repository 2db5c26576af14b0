"""The answers file: a Plan as TOML. Read strictly, written canonically, edited without losing comments."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from pydantic import ValidationError

from wizard import registry
from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.harmless import is_safe
from wizard.plan import Plan, Settings, refusals, scopes, settings, to_data

FILE_NAME = "wizard.toml"
_SURROGATE = regex("[\ud800-\udfff]")
_DEEPEST = 64
_DEEP_KEY = regex(rf"""(?<![\w"'-])(?:[\w"'-]+[ \t]*\.[ \t]*){{{_DEEPEST}}}""")
"""The TOML reader needs time and memory that grow with the square of a key's number of parts."""
_BEGINS = regex(r"(?m)^[ \t]*(?:\[{1,2}[ \t]*)?([a-z]+)[ \t]*[.\]=]")
"""The first word of a key or of the name of a table."""
_JSON = json.JSONEncoder(ensure_ascii=False)
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
        return tomllib.loads(text.removeprefix("\ufeff"))
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


def mentions_any(text: str) -> bool:
    """Whether a line begins like one of an answers file: even if the text is no TOML, it was meant as answers."""
    return any(found[1] in Plan.model_fields for found in _BEGINS.finditer(text))


def validate(
    data: dict[str, Any], text: str = "", name: str = FILE_NAME, said: Mapping[str, str] | None = None
) -> Plan:
    """Make a Plan from raw tables.

    Raises WizardError naming line, reason and suggestion. `said`: dotted key -> how it was typed, for answers that are
    not in the text.
    """
    version = data.get("schema", 1)
    if type(version) is int and version != 1:
        newer = "It was probably written by a newer Serving Wizard: update this one."
        raise WizardError(
            f"{refusals.place(('schema',), text, name, said or {})}: schema = {version}; this program reads schema = 1",
            hint=newer if version > 1 else "Write schema = 1.",
        )
    try:
        return Plan.model_validate(scopes.with_scopes(data))
    except ValidationError as problem:
        raise refusals.explain(problem, data, text, name, said or {}) from None


def refused(data: dict[str, Any]) -> tuple[tuple[int | str, ...], str] | None:
    """(the path of keys to the first answer that an answers file cannot contain, why); None if it can contain all."""
    try:
        Plan.model_validate(scopes.with_scopes(data))
        return None
    except ValidationError as problem:
        return refusals.first(problem, data)


def dump(plan: Plan) -> str:
    """The canonical text of a Plan.

    Deterministic: the same Plan always gives the same bytes. Raises WizardError for an answer that no UTF-8 file can
    contain.
    """
    return _encodable(_HEADER + "".join(_table("", _data(plan))))


def update(text: str, plan: Plan) -> str:
    """An existing answers file with this Plan's values; its comments and order are kept.

    Raises WizardError if the text is not valid TOML, or if a UTF-8 file cannot contain an answer.
    """
    # 12 ms, and reading needs tomllib alone.
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text.removeprefix("\ufeff"))
    except TOMLKitError as problem:
        raise WizardError("The existing answers file is not valid TOML", str(problem)) from None
    _merge(document, _escaped(_data(plan)))
    return _encodable(tomlkit.dumps(document))


def schema() -> dict[str, Any]:
    """The JSON Schema of the answers file."""
    found = Plan.model_json_schema(by_alias=True)
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    found["title"] = "Serving Wizard answers file"
    found["allOf"] = [_settings_of(name) for name in registry.names()]
    del found["$defs"]["Listener"]["required"]  # a scope that is not said is the server's usual one
    return found


def _settings_of(server: str) -> dict[str, Any]:
    """What a server's table `settings` can contain."""
    known = {each.name: settings.json_schema(each) for each in settings.declared(server)}
    table = {"properties": known, "additionalProperties": False}
    return {"if": {"properties": {"server": {"const": server}}}, "then": {"properties": {"settings": table}}}


def rebase(plan: Plan, base: PurePath, target: PurePath) -> Plan:
    """The Plan with paths relative to `base` changed for an answers file in `target`; both must be absolute.

    For Docker, paths inside `target` stay relative (beginning with "./"); others, and all paths of a native run, become
    absolute: some servers refuse a relative path.
    """
    home = target if plan.contained else None
    models = tuple(
        model.model_copy(update={"path": _rebased(model.path, base, home)}) if model.path else model
        for model in plan.models
    )
    files = settings.files(settings.declared(plan.server), plan.settings.given) if plan.settings.given else {}
    changed = {**plan.settings.given, **{name: _rebased(path, base, home) for name, path in files.items()}}
    named = {key: path for key in ("certificate", "key") if (path := getattr(plan.tls, key))}
    tls = plan.tls.model_copy(update={key: _rebased(path, base, home) for key, path in named.items()})
    return plan.model_copy(update={"models": models, "tls": tls, "settings": Settings(**changed)})


def _data(plan: Plan) -> dict[str, Any]:
    """Plain data, without the defaults of APIs that the server does not have, and of answers that are rarely given."""
    data = to_data(plan)
    own = {spec.api for spec in registry.adapter(plan.server).apis}
    data["cors"] = {a: rule for a, rule in data["cors"].items() if a in own or a in plan.cors.model_fields_set}
    if not data["settings"]:
        del data["settings"]
    if data["run"]["engine"] == "auto":
        del data["run"]["engine"]
    return data


def _rebased(path: str, base: PurePath, home: PurePath | None) -> str:
    whole = os.path.normpath(base / os.path.expanduser(path))  # noqa: PTH111 - pure text, no disk
    if home is None:
        return whole
    if whole == str(home):
        return "."
    prefix = str(home).rstrip("/") + "/"
    return f"./{whole[len(prefix) :]}" if whole.startswith(prefix) else whole


def _table(name: str, data: dict[str, Any]) -> list[str]:
    """The lines of a table, then those of the tables in it."""
    lines, inner = [], []
    for key, value in data.items():
        here = _key(key)
        if not _is_table(value):
            lines.append(f"{here} = {_value(value)}\n")
            continue
        whole = f"{name}.{here}" if name else here
        if isinstance(value, dict):
            inner += _table(whole, value)
            continue
        for item in value:
            inner.append(f"\n[[{whole}]]\n")
            inner += [f"{_key(k)} = {_value(v)}\n" for k, v in item.items()]
    head = [f"\n[{name}]\n"] if name and (lines or not data) else []
    return [*head, *lines, *inner]


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _key(key: str) -> str:
    return key if refusals.BARE_KEY.match(key) else _string(key)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    return f"[{', '.join(_value(item) for item in value)}]"


def _string(text: str) -> str:
    """A basic string of TOML: a JSON string in which what does not show is escaped, too."""
    quoted = _JSON.encode(text)
    return quoted if quoted.isprintable() else "".join(map(_character, quoted))


def _character(char: str) -> str:
    if is_safe(char) or _SURROGATE.match(char):  # `_encodable` refuses the latter
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 1 << 16 else f"\\U{ord(char):08x}"


def _encodable(text: str) -> str:
    """The text, unless it contains lone surrogates: Python's form of argument bytes that are not UTF-8."""
    if not text.isascii() and (found := _SURROGATE.search(text)):
        line = text[text.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
        shown = "".join(char if char.isprintable() else "?" for char in line)
        raise WizardError(
            "An answer cannot be written into an answers file",
            f"{shown}: it holds bytes that are not valid text.",
            "Use a name in UTF-8.",
        )
    return text


def _escaped(value: Any) -> Any:
    """The same, with items for the editor in place of texts that it would write as they are, hidden characters too."""
    # See `update`.
    import tomlkit

    if isinstance(value, dict):
        return {key: _escaped(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_escaped(each) for each in value]
    return tomlkit.value(_string(value)) if isinstance(value, str) and not value.isprintable() else value


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
