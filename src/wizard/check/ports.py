"""Rules about the ports of a container: who reaches what it publishes, and which ports lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.check import ingress
from wizard.check.holders.sharing import SHARED
from wizard.observed.remark import Edit, Remark
from wizard.observed.seen import Observed, ObservedListener
from wizard.observed.start import SIDECARS, PublishedPort, Start
from wizard.severity import LESS, severity_rank


def find(observed: Observed, start: Start) -> Iterator[Remark]:
    """Mistakes a container's start can make about ports."""
    if start.network == "none":
        return  # nothing is published, and the engine does not say so
    refused = start.outer.option("ports refused")
    if refused is not None:
        place = start.outer.source
        yield Remark("RUN-SHARED-PORTS", place, refused[1], {"port": refused[0], "network": start.network})
    internal = start.outer.option("internal network")
    if internal is not None and start.publishes:
        first = start.publishes[0]
        yield Remark("RUN-PORT-INTERNAL", start.place(first), first.start, {"port": first.text, "network": internal[0]})
        return
    if start.network != "host":
        yield from _published(observed, start)
        return
    if start.publishes and start.holder != "kubernetes":
        first = start.publishes[0]
        yield Remark("RUN-HOST-PORTS", start.place(first), first.start, {"port": first.text})
    yield from _host(observed, start)


def probed(observed: Observed, start: Start) -> Iterator[Remark]:
    """An orchestrator's probe of a port where nobody answers it: it comes from outside the pod."""
    health = start.health
    if health is None or health.port is None or start.holder != "kubernetes":
        return
    if not observed.listeners or not _complete(observed, start):
        return
    listener = next((each for each in observed.listeners if each.port == health.port), None)
    if listener is not None and not listener.loopback:
        return
    reason = f"{observed.title} serves {_served(observed)}"
    if listener is not None:
        reason = f"the {listener.title} is bound to {listener.address}, which is the pod's own loopback"
    fills = {"port": health.port, "reason": reason}
    yield Remark("RUN-PROBE-DEAD", start.place(health), health.start, fills)


def _complete(observed: Observed, start: Start) -> bool:
    """Whether nobody else answers there: where containers share a network, another one may."""
    alone = start.option(SIDECARS) is None and start.option(SHARED) is None
    return observed.ports_known and alone


def _published(observed: Observed, start: Start) -> Iterator[Remark]:
    outside = start.holder == "kubernetes"
    known = _complete(observed, start)
    everything = start.option("--publish-all")
    if everything is not None:
        for each in observed.listeners:
            publish = PublishedPort("", None, each.port, everything[1], everything[1], "-P")
            yield from _reachable(start, publish, each, outside)
    yield from _exposed(observed, start)
    if known and observed.listeners:
        yield from _led_to(observed, start)
    for publish in start.publishes:
        yield from ingress.find(start.place(publish), publish.notes)
        if publish.address == "localhost" and not outside:
            yield Remark("RUN-PUBLISH-NAME", start.place(publish), publish.start, edits=_numbered(start, publish))
            continue
        if publish.port is None or publish.protocol != "tcp":
            continue
        listener = next((each for each in observed.listeners if each.port == publish.port), None)
        if listener is None:
            if known:
                yield _dead(observed, start, publish)
            continue
        if listener.loopback:
            yield from _unreachable(start, publish, listener)
        elif not publish.loopback and not publish.guarded:
            yield from _reachable(start, publish, listener, outside)


def _led_to(observed: Observed, start: Start) -> Iterator[Remark]:
    """Ports to which callers inside the cluster are sent, but where nothing answers."""
    for publish in start.served:
        if publish.port is None or publish.protocol != "tcp":
            continue
        listener = next((each for each in observed.listeners if each.port == publish.port), None)
        if listener is None:
            yield _dead(observed, start, publish)
        elif listener.loopback:
            yield from _unreachable(start, publish, listener)


def _numbered(start: Start, publish: PublishedPort) -> tuple[Edit, ...]:
    at = start.place(publish).text.find("localhost", publish.start, publish.end)
    return (Edit(at, at + len("localhost"), "127.0.0.1"),) if at >= 0 else ()


def _exposed(observed: Observed, start: Start) -> Iterator[Remark]:
    """Ports that a Dockerfile exposes, but where nothing listens."""
    if start.holder != "dockerfile" or not observed.ports_known or not observed.listeners:
        return
    for port, at in start.exposed:
        if all(each.port != port for each in observed.listeners):
            fills = {"port": port, "title": observed.title, "served": _served(observed)}
            yield Remark("RUN-EXPOSE-DEAD", start.source, at, fills)


def _dead(observed: Observed, start: Start, publish: PublishedPort) -> Remark:
    fills = {"port": publish.port, "title": observed.title, "served": _served(observed)}
    return Remark("RUN-PORT-DEAD", start.place(publish), publish.start, fills)


def _served(observed: Observed) -> str:
    return ", ".join(f"{each.port} ({each.title})" for each in observed.listeners) or "no port"


def _unreachable(start: Start, publish: PublishedPort, listener: ObservedListener) -> Iterator[Remark]:
    fills = {"port": publish.port, "title": listener.title, "address": listener.address}
    source = start.place(publish)
    if listener.source is not source:
        yield Remark("RUN-PORT-LOOPBACK", source, publish.start, fills, api=listener.api)
    if listener.source is not None:
        file = source.name if listener.source is not source else "This file"
        yield Remark("RUN-BIND-LOOPBACK", listener.source, listener.at, {**fills, "file": file}, api=listener.api)


def _reachable(start: Start, publish: PublishedPort, listener: ObservedListener, outside: bool) -> Iterator[Remark]:
    exposure = listener.exposure
    severity = exposure.outside if outside else exposure.interfaces
    if severity is None:
        return
    if not publish.everywhere and not outside:
        severity = LESS.get(severity, severity)
    rule = "RUN-PUBLISHED" if publish.everywhere else "RUN-PUBLISHED-ON"
    if outside:
        rule = "RUN-NODE-PORT" if publish.node else "RUN-INGRESS" if publish.ingress else "RUN-SERVICE-OUTSIDE"
        severity = exposure.interfaces if (publish.ingress or publish.inner) and exposure.interfaces else severity
    fills = {
        "port": publish.port,
        "host_port": publish.host_port or publish.port,
        "title": listener.title,
        "what": exposure.what,
        "address": publish.address,
    }
    yield Remark(rule, start.place(publish), publish.start, fills, severity, api=listener.api)


def _host(observed: Observed, start: Start) -> Iterator[Remark]:
    open_ = [each for each in observed.listeners if not each.loopback and each.exposure.interfaces]
    if not open_:
        return
    worst = min(open_, key=lambda each: severity_rank(each.exposure.interfaces or "info"))
    fills = {"ports": ", ".join(f"{each.port} ({each.title})" for each in open_), "what": worst.exposure.what}
    yield Remark(
        "RUN-HOST-NETWORK", start.network_source or start.source, start.network_at, fills, worst.exposure.interfaces
    )
