"""What a deployment is, in a few lines for a person: what runs, where it answers, who gets in."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from wizard import console
from wizard.cli import draw
from wizard.exposure.reach import reach
from wizard.exposure.token_rows import rows

if TYPE_CHECKING:
    from wizard.deployment import Deployment, Endpoint
    from wizard.exposure.token_rows import TokenRow
    from wizard.machine.project import Project

_HEAD = 16
_NARROWEST = 40
_WHO = {
    "this-process": "you",
    "local-users": "other users of this machine",
    "page-allowed": "those pages",
    "page-other": "any page opened here",
    "page-rebinding": "pages by DNS rebinding",
    "containers": "containers on its network",
    "lan": "your networks",
    "internet": "the internet",
}
_CERTIFICATES = {"self-signed": "trial certificate", "files": "your certificate"}


def talk(made: Project) -> None:
    """The lines on standard error, wrapped where a person reads a terminal."""
    for head, text in _lines(made):
        paragraph(head, text)


def paragraph(head: str, text: str) -> None:
    """A line with a heading; its further lines are below its text."""
    whole = f"{head:<{_HEAD}}" + text
    if draw.person(error=True):
        width = max(_NARROWEST, shutil.get_terminal_size().columns)
        wrapped = textwrap.wrap(whole, width, subsequent_indent=" " * _HEAD, break_on_hyphens=False)
    else:
        wrapped = [whole]
    for line in wrapped:
        console.talk(line)


def _lines(made: Project) -> Iterator[tuple[str, str]]:
    deployment = made.deployment
    for model in made.plan.models:
        report = made.reports.get(model.name)
        numbers = ", ".join(map(str, report.numbers)) if report else ""
        what = (report.title if report else "") or "a model"
        yield f"{model.name} ", f"{what}{f', versions {numbers}' if numbers else ''} → {_runs(deployment)}"
    endpoint = deployment.endpoint("inference")
    if endpoint is None or endpoint.closed:
        yield "answers at", "nowhere: its inference API is off"
        return
    yield "answers at", _answers(deployment, endpoint)
    if endpoint.cors.origins:
        yield "pages", _pages(endpoint)
    yield from _callers(deployment)


def _runs(deployment: Deployment) -> str:
    where = f"in {deployment.engine.title}" if deployment.plan.contained else "on this machine"
    behind = ", behind a gateway" if deployment.has_gateway else ""
    return f"{deployment.title} {deployment.plan.version} {where}{behind}"


def _answers(deployment: Deployment, endpoint: Endpoint) -> str:
    path = deployment.socket(endpoint.api)
    socket = f"unix socket {path}" if path else ""
    inside = f"{endpoint.served_by}:{endpoint.inner_port} for containers on its network"
    more = "token" if endpoint.auth != "none" else "no token"
    encrypted = f" · {_CERTIFICATES.get(deployment.plan.tls.mode, 'encrypted')}" if endpoint.tls else ""
    return f"{socket or endpoint.place or inside}   {more}{encrypted}"


def _pages(endpoint: Endpoint) -> str:
    if endpoint.cors.origins == ("*",):
        return "any page may read answers"
    cookies = "cookies · " if endpoint.cors.credentials else ""
    return f"{', '.join(endpoint.cors.origins)}   {cookies}{', '.join(endpoint.cors.headers)}"


def _callers(deployment: Deployment) -> Iterator[tuple[str, str]]:
    found = rows(deployment, reach(deployment), "inference")
    # Who gets in without a token needs no second mention with one.
    inside = [row for row in found if row.gets_in]
    plain, holding = [row for row in inside if not row.token], [row for row in inside if row.token]
    who = partial(_who, deployment)
    parts = [", ".join(map(who, plain))]
    if holding:
        parts.append(f"with the token: {', '.join(map(who, holding))}")
    yield "gets in", " · ".join(part for part in parts if part) or "nobody"
    known = {row.audience for row in inside}
    outside = [row for row in found if row.audience not in known]
    if outside:
        yield "kept out", ", ".join(map(who, outside)) + (", everybody without the token" if holding else "")


def _who(deployment: Deployment, row: TokenRow) -> str:
    apart = row.audience == "containers" and not deployment.networks
    who = "containers on this machine" if apart else _WHO[row.audience]
    return f"{who} (cannot read)" if row.send != "no" and row.read == "no" else who
