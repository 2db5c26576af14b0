"""From what a script writes to the request a browser starts with (the Request constructor and XMLHttpRequest)."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.cors.exchange import CallingPage, PageRequest
from wizard.cors.headers import Headers, is_forbidden_header, is_forbidden_method, is_token, is_valid_value
from wizard.cors.profile import Profile
from wizard.cors.safelist import SAFE_METHODS, is_no_cors_safelisted
from wizard.cors.urls import Url, parse

_NORMALISED = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"})
_MODES = frozenset({"cors", "no-cors", "same-origin"})
_STRING_TYPE = "text/plain;charset=UTF-8"


class Stop(Exception):  # noqa: N818 - not an error: it carries the rule that decides
    """A rule has decided. `facts` fill in the placeholders of the rule's sentence."""

    def __init__(self, rule: str, **facts: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that may go out: names and values checked, forbidden headers dropped, method normalised."""

    url: Url
    method: str
    headers: Headers
    mode: str
    force_preflight: bool


def prepare(page: CallingPage, request: PageRequest, profile: Profile) -> Prepared:
    """The request a browser makes from what a script wrote. Raises Stop if the browser refuses."""
    mode = "cors" if request.xhr else request.mode
    if mode not in _MODES:
        raise Stop("invalid-mode", mode=mode)
    url = _url(page, request)
    method = normalise_method(request.method)
    if mode == "no-cors" and method not in SAFE_METHODS:
        raise Stop("no-cors-method", method=method)
    has_body = request.stream or request.body is not None or request.body_type is not None
    if has_body and method in ("GET", "HEAD"):
        if not request.xhr:
            raise Stop("body-with-get", method=method)
        has_body = False
    headers = _headers(request, mode, profile, has_body)
    listens = request.xhr and request.upload_listener
    force = request.stream or (listens and (has_body or not profile.upload_listener_needs_body))
    return Prepared(url, method, headers, mode, force)


def normalise_method(method: str) -> str:
    """The method as it is sent: six names are changed to upper case, but `patch`, for example, is not.

    Raises Stop if refused.
    """
    if not is_token(method):
        raise Stop("invalid-method", method=method)
    if is_forbidden_method(method):
        raise Stop("forbidden-method", method=method)
    return method.upper() if method.upper() in _NORMALISED else method


def _url(page: CallingPage, request: PageRequest) -> Url:
    base = None if page.origin == "null" else f"{page.origin}/"
    url = parse(request.url, base) if base is None or parse(base) else parse(request.url)
    if url is None:
        raise Stop("invalid-url", url=request.url)
    if url.userinfo and not request.xhr:
        raise Stop("url-credentials")
    return url


def _headers(request: PageRequest, mode: str, profile: Profile, has_body: bool) -> Headers:
    kept: list[tuple[str, str]] = []
    for name, value in request.headers:
        if not is_token(name) or not is_valid_value(value):
            raise Stop("invalid-header", header=name)
        joined = request.xhr or profile.joins_headers
        _append(kept, name, value.strip(" \t\r\n"), mode, joined)
    if profile.user_agent_dropped:
        kept = [pair for pair in kept if pair[0].lower() != "user-agent"]
    if has_body and not any(name.lower() == "content-type" for name, _ in kept):
        body_type = _STRING_TYPE if request.body_type is None and not request.stream else request.body_type
        if body_type:
            _append(kept, "Content-Type", body_type, mode, False)
    return tuple(kept)


def _append(kept: list[tuple[str, str]], name: str, value: str, mode: str, combine: bool) -> None:
    """Add a header unless the browser drops it; `combine` joins it to an earlier one of its name."""
    if is_forbidden_header(name, value):
        return
    if mode == "no-cors":
        earlier = [text for key, text in kept if key.lower() == name.lower()]
        if not is_no_cors_safelisted(name, ", ".join([*earlier, value])):
            return
    if combine:
        for place, (key, text) in enumerate(kept):
            if key.lower() == name.lower():
                kept[place] = (key, f"{text}, {value}")
                return
    kept.append((name, value))
