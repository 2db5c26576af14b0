"""Keys of config.properties and flags of the torchserve command, as settings to explain."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.servers.contract import KnownSetting
from wizard.servers.torchserve.keys import keys

_LINK = "https://github.com/pytorch/serve/blob/v0.12.0/docs/configuration.md"
_READERS = {
    "java": "The server reads it.",
    "launcher": "The launcher reads it, before the server starts.",
    "both": "The launcher and the server read it, each in its own way.",
}


def settings() -> Iterator[KnownSetting]:
    """Everything that can be in config.properties or after torchserve, and names often mistaken for it."""
    known = keys()
    for key in known.known.values():
        default = f"Default: {key.default or 'empty'}." if not key.computed else f"Default: {key.default}, worked out."
        override = f" With enable_envvars_config=true the variable {key.env} overrides it." if key.env else ""
        does = f"{default} {_READERS[key.reader]} Known since {key.first} or earlier.{override}"
        also = (key.env,) if key.env else ()
        yield KnownSetting(
            "TorchServe key", key.name, key.meaning, does, key.evidence, _LINK, key.risk, "", also, "config.properties"
        )
    for flag in {flag.name: flag for flag in known.flags.values()}.values():
        does = f"A flag of the torchserve command, known since {flag.first} or earlier; an unknown flag stops it."
        name = f"--{flag.name.lstrip('-')}"
        yield KnownSetting(
            "TorchServe flag", name, flag.meaning, does, flag.evidence, _LINK, flag.risk, also=flag.aliases
        )
    for wrong in known.not_keys.values():
        meaning = f"{wrong.name} is not a key of TorchServe."
        instead = f"Use {wrong.instead}."
        yield KnownSetting("wrong spelling", wrong.name, meaning, wrong.happens, wrong.evidence, _LINK, instead=instead)
