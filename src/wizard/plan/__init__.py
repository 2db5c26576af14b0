"""What is wanted: the Plan, its parts, and changes to it.

One frozen value holds every decision of the user and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import names_of

if TYPE_CHECKING:
    from wizard.plan import answers as answers
    from wizard.plan import patches as patches
    from wizard.plan import refusals as refusals
    from wizard.plan import settings as settings
    from wizard.plan.intents import Intent
    from wizard.plan.parts import (
        APIS,
        METHODS,
        OUTSIDE_AUDIENCES,
        PAGE_AUDIENCES,
        SCOPES,
        Api,
        Audience,
        Auth,
        Bind,
        ByApi,
        Cors,
        CorsRule,
        Gateway,
        Listener,
        Model,
        Run,
        Scope,
        Tls,
        TokenKind,
    )
    from wizard.plan.patches import Patch, apply_patch, to_data
    from wizard.plan.settings import Settings
    from wizard.plan.values import Plan, scope_intent

__all__ = [
    "APIS",
    "METHODS",
    "OUTSIDE_AUDIENCES",
    "PAGE_AUDIENCES",
    "SCOPES",
    "Api",
    "Audience",
    "Auth",
    "Bind",
    "ByApi",
    "Cors",
    "CorsRule",
    "Gateway",
    "Intent",
    "Listener",
    "Model",
    "Patch",
    "Plan",
    "Run",
    "Scope",
    "Settings",
    "Tls",
    "TokenKind",
    "apply_patch",
    "scope_intent",
    "to_data",
]

if not TYPE_CHECKING:
    __getattr__ = names_of(__name__, __all__, ("intents", "parts", "settings", "patches", "values"))
