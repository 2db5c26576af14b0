"""Services and Ingresses of Kubernetes: which callers are sent to which port of a pod."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats.decimals import decimal
from wizard.formats.yaml_source import Node
from wizard.observed.start import Note, PublishedPort

NOTHING = Node(0, 0)
_INTERNAL = regex(
    r"(?:aws|azure|openstack|oci|alibaba-cloud)-load-?balancer-(?:internal|scheme|address-type)$|load-balancer-type$"
)
_OUTSIDE = frozenset({"LoadBalancer", "NodePort"})


class ServicePort(NamedTuple):
    """A port of a Service; `target` is a number, or the name of a container's port."""

    publish: PublishedPort
    target: str
    name: str = ""


class Service(NamedTuple):
    """A Service: `entries` are its ports; with `outside`, each is open to callers outside the cluster."""

    name: str
    selector: dict[str, str]
    outside: bool
    entries: tuple[ServicePort, ...]
    names: tuple[tuple[int, str, int], ...]
    """(target port, the port's name, offset)."""
    at: int
    namespace: str = ""


class IngressRoute(NamedTuple):
    """Where an Ingress leads: a Service, and the number or name of its port."""

    service: str
    port: str
    start: int
    end: int
    namespace: str = ""
    says: tuple[tuple[str, int], ...] = ()
    """The rest of an Ingress, for people: its annotations and the names it answers to, with offsets."""
    notes: tuple[Note, ...] = ()
    """Its annotations."""


def text_of(node: Node | None) -> str:
    """The text of a scalar, "" of anything else."""
    return node.text if node is not None and node.is_scalar else ""


def items_of(node: Node | None) -> Sequence[Node]:
    """The items of a list, none of anything else."""
    return (node.items or ()) if node is not None else ()


def port_number(text: str, named: dict[str, int]) -> int | None:
    """A port by its number or its name."""
    number = decimal(text, 5)
    return named.get(text) if number is None else number


def _internal(note: Note) -> bool:
    """Whether a Service's annotation asks its cloud provider for an address in the owner's own networks."""
    known = _INTERNAL.search(note.name) is not None
    return known and note.value.lower() in ("true", "internal", "intranet", "0.0.0.0/0")


def service_of(document: Node) -> Service:
    """What a Service says of its ports."""
    spec = document.get("spec") or NOTHING
    outside = text_of(spec.get("type")) in _OUTSIDE
    inner = outside and (spec.get("loadBalancerSourceRanges") is not None or any(map(_internal, notes_of(document))))
    published, names = [], []
    for item in (spec.get("ports") or NOTHING).items or ():
        port = item.get("port")
        target = item.get("targetPort") or port
        own = decimal(port.text) if port is not None else None
        if port is None or own is None or target is None:
            continue
        number = port_number(target.text, {})
        publish = PublishedPort("", own, number, port.start, port.end, port.text, inner=inner)
        published.append(ServicePort(publish, target.text, text_of(item.get("name"))))
        if number is not None and item.get("name") is not None:
            names.append((number, text_of(item.get("name")), port.start))
    selector = {name.text: value.text for name, value in (spec.get("selector") or NOTHING).entries or ()}
    name, namespace = text_of(document.at("metadata", "name")), text_of(document.at("metadata", "namespace"))
    return Service(name, selector, outside, tuple(published), tuple(names), document.start, namespace)


def notes_of(document: Node) -> tuple[Note, ...]:
    """The annotations of an object."""
    entries = (document.at("metadata", "annotations") or NOTHING).entries or ()
    return tuple(Note(name.text, text_of(value).strip(), name.start) for name, value in entries)


def routes_of(document: Node) -> Iterator[IngressRoute]:
    """The backends of an Ingress."""
    notes = notes_of(document)
    namespace = text_of(document.at("metadata", "namespace"))
    spec = document.get("spec") or NOTHING
    says = (
        *((f"The annotation {note.name}", note.start) for note in notes),
        *(
            (f"The name {host.text}", host.start)
            for host in (rule.get("host") for rule in items_of(spec.get("rules")))
            if host is not None
        ),
    )
    paths = [path for rule in items_of(spec.get("rules")) for path in items_of(rule.at("http", "paths"))]
    backends = [*(path.get("backend") for path in paths), spec.get("defaultBackend")]
    for service in (backend.get("service") for backend in backends if backend is not None):
        port = (service.get("port") or NOTHING) if service is not None else NOTHING
        wanted = port.get("number") or port.get("name")
        if service is not None and wanted is not None:
            named = text_of(service.get("name"))
            yield IngressRoute(named, wanted.text, wanted.start, wanted.end, namespace, says, notes)
