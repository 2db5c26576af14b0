"""One server process as it will be, as far as files tell: where it listens, and what was set by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:  # a configuration file alone is checked without knowing how processes are started
    from wizard.observed.answers import Imported
    from wizard.observed.remark import Grade, Remark
    from wizard.observed.source import Source, SourcePart
    from wizard.observed.start import Start

Layer = Literal["default", "image", "file", "flag", "environment"]


class Setting(NamedTuple):
    """One setting, who gave it its value, and whether that value counts."""

    name: str
    value: str
    layer: Layer
    source: Source | None
    """None for what no file says: a default of the server or of its image."""
    at: int
    counts: bool = True
    """It is the value in force."""
    shadowed_by: str = ""
    """Why it is not, such as "a later line" or the flag that wins."""
    known: bool = True
    """The server knows a setting of this name."""


class Exposure(NamedTuple):
    """How grave it is that somebody can connect, depending on who that is; None = nothing to say."""

    interfaces: Grade | None
    """Everybody who reaches this machine's addresses."""
    outside: Grade | None
    """Everybody outside a cluster."""
    what: str
    """What they can do then, as the end of a sentence."""


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
    """The setting that put it there; `source` None = a default."""
    setting: str = ""

    @property
    def loopback(self) -> bool:
        """Whether nothing outside its network namespace reaches it."""
        return self.address.startswith("127.") or self.address in ("localhost", "::1")

    @property
    def everywhere(self) -> bool:
        """Whether it listens on every interface."""
        return self.address in ("0.0.0.0", "::", "")


class Observed(NamedTuple):
    """What is known of one process; `start` None: only a configuration file is here."""

    server: str
    title: str
    version: str
    """"" = nothing says which; the newest known is assumed."""
    start: Start | None
    parts: tuple[SourcePart, ...]
    listeners: tuple[ObservedListener, ...] = ()
    ports_known: bool = False
    """`listeners` is complete, so that any other port is dead."""
    settings: tuple[Setting, ...] = ()
    tools: frozenset[str] | None = None
    """Programs for health checks that the image has; None = unknown."""
    image_user: str = ""
    """The user its image runs as, "" = root or unknown."""
    folders: tuple[str, ...] = ()
    """Folders in the container that must come filled from outside."""
    detail: object = None
    """The server's own view, for its own rules."""


class Files(Protocol):
    """Finds the files that belong to a start among those at hand."""

    def inside(self, start: Start, path: str) -> SourcePart | None:
        """The file that the process will find at a path, where it runs; None if it is not here."""

    def beside(self, start: Start, path: str) -> SourcePart | None:
        """The file that whoever starts it reads, relative to the file that says how; None if it is not here."""

    def outside(self, start: Start, path: str) -> str | None:
        """Where on this machine a path of the process lies; None if nothing says so."""

    def listed(self, path: str) -> Sequence[str] | None:
        """What lies in a folder of this machine, sorted, folders with a / behind them; None if it is not here."""

    def fronted(self, source: Source, port: int) -> bool:
        """Whether a gateway among the files beside a source forwards to that port."""


class Disguise(NamedTuple):
    """How a running process shows itself whose program has become another one, such as a Java virtual machine."""

    word: str
    """Stands in its command line; the flags follow it."""
    program: str
    """The program that was started."""
    flags: Mapping[str, str]
    """Flag of the running process -> flag of the program; "" = of no concern, nor is its value."""


class Names(NamedTuple):
    """By what a server is known in other people's files."""

    prefix: str
    """With which the ids of its rules begin."""
    images: tuple[str, ...]
    """Repositories of its official images, without registry."""
    programs: frozenset[str]
    """Names of its program."""
    markers: tuple[str, ...]
    """A file with none of these words has nothing to do with it."""
    ports: Mapping[int, tuple[str, str]] = MappingProxyType({})
    """Usual port -> (api, protocol)."""
    files: tuple[str, ...] = ()
    """Usual names of its configuration files, for a text that has no name."""
    routes: tuple[str, ...] = ()
    """Beginnings of paths under which it answers, by which a gateway in front is known."""
    variables: tuple[str, ...] = ()
    """With which the names of the environment variables begin that it reads."""
    disguise: Disguise | None = None
    lookalikes: str = ""
    """Words, as a regular expression, of other programs whose configuration file looks like its own."""
    home: str = "/"
    """The folder in which its official images run what they run."""
    release: str = r"\d"
    """What the tag of an image that will not change has in it, as a regular expression."""
    secrets: tuple[str, ...] = ()
    """Settings whose value is a secret, where their name does not end like one: ...key, ...token, ...password."""


class Reading(Protocol):
    """What one server knows about the files people have. One in each server's package, as `reading.READING`."""

    server: str
    title: str
    names: Names
    package: str
    """Where its rules.toml is."""

    def own(self, name: str, text: str) -> str | None:
        """Which of its configuration files a text is; None where it is none."""

    def starts(self, start: Start) -> bool:
        """Whether this is a start of the server (not of a client, a build step or a stop)."""

    def reads(self, variable: str) -> bool:
        """Whether the server, or what starts it in its own image, looks at an environment variable of that name."""

    def observe(self, start: Start | None, parts: Sequence[tuple[str, SourcePart]], files: Files) -> Observed:
        """What will be: of a start, or of configuration files alone (kind and text of each)."""

    def remarks(self, observed: Observed) -> Iterator[Remark]:
        """What is worth saying by its own rules."""

    def answers(self, observed: Observed, files: Files) -> Imported:
        """What it amounts to as answers, as far as only this server knows."""
