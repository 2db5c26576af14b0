"""How a process is started, whatever describes it: a Compose file, a docker run line, a unit, a manifest, a script."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Literal, NamedTuple

from wizard.fast_start import regex
from wizard.formats.image_name import ImageName, image_name

if TYPE_CHECKING:
    from wizard.formats.shell_words import Word
    from wizard.observed.source import Source

Holder = Literal["docker-run", "compose", "dockerfile", "kubernetes", "systemd", "supervisor", "shell", "flags"]

CONTAINERS: frozenset[Holder] = frozenset({"docker-run", "compose", "dockerfile", "kubernetes"})
"""Holders whose process runs in a container."""
# A reader's own notes are options too, beside the keys of the file. Each has a blank in its name, which no key that a
# reader hands on has.
KEPT = "kept running"
"""The option of a start that a service manager makes which has no kind of its own here; its value is that manager."""
IN_IMAGE = "in the image of"
"""The option of a start that a script, a unit or supervisor makes in a container; its value is the Dockerfile's
path."""
LOST, CUT, TORN = "lost flag", "cut line", "torn line"
"""What is noted of a command in a script: a flag on a line that nothing joins to it; that blanks follow the sign that
was to continue it, where it ends; that a line lacks that sign, behind which its flags go on."""
WRITES, EDITS, INSTALLS, FETCHES = "writes a file", "edits a file", "installs a program", "fetches files"
"""What is noted of the commands that build an image: a file that they write; one that they change in a way that is not
followed; a program that they install; that they bring files from elsewhere."""
NO_INSTRUCTION = "no instruction"
"""The word that begins a line of a Dockerfile, at which the build stops."""
CONTAINER_OF = "container of"
"""The Dockerfile whose container ends when this command does."""
OUTSIDE, USED = "outside variable", "used variable"
"""What is noted of variables: one that only the engine's own command receives; one that a unit fills in."""
BUILT_FROM = "built from"
"""The path of the Dockerfile of its image, relative to the file of the start."""
SIDECARS, TAKES = "has sidecars", "takes from"
"""What is noted of a container of a pod: others share its pod; the kind and the name of what holds its variables."""

_BARE = regex(
    r"(?:(?:docker\.io|public\.ecr\.aws/docker)/)?(?:library/)?"
    r"(?:python|pypy|ubuntu|debian|alpine|fedora|centos|rockylinux|almalinux|amazonlinux|busybox|buildpack-deps"
    r"|openjdk|eclipse-temurin|amazoncorretto|nvidia/cuda|continuumio/(?:mini|ana)conda3|condaforge/\w+)(?:[:@].*)?"
)
"""Docker's own images of an operating system or of Python: no entrypoint, and no server's files."""


_RELEASE = regex(r"(?<![0-9])([0-9]{1,9})\.([0-9]{1,9})(?:\.([0-9]{1,9}))?")


class Variable(NamedTuple):
    """An environment variable; `value` None: passed on from outside, or written in a way that cannot be followed."""

    name: str
    value: str | None
    start: int
    value_start: int
    end: int
    expands: bool = False
    """Part of the value comes from outside."""
    source: Source | None = None
    """The file that says so, if it is not the file of the start."""


class Note(NamedTuple):
    """An annotation and its position."""

    name: str
    value: str
    start: int


class PublishedPort(NamedTuple):
    """A published port. `address` "" = every address; `host_port`, `port` None if a variable decides."""

    address: str
    host_port: int | None
    port: int | None
    start: int
    end: int
    text: str
    protocol: str = "tcp"
    node: bool = False
    """A port of the node a pod runs on, not of a Service."""
    ingress: bool = False
    """An Ingress leads to it."""
    guarded: bool = False
    """Callers that come this way have to log in."""
    notes: tuple[Note, ...] = ()
    """The annotations of the Ingress."""
    inner: bool = False
    """Only networks that the cluster's internal load balancer lets in can reach it."""
    source: Source | None = None
    """The file that says so, if it is not the file of the start."""

    @property
    def loopback(self) -> bool:
        """Whether only this machine can connect."""
        return self.address.startswith("127.") or self.address in ("::1", "[::1]", "localhost")

    @property
    def everywhere(self) -> bool:
        """Whether it is open on every interface."""
        return self.address in ("", "0.0.0.0", "::", "[::]", "*")


CONFIG_MAP = "configmap:"
"""How `Mounted.source` begins if the files come from a ConfigMap or a Compose file itself; its name follows."""


class Mounted(NamedTuple):
    """Something put into a container; `kind` is bind, volume or copy (baked into the image)."""

    source: str
    target: str
    kind: Literal["bind", "volume", "copy"]
    start: int
    end: int
    declared: bool = False
    """The volume is declared explicitly."""
    read_only: bool = False
    open: bool = False
    """A variable or a substitution determines part of the source."""
    at: int = 0
    """Where the source itself is written."""
    file: Source | None = None
    """The file that says so, where it is not the one of the start."""
    renamed: tuple[tuple[str, str], ...] = ()
    """(path below the target, entry of a ConfigMap that is put there); () = each under its own name."""


