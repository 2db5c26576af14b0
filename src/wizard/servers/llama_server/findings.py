"""Findings that any llama-server has, and what its own switches mean."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment import Deployment, Endpoint
from wizard.deployment.common_remedies import GATEWAY_IN_FRONT, IN_DOCKER
from wizard.deployment.finding import Catalogue, Finding, remedy
from wizard.plan import Plan
from wizard.servers.llama_server import layout
from wizard.servers.llama_server.knowledge import knowledge
from wizard.severity import Severity

TEXTS = Catalogue("wizard.servers.llama_server", "findings.toml")
_KEY = remedy("Use its own key", auth__inference="server-token")
_WHOLE_NUMBERS = ("f32", "f16", "bf16")
"""Number formats of the V cache that need no flash attention."""
_NEWEST = remedy("Use the newest build", version="")


def find(deployment: Deployment) -> Iterator[Finding]:
    """Every finding that only llama-server has."""
    front = layout.front(deployment)
    if front.served_by == "server" and front.scope != "off":
        yield from _direct(deployment, front)
    yield from _settings(deployment.plan)
    if layout.fetches(deployment.plan):
        yield TEXTS.finding("LLAMA-FETCHES", variant="" if deployment.plan.native else "docker")
    if layout.several(deployment.plan) and not deployment.networks:
        yield TEXTS.finding("LLAMA-CHILDREN-OPEN", remedies=(IN_DOCKER,))
    if not deployment.plan.native and (layout.native_tls(deployment) or front.scope == "socket"):
        yield TEXTS.finding("LLAMA-IMAGE-HEALTH", remedies=(GATEWAY_IN_FRONT,) if layout.native_tls(deployment) else ())


def _settings(plan: Plan) -> Iterator[Finding]:
    """Settings that cannot be combined, or that crash the server."""
    given = plan.settings.given
    values, flash = given.get("cache_type_v", "f16"), given.get("flash_attention")
    if flash == "off" and values not in _WHOLE_NUMBERS:
        fixes = (
            remedy("Let the server choose flash attention", settings__flash_attention=None),
            remedy("Keep the V cache at f16", settings__cache_type_v=None),
        )
        yield TEXTS.finding("LLAMA-CACHE-NEEDS-FLASH", remedies=fixes)
    if given.get("embedding") is True and knowledge().has(layout.build(plan), "embedding_ends"):
        yield TEXTS.finding("LLAMA-EMBEDDING-ENDS", remedies=(remedy("Leave them off", settings__embedding=None),))


def _direct(deployment: Deployment, front: Endpoint) -> Iterator[Finding]:
    """What callers can do if no gateway limits them."""
    if deployment.server_token:
        if not knowledge().has(layout.build(deployment.plan), "models_need_key"):
            yield TEXTS.finding("LLAMA-MODELS-OPEN", api=front.api, remedies=(_NEWEST, GATEWAY_IN_FRONT))
    elif front.scope != "socket":
        yield from _without_key(front)
    if layout.several(deployment.plan):
        variant = "key" if deployment.server_token else ""
        level: Severity = "low" if deployment.server_token or front.scope == "socket" else "high"
        yield TEXTS.finding("CALLER-CONTROLS-MODELS", level, front.api, (GATEWAY_IN_FRONT,), variant=variant)


def _without_key(front: Endpoint) -> Iterator[Finding]:
    severity: Severity = "high" if front.beyond_loopback else "medium"
    yield TEXTS.finding("LLAMA-NO-KEY", severity, front.api, (_KEY, GATEWAY_IN_FRONT))
    yield TEXTS.finding("LLAMA-TELLS", api=front.api, remedies=(_KEY, GATEWAY_IN_FRONT))
    if front.published:
        yield TEXTS.finding("LLAMA-ANY-CONTENT-TYPE", api=front.api, remedies=(_KEY, GATEWAY_IN_FRONT))
