"""The Fetch standard, and where Chromium differs from it."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.errors import WizardError


@dataclass(frozen=True, slots=True)
class Profile:
    """Which browser to model. Every switch is off for the standard."""

    name: str
    authorization_by_wildcard: bool = False
    """Access-Control-Allow-Headers: * also covers Authorization. Do not rely on it."""
    user_agent_dropped: bool = False
    """A User-Agent set by a script is ignored instead of causing a preflight."""
    local_network_access: bool = False
    """Pages from data: addresses, and public pages without permission, cannot reach loopback and private addresses."""

    # The other switches are minor, were measured later (Chromium 156), and decide none of the recorded cases.
    client_hints_safelisted: bool = False
    """Save-Data, DPR and similar headers need no preflight, and are dropped when a redirect leaves the origin."""
    joins_headers: bool = False
    """Two request headers with the same name count as one with both values; in the standard they are two."""
    upload_listener_needs_body: bool = False
    """A listener on XMLHttpRequest.upload causes a preflight only if there is something to upload."""
    redirect_needs_location: bool = False
    """The location is checked before the redirect mode: without one, the answer is ordinary; an unreadable one is an
    error."""
    refuses_redirect_userinfo: bool = False
    """fetch() does not follow redirects to an address with a name or password, even within an origin or with no-
    cors."""
    zero_host_is_local: bool = False
    """http://0.0.0.0 is not blocked as mixed content (the console shows a warning)."""


STANDARD = Profile("standard")
CHROMIUM = Profile(
    "chromium",
    authorization_by_wildcard=True,
    user_agent_dropped=True,
    local_network_access=True,
    client_hints_safelisted=True,
    joins_headers=True,
    upload_listener_needs_body=True,
    redirect_needs_location=True,
    refuses_redirect_userinfo=True,
    zero_host_is_local=True,
)
PROFILES = {profile.name: profile for profile in (STANDARD, CHROMIUM)}


def profile_named(name: str | Profile) -> Profile:
    """The profile with this name. WizardError for an unknown one."""
    if isinstance(name, Profile):
        return name
    if name not in PROFILES:
        raise WizardError(f"There is no browser profile {name!r}.", hint=f"The profiles are {' and '.join(PROFILES)}.")
    return PROFILES[name]
