"""What a text is: decided by its content first, and by its name if the content leaves it open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wizard import check as checks
from wizard import formats
from wizard.check import holders
from wizard.check.file_names import (
    DOCKERFILE,
    KUBERNETES,
    NGINX,
    NOTEBOOK,
    PYTHON,
    README,
    SUPERVISOR,
    UNIT,
    YAML,
    recipes,
    script,
    service_manager,
)
from wizard.fast_start import regex
from wizard.formats.region import Region
from wizard.formats.source import SourceError
from wizard.observed.source import PIPED, Source, SourcePart, Unpacked

if TYPE_CHECKING:
    from wizard.check.holders.dockerfile import Instruction
    from wizard.check.holders.kubernetes import Manifests
    from wizard.check.holders.kubernetes_services import IngressRoute, Service
    from wizard.check.holders.kubernetes_variables import HeldByName
    from wizard.formats.shell_source import ShellCommand
    from wizard.formats.shell_words import Dialect
    from wizard.observed.seen import Reading
    from wizard.observed.start import Start

_FROM = regex(r"(?im)^[ \t]*FROM[ \t]+\S+")
_COMPOSE = regex(r"(?m)^services[ \t]*:|^[ \t]+image[ \t]*:")
_BUILT = regex(r"(?m)^[ \t]+build[ \t]*:")
_CLUSTERED = regex(r"(?m)^[ \t-]*kind:[ \t]*[\"']?(Service|Ingress|Deployment|StatefulSet|DaemonSet|Pod)\b")
_QUADLET = regex(r"(?m)^\[Container\]")
_NGINX = regex(r"(?m)^[ \t]*(server|http|upstream|location|events|map)\b[^\n;]*\{")


class Recognised(NamedTuple):
    """What was recognised in one source."""

    source: Source
    kind: str = ""
    """"" = it has nothing to do with a server known here."""
    server: str = ""
    parts: tuple[tuple[str, str, SourcePart], ...] = ()
    """(server, kind, configuration file), whole or inside something else."""
    starts: tuple[tuple[str, Start], ...] = ()
    """(server, start); server "" if the program is not known."""
    services: tuple[Service, ...] = ()
    routes: tuple[IngressRoute, ...] = ()
    """Services and Ingresses, which lead to pods here or in another file."""
    problem: SourceError | None = None
    """Why it could not be read."""
    runs: tuple[tuple[Instruction, ShellCommand], ...] = ()
    """What a Dockerfile runs while it is built."""
    unread: int | None = None
    """See `wizard.check.embedded.Inside`."""


class Recogniser:
    """Examines sources, using the names that the servers go by."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = readings
        words = {re.escape(marker) for reading in readings for marker in reading.names.markers}
        self._markers = re.compile("|".join(sorted(words, key=len, reverse=True)))
        routes = {re.escape(route) for reading in readings for route in reading.names.routes}
        self._gateway = re.compile(rf"Serving Wizard|(?:proxy_pass|location)\b[^;{{\n]*(?:{'|'.join(sorted(routes))})")
        ports = {str(port) for reading in readings for port in reading.names.ports}
        self._ports = re.compile(rf"(?i)kind:[ ]*Service\b(?s:.*)\b({'|'.join(sorted(ports))})\b")
        self.programs = frozenset(program for reading in readings for program in reading.names.programs)

    def look(self, source: Source, variables: Mapping[str, str] | None = None) -> Recognised:
        """Recognise and read one source; `variables` are those of the .env file next to it."""
        text = source.text
        given = self._nameless(text) if source.name == PIPED else source.name
        name = given.lower()
        known = self._markers.search(text) or self._gateway.search(text)
        if not known and name.endswith(YAML) and _BUILT.search(text) and _COMPOSE.search(text):
            return self._built(source, variables or {})
        if not known and not (name.endswith(YAML) and self._ports.search(text)):
            return Recognised(source)
        if name.endswith(NOTEBOOK):
            return self._notebook(source)
        if source.runs:
            return self._script(source, "sh")._replace(kind=source.runs)
        if DOCKERFILE.search(f"{source.folder}/{given}") or (_FROM.match(text.lstrip()) and "." not in source.name):
            return self.dockerfile(source)
        own = self.own(SourcePart(source, source.region, given))
        if own is not None and not name.endswith((".md", ".sh", *YAML)):
            return own
        if name.endswith(YAML) or (name.endswith(".json") and '"apiVersion"' in text):
            return self.yaml(source, variables or {})
        if name.endswith(README):
            return self._readme(source)
        if SUPERVISOR.search(text):
            return self.units(source)
        if name.endswith((".service", ".conf", ".container")) and UNIT.search(text):
            return self.units(source)
        if NGINX.search(f"{source.folder}/{name}") and _NGINX.search(text):
            return Recognised(source, "nginx")
        return self._by_name(source, name, variables or {})

    def _nameless(self, text: str) -> str:
        """A name for a text from standard input, found by its patterns; the given name if it has one."""
        gateway = self._gateway.search(text) and _NGINX.search(text)
        return "text.nginx" if gateway else checks.nameless.usual_name(text)

    def _by_name(self, source: Source, name: str, variables: Mapping[str, str]) -> Recognised:
        """A source whose content leaves open what it is."""
        text = source.text
        if name.endswith(PYTHON):
            return self._python(source)
        if kind := service_manager(text):
            return self._with_starts(source, kind, list(getattr(holders, kind).read(source)))
        dialect = script(name, text)
        if dialect is not None:
            return self._script(source, dialect)
        if _COMPOSE.search(text) or KUBERNETES.search(text):
            return self.yaml(source, variables)
        if (shell := recipes(name, text)) is not None:
            return self._script(source, "sh", shell)
        return self._unnamed(source) if source.name == PIPED else Recognised(source)

    def _unnamed(self, source: Source) -> Recognised:
        """A source with no name and no pattern of its own: commands, or a configuration file under its usual name."""
        commands = self._script(source, "sh")
        if commands.kind:
            return commands
        names = (name for reading in self.readings for name in reading.names.files)
        parts = (SourcePart(source, source.region, name) for name in names)
        return next((found for part in parts if (found := self.own(part))), commands)

    def clustered(self, found: Recognised) -> Recognised:
        """A source that was not recognised, with its Services, Ingresses and pods, which may lead to a server
        elsewhere."""
        source = found.source
        if found.kind or not source.name.lower().endswith(YAML) or not _CLUSTERED.search(source.text):
            return found

        try:
            read = holders.kubernetes.read(source, formats.yaml_source.read_all(source.text))
        except SourceError:
            return found
        starts = tuple(("", start) for start in read.starts)
        return found._replace(starts=starts, services=read.services, routes=read.routes)

    def own(self, part: SourcePart) -> Recognised | None:
        """The server whose configuration file it is."""
        for reading in self.readings:
            kind = reading.own(part.name, part.text)
            if kind is not None and not (part.where == "README" and _of_another(reading, part.source.text)):
                return Recognised(part.source, kind, reading.server, ((reading.server, kind, part),))
        return None

    def owner(self, start: Start) -> str:
        """The server that a start starts, "" if none that is known."""
        named = next((reading.server for reading in self.readings if reading.starts(start)), "")
        if named:
            return named
        word = checks.general.one_word(start, self.readings)
        return word[0] if word is not None else ""

    def _with_starts(
        self,
        source: Source,
        kind: str,
        starts: Sequence[Start],
        parts: Sequence[SourcePart] = (),
        runs: Sequence[tuple[Instruction, ShellCommand]] = (),
    ) -> Recognised:
        owned = tuple((self.owner(start), start) for start in starts)
        files = tuple(pair for part in parts if (found := self.own(part)) for pair in found.parts)
        servers = {server for server, _ in owned if server} | {server for server, _, _ in files}
        if not servers:
            # For an image that is built, the Dockerfile says what it runs.
            return Recognised(source, starts=owned if any(start.built for _, start in owned) else ())
        server = servers.pop() if len(servers) == 1 else ""
        return Recognised(source, kind, server, files, owned, runs=tuple(runs))

    def mentions(self, text: str) -> bool:
        """Whether a text contains a word by which a server is known."""
        return self._markers.search(text) is not None

    def yaml(self, source: Source, known: Mapping[str, str], shown: bool = False) -> Recognised:
        """A Compose file, manifests or a pipeline.

        `known`: variables; `shown`: it is in a README, rarely as a whole.
        """
        kubernetes_like = KUBERNETES.search(source.text) is not None
        steps = not kubernetes_like and holders.pipelines.STEPS.search(source.text) is not None
        if not kubernetes_like and not steps and not _COMPOSE.search(source.text):
            return Recognised(source)
        kind = "kubernetes" if kubernetes_like else "pipeline" if steps else "compose"
        if "{{" in source.text and kind == "kubernetes":
            return Recognised(source)  # a Helm template is no YAML yet
        try:
            documents = formats.yaml_source.read_all(source.text)
        except SourceError as error:
            template = steps and "{{" in source.text
            return Recognised(source) if template else Recognised(source, kind, problem=error)
        if kubernetes_like:
            return self._manifests(source, holders.kubernetes.read(source, documents))
        if steps and not (documents and (services := documents[0].get("services")) and services.entries):
            return self._with_starts(source, kind, *holders.pipelines.read(source, documents, self.programs))
        kind = "compose"
        starts = [start for document in documents[:1] for start in holders.compose.read(source, document, known, shown)]
        parts = [part for document in documents[:1] for part in holders.compose_configs.parts(source, document, known)]
        return self._with_starts(source, kind, starts, parts)

    def _manifests(self, source: Source, found: Manifests) -> Recognised:
        plain = self._with_starts(source, "kubernetes", found.starts, found.parts)
        # Ignore those that lead to pods of other programs here.
        services = found.services if plain.kind else tuple(holders.kubernetes.leading_away(found))
        return plain._replace(kind="kubernetes" if services else plain.kind, services=services, routes=found.routes)

    def with_held(self, old: Recognised, held: HeldByName) -> Recognised:
        """Manifests, read again with the ConfigMaps and Secrets of other files."""
        return self._manifests(
            old.source, holders.kubernetes.read(old.source, formats.yaml_source.read_all(old.source.text), held)
        )

    def _built(self, source: Source, known: Mapping[str, str]) -> Recognised:
        """Services whose images are built: what they run is known from Dockerfiles, which are read later."""
        return Recognised(source, starts=tuple(("", each) for each in self.composed(source, known)))

    def composed(self, source: Source, known: Mapping[str, str]) -> Sequence[Start]:
        """The services of a Compose file; none where it cannot be read, as nothing says that it starts a server."""
        try:
            documents = formats.yaml_source.read_all(source.text)
        except SourceError:
            return ()
        return [start for document in documents[:1] for start in holders.compose.read(source, document, known)]

    def dockerfile(self, source: Source) -> Recognised:
        """What a Dockerfile's image starts, and what is written into it."""
        starts, parts, runs = holders.dockerfile.read(source)
        for image in starts[:1]:
            starts += checks.embedded.built(self, source, image, [command for _, command in runs])
        return self._with_starts(source, "dockerfile", starts, parts, runs=runs)

    def _readme(self, source: Source) -> Recognised:
        seen = checks.embedded.shown(self, source)
        return self._with_starts(source, "readme", seen.starts, seen.parts)._replace(unread=seen.unread)

    def _notebook(self, source: Source) -> Recognised:
        inside = formats.notebook.read(source.text)
        found = self._readme(Unpacked(source, inside))
        unread = found.unread if found.unread is None else inside.origin(found.unread)
        return found._replace(source=source, kind=found.kind and "notebook", unread=unread)

    def units(self, source: Source, by_shell: bool = False) -> Recognised:
        """The programs of a unit of systemd, a container unit or supervisor's configuration.

        `by_shell`: a shell writes it, and may fill in its variables first.
        """
        if SUPERVISOR.search(source.text):
            return self._with_starts(source, "supervisor", list(holders.supervisor.read(source)))
        if _QUADLET.search(source.text):
            return self._with_starts(source, "quadlet", list(holders.quadlet.read(source)))
        return self._with_starts(source, "systemd", list(holders.units.systemd(source, by_shell)))

    def _python(self, source: Source) -> Recognised:
        if not formats.python_commands.STARTS.search(source.text):
            return Recognised(source)
        found = self._script(source, "sh", formats.python_commands.read(source.text))
        return found._replace(kind=found.kind and "python")

    def _script(self, source: Source, dialect: Dialect, text: Region | None = None) -> Recognised:
        region = text or source.region
        if holders.flag_list.only(source.text):
            return self._with_starts(source, "flags", [holders.flag_list.read(source)])
        found = checks.embedded.Inside()
        checks.embedded.commands(self, source, region, dialect, found)
        kind = "docker-run" if found.starts and all(s.holder == "docker-run" for s in found.starts) else "shell"
        return self._with_starts(source, kind, found.starts, found.parts)._replace(unread=found.unread)


def _of_another(reading: Reading, text: str) -> bool:
    """Whether a text names another program whose files look the same, and does not name the server."""
    names = reading.names
    if not names.lookalikes or re.search(names.lookalikes, text) is None:
        return False
    return not any(program in text for program in names.programs)
