"""Which token each API asks for, given that a server's own token is one switch for all its APIs."""

from __future__ import annotations

from wizard.plan import Plan, TokenKind, reachable
from wizard.servers.contract import Abilities, Adapter, ApiSpec


def asked_token(plan: Plan, spec: ApiSpec) -> TokenKind:
    """The token that a completed Plan asks for at an API, whether the server can or not."""
    found: TokenKind | None = getattr(plan.auth, spec.token_group, None) if spec.token_group else None
    return found or "none"


def token_of(plan: Plan, spec: ApiSpec, adapter: Adapter, abilities: Abilities) -> TokenKind:
    """What callers of an API must really present."""
    asked = asked_token(plan, spec)
    if spec.token_group is None or asked == "gateway-token":
        return asked
    return "server-token" if server_token_on(plan, adapter, abilities) else "none"


def server_token_on(plan: Plan, adapter: Adapter, abilities: Abilities) -> bool:
    """Whether the server's own token check is switched on: some API that is reached asks for it, or none is reached."""
    asking = [spec for spec in adapter.apis if asked_token(plan, spec) == "server-token"]
    reached = [spec for spec in adapter.apis if spec.token_group and reachable(plan, spec.api)]
    return abilities.token and bool(asking) and (not reached or any(spec in reached for spec in asking))
