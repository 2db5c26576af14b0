"""Addresses: what the server refuses, what is open to whom, what conflicts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.observed.remark import Remark
from wizard.servers.torchserve.properties import Property
from wizard.servers.torchserve.reading.config import Config
from wizard.servers.torchserve.reading.numbers import whole
from wizard.servers.torchserve.reading.overriding import SWITCH
from wizard.servers.torchserve.reading.rules.remarks import replaced_value, say
from wizard.servers.torchserve.reading.seen import ADDRESS, APIS, GRPC_ADDRESS_SINCE, TOO_HIGH, Seen
from wizard.severity import LESS, Severity

_HTTP = ("inference", "management", "metrics")
_EVERYWHERE = frozenset({"0.0.0.0"})
_JAVA_17_SINCE = (0, 8, 0)


def find(seen: Seen, config: Config) -> Iterator[Remark]:
    """Remarks about the five addresses and their ports."""
    refused = False
    for api in _HTTP:
        entry = config.values.get(APIS[api].key)
        if entry is None:
            continue
        problem = _problem(entry.value)
        if problem:
            # The server stops at the first; the others are as wrong, and wait behind it.
            yield _refused(config, entry, problem, api, first=not refused)
            refused = True
            continue
        if seen.addresses.get(api, ("", 1))[1] == 0:
            yield say("TS-PORT-ZERO", config, entry, api=api)
        if entry.value.lower().startswith("https:") and not _certified(config) and seen.release >= _JAVA_17_SINCE:
            yield say("TS-HTTPS-BARE", config, entry, api=api)
        elif entry.value.lower().startswith("unix:") and (config.text("use_native_io") or "").lower() == "false":
            yield say("TS-UNIX-NATIVE", config, entry, api=api)
    yield from _unused(config)
    yield from _grpc(seen, config)
    if not refused:
        yield from _clashes(seen, config)
    yield from _open(seen, config)


def _problem(value: str) -> str:
    match = ADDRESS.fullmatch(value)
    if match is None:
        return _why_refused(value)
    if match[2] in ("*",):
        return "* is no address"
    port = match[3]
    if port and (len(port) > 9 or int(port) >= TOO_HIGH):
        return f"the port has to be below {TOO_HIGH}"
    return ""


def _why_refused(value: str) -> str:
    if value != value.strip():
        return "the blank at the end is part of it"
    if not re.match(r"(?i)https?://|unix:", value):
        return "it has to begin with http:// or https://"
    if "[" in value or value.count(":") > 2:
        return "no IPv6 address is taken"
    if re.fullmatch(r"(?i)https?://[^/]+/", value):
        return "no slash may stand at the end"
    if re.fullmatch(r"(?i)https?://[^/:]+/[0-9]+", value):
        return "the port follows a colon, not a slash"
    return "after http:// come a host, a colon and a port, and nothing else"


def _refused(config: Config, entry: Property, problem: str, api: str, first: bool) -> Remark:
    value = entry.value.strip().rstrip("/")
    mended = value if ADDRESS.fullmatch(value) else f"http://{value}" if ADDRESS.fullmatch(f"http://{value}") else ""
    near = re.match(r"https?://(127\.|localhost)", mended)
    edits = (replaced_value(config, entry, mended),) if near else ()
    severity: Severity | None = None if first else "info"
    return say("TS-ADDRESS", config, entry, severity, problem=problem, api=api, edits=edits)


def _unused(config: Config) -> Iterator[Remark]:
    """A certificate that no address uses."""
    entry = next((config.values[key] for key in ("private_key_file", "keystore") if config.text(key)), None)
    schemes = [config.text(APIS[api].key) or "http:" for api in _HTTP]
    if entry is None or config.true("enable_grpc_ssl") or config.true(SWITCH):
        return
    if all(each.lower().startswith("http:") for each in schemes):
        yield say("TS-TLS-UNUSED", config, entry)


def _certified(config: Config) -> bool:
    return bool(config.text("keystore") or (config.text("certificate_file") and config.text("private_key_file")))


def _grpc(seen: Seen, config: Config) -> Iterator[Remark]:
    for api in ("grpc", "grpc_management"):
        entry = config.values.get(APIS[api].key)
        if entry is not None and seen.release >= GRPC_ADDRESS_SINCE and re.search(r"://|/|:\d|^$|\s", entry.value):
            yield say("TS-GRPC-ADDRESS", config, entry, api=api)
        port = config.values.get(APIS[api].port_key)
        if port is not None and (not port.value or port.value == "-1"):
            yield say("TS-GRPC-OFF", config, port, api=api)
        elif port is not None and whole(port.value) == 0:
            yield say("TS-PORT-ZERO", config, port, api=api)
    yield from _grpc_clash(seen, config)
    secured = config.values.get("enable_grpc_ssl")
    pair = config.text("certificate_file") and config.text("private_key_file")
    if secured is not None and secured.value.lower() == "true" and not pair:
        yield say("TS-GRPC-TLS", config, secured)


def _grpc_clash(seen: Seen, config: Config) -> Iterator[Remark]:
    """A gRPC port that another listener on the same address uses."""
    for api in ("grpc", "grpc_management"):
        entry = config.values.get(APIS[api].port_key)
        own = seen.addresses.get(api)
        if entry is None or own is None or (whole(entry.value) or 0) < 1:
            continue
        metrics = config.true("enable_metrics_api", default=True)
        others = [other for other in APIS if other != api and (other != "metrics" or metrics)]
        clash = next((other for other in others if other in seen.addresses and _same(own, seen.addresses[other])), "")
        later = api == "grpc" and clash == "grpc_management" and "grpc_management_port" in config.values
        if clash and not later:
            yield say("TS-GRPC-CLASH", config, entry, other=f"the {APIS[clash].title}", api=api)


def _clashes(seen: Seen, config: Config) -> Iterator[Remark]:
    metrics = seen.addresses.get("metrics")
    entry = config.values.get("metrics_address") or config.values.get("management_address")
    for api in ("inference", "management"):
        other = seen.addresses.get(api)
        if metrics and other and entry and _same(metrics, other):
            if "metrics_address" not in config.values and seen.addresses["inference"] == seen.addresses["management"]:
                return
            yield say("TS-CLASH", config, entry, other=f"{api}_address", api="metrics")
            return
    inference, management = seen.addresses.get("inference"), seen.addresses.get("management")
    entry = config.values.get("management_address") or config.values.get("inference_address")
    if inference and management and entry and inference[1] == management[1] and inference != management:
        if _same(inference, management):
            yield say("TS-CLASH", config, entry, other="inference_address", api="management")
    elif inference and inference == management and entry and inference[0] not in _EVERYWHERE and seen.token:
        yield say("TS-ONE-LISTENER", config, entry, api="management")


def _same(one: tuple[str, int], other: tuple[str, int]) -> bool:
    return one[1] == other[1] and (one[0] == other[0] or bool({one[0], other[0]} & _EVERYWHERE))


def _open(seen: Seen, config: Config) -> Iterator[Remark]:
    if seen.where == "container":
        return
    shared = seen.addresses.get("inference") == seen.addresses.get("management")
    for api, usually in APIS.items():
        entry = config.values.get(usually.key)
        address = seen.addresses.get(api)
        if entry is None or address is None or _local(address[0]):
            continue
        if api.startswith("grpc") and seen.release < GRPC_ADDRESS_SINCE:
            continue
        if config.foreign and api != "management":
            continue
        severity = usually.in_pod if seen.where == "pod" else usually.severity
        if severity is None:
            continue
        extra = "; it shares one listener with the inference API" if api == "management" and shared else ""
        rule = "TS-OPEN-POD" if seen.where == "pod" else "TS-OPEN"
        if address[0] not in _EVERYWHERE:
            if seen.where == "pod":
                continue
            rule, severity = "TS-OPEN-ON", LESS.get(severity, "info")
        what = usually.what + extra
        yield say(rule, config, entry, severity, api=api, title=usually.title, what=what, address=address[0])


def _local(address: str) -> bool:
    """Loopback, or a name, which may be anything."""
    return address.startswith("127.") or not re.fullmatch(r"[\d.]+", address)
