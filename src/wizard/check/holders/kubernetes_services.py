"""Services and Ingresses of Kubernetes: who is led to which port of a pod."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from wizard.formats.yaml_source import Node
from wizard.observed.start import PublishedPort, Start

NOTHING = Node(0, 0)
_OUTSIDE = frozenset({"LoadBalancer", "NodePort"})


class ServicePort(NamedTuple):
    """A port of a Service; `target` is a number, or the name of a container's port."""

    publish: PublishedPort
    target: str
    name: str = ""


class Service(NamedTuple):
    """A Service: `publishes` are its ports, each let in from outside the cluster if `outside`."""

    name: str
    selector: dict[str, str]
    outside: bool
    entries: tuple[ServicePort, ...]
    names: tuple[tuple[int, str, int], ...]
    """(target port, the port's name, offset)."""
    at: int


class IngressRoute(NamedTuple):
    """What an Ingress leads to: a Service, and the number or name of its port."""

    service: str
    port: str
    start: int
    end: int


def text_of(node: Node | None) -> str:
    """The text of a scalar, "" of anything else."""
    return node.text if node is not None and node.is_scalar else ""


def items_of(node: Node | None) -> Sequence[Node]:
    """The items of a list, none of anything else."""
    return (node.items or ()) if node is not None else ()


def port_number(text: str, named: dict[str, int]) -> int | None:
    """A port by its number or its name."""
    return int(text) if text.isdecimal() and len(text) < 6 else named.get(text)


def service_of(document: Node) -> Service:
    """What a Service says of its ports."""
    spec = document.get("spec") or NOTHING
    outside = text_of(spec.get("type")) in _OUTSIDE
    published, names = [], []
    for item in (spec.get("ports") or NOTHING).items or ():
        port = item.get("port")
        target = item.get("targetPort") or port
        if port is None or not port.text.isdecimal() or target is None:
            continue
        number = port_number(target.text, {})
        publish = PublishedPort("", int(port.text[:6]), number, port.start, port.end, port.text)
        published.append(ServicePort(publish, target.text, text_of(item.get("name"))))
        if number is not None and item.get("name") is not None:
            names.append((number, text_of(item.get("name")), port.start))
    selector = {name.text: value.text for name, value in (spec.get("selector") or NOTHING).entries or ()}
    return Service(
        text_of(document.at("metadata", "name")), selector, outside, tuple(published), tuple(names), document.start
    )


def _selects(service: Service, labels: Mapping[str, str]) -> bool:
    return bool(service.selector) and all(labels.get(name) == value for name, value in service.selector.items())


def selects_any(service: Service, labels: Iterable[Mapping[str, str]]) -> bool:
    """Whether it leads to one of some pods."""
    return any(_selects(service, each) for each in labels)


def routes_of(document: Node) -> Iterator[IngressRoute]:
    """The backends of an Ingress that asks nobody who they are."""
    notes = document.at("metadata", "annotations") or NOTHING
    if any("auth" in name.text for name, _ in notes.entries or ()):
        return
    spec = document.get("spec") or NOTHING
    paths = [path for rule in items_of(spec.get("rules")) for path in items_of(rule.at("http", "paths"))]
    backends = [*(path.get("backend") for path in paths), spec.get("defaultBackend")]
    for service in (backend.get("service") for backend in backends if backend is not None):
        port = (service.get("port") or NOTHING) if service is not None else NOTHING
        wanted = port.get("number") or port.get("name")
        if service is not None and wanted is not None:
            yield IngressRoute(text_of(service.get("name")), wanted.text, wanted.start, wanted.end)


def with_services(
    start: Start,
    labels: dict[str, str],
    named: dict[str, int],
    services: Sequence[Service],
    routes: Sequence[IngressRoute],
) -> Start:
    """A start with what the Services and Ingresses of its file lead to it."""
    published: list[PublishedPort] = []
    served: list[PublishedPort] = []
    for service in services:
        if not _selects(service, labels):
            continue
        for entry in service.entries:
            publish = entry.publish._replace(port=port_number(entry.target, named))
            (published if service.outside else served).append(publish)
            published += [
                publish._replace(start=route.start, end=route.end, ingress=True)
                for route in routes
                if route.service == service.name and route.port in (entry.name, str(entry.publish.host_port))
            ]
    return start._replace(publishes=(*start.publishes, *published), served=tuple(served))
