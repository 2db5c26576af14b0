"""One message together with the present answers: which API, which model, which key of the answers file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from wizard import registry
from wizard.errors import WizardError
from wizard.formats.decimals import counted
from wizard.placement.defaults import complete
from wizard.placement.resolve import resolve
from wizard.plan import APIS, Api, CorsRule, Listener, Plan

_KEYS = {
    "who.audiences": "audiences",
    "protect.inference.token": "auth.inference",
    "protect.management.token": "auth.management",
    "protect.gateway.max_body": "gateway.max_body_mib",
    "protect.gateway.rate": "gateway.requests_per_second",
}
"""Questions with another name than their key."""


@dataclass(frozen=True, slots=True)
class Situation:
    """One message together with the present answers."""

    captured: Mapping[str, str]
    plan: Plan | None
    """Completed with the server's defaults; None if nothing is known about the deployment."""
    given: Plan | None
    """As the user gave it."""
    api: Api
    text: str

    @classmethod
    def of(cls, captured: Mapping[str, str], plan: Plan | None, step: str, text: str) -> Situation:
        """Find out which API the message is about: by port, else the inference API."""
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
        """The position of the model that the message names, 0 if it names none."""
        name = self.captured.get("model", "")
        models = self.plan.models if self.plan else ()
        return next((at for at, model in enumerate(models) if model.name == name), 0)

    def key(self, step: str, field: str) -> str:
        """The answers-file key of a question; "" = none."""
        group, _, part = step.partition(".")
        if f"{step}.{field}" in _KEYS:
            return _KEYS[f"{step}.{field}"]
        if not field or group not in ("model", "start", "bind", "cors", "protect"):
            return ""
        place = {"model": f"models.{self.index}", "start": part, "protect": part}.get(group, step)
        return f"{place}.{field}" if place else field


def has_gateway(plan: Plan) -> bool:
    """Whether this deployment has a gateway; True if unknown."""
    try:
        return resolve(plan).has_gateway
    except WizardError:
        return True


def usual_ports() -> tuple[int, ...]:
    """The default ports of every server, which other services should not use."""
    return tuple(_usual(""))


@cache
def _usual(server: str) -> Mapping[int, Api]:
    """The default ports of a server; of every server if none is known. If APIs share a port, the first is meant."""
    names = (server,) if server else registry.names()
    found: dict[int, Api] = {}
    for spec in (spec for name in names for spec in registry.adapter(name).apis):
        found.setdefault(spec.port, spec.api)
    return found


def port_of(captured: Mapping[str, str]) -> int | None:
    """The port that a message names, alone or in a URL or an address; None if it names none."""
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
    return counted(text, 65535) or None


def _api(captured: Mapping[str, str], plan: Plan | None) -> Api:
    port = port_of(captured)
    for api in APIS:
        listener = plan.listener(api) if plan else None
        if port and listener is not None and listener.port == port:
            return api
    known = _usual(plan.server if plan else "").get(port or 0, "inference")
    return known if plan is None or plan.listener(known) is not None else "inference"
