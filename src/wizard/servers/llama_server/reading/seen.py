"""llama-server's own data about what was read: what is set, where, and what follows from it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from wizard.observed.seen import Layer, ObservedListener
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import LOST, Start
from wizard.servers.llama_server.flags import Flag
from wizard.servers.llama_server.knowledge import knowledge
from wizard.servers.llama_server.reading.launch import Launch
from wizard.servers.llama_server.reading.presets import Presets
from wizard.servers.llama_server.reading.variables import Placed, Variables

Keys = Literal["none", "empty", "word", "some"]
_MODELS = frozenset({"--model", "--model-url", "--hf-repo", "--docker-repo"})


class Value(NamedTuple):
    """A setting in force, and where it was made."""

    flag: Flag
    text: str
    """"on" or "off" for a switch."""
    source: Source
    at: int
    layer: Layer
    open: bool = False
    """Its value is determined elsewhere."""

    @property
    def made(self) -> bool:
        """It was set by somebody, not by the image."""
        return self.layer != "image"


class Seen(NamedTuple):
    """llama-server's own data about what was read."""

    start: Start | None
    launch: Launch | None
    build: int
    """0 = unknown."""
    placed: tuple[Placed, ...]
    """Its variables, including those from files."""
    values: dict[str, Value]
    """Flag's name -> the setting in force, for everything that was set."""
    keys: Keys
    listeners: tuple[ObservedListener, ...] = ()
    presets: tuple[Presets, ...] = ()
    key_files: tuple[SourcePart, ...] = ()
    files: tuple[Variables, ...] = ()
    """Files of variables that were named alone."""

    def text(self, name: str) -> str | None:
        """The value in force, None if nothing sets it or its value is unknown."""
        found = self.values.get(name)
        return found.text if found is not None and not found.open else None

    def lacks(self, difference: str) -> bool:
        """Whether its build is known, and older than the one `since` in knowledge.toml names for a difference."""
        return bool(self.build) and not knowledge().has(self.build, difference)

    @property
    def judged(self) -> bool:
        """Whether the flags of its build are known."""
        return not self.build or self.build >= knowledge().oldest

    @property
    def adds(self) -> bool:
        """Whether it is a drop-in by itself: what else there is, nothing here says, as with a file of variables."""
        start = self.start
        return start is not None and start.holder == "systemd" and start.command is None and not start.environment_open

    @property
    def incomplete(self) -> bool:
        """Whether something that was not read may set more."""
        start = self.start
        if start is None or self.launch is None:
            return True
        lost = start.option(LOST) is not None
        return self.launch.open or start.environment_open or lost or (start.opaque and not self.launch.program)

    @property
    def tools(self) -> Value | None:
        """What lets callers run commands."""
        for name in ("--agent", "--tools", "--mcp-servers-config", "--mcp-servers-json"):
            found = self.values.get(name)
            if found is not None and found.text not in ("", "off"):
                return found
        return None

    @property
    def router(self) -> bool:
        """No model is named, so callers choose, load, download and delete models."""
        if self.incomplete or self.launch is None:
            return False
        named = (name for name, value in self.values.items() if value.text and name in _MODELS)
        preset = any(each.flag.name.endswith(("-default", "-spec")) for each in self.launch.given)
        return next(named, None) is None and not preset
