"""The call from a page's console, as EXPOSURE.md prints it, for pages that a browser would let call."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from wizard.artifacts.markdown import fenced
from wizard.cors.exchange import PageRequest
from wizard.deployment import Deployment, Endpoint
from wizard.deployment.finding import Finding
from wizard.exposure.findings import callers
from wizard.prediction import page_call


def calls(
    deployment: Deployment, endpoint: Endpoint, samples: Mapping[str, str], found: Sequence[Finding]
) -> Iterator[str]:
    """The call from a page, if a browser would allow it; otherwise why not, and the change that allows it.

    `found`: the findings of this Deployment; neither a call that one of them judged, nor a change that it offers, is
    looked for again.
    """
    if not endpoint.cors.origins:
        yield "No web page may read the answers: no origin is on the list.\n\n"
        return
    request = page_call.usual_call(deployment, endpoint, samples)
    known = callers.refused(found, endpoint)
    made = [
        known.get(page) or page_call.call(deployment, endpoint, page, request) for page in page_call.pages_of(endpoint)
    ]
    working = [each for each in made if each.works]
    if working:
        yield f"In the console of {_pages(endpoint, working)}:\n\n"
        yield fenced("js", page_call.script(request))
        yield from _only_here(deployment, endpoint, request, working)
    refused: dict[str, list[page_call.PageCall]] = {}
    for each in made:
        if not each.works:
            refused.setdefault(each.problem, []).append(each)
    for problem, failed in refused.items():
        yield f"Not from {_pages(endpoint, failed)}: {problem} {_change(deployment, endpoint, failed[0], found)}\n\n"


def _pages(endpoint: Endpoint, calls: Sequence[page_call.PageCall]) -> str:
    """Which pages these are, as a sentence."""
    if endpoint.cors.origins != ("*",):
        return "a page of " + " or ".join(f"`{each.page}`" for each in calls)
    schemes = " or ".join(each.page.partition(":")[0] for each in calls)
    return "any page" if len(calls) == len(page_call.pages_of(endpoint)) else f"a page over {schemes}"


def _only_here(
    deployment: Deployment, endpoint: Endpoint, request: PageRequest, calls: Sequence[page_call.PageCall]
) -> Iterator[str]:
    """Whether it makes a difference which address a browser on another computer calls."""
    if not endpoint.beyond_loopback:
        return
    far = page_call.elsewhere(request)
    refused = [each for each in calls if not page_call.call(deployment, endpoint, each.page, far).works]
    if refused:
        yield f"From {_pages(endpoint, refused)} only in a browser on this machine: elsewhere a page over https\n"
        yield "may not call a server without TLS.\n\n"


def _change(deployment: Deployment, endpoint: Endpoint, failed: page_call.PageCall, found: Sequence[Finding]) -> str:
    """The answers to change, or the advice of the CORS rule."""
    offered = callers.offered(found, endpoint, failed)
    remedy = next(iter(page_call.fix(deployment, endpoint, failed) if offered is None else offered), None)
    if remedy is None:
        return f"Instead: {failed.instead}"
    keys = ", ".join(f"`{key} = {json.dumps(value)}`" for key, value in remedy.patch)
    return f"To allow it: {remedy.label} ({keys})."
