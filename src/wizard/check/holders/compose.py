"""Compose files: every service as a start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard.check.holders import compose_configs, sharing
from wizard.check.holders.compose_keys import service_keys
from wizard.check.holders.docker_run import variable
from wizard.check.holders.options import publishes, volume
from wizard.fast_start import regex
from wizard.formats.decimals import decimal
from wizard.formats.interpolation import fill
from wizard.formats.region import Region
from wizard.formats.shell_words import Word, split
from wizard.formats.yaml_source import Node
from wizard.observed.source import Source
from wizard.observed.start import BUILT_FROM, Health, Mounted, PublishedPort, Start, StartOption, Variable

_OPEN = regex(r"\$\{\w+\}")


def read(source: Source, document: Node, known: Mapping[str, str], shown: bool = False) -> Iterator[Start]:
    """The services of a document; `known` are the variables of the .env file next to it; `shown`: it is in a README."""
    services = document.get("services")
    if services is None and document.entries and not document.get("kind"):
        services = document  # version 1: services stand at the top
    volumes = document.get("volumes")
    declared = frozenset(name.text for name, _ in (volumes.entries or ())) if volumes else frozenset()
    # A part of a set-up may leave the declarations to the rest of it; the first format had none.
    part = services is document or document.get("include") is not None or "override" in source.name or shown
    configs = document.get("configs")
    reader = _Reader(
        source, known, declared, _awaited(services), not part, _internal(document.get("networks")), configs
    )
    every = [(name, each) for name, each in (services.entries or () if services else ()) if each.entries is not None]
    if services is document:  # a table of something else, such as a chart's values, has other keys too
        every = [(name, each) for name, each in every if not any(_unknown(key.text) for key, _ in each.entries or ())]
    yield from sharing.joined([reader.service(name, each) for name, each in every])


def _awaited(services: Node | None) -> frozenset[str]:
    """Services whose health other services wait for."""
    found = set()
    for _, service in (services.entries or ()) if services else ():
        for name, value in (service.get("depends_on") or Node(0, 0)).entries or ():
            condition = value.get("condition")
            if condition is not None and condition.text == "service_healthy":
                found.add(name.text)
    return frozenset(found)


def _names(node: Node | None) -> list[str]:
    """The names in a list, or the keys of a map."""
    if node is None:
        return []
    return [item.text for item in node.items or ()] or [name.text for name, _ in node.entries or ()]


def _internal(networks: Node | None) -> frozenset[str]:
    """Networks without a way out."""
    pairs = [(name.text, each.get("internal")) for name, each in (networks.entries or ())] if networks else []
    return frozenset(name for name, internal in pairs if internal is not None and internal.value is True)


def _unknown(key: str) -> bool:
    return key not in service_keys() and not key.startswith("x-") and key != "<<"


class _Reader:
    def __init__(
        self,
        source: Source,
        known: Mapping[str, str],
        declared: frozenset[str],
        awaited: frozenset[str],
        whole: bool,
        internal: frozenset[str],
        configs: Node | None,
    ) -> None:
        self.source = source
        self.known = known
        self.declared = declared
        self.awaited = awaited
        self.whole = whole
        self.internal = internal
        self.configs = configs

    def service(self, name: Node, service: Node) -> Start:
        image = service.get("image")
        entrypoint, command = service.get("entrypoint"), service.get("command")
        network = service.get("network_mode")
        user, init = service.get("user"), service.get("init")
        health = service.get("healthcheck")
        image_word = self.word(image) if image is not None else None
        workdir = service.get("working_dir")
        return Start(
            "compose",
            self.source,
            name.text,
            name.start,
            image_word,
            built=service.get("build") is not None,
            entrypoint=self.words(entrypoint) if entrypoint is not None else None,
            command=self.words(command) or None if command is not None else None,
            command_at=self._key(service, "command") or (image.start if image else name.start),
            environment=tuple(self.environment(service.get("environment"))),
            environment_open=service.get("env_file") is not None,
            publishes=tuple(self.ports(service.get("ports"))),
            exposed=tuple(self.exposed(service.get("expose"))),
            mounts=(*self.mounts(service.get("volumes")), *compose_configs.mounts(service, self.configs)),
            network=network.text if network is not None else "",
            network_at=self._key(service, "network_mode"),
            health=self.health(health, name.text),
            user=self.word(user) if user is not None and user.is_scalar else None,
            init=init is not None and init.value is True,
            options=tuple(self.options(service)),
            working_dir=workdir.text if workdir is not None else "",
        )

    def options(self, service: Node) -> Iterator[StartOption]:
        """What else the service says, as Docker's flags if there is one for it."""
        for key, _ in service.entries or ():
            if _unknown(key.text):
                yield "unknown key", key.text, key.start
        for key, value in service.entries or ():
            if value.is_scalar and not _unknown(key.text) and key.text not in ("env_file", "extends"):
                yield key.text, value.text, key.start
        yield from self.kept_in(service.get("networks"))
        profiles = service.get("profiles")
        if profiles is not None and profiles.items:
            yield "profiles", " ".join(sorted(item.text for item in profiles.items)), profiles.start
        yield from self.extended(service.get("extends"))
        yield from self.dockerfile(service.get("build"))
        yield from self.env_files(service.get("env_file"))
        yield from self.unchecked(service.get("healthcheck"))
        if self.whole and service.get("extends") is None:
            yield "volumes declared", "", service.start

    def extended(self, extends: Node | None) -> Iterator[StartOption]:
        """The file ("" = this one) and the service that this one extends."""
        service = extends.get("service") if extends is not None and not extends.is_scalar else extends
        file = extends.get("file") if extends is not None else None
        if extends is not None and service is not None:
            yield "extends", f"{file.text if file is not None else ''} {service.text}", extends.start

    def kept_in(self, networks: Node | None) -> Iterator[StartOption]:
        """The name of the internal network, if the service is on no other."""
        names = _names(networks)
        if names and self.internal.issuperset(names) and networks is not None:
            yield "internal network", names[0], networks.start

    def dockerfile(self, build: Node | None) -> Iterator[StartOption]:
        """Where the service's Dockerfile is, relative to this file."""
        if build is None:
            return
        context = build if build.is_scalar else build.get("context")
        file = build.get("dockerfile")
        if build.get("dockerfile_inline") is None:
            folder = self.region(context)[0].text if context is not None else "."
            yield BUILT_FROM, f"{folder}/{file.text if file is not None else 'Dockerfile'}", build.start

    def env_files(self, node: Node | None) -> Iterator[StartOption]:
        """Files of variables, relative to this file."""
        for item in (node.items or (() if node.entries is not None else (node,))) if node is not None else ():
            path = item.get("path") if item.entries is not None else item
            if path is not None and path.is_scalar:
                yield "env_file", self.region(path)[0].text, path.start

    def unchecked(self, health: Node | None) -> Iterator[StartOption]:
        """That the image's health check is switched off, written as Docker's flag for that."""
        off = health.get("disable") if health is not None else None
        test = health.get("test") if health is not None else None
        words = self.words(test) if test is not None else ()
        if health is not None and ((off is not None and off.value is True) or (words and words[0].text == "NONE")):
            yield "--no-healthcheck", "true", health.start

    def _key(self, service: Node, key: str) -> int:
        found = service.key(key)
        return found.start if found else 0

    def region(self, node: Node) -> tuple[Region, bool]:
        return fill(node.region(self.source.text), self.known)

    def word(self, node: Node) -> Word:
        region, opened = self.region(node)
        return Word(region, node.start, node.end, opened, node.style in ("'", '"'))

    def words(self, node: Node) -> tuple[Word, ...]:
        if node.items is not None:
            return tuple(self.word(item) for item in node.items if item.is_scalar)
        if not node.is_scalar or not node.text.strip():
            return ()
        region, _ = self.region(node)
        return tuple(Word(w.region, w.start, w.end, _OPEN.search(w.text) is not None, w.quoted) for w in split(region))

    def environment(self, node: Node | None) -> Iterator[Variable]:
        for item in (node.items or ()) if node else ():
            if item.is_scalar:
                yield variable(self.word(item))
        for name, value in (node.entries or ()) if node else ():
            if value.is_scalar:
                region, opened = self.region(value)
                text = None if value.value is None and not value.style else region.text
                yield Variable(name.text, text, name.start, region.origin(0), value.end, opened)

    def ports(self, node: Node | None) -> Iterator[PublishedPort]:
        for item in (node.items or ()) if node else ():
            if item.is_scalar:
                region, _ = self.region(item)
                yield from publishes(region, item.start, item.end)
            elif item.entries is not None:
                yield self._long_port(item)

    def _long_port(self, item: Node) -> PublishedPort:
        def number(key: str) -> int | None:
            value = item.get(key)
            text = self.region(value)[0].text if value is not None and value.is_scalar else ""
            return decimal(text)

        address = item.get("host_ip")
        # To close the port, its address has to be written or changed: there, or where the entry begins.
        at = address.start if address is not None else item.start
        text = f"{item.get('published').text if item.get('published') else ''}:{number('target') or ''}"  # type: ignore[union-attr]
        return PublishedPort(
            address.text if address is not None else "", number("published"), number("target"), at, item.end, text
        )

    def exposed(self, node: Node | None) -> Iterator[tuple[int, int]]:
        for item in (node.items or ()) if node else ():
            if (number := decimal(item.text, 5)) is not None:
                yield number, item.start

    def mounts(self, node: Node | None) -> Iterator[Mounted]:
        for item in (node.items or ()) if node else ():
            if item.is_scalar:
                region, _ = self.region(item)
                found = volume(region, item.start, item.end, self.declared)
            else:
                found = self._long_mount(item)
            if found is not None:
                yield found

    def _long_mount(self, item: Node) -> Mounted | None:
        def text(key: str) -> str:
            value = item.get(key)
            return self.region(value)[0].text if value is not None and value.is_scalar else ""

        if not text("target") or text("type") == "tmpfs":
            return None
        kind = "bind" if text("type") == "bind" else "volume"
        return Mounted(
            text("source"),
            text("target").rstrip("/") or "/",
            kind,  # type: ignore[arg-type]
            item.start,
            item.end,
            text("source") in self.declared,
            text("read_only") == "true",
            _OPEN.search(text("source")) is not None,
        )

    def health(self, node: Node | None, service: str) -> Health | None:
        test = node.get("test") if node is not None else None
        disabled = node.get("disable") if node is not None else None
        if test is None or (disabled is not None and disabled.value is True):
            return None
        words = self.words(test)
        if words and words[0].text in ("CMD", "CMD-SHELL", "NONE"):
            if words[0].text == "NONE":
                return None
            shell = words[0].text == "CMD-SHELL"
            words = words[1:]
            if shell and words:
                words = tuple(split(words[0].region))
        return Health(words, test.start, awaited=service in self.awaited)
