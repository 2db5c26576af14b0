"""The CORS check and the preflight check of the Fetch standard; each raises Stop with the rule that decides."""

from __future__ import annotations

from wizard.cors.exchange import Response
from wizard.cors.headers import get, get_tokens
from wizard.cors.origin_traits import same_site
from wizard.cors.profile import Profile
from wizard.cors.request import Stop
from wizard.cors.safelist import SAFE_METHODS

_NON_WILDCARD_NAME = "authorization"


def cors_check(stage: str, response: Response, origin: str, include: bool) -> str:
    """Rule id "origin-named" or "wildcard" if the answer may be read.

    `stage` is "preflight" or "response"; `origin` is the value of the request's Origin header; `include`: whether the
    credentials mode is include.
    """
    allowed = get(response.headers, "access-control-allow-origin")
    if allowed is None:
        raise Stop(f"{stage}-missing-allow-origin", status=str(response.status), origin=origin)
    if allowed == "*" and not include:
        return "wildcard"
    if allowed != origin:
        rule = "wildcard-with-credentials" if allowed == "*" else "allow-origin-mismatch"
        raise Stop(f"{stage}-{rule}", value=_shown(allowed), origin=origin)
    if include:
        credentials = get(response.headers, "access-control-allow-credentials")
        if credentials != "true":
            raise Stop(f"{stage}-allow-credentials-not-true", value=_shown(credentials), origin=origin)
    return "origin-named"


def preflight_check(
    response: Response, method: str, names: tuple[str, ...], origin: str, include: bool, profile: Profile
) -> None:
    """Whether the answer to a preflight allows the method and the headers `names` (lower case)."""
    cors_check("preflight", response, origin, include)
    if not 200 <= response.status <= 299:
        raise Stop("preflight-status", status=str(response.status))
    methods = _tokens(response, "access-control-allow-methods", "preflight-methods-unparsable")
    listed = _tokens(response, "access-control-allow-headers", "preflight-headers-unparsable")
    allowed = {name.lower() for name in listed}
    if method not in methods and method not in SAFE_METHODS and (include or "*" not in methods):
        raise Stop("preflight-method-not-allowed", method=method, value=", ".join(methods) or "no method")
    any_header = "*" in allowed and not include
    by_wildcard = any_header and profile.authorization_by_wildcard
    if _NON_WILDCARD_NAME in names and _NON_WILDCARD_NAME not in allowed and not by_wildcard:
        raise Stop("preflight-authorization-not-listed")
    missing = [name for name in names if name not in allowed]
    if missing and not any_header:
        raise Stop("preflight-header-not-allowed", header=missing[0])


def _tokens(response: Response, name: str, rule: str) -> list[str]:
    found = get_tokens(response.headers, name)
    if found is None:
        raise Stop(rule, value=_shown(get(response.headers, name)))
    return found


def resource_policy_check(response: Response, origin: str, url_origin: str) -> None:
    """Cross-Origin-Resource-Policy, for an answer that a page gets without CORS."""
    policy = get(response.headers, "cross-origin-resource-policy")
    if policy == "same-origin" and origin != url_origin:
        raise Stop("cross-origin-resource-policy", value=policy)
    if policy == "same-site" and not _near(origin, url_origin):
        raise Stop("cross-origin-resource-policy", value=policy)


def _near(origin: str, url_origin: str) -> bool:
    """Same site, ignoring the scheme, except that an https answer needs an https page."""
    if url_origin.startswith("https:") and not origin.startswith("https:"):
        return False
    as_https = [f"https:{text.partition(':')[2]}" for text in (origin, url_origin)]
    return origin != "null" and same_site(*as_https)


def _shown(value: str | None) -> str:
    """A header value, formatted for a sentence."""
    if value is None:
        return "nothing"
    return f'"{value}"' if value else "an empty value"
