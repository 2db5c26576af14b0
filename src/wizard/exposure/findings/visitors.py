"""Browsers of people who visit a page: whether they can reach the server, and whether they trust its certificate."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.cors.origin_traits import classify
from wizard.deployment import Deployment
from wizard.deployment.finding import Finding, remedy
from wizard.exposure.findings.callers import SAID, predicting
from wizard.exposure.findings.folding import listed
from wizard.exposure.findings.known import finding

_STRANGERS = ("browser", "web-app", "internet")
"""Audiences that cannot be given a certificate, or that are browsers."""


def find(deployment: Deployment) -> Iterator[Finding]:
    """What keeps visitors from getting an answer that the other answers would allow."""
    yield from _certificate(deployment)
    yield from _elsewhere(deployment)


def _certificate(deployment: Deployment) -> Iterator[Finding]:
    """No authority vouches for the certificate of a trial. For the user's own, see `certificate`."""
    said = [who for who in deployment.plan.audiences if who in _STRANGERS]
    for endpoint in predicting(deployment):
        shown = endpoint.tls and endpoint.protocol == "http" and deployment.plan.tls.mode == "self-signed"
        if shown and (said or endpoint.cors.origins):
            who = f"You said that {listed([SAID[who] for who in said])} will call it" if said else "Pages are listed"
            message = f"{who}, but browsers refuse the self-signed certificate."
            yield finding("VISITORS-TRIAL-CERTIFICATE", api=endpoint.api, message=message)


def _elsewhere(deployment: Deployment) -> Iterator[Finding]:
    """Web pages are listed, but only browsers on this machine can connect, and nobody said that this is intended."""
    for endpoint in () if deployment.plan.audiences else predicting(deployment):
        if endpoint.protocol != "http" or endpoint.exposure != "loopback":
            continue
        web = [origin for origin in endpoint.cors.origins if origin != "*" and not classify(origin).loopback]
        if web:
            pages = f"Pages of {listed(web)} are listed"
            message = f"{pages}, but only browsers on this machine can connect, and not those of their visitors."
            remedies = (
                remedy("Their visitors call it", audiences=["web-app"]),
                remedy("Only a browser on this machine calls it", audiences=["browser"]),
            )
            yield finding("VISITORS-ELSEWHERE", api=endpoint.api, message=message, remedies=remedies)