class Health(NamedTuple):
    """A health check: its words, or the path and port that an orchestrator requests itself."""

    words: tuple[Word, ...]
    start: int
    path: str = ""
    port: int | None = None
    awaited: bool = False
    """Something waits for it to succeed."""
    source: Source | None = None
    """The file that says so, if it is not the file of the start."""


StartOption = tuple[str, str, int]
"""(name, value, offset): another setting of the holder, such as privileged or Type, or what a reader noted of it."""


class Start(NamedTuple):
    """One process as somebody wants it started.

    `entrypoint` and `command` None: those of the image. `at`: the position to point at if something is missing.
    """

    holder: Holder
    source: Source
    name: str
    at: int
    image: Word | None = None
    built: bool = False
    """These files build the image; its contents are known as far as `base` and `mounts` say."""
    base: str = ""
    """The image it is built on, if its Dockerfile was read and leaves the entrypoint alone."""
    entrypoint: tuple[Word, ...] | None = None
    command: tuple[Word, ...] | None = None
    command_at: int = 0
    shell_form: bool = False
    """`command` is one line that a shell gets as an argument."""
    environment: tuple[Variable, ...] = ()
    environment_open: bool = False
    """More variables come from a file or object that was not read."""
    publishes: tuple[PublishedPort, ...] = ()
    served: tuple[PublishedPort, ...] = ()
    """Ports to which callers inside the cluster are sent."""
    exposed: tuple[tuple[int, int], ...] = ()
    """(port, offset) of ports that are declared without being published."""
    mounts: tuple[Mounted, ...] = ()
    network: str = ""
    """host, none, container or a name; "" = the default one."""
    network_at: int = 0
    network_source: Source | None = None
    """The file that says so, if it is not `source`."""
    health: Health | None = None
    user: Word | None = None
    user_source: Source | None = None
    """The file that says so, if it is not `source`."""
    init: bool = False
    pod: str = ""
    """Processes with the same name here share a network namespace."""
    labels: tuple[tuple[str, str], ...] = ()
    """Labels of its pod, by which Services select it."""
    namespace: str = ""
    """Kubernetes namespace; "" = the one the manifest is applied to."""
    port_names: tuple[tuple[str, int], ...] = ()
    """Names that Services may use for its ports."""
    options: tuple[StartOption, ...] = ()
    version_hint: str = ""
    """A release named in a comment."""
    working_dir: str = ""
    engine: Literal["", "podman"] = ""
    """The engine that its file asks for; "" = whichever is there."""
    overlay: str = ""
    """Folder of the kustomization through which it is started, where it takes what that generates."""
    service: Start | None = None
    """The Compose service that starts what a Dockerfile describes, as written in its own file."""

    @property
    def image_name(self) -> str:
        """The image whose entrypoint runs, "" if none is named."""
        return self.base or (self.image.text if self.image is not None else "")

    @property
    def named(self) -> ImageName:
        """The parts of that image's name."""
        return image_name(self.image_name)

    @property
    def release(self) -> str:
        """The release that the image's tag names, as two or three numbers and a third 0; "" if it names none."""
        match = _RELEASE.search(self.named.tag)
        return ".".join(part or "0" for part in match.groups()) if match else ""

    @property
    def bare(self) -> bool:
        """Whether the image has no entrypoint, and contains only an operating system or Python and what is added
        here."""
        return not self.opaque and _BARE.fullmatch(self.image_name) is not None

    @property
    def opaque(self) -> bool:
        """The contents of the image are unknown."""
        return self.built and not self.base and self.holder != "dockerfile"

    @property
    def contained(self) -> bool:
        """Whether it runs in a container."""
        return self.holder in CONTAINERS or self.option(IN_IMAGE) is not None

    def option(self, name: str) -> tuple[str, int] | None:
        """The last value of an option of the holder, and its position."""
        for key, value, at in reversed(self.options):
            if key == name:
                return value, at
        return None

    def with_options(self, *more: StartOption) -> Start:
        """The same start with further options, which apply instead of earlier ones of their names."""
        return self._replace(options=(*self.options, *more))

    @property
    def outer(self) -> Start:
        """The start as written where it is asked for: the Compose service around what a Dockerfile describes, or
        itself."""
        return self.service or self

    @property
    def dockerfile(self) -> str:
        """The path of the Dockerfile that its image is built from, "" if none is named."""
        named = self.option(BUILT_FROM)
        return posixpath.normpath(posixpath.join(self.source.folder, named[0])) if named is not None else ""

    def every(self, name: str) -> list[tuple[str, int]]:
        """The values of all options of the holder with that name, each with its position."""
        return [(value, at) for key, value, at in self.options if key == name]

    @property
    def words(self) -> tuple[Word, ...]:
        """The command line that runs, as far as these files say it."""
        return (*(self.entrypoint or ()), *(self.command or ()))

    def place(self, said: Variable | PublishedPort | Mounted | Health) -> Source:
        """The file that says something about it."""
        return (said.file if isinstance(said, Mounted) else said.source) or self.source

    def variable(self, name: str) -> Variable | None:
        """The last assignment of a variable."""
        return next((each for each in reversed(self.environment) if each.name == name), None)
