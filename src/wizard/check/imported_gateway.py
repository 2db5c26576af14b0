"""The gateway that this program wrote in front of an imported server, as answers: what it says counts for callers."""

from __future__ import annotations

import ipaddress
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from wizard import registry
from wizard.check.analysis import Analysis
from wizard.check.belonging import beside
from wizard.check.imported_binding import opened, scope
from wizard.check.together import from_here
from wizard.deployment.own_files import COPIED_PAIR
from wizard.fast_start import regex
from wizard.formats.decimals import decimal
from wizard.gateway import NGINX_UID
from wizard.gateway.layout import CONFIG
from wizard.gateway.read_back import ShownApi, ShownGateway, read_back
from wizard.host import Host, Interface, interface_kind
from wizard.observed.answers import Lost, ObservedAnswer
from wizard.observed.seen import Observed
from wizard.observed.source import Source
from wizard.observed.start import Start
from wizard.plan import CorsRule
from wizard.servers.contract import ApiSpec

_LABELLED = regex(r"""(?m):(?:ro,)?z["']?$""")
"""A mount with a label for SELinux, in Compose's short form."""
_ALL = ("", "0.0.0.0", "::")
_LOOPBACK = ("127.0.0.1", "::1")


class FoundGateway(NamedTuple):
    """A gateway, its configuration, and what starts it if that is a container."""

    server: str
    source: Source
    shown: ShownGateway
    start: Start | None
    contained: bool
    on_host: bool
    """Its container uses this machine's own network."""


def found(analysis: Analysis, observed: Observed) -> FoundGateway | None:
    """The gateway beside what starts a server, where generated files have it; None if there is none of this
    program's."""
    start = observed.start.outer if observed.start is not None else None
    if start is None or start.source.runs:
        return None
    source = beside(analysis, start, CONFIG)
    shown = read_back(source.text) if source is not None else None
    own = {spec.api for spec in registry.adapter(observed.server).apis}
    if source is None or shown is None or not own.issuperset(each.api for each in shown.apis):
        return None
    path = source.key
    front = next((each for each in _others(analysis, start) if _mounts(each, path)), None) if start.contained else None
    if start.contained and front is None:
        return None  # no container has it
    on_host = front is not None and front.network == "host"
    return FoundGateway(observed.server, source, shown, front, start.contained, on_host)


def _others(analysis: Analysis, start: Start) -> Iterator[Start]:
    """What the same file starts beside the server."""
    for each in analysis.found.values():
        if each.source.path == start.source.path:
            yield from (other for server, other in each.starts if not server and other.holder == start.holder)


def _mounts(start: Start, path: str) -> bool:
    return any(_outside(start, each.source) == path for each in start.mounts)


def _outside(start: Start, path: str) -> str:
    return posixpath.normpath(posixpath.join(start.source.folder, from_here(path)))


def over(gate: FoundGateway, server: Sequence[ObservedAnswer]) -> tuple[ObservedAnswer, ...]:
    """All answers, where the server's own are known: behind a gateway, its addresses, tokens and keys are no
    caller's."""
    gated = {each.api for each in gate.shown.apis}
    sockets = {each.key for each in server if isinstance(each.value, dict) and each.value.get("scope") == "socket"}
    own = {e.key: e.value["port"] for e in server if isinstance(e.value, dict) and "port" in e.value}
    mine = (*_apis(gate, sockets, {} if _networked(gate) else own), *_tokens(gate), *_pair(gate), *_whole(gate))
    told = {each.key for each in mine}
    # Where the server answers by itself, its own count.
    dropped = ("auth.", "tls.") if gated and not sockets else ()
    kept = (
        each
        for each in server
        if each.key not in told
        and not each.key.startswith(dropped)
        and (each.key in sockets or not each.key.startswith("bind."))
        and not (each.key.startswith("cors.") and each.key.split(".")[1] in gated)
    )
    return (*kept, *mine)


def _specs(gate: FoundGateway) -> Iterator[tuple[ApiSpec, ShownApi | None]]:
    shown = {each.api: each for each in gate.shown.apis}
    for spec in registry.adapter(gate.server).apis:
        yield spec, shown.get(spec.api)


def _apis(gate: FoundGateway, sockets: set[str], own: Mapping[str, object]) -> Iterator[ObservedAnswer]:
    """`own`: the ports on which the server itself listens on this machine."""
    for spec, shown in _specs(gate):
        key = f"bind.{spec.api}"
        if shown is None and key not in sockets:
            port = {"port": own[key]} if key in own else {}
            yield ObservedAnswer(key, {"scope": "off", **port}, gate.source, 0)
        elif shown is not None:
            yield _binding(gate, shown)
            usual = CorsRule().model_dump(mode="json")
            for field, value in shown.rule.items() if spec.protocol == "http" else ():
                if spec.browser_callable or value.value != usual[field]:
                    yield ObservedAnswer(f"cors.{spec.api}.{field}", value.value, gate.source, value.at)


def _binding(gate: FoundGateway, shown: ShownApi) -> ObservedAnswer:
    key, start = f"bind.{shown.api}", gate.start
    if start is None or gate.on_host:
        return ObservedAnswer(key, _listening(shown), gate.source, shown.at)
    published = [each for each in start.publishes if ("", each.port) in shown.listens]
    if not published:
        return ObservedAnswer(key, {"scope": "internal", **_port(shown)}, gate.source, shown.at)
    return ObservedAnswer(key, opened(published), start.place(published[0]), published[0].start)


