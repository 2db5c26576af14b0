"""Which Services and Ingresses lead to a pod, whichever files of the run they are in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wizard.check import ingress
from wizard.check.recognise import Recogniser
from wizard.check.together import within
from wizard.formats.decimals import decimal
from wizard.observed.source import Source
from wizard.observed.start import PublishedPort, Start

if TYPE_CHECKING:  # other files are checked without reading YAML
    from wizard.check.holders.kubernetes_services import Service
    from wizard.check.recognise import Recognised


class Cluster:
    """The Services, Ingresses and pods of several files."""

    def __init__(self, found: Iterable[Recognised], recogniser: Recogniser) -> None:
        every = tuple(found)
        for _ in range(2):  # an Ingress names a Service, which is chosen by the labels of pods
            named = _named(every)
            every = tuple(recogniser.clustered(each) if named(each.source.text) else each for each in every)
        self._pods = [pair for each in every for pair in each.starts if pair[1].holder == "kubernetes"]
        self._routes = [(each.source, route) for each in every for route in each.routes]
        self._leading = [
            _Leading(each.source, service, self._chosen(each.source, service))
            for each in every
            for service in each.services
        ]

    def servers(self, source: Source, service: Service) -> frozenset[str]:
        """The servers that a Service leads to, with "" for other programs; empty if its pods are not in these files."""
        return frozenset(
            server
            for each in self._leading
            if each.source is source and each.service is service
            for server, _ in each.pods
        )

    def led_to(self, start: Start) -> Start:
        """A start, with the ports that Services and Ingresses send to it."""
        if start.holder != "kubernetes":
            return start
        published: list[PublishedPort] = []
        served: list[PublishedPort] = []
        for leading in self._leading:
            if not any(pod.source is start.source and pod.at == start.at for _, pod in leading.pods):
                continue
            for entry in leading.service.entries:
                publish = entry.publish._replace(
                    port=_port(entry.target, start), source=_elsewhere(leading.source, start)
                )
                (published if leading.service.outside else served).append(publish)
                published += self._by_ingress(leading, publish, entry.name, start)
        return start._replace(publishes=(*start.publishes, *published), served=tuple(served))

    def _by_ingress(
        self, leading: _Leading, publish: PublishedPort, name: str, start: Start
    ) -> Iterator[PublishedPort]:
        for source, route in self._routes:
            service = leading.service
            meant = route.service == service.name and route.port in (name, str(publish.host_port))
            if meant and _one_space(route.namespace, service.namespace):
                yield publish._replace(
                    start=route.start,
                    end=route.end,
                    ingress=True,
                    source=_elsewhere(source, start),
                    guarded=ingress.guarded(route.notes),
                    notes=route.notes,
                    inner=False,
                )

    def _chosen(self, source: Source, service: Service) -> Sequence[tuple[str, Start]]:
        """The pods a Service leads to: those in its own file, else in its folder, else in folders above or below.

        Neighbouring folders often hold one set of manifests each, for several clusters.
        """
        chosen = [pair for pair in self._pods if _chooses(service, pair[1])]
        own = [pair for pair in chosen if pair[1].source is source]
        near = [pair for pair in chosen if pair[1].source.folder == source.folder]
        return own or near or [pair for pair in chosen if within(pair[1].source.folder, source.folder)]


class _Leading(NamedTuple):
    source: Source
    service: Service
    pods: Sequence[tuple[str, Start]]
    """(server, start)."""


def _named(every: Sequence[Recognised]) -> Callable[[str], object]:
    """Whether a text may belong to these pods and Services: it contains one of their labels or names."""
    words = {value for each in every for server, start in each.starts if server for _, value in start.labels}
    words |= {value for each in every for service in each.services for value in service.selector.values()}
    words |= {service.name for each in every for service in each.services}
    pattern = "|".join(sorted(map(re.escape, words - {""})))
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])").search if pattern else lambda _: None


def _chooses(service: Service, pod: Start) -> bool:
    labels = dict(pod.labels)
    return (
        bool(service.selector)
        and _one_space(service.namespace, pod.namespace)
        and all(labels.get(name) == value for name, value in service.selector.items())
    )


def _one_space(one: str, other: str) -> bool:
    return not one or not other or one == other


def _port(target: str, start: Start) -> int | None:
    """A port by its number or its name."""
    number = decimal(target, 5)
    return dict(start.port_names).get(target) if number is None else number


def _elsewhere(source: Source, start: Start) -> Source | None:
    return None if source is start.source else source
