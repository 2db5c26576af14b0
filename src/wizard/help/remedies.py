"""The changes that first aid fills in: from what a message says, and the present answers, to a patch."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from wizard.plan import APIS, Api, CorsRule, Gateway, Listener, Plan

if TYPE_CHECKING:
    from wizard.help.firstaid import Message

Changes = tuple[tuple[str, Any], ...]
_USUAL: dict[int, Api] = {
    8080: "inference",
    8081: "management",
    8082: "metrics",
    7070: "grpc",
    7071: "grpc_management",
    8500: "grpc",
    8501: "inference",
}


@dataclass(frozen=True, slots=True)
class Case:
    """One message in the light of the present answers."""

    captured: Mapping[str, str]
    plan: Plan | None
    """Completed with the server's defaults; None where nothing is known about the deployment."""
    given: Plan | None
    """As the user gave it."""
    api: Api
    text: str

    @classmethod
    def of(cls, captured: Mapping[str, str], plan: Plan | None, step: str, text: str) -> Case:
        """Work out which API the message speaks of: by port, else the inference API."""
        from wizard.errors import WizardError
        from wizard.placement.resolve import complete

        whole: Plan | None = None
        if plan is not None:
            try:
                whole = complete(plan)
            except WizardError:
                whole = plan
        named = step.partition(".")[2]
        api = _api(captured, whole) if named == "{api}" else named if named in APIS else "inference"
        if step.startswith("cors") and api not in ("inference", "management"):
            api = "inference"
        return cls(captured, whole, plan, api, text)

    @property
    def rule(self) -> CorsRule:
        """The present CORS rule of the API."""
        return self.plan.cors_rule(self.api) if self.plan else CorsRule()

    @property
    def listener(self) -> Listener | None:
        """The present listener of the API."""
        return self.plan.listener(self.api) if self.plan else None

    @property
    def index(self) -> int:
        """The place of the model that the message names, 0 where it names none."""
        name = self.captured.get("model", "")
        models = self.plan.models if self.plan else ()
        return next((at for at, model in enumerate(models) if model.name == name), 0)


def patch_of(message: Message, case: Case) -> Changes:
    """The patch of a message; () where there is none, or where it would be refused or change nothing."""
    if message.make:
        patch = MAKERS[message.make](case)
    else:
        patch = tuple((key.format(api=case.api, index=case.index), value) for key, value in message.patch)
    if case.given is None or not patch:
        return patch
    from wizard.session.steps.edit import try_changes

    after, _ = try_changes(case.given, patch)
    return patch if after is not None and after != case.given else ()


def _port(captured: Mapping[str, str]) -> int | None:
    text = captured.get("port", "")
    if not text and "url" in captured:
        try:
            parts = urlsplit(captured["url"])
            return parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        except ValueError:
            return None
    if not text and "address" in captured:
        tail = re.search(r":([0-9]{1,5})$", captured["address"])
        text = tail.group(1) if tail else ""
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < 65536 else None


def _api(captured: Mapping[str, str], plan: Plan | None) -> Api:
    port = _port(captured)
    for api in APIS:
        listener = plan.listener(api) if plan else None
        if port and listener is not None and listener.port == port:
            return api
    known = _USUAL.get(port or 0, "inference")
    return known if plan is None or plan.listener(known) is not None else "inference"


def _bind(case: Case, **change: Any) -> Changes:
    """A change of the API's listener that leaves the rest of it as it is."""
    if case.listener is None:
        return tuple((f"bind.{case.api}.{key}", value) for key, value in change.items())
    present = {k: v for k, v in case.listener.model_dump().items() if v not in (None, "")}
    return ((f"bind.{case.api}", {**present, **change}),)


def _next_port(case: Case) -> Changes:
    port = _port(case.captured) or (case.listener.port if case.listener else None)
    return _bind(case, port=_free(case, port + 1)) if port else ()


def _free(case: Case, first: int) -> int:
    listeners = [case.plan.listener(api) for api in APIS] if case.plan else []
    taken = {listener.port for listener in listeners if listener} | set(_USUAL)
    return next((port for port in range(first, 65535) if port not in taken), 18080)


def _safe_port(case: Case) -> Changes:
    return _bind(case, port=_free(case, 8088))


def _loopback(case: Case) -> Changes:
    port = case.listener.port if case.listener else None
    return ((f"bind.{case.api}", {"scope": "loopback", **({"port": port} if port else {})}),)


