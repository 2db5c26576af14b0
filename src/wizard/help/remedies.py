"""The changes that first aid fills in: from what a message says and the present answers to a patch."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wizard import registry
from wizard.cors.origins import canonical_origin
from wizard.formats.decimals import decimal
from wizard.help.situation import Situation, has_gateway, port_of, usual_ports
from wizard.plan import APIS, Gateway, Patch, patches
from wizard.session.steps.edit import try_changes

if TYPE_CHECKING:
    from wizard.help.messages import KnownMessage
    from wizard.plan import Plan


def patch_of(message: KnownMessage, case: Situation) -> Patch:
    """The patch for a message; () if there is none, or if it would be refused or change nothing."""
    if message.make:
        patch = PATCH_MAKERS[message.make](case)
    else:
        patch = tuple((key.format(api=case.api, index=case.index), value) for key, value in message.patch)
    if case.given is None or not patch:
        return patch
    after, _ = try_changes(case.given, patch)
    return _smallest(case.given, patch, after) if after is not None and after != case.given else ()


def _smallest(given: Plan, patch: Patch, after: Plan) -> Patch:
    """The patch without the values that are answered so already, where the rest of it leads to the same Plan."""
    smaller: list[tuple[str, Any]] = []
    for key, value in patch:
        present = _answered(given, key)
        if isinstance(value, dict) and isinstance(present, dict):
            smaller += ((f"{key}.{name}", part) for name, part in value.items() if present.get(name) != part)
        else:
            smaller.append((key, value))
    return tuple(smaller) if try_changes(given, tuple(smaller))[0] == after else patch


def _answered(given: Plan, key: str) -> object:
    """What stands at a dotted key among the answers that were given; None if nothing does."""
    node: object = patches.mentioned(given)
    for part in key.split("."):
        node = node.get(part) if isinstance(node, dict) else None
    return node


def _bind(case: Situation, **change: Any) -> Patch:
    """A change to the API's listener that leaves its other values as they are."""
    if case.listener is None:
        return tuple((f"bind.{case.api}.{key}", value) for key, value in change.items())
    present = {k: v for k, v in case.listener.model_dump().items() if v not in (None, "")}
    return ((f"bind.{case.api}", {**present, **change}),)


def _next_port(case: Situation) -> Patch:
    port = port_of(case.captured) or (case.listener.port if case.listener else None)
    return _bind(case, port=_free(case, port + 1)) if port else ()


def _free(case: Situation, first: int) -> int:
    listeners = [case.plan.listener(api) for api in APIS] if case.plan else []
    taken = {listener.port for listener in listeners if listener} | set(usual_ports())
    return next((port for port in range(first, 65535) if port not in taken), 18080)


def _safe_port(case: Situation) -> Patch:
    return _bind(case, port=_free(case, 8088))


def _loopback(case: Situation) -> Patch:
    port = case.listener.port if case.listener else None
    return ((f"bind.{case.api}", {"scope": "loopback", **({"port": port} if port else {})}),)


def _unbound(case: Situation) -> Patch:
    """Somebody tried to set an address where none can be set: the scope that was probably meant."""
    said = f"{case.captured.get('flag', '')} {case.text}"
    if "0.0.0.0" in said or "all_interfaces" in said:
        return _scope(case, "all")
    return _scope(case, "loopback") if "127.0.0.1" in said or "localhost" in said else ()


def _scope(case: Situation, scope: str, address: str = "", port: int | None = None) -> Patch:
    value: dict[str, Any] = {"scope": scope}
    if address:
        value["address"] = address
    kept = port or (case.listener.port if case.listener else None)
    if kept:
        value["port"] = kept
    return ((f"bind.{case.api}", value),)


def _binding(case: Situation) -> Patch:
    """What a refused listen address probably meant."""
    text = re.sub(r"^[a-zA-Z]{1,10}://", "", case.captured.get("address", "").strip("\"'")).split("/")[0]
    host, port = text, port_of({"address": text})
    if port:
        host = text.rpartition(":")[0]
    host = host.strip("[]")
    if host in ("localhost", ""):
        return _scope(case, "loopback", port=port) if host else ()
    if host == "*":
        return _scope(case, "all", port=port)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ()
    if address.is_unspecified:
        return _scope(case, "all", port=port)
    return _scope(case, "loopback", port=port) if address.is_loopback else _scope(case, "interface", host, port)


def _right_folder(case: Situation) -> Patch:
    """The parent of a version folder; any other folder is mounted as version 1 itself."""
    models = case.plan.models if case.plan else ()
    if models and models[case.index].id:
        return ()
    path = models[case.index].path if models else case.captured.get("path", "")
    trimmed = path.rstrip("/")
    parent, _, last = trimmed.rpartition("/")
    numbered = last.isascii() and last.isdigit()
    if case.plan is not None and not models:
        name = case.captured.get("model", "model")
        return (("models.0", {"name": name, "path": parent if numbered and parent else trimmed}),) if trimmed else ()
    key = f"models.{case.index}"
    if numbered or case.plan is None:
        return ((f"{key}.path", parent or "."),) if trimmed else ()
    return ((f"{key}.as_version", 1),)


