"""Where each API of an existing set-up is open, as answers under `bind`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wizard import registry
from wizard.observed.answers import ObservedAnswer
from wizard.observed.seen import Observed, ObservedListener
from wizard.observed.start import PublishedPort, Start


def bindings(observed: Observed) -> Iterator[ObservedAnswer]:
    """One answer for each API whose socket is known, or known not to be there."""
    there = dict.fromkeys(listener.api for listener in observed.listeners)
    for api in there:
        yield from _bind(observed.start, [listener for listener in observed.listeners if listener.api == api])
    start = observed.start
    if start is not None and observed.ports_known:
        for spec in registry.adapter(observed.server).apis:
            if spec.api not in there and spec.shares_listener_with is None:
                yield ObservedAnswer(f"bind.{spec.api}", {"scope": "off"}, start.source, start.at)


def sharing(server: str, answers: Iterable[ObservedAnswer]) -> Iterator[ObservedAnswer]:
    """The answers, where an API that another one's socket serves is open as that one is."""
    told = {each.key: each for each in answers}
    owners = {f"bind.{spec.api}": f"bind.{spec.shares_listener_with}" for spec in registry.adapter(server).apis}
    for each in told.values():
        owner = told.get(owners.get(each.key, ""))
        open_ = isinstance(each.value, dict) and each.value.get("scope") != "off"
        yield each._replace(value=owner.value) if owner is not None and open_ else each


def _bind(start: Start | None, listeners: Sequence[ObservedListener]) -> Iterator[ObservedAnswer]:
    """The sockets of one API: where each is open to others, as one answer with several addresses."""
    first = listeners[0]
    key = f"bind.{first.api}"
    if start is not None and start.contained and start.network != "host":
        published = [each for each in start.publishes if each.port == first.port]
        if not published:
            # Nothing outside the container can reach a socket on its loopback.
            closed = all(each.loopback for each in listeners) and not start.pod
            yield ObservedAnswer(key, {"scope": "off" if closed else "internal"}, start.source, start.at)
        else:
            yield ObservedAnswer(key, opened(published), start.place(published[0]), published[0].start)
        return
    everywhere = any(each.everywhere for each in listeners)
    told = scope(everywhere, [each.address for each in listeners], all(each.loopback for each in listeners))
    yield ObservedAnswer(key, {**told, "port": first.port}, first.source, first.at)


def opened(published: Sequence[PublishedPort]) -> dict[str, object]:
    """Those on the first host port; Docker can publish one port on several addresses."""
    first = published[0]
    same = [each for each in published if each.host_port == first.host_port]
    everywhere, loopback = any(each.everywhere for each in same), all(each.loopback for each in same)
    port = {} if first.host_port is None else {"port": first.host_port}
    return {**scope(everywhere, [each.address for each in same], loopback), **port}


def scope(everywhere: bool, addresses: Sequence[str], loopback: bool) -> dict[str, object]:
    """The scope, with the addresses if they have to be named."""
    if everywhere or loopback:
        return {"scope": "all" if everywhere else "loopback"}
    return {"scope": "interface", "address": ", ".join(address.strip("[]") for address in addresses)}