def _listening(shown: ShownApi) -> dict[str, object]:
    addresses = [address for address, _ in shown.listens]
    everywhere, loopback = any(each in _ALL for each in addresses), all(each in _LOOPBACK for each in addresses)
    return {**scope(everywhere, addresses, loopback), **_port(shown)} if addresses else {"scope": "off"}


def _port(shown: ShownApi) -> dict[str, object]:
    return {"port": shown.listens[0][1]} if shown.listens else {}


def _tokens(gate: FoundGateway) -> Iterator[ObservedAnswer]:
    """For each group of APIs that share a token, what most is asked of callers."""
    groups: dict[str, list[ShownApi]] = {}
    for spec, shown in _specs(gate):
        if shown is not None and spec.token_group:
            groups.setdefault(spec.token_group, []).append(shown)
    for group, members in groups.items():
        strictest = max(members, key=lambda each: ("none", "server-token", "gateway-token").index(each.token))
        yield ObservedAnswer(f"auth.{group}", strictest.token, gate.source, strictest.token_at)


def _pair(gate: FoundGateway) -> Iterator[ObservedAnswer]:
    for name in ("certificate", "key"):
        shown = next((pair for each in gate.shown.apis if (pair := getattr(each, name))), None)
        if shown is not None:
            if name == "certificate":
                yield ObservedAnswer("tls.mode", "files", gate.source, shown.at)
            yield ObservedAnswer(f"tls.{name}", _place(gate, str(shown.value)), gate.source, shown.at)


def _place(gate: FoundGateway, path: str) -> str:
    """Where a file that the configuration names lies on this machine."""
    if gate.start is not None:
        mounted = next((each.source for each in gate.start.mounts if each.target == path), None)
        return _outside(gate.start, mounted) if mounted else path
    return posixpath.normpath(posixpath.join(gate.source.folder, path))


def _whole(gate: FoundGateway) -> Iterator[ObservedAnswer]:
    names: dict[str, int] = {}
    for each in gate.shown.apis:
        for name, at in _names(gate, each):
            names.setdefault(name, at)
    if names:
        yield ObservedAnswer("gateway.names", [*names], gate.source, next(iter(names.values())))
    for key in ("max_body_mib", "requests_per_second"):
        value = getattr(gate.shown, key)
        if value is not None:
            yield ObservedAnswer(f"gateway.{key}", value.value, gate.source, value.at)


def _names(gate: FoundGateway, shown: ShownApi) -> Iterator[tuple[str, int]]:
    """The names that follow from no address. On every address, the machine's own stand before `localhost`."""
    bound = _binding(gate, shown).value
    told = bound if isinstance(bound, Mapping) else {}
    everywhere, local = told.get("scope") == "all", told.get("scope") == "loopback"
    addresses = {part.strip() for part in str(told.get("address", "")).split(",")}
    local = local or everywhere or bool(addresses & {*_LOOPBACK})
    implied = {*addresses, *(("localhost", *_LOOPBACK) if local else ()), *(("gateway",) if _networked(gate) else ())}
    before = everywhere
    for name, at in shown.hosts:
        plain = name.strip("[]")
        own = before and _address(plain)
        before = before and name != "localhost"
        if not own and plain not in implied:
            yield name, at


def _networked(gate: FoundGateway) -> bool:
    """Whether other containers can call it by its name."""
    return gate.contained and not gate.on_host


def _address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def host(start: Start, gate: FoundGateway | None) -> Host:
    """The machine for which the files were written, as far as they show: its addresses and who wrote them."""
    # Only the list of an API that is open on every address has all of the machine's own, in their order.
    apis = sorted(gate.shown.apis, key=lambda api: -len(api.hosts)) if gate is not None else ()
    given = {name for api in apis for name, _ in _names(gate, api)} if gate is not None else set()
    named = dict.fromkeys(each.name.strip("[]") for api in apis for each in api.hosts if each.name not in given)
    kinds = (Interface("", each, 0, interface_kind("", each)) for each in named if _address(each))
    writer = (gate.start if gate is not None else None) or start
    uid, gid = _account(writer)
    labelled = _LABELLED.search(writer.source.text) is not None
    return Host(interfaces=tuple(kinds) or Host().interfaces, selinux=labelled, uid=uid, gid=gid)


def _account(writer: Start) -> tuple[int, int]:
    """Who wrote the files: root if a key was copied for another account, or the gateway has its image's own."""
    user = writer.user.text if writer.user is not None else ""
    uid, gid = (decimal(part, 9) for part in user.partition(":")[::2])
    if uid == NGINX_UID or any(from_here(each.source) == COPIED_PAIR[1] for each in writer.mounts):
        return 0, 0
    return (Host().uid, Host().gid) if uid is None or gid is None else (uid, gid)


def secrets(gate: FoundGateway) -> Iterator[Lost]:
    """The tokens themselves, which no answers contain."""
    for each in _tokens(gate):
        if each.value == "gateway-token":
            group = each.key.partition(".")[2]
            what = (
                f"The token of {group}: answers hold none. Written into this folder, the files use the one"
                f" in secrets/{group}.token; elsewhere a new one is made."
            )
            yield Lost(what, gate.source, each.at, kept=True)
