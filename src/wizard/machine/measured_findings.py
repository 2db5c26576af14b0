"""What examining this machine adds to the findings of a Plan: its models, its certificate and key, its addresses.

Every front end gets these findings from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import exposure, machine
from wizard.deployment.finding import Finding
from wizard.exposure.findings import binds
from wizard.exposure.findings.known import finding
from wizard.machine import engine_address
from wizard.machine.modelcheck import misfit_findings, model_findings
from wizard.models.disk import at_home
from wizard.plan import settings

if TYPE_CHECKING:
    from wizard.deployment import Deployment
    from wizard.deployment.certificate import KeyPair
    from wizard.models.report import ModelReport
    from wizard.plan import Listener, Plan

_Seen = tuple[tuple[int, int, int], ...]
_last: dict[tuple[Path, Path], tuple[_Seen, KeyPair]] = {}
"""A pair of files is read again only if one of them has changed."""


def findings(deployment: Deployment, reports: Mapping[str, ModelReport], base: Path) -> tuple[Finding, ...]:
    """The findings from what was examined.

    `reports`: model name -> what was found at its path, as far as it was examined; relative paths start from `base`.
    """
    found = [*model_findings(deployment.plan, reports), *misfit_findings(deployment, reports)]
    found += _addresses(deployment)
    found += _files_of_settings(deployment.plan, base)
    tls = deployment.plan.tls
    if tls.mode == "files" and any(endpoint.tls for endpoint in deployment.endpoints):
        found += exposure.findings.certificate.find(deployment, _key_pair(base, tls.certificate, tls.key))
    return tuple(found)


def _files_of_settings(plan: Plan, base: Path) -> Iterator[Finding]:
    """Files that settings name but that do not exist: the server would not start, or an engine would create a folder
    instead."""
    given = plan.settings.given
    named = settings.files(settings.declared(plan.server), given) if given else {}
    for name, path in named.items():
        if not (base / at_home(path)).is_file():
            message = f"There is no file at {path}, which settings.{name} names."
            yield finding("SETTING-FILE-MISSING", message=message, subject=name)


def _addresses(deployment: Deployment) -> Iterator[Finding]:
    """Addresses on which nothing can listen here, unless something else does the listening."""
    asked = any(listener.addresses for listener in _listeners(deployment))
    if asked and (deployment.plan.native or not engine_address.remote()):
        yield from binds.not_here(deployment)


def _listeners(deployment: Deployment) -> Iterator[Listener]:
    found = (deployment.plan.listener(endpoint.api) for endpoint in deployment.endpoints)
    return (listener for listener in found if listener)


def with_certificate(deployment: Deployment, base: Path) -> Deployment:
    """The Deployment, with the information whether a trusted authority vouches for its certificate."""
    tls = deployment.plan.tls
    if tls.mode != "files" or not _key_pair(base, tls.certificate, tls.key).unvouched:
        return deployment
    return replace(deployment, unvouched=True)


def _key_pair(base: Path, certificate: str, key: str) -> KeyPair:
    both = (base / at_home(certificate), base / at_home(key))
    seen = tuple(map(_mark, both))
    known = _last.get(both)
    if known is None or known[0] != seen:
        known = (seen, machine.certificates.look(*both))
        _last.clear()
        _last[both] = known
    return known[1]


def _mark(path: Path) -> tuple[int, int, int]:
    try:
        there = path.stat()
    except (OSError, ValueError):
        return (0, 0, 0)
    return (there.st_mode, there.st_mtime_ns, there.st_size)
