"""One server process as its files describe it: where it listens, and which settings come from where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:  # a configuration file alone is checked without knowing how processes are started
    from wizard.observed.answers import Imported
    from wizard.observed.remark import Remark
    from wizard.observed.source import Source, SourcePart
    from wizard.observed.start import Start
    from wizard.severity import Severity

Layer = Literal["default", "image", "file", "flag", "environment"]


class Setting(NamedTuple):
    """One setting, where it was set, and whether its value applies."""

    name: str
    value: str
    layer: Layer
    source: Source | None
    """None if no file says it: a default of the server or its image."""
    at: int
    counts: bool = True
    """It is the value in force."""
    shadowed_by: str = ""
    """Why it is not in force, such as "a later line" or the flag that overrides it."""
    known: bool = True
    """The server has a setting with this name."""


class Exposure(NamedTuple):
    """How serious it is that somebody can connect, depending on who; None = nothing to report."""

    interfaces: Severity | None
    """Everyone who can reach this machine's addresses."""
    outside: Severity | None
    """Everybody outside a cluster."""
    what: str
    """What they can then do, as the end of a sentence."""


class ObservedListener(NamedTuple):
    """A socket the process opens, where it runs."""

    api: str
    title: str
    """What answers there, for people."""
    address: str
    port: int
    exposure: Exposure
    source: Source | None = None
    at: int = 0
    """The setting that caused it; `source` None = a default."""
    setting: str = ""

    @property
    def loopback(self) -> bool:
        """Whether nothing outside its network namespace can reach it."""
        return self.address.startswith("127.") or self.address in ("localhost", "::1")

    @property
    def everywhere(self) -> bool:
        """Whether it listens on every interface."""
        return self.address in ("0.0.0.0", "::", "")


class Observed(NamedTuple):
    """What is known about one process; `start` None: only a configuration file was read."""

    server: str
    title: str
    version: str
    """"" = nothing says which; the newest known version is assumed."""
    start: Start | None
    parts: tuple[SourcePart, ...]
    listeners: tuple[ObservedListener, ...] = ()
    ports_known: bool = False
    """`listeners` is complete, so nothing answers on any other port."""
    settings: tuple[Setting, ...] = ()
    tools: frozenset[str] | None = None
    """Programs for health checks in the image; None = unknown."""
    image_user: str = ""
    """The user its image runs as, "" = root or unknown."""
    folders: tuple[str, ...] = ()
    """Folders in the container that must be filled from outside."""
    detail: object = None
    """The server's own data, for its own rules."""


class Files(Protocol):
    """Finds the files that belong to a start among those of this run."""

    def inside(self, start: Start, path: str) -> SourcePart | None:
        """The file that the process will find at a path, where it runs; None if it is not in this run."""

    def beside(self, start: Start, path: str) -> SourcePart | None:
        """The file read by what starts the process, relative to the file that says how; None if it is not in this
        run."""

    def outside(self, start: Start, path: str) -> str | None:
        """Where a path of the process is on this machine; None if nothing says so."""

    def listed(self, path: str) -> Sequence[str] | None:
        """The entries of a folder on this machine, sorted, folders with a / at the end; None if it is not here."""

    def fronted(self, source: Source, port: int) -> bool:
        """Whether a gateway among the files near a source forwards to that port."""


class Disguise(NamedTuple):
    """How a running process is recognised if its program started another one, such as a Java virtual machine."""

    word: str
    """It is in the process's command line; the flags follow it."""
    program: str
    """The program that was originally started."""
    flags: Mapping[str, str]
    """Flag of the running process -> flag of the original program; "" = irrelevant, and so is its value."""


class Names(NamedTuple):
    """How a server is recognised in existing files."""

    prefix: str
    """Prefix of the ids of its rules."""
    images: tuple[str, ...]
    """Repositories of its official images, without registry."""
    programs: frozenset[str]
    """Names of its program."""
    markers: tuple[str, ...]
    """A file with none of these words has nothing to do with it."""
    ports: Mapping[int, tuple[str, str]] = MappingProxyType({})
    """Default port -> (api, protocol)."""
    files: tuple[str, ...] = ()
    """Usual names of its configuration files, for a text without a name."""
    routes: tuple[str, ...] = ()
    """Prefixes of its paths, by which a gateway in front of it is recognised."""
    variables: tuple[str, ...] = ()
    """Prefixes of the environment variables that it reads."""
    disguise: Disguise | None = None
    lookalikes: str = ""
    """Words, as a regular expression, of other programs whose configuration files look like its own."""
    home: str = "/"
    """The folder in which its official images run their program."""
    release: str = r"\d"
    """Part of the tag of an image that will not change, as a regular expression."""
    secrets: tuple[str, ...] = ()
    """Settings whose value is a secret, although their names do not end in ...key, ...token or ...password."""


class Reading(Protocol):
    """What one server knows about existing files. One per server package, as `reading.READING`."""

    server: str
    title: str
    names: Names
    package: str
    """Where its rules.toml is."""

    def own(self, name: str, text: str) -> str | None:
        """Which of its configuration files a text is; None if it is none."""

    def starts(self, start: Start) -> bool:
        """Whether this starts the server (as opposed to a client, a build step or a stop)."""

    def reads(self, variable: str) -> bool:
        """Whether the server, or what starts it in its own image, reads an environment variable with that name."""

    def observe(self, start: Start | None, parts: Sequence[tuple[str, SourcePart]], files: Files) -> Observed:
        """What will run: for a start, or for configuration files alone (kind and text of each)."""

    def remarks(self, observed: Observed) -> Iterator[Remark]:
        """Remarks by its own rules."""

    def answers(self, observed: Observed, files: Files) -> Imported:
        """The corresponding answers, as far as only this server knows."""
