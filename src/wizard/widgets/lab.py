"""The lab, drawn: what a browser does with a page's request, hop by hop, and the rule that decides."""

from __future__ import annotations

from wizard.cors.fetch import Hop
from wizard.cors.origins import canonical_origin
from wizard.deployment import Deployment
from wizard.errors import WizardError
from wizard.plan import Api
from wizard.prediction.browser import Judgement, judge, lacks_token
from wizard.widgets.flow import Lines, text, wrapped

STRANGER = "https://stranger.example"
_SHOWN_REQUEST = ("origin", "access-control-request-method", "access-control-request-headers")
_SHOWN_ANSWER = (
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-credentials",
    "access-control-max-age",
)
_WHO = {"gateway": "the gateway", "server": "the server"}


def lab_lines(
    deployment: Deployment, api: Api, page: str, method: str, headers: str, credentials: bool, width: int
) -> Lines:
    """The verdict for a page's request, and next to it what an unlisted page gets."""
    origin = canonical_origin(page).origin
    if not origin:
        return wrapped(f"{page} is not the address of a page.", width, "$text-warning")
    pairs = tuple((name, "") for name in headers.replace(",", " ").split())
    try:
        found = judge(deployment, api, origin, method.upper(), pairs, credentials)
        other = judge(deployment, api, STRANGER, method.upper(), pairs, credentials)
    except WizardError as error:
        return wrapped(f"{error.title}: {error.detail}. {error.hint}", width, "$foreground-muted")
    lines = [*_verdict(found, width), *_error(deployment, api, found, width)]
    if origin != STRANGER:
        lines += _stranger(other, width)
    for number, hop in enumerate(found.verdict.hops, 1):
        lines += [text(""), *_hop(number, hop, found, width)]
    return lines


def _hop(number: int, hop: Hop, found: Judgement, width: int) -> Lines:
    kind = "preflight" if hop.request.preflight else "request"
    status = str(hop.response.status) if hop.response else "no answer"
    who = _WHO.get(found.served_by, found.served_by)
    mark = text("✗", "bold $text-error") if hop.rule else text("✓", "bold $text-success")
    head = text(f"{number} {kind}  ", "bold $primary") + text(f"{hop.request.method}  {status}  ") + mark
    lines = [head + text(f"  by {who}", "$foreground-muted")]
    for name, value in hop.request.headers:
        if name.lower() in _SHOWN_REQUEST:
            lines += wrapped(f"{name.lower()}: {value}", width, "$foreground-muted", "  → ", 6)
    for name, value in hop.response.headers if hop.response else ():
        if name.lower() in _SHOWN_ANSWER:
            lines += wrapped(f"{name.lower()}: {value}", width, "$foreground-muted", "  ← ", 6)
    return lines


def _verdict(found: Judgement, width: int) -> Lines:
    allowed = found.verdict.verdict == "allowed"
    if allowed:
        lines = wrapped("The page can read the answer.", width, "bold", text("✓ ", "bold $text-success"), 2)
    else:
        lines = wrapped(
            "The browser does not let the page read the answer.", width, "bold", text("✗ ", "bold $text-error"), 2
        )
    lines += wrapped(found.verdict.explanation, width, "$foreground-muted", "  ", 2)
    if not allowed and found.ran:
        lines += wrapped("The request itself arrived and the model ran.", width, "$text-warning", "  ", 2)
    return lines


def _error(deployment: Deployment, api: Api, found: Judgement, width: int) -> Lines:
    """What a page should know about an answer that is an error."""
    if not found.error:
        return []
    lines = wrapped(f"The answer is an error: {found.error}.", width, "$text-warning", "  ", 2)
    if lacks_token(deployment, api, found):
        lines += wrapped("A token is needed: add authorization to the headers.", width, "", "  → ", 4)
    return lines


def _stranger(other: Judgement, width: int) -> Lines:
    read = "can read the answer" if other.verdict.verdict == "allowed" else "cannot read the answer"
    ran = "; the model runs anyway" if other.ran and other.verdict.verdict != "allowed" else ""
    return wrapped(f"The same from {STRANGER}: it {read}{ran}.", width, "$foreground-muted")
