"""Secrets of a deployment: tokens for the gateway and the server, trial certificates. Never logged."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from wizard import servers
from wizard.deployment import Deployment
from wizard.machine import trial_certificate
from wizard.machine.files import write_one
from wizard.machine.texts import read_text

TOKEN_LIMIT = 8 << 10
"""Bytes of a token file."""


def ensure(deployment: Deployment, folder: Path) -> tuple[str, ...]:
    """Make the secrets that a deployment needs and that its folder does not have yet.

    Returns the paths, relative to the folder, of the tokens that were newly made (to be shown once).
    """
    from wizard.gateway.layout import token_apis

    made = []
    for api in token_apis(deployment):
        place = folder / "secrets" / f"{api}.token"
        if not place.exists():
            write_one(place, secrets.token_urlsafe(32) + "\n", 0o600)
            made.append(f"secrets/{api}.token")
        _write_map(place, folder / "secrets" / f"{api}_tokens.map")
    given = servers.adapter(deployment.plan.server).given_token_file(deployment)
    if given is not None:
        if not (folder / given).exists():
            write_one(folder / given, secrets.token_urlsafe(32) + "\n", 0o600)
            made += [given] if any(e.auth == "server-token" and e.scope != "off" for e in deployment.endpoints) else []
        _write_presented(deployment, folder, given)
    _ensure_relay(deployment, folder / "secrets")
    if deployment.plan.tls.mode == "self-signed":
        trial_certificate.ensure(deployment, folder / "secrets")
    _give_to_readers(deployment, folder / "secrets")
    return tuple(made)


def read(deployment: Deployment, folder: Path) -> dict[str, str]:
    """API -> the gateway token that is right for it."""
    from wizard.gateway.layout import gated, token_api

    found: dict[str, str] = {}
    for endpoint in gated(deployment):
        if endpoint.auth == "gateway-token":
            place = folder / "secrets" / f"{token_api(endpoint.api)}.token"
            found[endpoint.api] = _token(place)
    return found


def reveal(folder: Path, paths: tuple[str, ...]) -> dict[str, str]:
    """The tokens themselves, by path, for the one time they are shown. A file that is gone by now is left out."""
    found: dict[str, str] = {}
    for path in paths:
        with suppress(OSError):
            found[path] = (folder / path).read_text("ascii").strip()
    return found


def _token(place: Path) -> str:
    return read_text(str(place), TOKEN_LIMIT).strip()


def _write_map(token_file: Path, map_file: Path) -> None:
    """nginx compares plain map strings without regard to case, so the key is an anchored expression."""
    token = _token(token_file)
    if not re.fullmatch(r"[A-Za-z0-9_-]+", token):
        from wizard.errors import WizardError

        raise WizardError(
            f"{token_file} holds no token",
            "only letters, digits, '-' and '_' can be used",
            "Delete it; a new one is made.",
        )
    write_one(map_file, f'"~^Bearer {token}$" 1;\n', 0o600)


def _ensure_relay(deployment: Deployment, folder: Path) -> None:
    """What the gateway says to the relay. Nobody else needs it, so it is not shown."""
    from wizard.gateway.layout import RELAY, presented_line, presented_name, relayed_by_token

    if not relayed_by_token(deployment):
        return
    place = folder / f"{RELAY}.token"
    if not place.exists():
        write_one(place, secrets.token_urlsafe(32) + "\n", 0o600)
    _write_map(place, folder / f"{RELAY}_tokens.map")
    write_one(folder / presented_name(RELAY), presented_line(_token(place)) + "\n", 0o600)


def _write_presented(deployment: Deployment, folder: Path, given: str) -> None:
    """Tell the gateway the token that the server was given: the first of its file."""
    from wizard.gateway.layout import presented_groups, presented_line, presented_name

    first = next(iter(_token(folder / given).splitlines()), "").strip()
    for group in presented_groups(deployment):
        write_one(folder / "secrets" / presented_name(group), presented_line(first) + "\n", 0o600)


def _give_to_readers(deployment: Deployment, folder: Path) -> None:
    """As root, hand the files to the accounts inside the containers; otherwise those run as this user."""
    if deployment.host.uid != 0 or deployment.plan.run.how != "docker" or not folder.is_dir():
        return
    from wizard.gateway import owner

    if not deployment.has_gateway:
        return
    uid, gid = owner(deployment)
    for place in folder.iterdir():
        if place.name.endswith(".map") or place.name in ("tls.key", "tls.crt"):
            os.chown(place, uid, gid)
