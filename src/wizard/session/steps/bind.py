"""Bind: for each API of the server, who may connect."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from wizard import registry
from wizard.servers.titles import API_TITLES, api_title
from wizard.session.steps.base import Field, Option, Step
from wizard.session.steps.callers import proposals

if TYPE_CHECKING:
    from wizard.host import Host
    from wizard.plan import Api, Listener, Patch, Plan


def steps(plan: Plan | None) -> tuple[Step, ...]:
    """One step for each API of the server; gRPC management only if gRPC is on."""
    if plan is None:
        return ()
    adapter = registry.adapter(plan.server)
    return tuple(
        Step(
            f"bind.{spec.api}",
            "bind",
            api_title(spec.api),
            f"Who may connect to the {api_title(spec.api)} API?",
            spec.about,
            (f"bind.{spec.api}",),
            f"api {spec.api}",
        )
        for spec in adapter.apis
        if spec.api != "grpc_management" or plan.reachable("grpc") or plan.reachable("grpc_management")
    )


def api_of(step: Step) -> Api:
    """The API a step is about, "inference" if it is about none."""
    api = step.id.partition(".")[2]
    return api if api and (step.group == "bind" or api in API_TITLES) else "inference"


def fields(step: Step, plan: Plan, host: Host) -> tuple[Field, ...]:
    """Who may connect, and on which port. `plan` is completed."""
    api = api_of(step)
    listener, spec = plan.listener(api), next((s for s in registry.adapter(plan.server).apis if s.api == api), None)
    if listener is None or spec is None:  # a page may still stand whose API went with another answer
        return ()
    chosen = f"interface {listener.address}" if listener.scope == "interface" else listener.scope
    listener_port = listener.port if listener.port != spec.port else None
    options = _options(api, plan, host, listener, listener_port)
    return (
        Field("scope", "choice", options=options, chosen=(chosen,), proposed=_reason(api, plan, host, listener)),
        Field(
            "port",
            "text",
            "Port",
            "on this machine",
            key=f"bind.{api}.port",
            along=((f"bind.{api}", _value(listener)),),
            value=str(listener.port or ""),
            number=True,
            shown=listener.scope in ("loopback", "interface", "all"),
            topic="port",
        ),
        _address(api, plan, listener),
    )


def _address(api: Api, plan: Plan, listener: Listener) -> Field:
    """The path of a socket, or the addresses of interfaces, and what answers if there are several."""
    socket = listener.scope == "socket"
    note = "an absolute path; anyone who may write to the file can connect"
    return Field(
        "address",
        "text",
        "Socket" if socket else "Addresses",
        note if socket else _several(plan),
        key=f"bind.{api}.address",
        value=listener.address,
        shown=socket or listener.scope == "interface",
        topic="unix socket" if socket else "interface",
    )


def _several(plan: Plan) -> str:
    """What answers at several addresses: Docker, the server itself, or else a gateway."""
    adapter = registry.adapter(plan.server)
    if plan.bridged:
        return "several with commas; Docker publishes on each of them"
    if adapter.abilities(plan.version).binds_several:
        return f"several with commas; {adapter.title} listens on each of them"
    return f"several with commas; {adapter.title} takes only one, so a gateway listens on them"


def _reason(api: Api, plan: Plan, host: Host, listener: Listener) -> str:
    """Why the present scope was proposed, "" if it was not."""
    value = _value(listener, with_port=False)
    found = (p for p in proposals(plan, host, plan.audiences) if p.field == f"bind.{api}" and p.changes[0][1] == value)
    return next((p.sentence for p in found), "")


def _value(listener: Listener, with_port: bool = True) -> dict[str, object]:
    value: dict[str, object] = {"scope": listener.scope}
    if listener.address:
        value["address"] = listener.address
    if with_port and listener.port:
        value["port"] = listener.port
    return value


def _options(api: Api, plan: Plan, host: Host, listener: Listener, own_port: int | None) -> tuple[Option, ...]:
    """`own_port`: the port if the user chose one; the default is not written into the Plan."""
    port, built = listener.port, _built(api, plan, host)

    def changes(scope: str, address: str = "") -> Patch:
        value: dict[str, object] = {"scope": scope, "address": address}
        if own_port:
            value["port"] = own_port
        return ((f"bind.{api}", value),)

    here = Option(
        "loopback",
        "Only this machine",
        f"programs and browsers here{built}",
        f"127.0.0.1:{port}",
        changes("loopback"),
        topic="loopback",
    )
    everywhere = Option(
        "all",
        "All interfaces",
        "every network this machine is on",
        "0.0.0.0 and [::]",
        changes("all"),
        topic="0.0.0.0",
    )
    off = Option("off", "Off", "nobody can use this API", changes=changes("off"), topic="off")
    interfaces = _interfaces(host, listener, changes, built)
    return (here, *interfaces, everywhere, *_apart(plan, listener, changes), off)


def _built(api: Api, plan: Plan, host: Host) -> str:
    """If the server itself cannot be limited to an address: what can, as the end of a sentence."""
    adapter = registry.adapter(plan.server)
    spec, able = next(s for s in adapter.apis if s.api == api), adapter.abilities(plan.version)
    if plan.contained or (able.binds_grpc if spec.protocol == "grpc" else able.binds_http):
        return ""
    always = f"{adapter.title} itself always listens on every address"
    return f"; needs a gateway: {always}" if host.os == "linux" else f"; needs Docker: {always}"


def _interfaces(host: Host, listener: Listener, changes: Callable[[str, str], Patch], built: str) -> Iterator[Option]:
    """Each address of this machine, and the chosen one. `built`: see `_built`."""
    own = {i.address: f"{i.name}, the {i.network} network" for i in host.own_addresses}
    if len(listener.addresses) > 1:
        bracketed = (f"[{address}]" if ":" in address else address for address in listener.addresses)
        absent = [a for a in listener.addresses if a not in own and a not in host.loopbacks]
        where = f"not on this machine now: {', '.join(absent)}" if absent else "each of these addresses"
        yield Option(
            f"interface {listener.address}",
            "Several interfaces",
            f"{where}{built}",
            ", ".join(f"{each}:{listener.port}" for each in bracketed),
            changes("interface", listener.address),
            topic="interface",
        )
    elif listener.scope == "interface" and listener.address not in own:
        own[listener.address] = "this address is not on this machine now"
    for address, where in own.items():
        shown = f"[{address}]" if ":" in address else address
        yield Option(
            f"interface {address}",
            "One interface",
            f"{where}{built}",
            f"{shown}:{listener.port}",
            changes("interface", address),
            topic="interface",
        )


def _apart(plan: Plan, listener: Listener, changes: Callable[[str, str], Patch]) -> Iterator[Option]:
    """Scopes that open no port on this machine."""
    if plan.contained or listener.scope == "internal":
        yield Option(
            "internal",
            "Other containers only",
            "containers on the same Docker network; no port is opened on this machine",
            "not published",
            changes("internal", ""),
            topic="internal network",
        )
    if listener.scope == "socket":
        yield Option(
            "socket",
            "A unix socket",
            "a file; its permissions decide who may connect",
            listener.address,
            changes("socket", listener.address),
            topic="unix socket",
        )
