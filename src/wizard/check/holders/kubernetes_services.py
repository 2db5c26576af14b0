"""Services of Kubernetes manifests: which ports they give to the containers of which pods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from wizard.formats.yaml_source import Node
from wizard.observed.start import PublishedPort, Start

_NOTHING = Node(0, 0)
_OUTSIDE = frozenset({"LoadBalancer", "NodePort"})


class Entry(NamedTuple):
    """A port of a Service; `target` is a number, or the name of a container's port."""

    publish: PublishedPort
    target: str


class Service(NamedTuple):
    """A Service: `publishes` are its ports, each let in from outside the cluster if `outside`."""

    name: str
    selector: dict[str, str]
    outside: bool
    entries: tuple[Entry, ...]
    names: tuple[tuple[int, str, int], ...]
    """(target port, the port's name, offset)."""
    at: int


def text_of(node: Node | None) -> str:
    """The text of a single value, "" for anything else."""
    return node.text if node is not None and node.is_scalar else ""


def port_number(text: str, named: dict[str, int]) -> int | None:
    """A port as it is written, in digits or as the name of a container's port; None for a name nobody has."""
    return int(text) if text.isdecimal() and len(text) < 6 else named.get(text)


def service_of(document: Node) -> Service:
    """What a manifest of a Service says."""
    spec = document.get("spec") or _NOTHING
    outside = text_of(spec.get("type")) in _OUTSIDE
    published, names = [], []
    for item in (spec.get("ports") or _NOTHING).items or ():
        port = item.get("port")
        target = item.get("targetPort") or port
        if port is None or not port.text.isdecimal() or target is None:
            continue
        number = port_number(target.text, {})
        publish = PublishedPort("", int(port.text[:6]), number, port.start, port.end, port.text)
        published.append(Entry(publish, target.text))
        if number is not None and item.get("name") is not None:
            names.append((number, text_of(item.get("name")), port.start))
    selector = {name.text: value.text for name, value in (spec.get("selector") or _NOTHING).entries or ()}
    return Service(
        text_of(document.at("metadata", "name")), selector, outside, tuple(published), tuple(names), document.start
    )


def _selects(service: Service, labels: dict[str, str]) -> bool:
    return bool(service.selector) and all(labels.get(name) == value for name, value in service.selector.items())


def selects_any(service: Service, labels: Iterable[dict[str, str]]) -> bool:
    """Whether a Service is meant for one of the pods with these labels."""
    return any(_selects(service, each) for each in labels)


def with_services(start: Start, labels: dict[str, str], named: dict[str, int], services: Sequence[Service]) -> Start:
    """A container with the ports that Services let callers in at. `labels`: of its pod; `named`: its own ports."""
    published = [
        entry.publish._replace(port=port_number(entry.target, named))
        for service in services
        if service.outside and _selects(service, labels)
        for entry in service.entries
    ]
    return start._replace(publishes=(*start.publishes, *published)) if published else start
