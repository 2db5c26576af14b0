"""Variables that override config.properties: those of a start, if the file allows it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from wizard.servers.torchserve.keys import Key, keys
from wizard.servers.torchserve.properties import Property
from wizard.servers.torchserve.reading.config import Config, Overriding

if TYPE_CHECKING:
    from wizard.observed.start import Start, Variable

SWITCH = "enable_envvars_config"
ALWAYS_READ = frozenset(
    {"TS_CONFIG_FILE", "TS_MODEL_SERVER_HOME", "TS_OPEN_INFERENCE_PROTOCOL", "LOG_LOCATION", "METRICS_LOCATION"}
)
"""Variables that count regardless of the file."""
TOKEN_OFF = "disable_token_authorization"
FLAGS = {
    "--model-store": "model_store",
    "--models": "load_models",
    "--workflow-store": "workflow_store",
    "--disable-token-auth": TOKEN_OFF,
    "--enable-model-api": "enable_model_api",
}
"""Flag -> the key in the file that it overrides; a variable overrides both."""
_URLS_SWITCH = "use_env_allowed_urls"


def overridden(config: Config, start: Start, release: tuple[int, ...]) -> Config:
    """The configuration as the server sees it: variables override the file and the command line."""
    if not config.true(SWITCH):
        return config
    values, overriding, unknown = dict(config.values), {}, set(config.unknown)
    for key, variable in _named(config, start, ".".join(map(str, release))):
        values.pop(key.name, None)
        if variable.value is None or variable.expands:
            unknown.add(key.name)
            continue
        entry = _entry(key.name, variable)
        unknown.discard(key.name)
        values[key.name] = entry
        overriding[key.name] = Overriding(variable.name, entry, start.place(variable))
    return config._replace(values=values, overriding=overriding, unknown=frozenset(unknown))


def missing_switch(config: Config | None, key: str) -> str:
    """The key that has to be true in the file for a variable to set `key`; "" if it is already."""
    wanted = (SWITCH, _URLS_SWITCH) if key == "allowed_urls" else (SWITCH,)
    return next((each for each in wanted if config is None or not config.true(each)), "")


def _named(config: Config, start: Start, release: str) -> Iterator[tuple[Key, Variable]]:
    for key in keys().known.values():
        variable = start.variable(key.env) if key.env and key.known_in(release) else None
        if variable is not None and not missing_switch(config, key.name):
            yield key, variable


def _entry(key: str, variable: Variable) -> Property:
    """As the equivalent line of a file. Java reads no escapes in a variable."""
    value = variable.value or ""
    return Property(key, value, 0, 0, -1, -1, value, variable.start, variable.value_start)
