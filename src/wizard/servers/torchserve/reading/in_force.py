"""Which settings are in force, for `explain` of a file: lines, flags and variables, and which of them win."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.observed.seen import Setting
from wizard.servers.torchserve.keys import key_of, keys
from wizard.servers.torchserve.reading.config import FILLED_IN, Config, filled_in
from wizard.servers.torchserve.reading.overriding import ALWAYS_READ, FLAGS, missing_switch
from wizard.servers.torchserve.reading.seen import APIS, IMAGE_CONFIG, IMAGE_HOME, TOKEN_SINCE, Seen

_IMAGE = {
    **{APIS[api].key: f"http://0.0.0.0:{APIS[api].port}" for api in ("inference", "management", "metrics")},
    **{APIS[api].key: "0.0.0.0" for api in ("grpc", "grpc_management")},
    "model_store": f"{IMAGE_HOME}/model-store",
    "number_of_netty_threads": "32",
    "job_queue_size": "1000",
}
"""The image's own config.properties (docker/config.properties of the releases)."""
_SNAPSHOT = "model_snapshot"
_NOT_READ_WITH_IT = frozenset({"load_models", "--models"})
"""What names the models, unless the file contains a list of those that ran (facts of 0.12.0, measured)."""


def rows(seen: Seen, from_image: bool) -> Iterator[Setting]:
    """Each setting with its value, and what overrides it if something does."""
    if seen.config:
        yield from _lines(seen, seen.config)
    if from_image:
        for key, value in _IMAGE.items():
            over = _flag(seen, key)
            yield Setting(key, value, "image", None, 0, not over, over)
    yield from _flags(seen)
    yield from _variables(seen)


def _lines(seen: Seen, config: Config) -> Iterator[Setting]:
    known = keys().known
    for entry in config.entries:
        last = config.lines[entry.key] is entry
        over = "a later line"
        if last:
            over = _variable(config, entry.key) or _snapshot(seen, entry.key) or _flag(seen, entry.key)
        at = config.part.origin(entry.key_at)
        value = _filled(seen, entry.value)
        yield Setting(entry.key, value, "file", config.part.source, at, not over, over, entry.key in known)


def _filled(seen: Seen, value: str) -> str:
    """A value with the variable that the file itself asks for, if the start sets it: the first one fills all places."""
    asked = FILLED_IN.search(value)
    found = seen.start.variable(asked[1]) if asked and seen.start else None
    known = found is not None and found.value is not None and not found.expands
    return FILLED_IN.sub(lambda _: found.value or "", value) if known and found else value


def _flags(seen: Seen) -> Iterator[Setting]:
    source = seen.start.source if seen.start else None
    if seen.launch and seen.launch.serve:
        yield Setting("--ts-config", IMAGE_CONFIG, "image", None, 0, not _named(seen), _named(seen))
        if seen.release >= TOKEN_SINCE:
            over = _variable(seen.config, FLAGS["--disable-token-auth"]) if seen.config else ""
            yield Setting("--disable-token-auth", "", "image", None, 0, not over, over)
    for flag in seen.launch.flags if seen.launch else ():
        over = _over(seen, flag.name) if seen.launch and seen.launch.flag(flag.name) is flag else "a later flag"
        text = " ".join(value.text for value in flag.values)
        yield Setting(flag.name, text, "flag", source, flag.word.start, not over, over)


def _over(seen: Seen, flag: str) -> str:
    """What counts instead of a flag, "" if nothing does."""
    if flag == "--ts-config":
        return _named(seen)
    key = FLAGS.get(flag, "")
    return (_variable(seen.config, key) if seen.config else "") or _snapshot(seen, flag)


def _named(seen: Seen) -> str:
    """The variable that names the file instead of the flag."""
    return "the variable TS_CONFIG_FILE" if seen.start and seen.start.variable("TS_CONFIG_FILE") else ""


def _snapshot(seen: Seen, name: str) -> str:
    return _SNAPSHOT if name in _NOT_READ_WITH_IT and seen.config and _SNAPSHOT in seen.config.values else ""


def _variables(seen: Seen) -> Iterator[Setting]:
    """Variables that the server reads, or would read if the file let it."""
    if seen.start is None:
        return
    for variable in seen.start.environment:
        key = key_of(variable.name)
        if not key and variable.name not in ALWAYS_READ:
            continue
        over = _beaten(seen, key) if key else ""
        if seen.start.variable(variable.name) is not variable:
            over = "a later one"
        place = seen.start.place(variable)
        yield Setting(variable.name, variable.value or "", "environment", place, variable.start, not over, over)


def _beaten(seen: Seen, key: str) -> str:
    """What counts instead of a variable for a key, "" if the variable does."""
    if seen.config_hidden:
        return ""
    missing = missing_switch(seen.config, key)
    return f"the file, without {missing}=true," if missing else _snapshot(seen, key)


def _variable(config: Config, key: str) -> str:
    """The variable that overrides a key, "" if none does."""
    if key in config.overriding:
        return f"the variable {config.overriding[key].name}"
    named = key in config.unknown and not filled_in(config.lines.get(key))
    return f"the variable {keys().known[key].env}" if named else ""


def _flag(seen: Seen, key: str) -> str:
    name = next((flag for flag, known in FLAGS.items() if known == key), "")
    return f"the flag {name}" if name and seen.flag(name) else ""
