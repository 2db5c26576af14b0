"""Keys: unknown and misspelled ones, values of the wrong type, lines that count twice or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from wizard.fast_start import regex
from wizard.observed.alike import nearest
from wizard.observed.remark import Edit, Effect, Remark, shortened
from wizard.servers.torchserve.keys import Key, keys
from wizard.servers.torchserve.properties import Property
from wizard.servers.torchserve.reading.config import Config
from wizard.servers.torchserve.reading.numbers import real, whole
from wizard.servers.torchserve.reading.rules.access import compiled_pattern
from wizard.servers.torchserve.reading.rules.remarks import replaced_key, replaced_value, say, without
from wizard.servers.torchserve.reading.seen import Seen
from wizard.severity import Severity

_WEIGHTY = regex(
    r"cors_|.*_address$|grpc_.*_port$|.*token.*|allowed_urls|enable_model_api|certificate_file|private_key_file"
    r"|keystore|model_store|load_models|enable_grpc_ssl|enable_envvars_config"
)
_PROTECTS = regex(
    r"(?:^|_)(?:cors|origins?|token|auth|authentication|authorization|api_?keys?|passwords?|secrets?|ssl|tls|https"
    r"|certs?|certificates?|key_?store|bind|address(?:es)?|listen|exposed?|hosts?$)(?:_|$)"
)
"""Parts of key names for things people rely on: who may connect, who may read, what is asked for."""
_PART = regex(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
_OFF = frozenset({"false", "0", "no", "off", "none", "disabled", ""})
_SERVERS_OWN = frozenset({"version", "tsConfigFile"})
_INLINE = regex(r"^(\S+)\s+[#!;].*$", re.DOTALL)
_OUTCOMES = {
    "start": "the server does not start",
    "model": "the server stops as soon as it loads a model",
    "prediction": "the server starts, but no model answers",
    "removal": "the server starts, but answers 403 when a model is removed",
}
"""When the server reads a number -> what happens if it is not one."""
_VARIABLE = regex(r"\$\{[^}]*\}")
_JSON_LINE = regex(r'["{}\],]|\[["{]')
_ORIGIN = "cors_allowed_origin"
_CLOSE = 0.86


def find(seen: Seen, config: Config) -> Iterator[Remark]:
    """Remarks about the keys and plain values of a file."""
    if config.refused is not None:
        at = config.part.origin(config.refused_at)
        line = next((e for e in config.entries if e.start <= config.refused_at <= e.end), None)
        yield say("TS-ESCAPE", config, line) if line else Remark("TS-ESCAPE", config.part.source, at)
    if config.part.source.flaw == "latin-1":
        yield Remark("TS-NOT-UTF8", config.part.source, None)
    first = next(iter(config.entries), None)
    if config.part.source.flaw == "bom" and first and not config.part.text.lstrip().startswith(("#", "!")):
        yield say("TS-BOM", config, first)
    known = keys().known
    yield from _uncounted(config)
    for entry in config.in_force():
        if _JSON_LINE.match(entry.key):
            continue
        key = known.get(entry.key)
        if key is None:
            if entry.key not in _SERVERS_OWN:
                yield _unknown(config, entry)
            continue
        if not key.known_in(seen.version):
            yield say("TS-KEY-LATER", config, entry, since=key.first, release=seen.version)
            continue
        yield from _value(config, entry, key)


def _uncounted(config: Config) -> Iterator[Remark]:
    """Lines that a later line or a variable overrides."""
    for entry in config.entries:
        by = config.overriding.get(entry.key)
        if entry is not config.lines[entry.key]:
            if not _JSON_LINE.match(entry.key):
                yield say("TS-TWICE", config, entry)
        elif by is not None and entry.value.strip() != by.entry.value.strip():
            yield say("TS-ENV-WINS", config, entry, name=by.name, other=shortened(by.entry.value))


def _unknown(config: Config, entry: Property) -> Remark:
    wrong = keys().not_keys.get(entry.key)
    meant = _meant(entry.key)
    right = meant or (wrong.instead if wrong else "")
    if right in config.values:
        return _beside(config, entry, right, wrong.happens if wrong else "It is ignored.")
    if wrong is not None:
        severity: Severity = wrong.severity  # type: ignore[assignment]
        on = entry.value.strip().lower() not in _OFF
        if not on and severity == "functional" and not wrong.instead.endswith("_address"):
            severity = "low"
        elif on and severity == "low" and not wrong.of and _protects(entry.key):
            severity = "functional"
        edits = _renamed(config, entry, meant or wrong.instead)
        told = wrong.instead + ("" if edits or right != _ORIGIN else _decision(entry.value))
        said = say("TS-KEY-UNKNOWN", config, entry, severity, happens=wrong.happens, meant=told, edits=edits)
        return said._replace(asks=wrong.asks)
    if meant:
        severity = "functional" if _WEIGHTY.match(meant) else "low"
        return say(
            "TS-KEY-UNKNOWN",
            config,
            entry,
            severity,
            happens="Silently ignored.",
            meant=meant if meant != _ORIGIN else meant + _decision(entry.value),
            edits=_renamed(config, entry, meant),
        )
    relied = _protects(entry.key) and entry.value.strip().lower() not in _OFF
    return say("TS-KEY-NONE", config, entry, "functional" if relied else None)


def _decision(origins: str) -> str:
    """What has to be decided about origins before they can stand under the right key."""
    if len(re.split(r"[,\s]+", origins.strip())) > 1:
        return " for one origin, which is all it takes; several need a gateway in front"
    return " if every page may read the answers, which has to be decided" if origins.strip() == "*" else ""


def _protects(name: str) -> bool:
    return _PROTECTS.search(_PART.sub("_", name).lower()) is not None


def _beside(config: Config, entry: Property, right: str, happens: str) -> Remark:
    """A name that is not a key, next to the right one: if both say the same, the wrong line can be removed."""
    other = config.values[right]
    edits: tuple[Edit, ...] = ()
    source, at = config.place(other)
    where = f"{source.at(at)[0]} of {source.name}" if config.by(other) else str(source.at(at)[0])
    if entry.value.strip() == other.value.strip() and not config.part.where:
        told = f"{right}, as line {where} does; this line can go"
        edits = (without(config, entry),)
    else:
        told = (
            f"{right}. Line {where} sets it to {shortened(other.value)}: decide which value you want, write it there, "
            "remove this line"
        )
    severity: Severity = "functional" if _WEIGHTY.match(right) and not edits else "low"
    return say("TS-KEY-UNKNOWN", config, entry, severity, happens=happens, meant=told, edits=edits)


@cache
def _meant(name: str) -> str:
    """The key that was probably meant, "" if none is similar."""
    known = keys().known
    plain = name.lower().replace("-", "_").replace(".", "_").removeprefix("ts_")
    for candidate in (plain, plain.rstrip("s"), f"{plain}s", plain.replace("allow_", "allowed_")):
        if candidate in known:
            return candidate
    return nearest(plain, known, _CLOSE)


def _renamed(config: Config, entry: Property, key: str) -> tuple[Edit, ...]:
    """Only fixes that cannot open anything: no address or origin that lets everybody in, no key that exists already."""
    if key not in keys().known or key in config.values:
        return ()
    value = entry.value.strip()
    if key == _ORIGIN and not re.fullmatch(r"https?://[a-z0-9.-]+(:\d+)?", value):
        return ()
    wide = key.endswith("_address") and not re.search(r"://(127\.|localhost)|^(127\.|localhost)", value)
    opens = key in ("enable_model_api", "disable_token_authorization", "install_py_dep_per_model", "load_models")
    if wide or (opens and value.lower() not in _OFF) or key == "allowed_urls":
        return ()
    return (replaced_key(config, entry, key),)


def _value(config: Config, entry: Property, key: Key) -> Iterator[Remark]:
    if config.swallowed.get(entry.start):
        yield say("TS-SWALLOWED", config, entry, swallowed=config.swallowed[entry.start])
        return
    if _VARIABLE.search(entry.value) and key.type != "json":
        if key.name != "model_store":  # which the launcher reads, by rules of its own
            stops = (key.type in ("int", "port") and key.parsed not in ("removal", "never")) or key.name.endswith(
                "_address"
            )
            yield say("TS-VARIABLE", config, entry, effect="fails" if stops else None)
        return
    plain = _INLINE.sub(r"\1", entry.value)
    if key.type == "bool":
        yield from _bool(config, entry, key, plain)
    elif key.type in ("int", "port"):
        yield from _integer(config, entry, key, plain)
    elif key.name == "token_expiration_min":
        yield from _expiration(config, entry)
    yield from _special(config, entry)


def _bool(config: Config, entry: Property, key: Key, plain: str) -> Iterator[Remark]:
    if entry.value.lower() in ("true", "false"):
        return
    meant = plain.strip().lower()
    meant = meant.strip("\"'")
    on = meant in ("true", "yes", "on", "1", "enabled", "t", "y")
    default = key.default == "true"
    if not on and not default:
        return
    if not on and meant in _OFF:
        return
    reason = (
        "a comment at the end of a line is part of the value"
        if plain != entry.value
        else (
            "a blank at the end of a line is part of the value"
            if entry.value != entry.value.strip()
            else "only true is true"
        )
    )
    narrows = key.name not in ("disable_token_authorization", "enable_model_api", "install_py_dep_per_model")
    edits = (replaced_value(config, entry, "true"),) if on and narrows else ()
    yield say("TS-BOOL", config, entry, reason=reason, edits=edits)


def _integer(config: Config, entry: Property, key: Key, plain: str) -> Iterator[Remark]:
    if not entry.value or _fits(entry.value, key):
        return
    if key.parsed == "never":
        yield say("TS-NUMBER-UNREAD", config, entry)
        return
    mended = plain.strip()
    fills = {
        "no_whole_number": "too large a number" if whole(entry.value) is not None else "not a whole number",
        "outcome": _OUTCOMES[key.parsed],
        "limit": 2 ** (key.bits - 1) - 1,
    }
    effect: Effect | None = "differs" if key.parsed == "removal" else None
    edits = (replaced_value(config, entry, mended),) if _fits(mended, key) else ()
    yield say("TS-NUMBER", config, entry, effect=effect, edits=edits, **fills)


def _fits(text: str, key: Key) -> bool:
    limit, number = 2 ** (key.bits - 1), whole(text)
    return number is not None and -limit <= number < limit


def _expiration(config: Config, entry: Property) -> Iterator[Remark]:
    minutes = real(entry.value)
    if minutes is None:
        yield say("TS-EXPIRATION-TEXT", config, entry)
    elif not minutes > 0:
        yield say("TS-EXPIRATION-DEAD", config, entry)


_SMALL_BODY = 1024
_LONG = 86_400
_TIMEOUTS = ("default_response_timeout", "default_startup_timeout", "unregister_model_timeout")
_MODES = frozenset({"log", "prometheus", "legacy"})


def _special(config: Config, entry: Property) -> Iterator[Remark]:
    value = entry.value.strip()
    number = whole(value)
    if entry.key in ("max_request_size", "max_response_size") and number is not None and number < _SMALL_BODY:
        yield say("TS-BODY-BYTES", config, entry)
    if entry.key in _TIMEOUTS and number is not None and number >= _LONG:
        yield say("TS-TIMEOUT-LONG", config, entry, days=f"{number / 86400:.1f}".rstrip("0").rstrip("."))
    if entry.key == "metrics_mode" and value.lower() not in _MODES:
        near = nearest(value.lower(), sorted(_MODES), 0.6)
        edits = (replaced_value(config, entry, near),) if near else ()
        yield say("TS-METRICS-MODE", config, entry, edits=edits)
    if entry.key == "vmargs" and "-Dlog4j.configuration=" in value:
        yield say("TS-LOG4J1", config, entry)
    if entry.key == "blacklist_env_vars" and compiled_pattern(value) is None:
        yield say("TS-PATTERN", config, entry)
    if entry.key == "keystore_pass" and value and not value.startswith("$$"):
        yield say("TS-KEYSTORE-PASS", config, entry)
