"""The reach table as people read it, with one row for callers with the token and one for those without."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, NamedTuple, get_args

from wizard.deployment import Deployment, Endpoint
from wizard.exposure.reach import Cell, May, ReachAudience, audience_title, reach_of

_Holder = Literal["containers", "lan", "internet", "local-users"]
_HOLDERS: tuple[_Holder, ...] = get_args(_Holder)
"""Who may have been given a token. Web pages other than your own were not."""
_SELDOM: tuple[ReachAudience, ...] = ("page-rebinding",)
"""Left out of the short form unless one of them gets in."""


class TokenRow(NamedTuple):
    """One kind of caller of one API."""

    audience: ReachAudience
    who: str
    send: May
    read: May
    run: May
    why: str
    token: bool | None = None
    """Whether this row is about those with the token; None if a token makes no difference."""

    @property
    def gets_in(self) -> bool:
        """Whether it may do anything at all."""
        return "yes" in (self.send, self.read) or "prompt" in (self.send, self.read)


def rows(deployment: Deployment, cells: tuple[Cell, ...], api: str) -> tuple[TokenRow, ...]:
    """The rows of one API. `cells`: the result of `reach` for this Deployment."""
    endpoint = deployment.endpoint(api)
    if endpoint is None:
        return ()
    asked = any(door.token != "none" and door.way(who) for door in endpoint.access.doors for who in _HOLDERS)
    trusted = {c.audience: c for c in reach_of(deployment, _without_token(endpoint), _HOLDERS)} if asked else {}
    front = endpoint.access.front
    at_front = front is not None and front.token != "none"  # a page can use no other door
    pages = " or ".join(endpoint.cors.origins)
    found: list[TokenRow] = []
    for cell in (c for c in cells if c.api == api):
        title = f"a page of {pages}" if cell.audience == "page-allowed" else audience_title(deployment, cell.audience)
        found += _split(at_front, cell, trusted.get(cell.audience, cell), title)
    return tuple(found)


def _split(at_front: bool, cell: Cell, trusted: Cell, title: str) -> list[TokenRow]:
    own_page = cell.audience == "page-allowed"
    plain = TokenRow(cell.audience, title, cell.send, cell.read, cell.run, cell.why)
    if own_page and at_front and cell.send != "no":
        refused = TokenRow(cell.audience, f"{title}, without", "no", "no", "no", "It has no token.", False)
        return [plain._replace(who=f"{title}, with the token", token=True), refused]
    if cell.audience not in _HOLDERS or (trusted.send, trusted.read) == (cell.send, cell.read):
        return [plain]
    holder = TokenRow(cell.audience, f"{title}, with the token", trusted.send, trusted.read, trusted.run, "", True)
    return [holder, plain._replace(who=f"{title}, without", token=False)]


def short(found: tuple[TokenRow, ...]) -> tuple[TokenRow, ...]:
    """Rows for callers that are rarely thought of, hidden as long as they get nothing."""
    return tuple(row for row in found if row.gets_in or row.audience not in _SELDOM)


def _without_token(endpoint: Endpoint) -> Endpoint:
    """The same for somebody who has the token: as if none were needed."""
    doors = tuple(replace(door, token="none") for door in endpoint.access.doors)
    return replace(endpoint, auth="none", access=replace(endpoint.access, doors=doors))