def _with_origin(case: Situation) -> list[str] | None:
    """The present origins plus the page's; None if there is nothing to add."""
    origin = case.captured.get("origin", "")
    verdict = canonical_origin(origin) if origin else None
    if verdict is None or not verdict.accepted or verdict.value is None:
        return None
    present = [] if case.rule.origins == ("*",) else list(case.rule.origins)
    return [*present, verdict.value] if verdict.value not in present else None


def _add_origin(case: Situation) -> Patch:
    origins = _with_origin(case) if case.rule.origins != ("*",) else None
    return ((f"cors.{case.api}.origins", origins),) if origins else ()


def _name_with_cookies(case: Situation) -> Patch:
    origins = _with_origin(case)
    if not origins and case.rule.origins in ((), ("*",)):
        return ()  # cookies need listed origins: neither none nor all
    named: Patch = ((f"cors.{case.api}.origins", origins),) if origins else ()
    return (*named, (f"cors.{case.api}.credentials", True))


def _added(case: Situation, key: str, present: tuple[str, ...], value: str) -> Patch:
    more = () if value in present else ((f"cors.{case.api}.{key}", [*present, value]),)
    return (*_add_origin(case), *more)


def _add_method(case: Situation) -> Patch:
    method = case.captured.get("method", "").upper()
    return _added(case, "methods", case.rule.methods, method) if method else ()


def _add_header(case: Situation) -> Patch:
    header = case.captured.get("header", "").lower()
    return _added(case, "headers", case.rule.headers, header) if header else ()


def _add_content_type(case: Situation) -> Patch:
    if case.plan is None or not case.rule.origins:
        return ()
    return _added(case, "headers", case.rule.headers, "content-type")


def _add_name(case: Situation) -> Patch:
    host = case.captured.get("host", "").rstrip(".").lower()
    names = case.plan.gateway.names if case.plan else ()
    return (("gateway.names", [*names, host]),) if host and host not in names else ()


def _gateway(case: Situation) -> Gateway:
    return case.plan.gateway if case.plan else Gateway()


def _larger_body(case: Situation) -> Patch:
    """Only if there is a gateway; its limit is not the server's."""
    if case.given is None or not has_gateway(case.given):
        return ()
    return (("gateway.max_body_mib", min(2048, _gateway(case).max_body_mib * 2)),)


def _higher_rate(case: Situation) -> Patch:
    return (("gateway.requests_per_second", min(100_000, _gateway(case).requests_per_second * 2)),)


def _serve_version(case: Situation) -> Patch:
    """Also serve the version that a label names, if versions are chosen."""
    model = case.plan.models[case.index] if case.plan and case.plan.models else None
    version = decimal(case.captured.get("version", ""), 20)
    if model is None or version is None or model.versions == "all":
        return ()
    if model.versions == "latest":
        return ((f"models.{case.index}.versions", "all"),)
    return ((f"models.{case.index}.versions", sorted({*model.versions, version})),)


def _all_versions(case: Situation) -> Patch:
    """Every version in the folder, if the list named one that does not exist."""
    model = case.plan.models[case.index] if case.plan and case.plan.models else None
    listed = model is not None and not isinstance(model.versions, str)
    return ((f"models.{case.index}.versions", "all"),) if listed else ()


def _newest_version(case: Situation) -> Patch:
    if case.plan is None:
        return ()
    newest = registry.adapter(case.plan.server).versions[0]
    return (("version", newest),) if case.plan.version != newest else ()


def _encrypt(case: Situation) -> Patch:
    wanted = case.plan is None or case.plan.tls.mode == "off"
    return (("tls", {"mode": "self-signed"}),) if wanted else ()


def _token(case: Situation) -> Patch:
    """Web pages cannot present the server's own token; programs have to send it."""
    return (("auth.inference", "gateway-token"),) if case.plan and case.plan.cors.inference.origins else ()


PATCH_MAKERS: dict[str, Callable[[Situation], Patch]] = {
    "add_content_type": _add_content_type,
    "add_header": _add_header,
    "add_method": _add_method,
    "add_name": _add_name,
    "add_origin": _add_origin,
    "all_versions": _all_versions,
    "binding": _binding,
    "encrypt": _encrypt,
    "higher_rate": _higher_rate,
    "larger_body": _larger_body,
    "loopback": _loopback,
    "name_with_cookies": _name_with_cookies,
    "newest_version": _newest_version,
    "next_port": _next_port,
    "right_folder": _right_folder,
    "safe_port": _safe_port,
    "serve_version": _serve_version,
    "token": _token,
    "unbound": _unbound,
}
