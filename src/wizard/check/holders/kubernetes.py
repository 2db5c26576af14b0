"""Kubernetes manifests: containers of pods as starts, Services as ways for callers to get in, ConfigMaps as files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wizard.check.holders import kubernetes_variables
from wizard.check.holders.kubernetes_services import (
    NOTHING,
    IngressRoute,
    Service,
    items_of,
    port_number,
    routes_of,
    service_of,
    text_of,
)
from wizard.check.holders.kubernetes_variables import NOTHING_HELD, HeldByName
from wizard.formats.decimals import decimal
from wizard.formats.shell_words import Word
from wizard.formats.yaml_source import Node
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import CONFIG_MAP, SIDECARS, TAKES, Health, Mounted, PublishedPort, Start, StartOption


class Manifests(NamedTuple):
    """The contents of a file with manifests."""

    starts: tuple[Start, ...]
    services: tuple[Service, ...]
    routes: tuple[IngressRoute, ...]
    parts: tuple[SourcePart, ...]
    """Files inside ConfigMaps; `where` is `ConfigMap NAME`."""


def read(source: Source, documents: Sequence[Node], elsewhere: HeldByName = NOTHING_HELD) -> Manifests:
    """All documents of a file; Lists are opened. `elsewhere`: the ConfigMaps and Secrets of other files."""
    starts: list[Start] = []
    services: list[Service] = []
    parts: list[SourcePart] = []
    routes: list[IngressRoute] = []
    every = list(_opened(documents))
    held = {**elsewhere, **kubernetes_variables.held_by(source, every)}
    for document in every:
        kind = text_of(document.get("kind"))
        if kind == "Service" and document.at("spec", "template") is None:  # Knative's name for pods
            services.append(service_of(document))
        elif kind == "Ingress":
            routes += routes_of(document)
        elif kind == "ConfigMap":
            parts += _config_map(source, document)
        elif (pod := _pod(document)) is not None:
            spec, metadata = pod
            starts += (start._replace(labels=_labels(metadata)) for start in _containers(source, document, spec, held))
    return Manifests(tuple(starts), tuple(services), tuple(routes), tuple(parts))


def leading_away(found: Manifests) -> Iterator[Service]:
    """The Services that lead to no pod of their own file."""
    labels = [dict(start.labels).items() for start in found.starts]
    for service in found.services:
        if not service.selector or not any(service.selector.items() <= each for each in labels):
            yield service


def _opened(documents: Sequence[Node]) -> Iterator[Node]:
    for document in documents:
        if text_of(document.get("kind")) == "List":
            yield from (document.get("items") or NOTHING).items or ()
        elif document.entries is not None:
            yield document


def _pod(document: Node) -> tuple[Node, Node] | None:
    """(pod spec, the pod's metadata), wherever a manifest contains them."""
    spec = document.get("spec")
    if spec is None:
        return None
    for path in (("jobTemplate", "spec", "template"), ("template",), ("predictor",), ()):
        holder = spec.at(*path)
        if holder is None:
            continue
        inner = holder.get("spec") if path and path != ("predictor",) else holder
        if inner is not None and inner.get("containers") is not None:
            return inner, (holder if path else document).get("metadata") or NOTHING
    return None


def _labels(metadata: Node) -> tuple[tuple[str, str], ...]:
    return tuple((name.text, value.text) for name, value in (metadata.get("labels") or NOTHING).entries or ())


def _containers(source: Source, document: Node, spec: Node, held: HeldByName) -> Iterator[Start]:
    """What each container of a pod starts, including what the pod says for all of them."""
    host, links = spec.get("hostNetwork"), spec.get("enableServiceLinks")
    volumes = _volumes(spec)
    for_all: list[StartOption] = []
    if len(items_of(spec.get("containers"))) > 1:
        for_all.append((SIDECARS, "", 0))
    if links is not None:
        for_all.append(("enableServiceLinks", links.text, links.start))
    for container in (spec.get("containers") or NOTHING).items or ():
        if container.entries is None:
            continue
        start = _container(source, container, text_of(document.at("metadata", "name")), volumes, held)
        named = _named_ports(container.get("ports"))
        yield start._replace(
            health=_health(source, container, named),
            network="host" if host is not None and host.value is True else "",
            network_at=host.start if host is not None else 0,
            options=(*start.options, *for_all),
            namespace=text_of(document.at("metadata", "namespace")),
            port_names=tuple(named.items()),
        )


def _container(source: Source, container: Node, pod: str, volumes: dict[str, _Volume], held: HeldByName) -> Start:
    name, image = container.get("name"), container.get("image")
    command, args = container.get("command"), container.get("args")
    return Start(
        "kubernetes",
        source,
        text_of(name) or pod,
        name.start if name is not None else container.start,
        _word(source, image) if image is not None else None,
        entrypoint=_words(source, command) if command is not None else None,
        command=_words(source, args) if args is not None else None,
        command_at=next((each.start for each in (args, command) if each is not None), container.start),
        environment=kubernetes_variables.of_container(source, container, held),
        environment_open=kubernetes_variables.open_ended(container, held),
        exposed=tuple(_exposed(container.get("ports"))),
        publishes=tuple(_host_ports(container.get("ports"))),
        mounts=tuple(_mounts(container.get("volumeMounts"), volumes)),
        user=None,
        pod=pod or "pod",
        options=(
            *((key.text, value.text, key.start) for key, value in container.entries or () if _own(key, value)),
            *_privileged(container),
            *((TAKES, f"{kind} {name}", 0) for kind, name in kubernetes_variables.wanted(container)),
        ),
        working_dir=text_of(container.get("workingDir")),
    )


def _own(key: Node, value: Node) -> bool:
    """Whether a key of a container is handed on: keys are made of letters, and only its securityContext makes it
    privileged."""
    return value.is_scalar and key.text.isalnum() and key.text != "privileged"


def _privileged(container: Node) -> Iterator[StartOption]:
    asked = container.at("securityContext", "privileged")
    if asked is not None and asked.value is True:
        yield "privileged", "true", asked.start


def _word(source: Source, node: Node) -> Word:
    return Word(node.region(source.text), node.start, node.end, "$(" in node.text, node.style in ("'", '"'))


def _words(source: Source, node: Node) -> tuple[Word, ...]:
    if node.items is not None:
        return tuple(_word(source, item) for item in node.items if item.is_scalar)
    return (_word(source, node),) if node.is_scalar and node.text else ()


def _exposed(node: Node | None) -> Iterator[tuple[int, int]]:
    for item in (node.items or ()) if node else ():
        port = item.get("containerPort")
        number = decimal(port.text, 5) if port is not None else None
        if port is not None and number is not None:
            yield number, port.start


def _host_ports(node: Node | None) -> Iterator[PublishedPort]:
    for item in (node.items or ()) if node else ():
        host, port = item.get("hostPort"), item.get("containerPort")
        outer, inner = decimal(text_of(host)), decimal(text_of(port))
        if host is not None and outer is not None and inner is not None:
            address = text_of(item.get("hostIP"))
            yield PublishedPort(address, outer, inner, host.start, host.end, host.text, node=True)


class _Volume(NamedTuple):
    """`source`: `configmap:NAME`, `host:PATH` or the volume's own name."""

    source: str
    renamed: tuple[tuple[str, str], ...] = ()


def _volumes(spec: Node) -> dict[str, _Volume]:
    return {text_of(item.get("name")): _volume(item) for item in items_of(spec.get("volumes"))}


def _volume(item: Node) -> _Volume:
    projected = [each for source in items_of(item.at("projected", "sources")) if (each := source.get("configMap"))]
    config = item.get("configMap") or (projected[0] if len(projected) == 1 else NOTHING)
    if name := text_of(config.get("name")):
        pairs = ((text_of(each.get("path")), text_of(each.get("key"))) for each in items_of(config.get("items")))
        return _Volume(f"{CONFIG_MAP}{name}", tuple(pairs))
    host = text_of(item.at("hostPath", "path"))
    return _Volume(f"host:{host}" if host else text_of(item.get("name")))


def _mounts(node: Node | None, volumes: dict[str, _Volume]) -> Iterator[Mounted]:
    for item in items_of(node):
        target, name = text_of(item.get("mountPath")), text_of(item.get("name"))
        if target:
            source, renamed = volumes.get(name, _Volume(name))
            sub = text_of(item.get("subPath"))
            full = f"{source}/{sub}" if sub else source
            path = target.rstrip("/") or "/"
            yield Mounted(full, path, "volume", item.start, item.end, declared=True, renamed=renamed)


def _named_ports(node: Node | None) -> dict[str, int]:
    pairs = ((text_of(item.get("name")), text_of(item.get("containerPort"))) for item in items_of(node))
    return {name: number for name, port in pairs if name and (number := decimal(port)) is not None}


def _health(source: Source, container: Node, named: dict[str, int]) -> Health | None:
    for key in ("readinessProbe", "livenessProbe", "startupProbe"):
        probe = container.get(key)
        if probe is None:
            continue
        get = probe.get("httpGet") or probe.get("tcpSocket")
        if get is not None:
            port = text_of(get.get("port"))
            return Health((), get.start, text_of(get.get("path")), port_number(port, named))
        command = probe.at("exec", "command")
        if command is not None:
            return Health(_words(source, command), command.start)
    return None


def _config_map(source: Source, document: Node) -> Iterator[SourcePart]:
    name = text_of(document.at("metadata", "name"))
    for key, value in (document.get("data") or NOTHING).entries or ():
        if value.is_scalar and value.text:
            yield SourcePart(source, value.region(source.text), key.text, f"ConfigMap {name}")