def _unbound(case: Case) -> Changes:
    """Somebody tried to set an address where none can be set: the scope that was meant."""
    said = f"{case.captured.get('flag', '')} {case.text}"
    if "0.0.0.0" in said or "all_interfaces" in said:
        return _scope(case, "all")
    return _scope(case, "loopback") if "127.0.0.1" in said or "localhost" in said else ()


def _scope(case: Case, scope: str, address: str = "", port: int | None = None) -> Changes:
    value: dict[str, Any] = {"scope": scope}
    if address:
        value["address"] = address
    kept = port or (case.listener.port if case.listener else None)
    if kept:
        value["port"] = kept
    return ((f"bind.{case.api}", value),)


def _binding(case: Case) -> Changes:
    """What a refused TorchServe address probably meant."""
    text = re.sub(r"^[a-zA-Z]{1,10}://", "", case.captured.get("address", "").strip("\"'")).split("/")[0]
    host, port = text, _port({"address": text})
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


def _right_folder(case: Case) -> Changes:
    """The parent of a version folder; any other folder is mounted as version 1 itself."""
    models = case.plan.models if case.plan else ()
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


def _with_origin(case: Case) -> list[str] | None:
    """The present origins and the page's; None where nothing is to be added."""
    origin = case.captured.get("origin", "")
    from wizard.cors.origins import canonical_origin

    verdict = canonical_origin(origin) if origin else None
    if verdict is None or not verdict.accepted or verdict.value is None:
        return None
    present = [] if case.rule.origins == ("*",) else list(case.rule.origins)
    return [*present, verdict.value] if verdict.value not in present else None


def _add_origin(case: Case) -> Changes:
    origins = _with_origin(case) if case.rule.origins != ("*",) else None
    return ((f"cors.{case.api}.origins", origins),) if origins else ()


def _name_with_cookies(case: Case) -> Changes:
    origins = _with_origin(case)
    named: Changes = ((f"cors.{case.api}.origins", origins),) if origins else ()
    return (*named, (f"cors.{case.api}.credentials", True))


def _added(case: Case, key: str, present: tuple[str, ...], value: str) -> Changes:
    more = () if value in present else ((f"cors.{case.api}.{key}", [*present, value]),)
    return (*_add_origin(case), *more)


def _add_method(case: Case) -> Changes:
    return _added(case, "methods", case.rule.methods, case.captured["method"].upper())


def _add_header(case: Case) -> Changes:
    return _added(case, "headers", case.rule.headers, case.captured["header"].lower())


def _add_content_type(case: Case) -> Changes:
    if case.plan is None or not case.rule.origins:
        return ()
    return _added(case, "headers", case.rule.headers, "content-type")


def _add_name(case: Case) -> Changes:
    host = case.captured.get("host", "").rstrip(".").lower()
    names = case.plan.gateway.names if case.plan else ()
    return (("gateway.names", [*names, host]),) if host and host not in names else ()


def _gateway(case: Case) -> Gateway:
    return case.plan.gateway if case.plan else Gateway()


def _larger_body(case: Case) -> Changes:
    return (("gateway.max_body_mib", min(2048, _gateway(case).max_body_mib * 2)),)


def _higher_rate(case: Case) -> Changes:
    return (("gateway.requests_per_second", min(100_000, _gateway(case).requests_per_second * 2)),)


def _encrypt(case: Case) -> Changes:
    wanted = case.plan is None or case.plan.tls.mode == "off"
    return (("tls", {"mode": "self-signed"}),) if wanted else ()


def _token(case: Case) -> Changes:
    """Web pages cannot present TorchServe's own token; programs have to send it."""
    return (("auth.inference", "gateway-token"),) if case.plan and case.plan.cors.inference.origins else ()


MAKERS: dict[str, Callable[[Case], Changes]] = {
    "add_content_type": _add_content_type,
    "add_header": _add_header,
    "add_method": _add_method,
    "add_name": _add_name,
    "add_origin": _add_origin,
    "binding": _binding,
    "encrypt": _encrypt,
    "higher_rate": _higher_rate,
    "larger_body": _larger_body,
    "loopback": _loopback,
    "name_with_cookies": _name_with_cookies,
    "next_port": _next_port,
    "right_folder": _right_folder,
    "safe_port": _safe_port,
    "token": _token,
    "unbound": _unbound,
}
