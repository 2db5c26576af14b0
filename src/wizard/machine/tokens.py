"""Secrets of a deployment: tokens for the gateway and the server, trial certificates. They are never logged."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from wizard import machine, registry
from wizard.deployment import Deployment
from wizard.deployment.own_files import COPIED_PAIR
from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.gateway import owner, server_uid
from wizard.gateway.layout import (
    RELAY,
    gated,
    presented_groups,
    presented_line,
    presented_name,
    relayed_by_token,
    token_api,
    token_apis,
)
from wizard.machine import door, switching
from wizard.machine.door import Folder
from wizard.machine.files import Secrets
from wizard.machine.switching import Item
from wizard.machine.texts import read_text
from wizard.models.disk import at_home

TOKEN_LIMIT = 8 << 10
"""Maximum bytes of a token file."""
LEAST_TOKEN = 22
"""Length of a token: this many random characters have the 128 bits that make it impossible to guess."""
_TOKEN = regex(r"[A-Za-z0-9_-]*")
_PRIVATE = 0o600
_CERTIFICATE, _KEY = "secrets/tls.crt", "secrets/tls.key"


def needed(deployment: Deployment, folder: Folder) -> Secrets:
    """The secrets that a deployment needs, but that its folder lacks or has in another form.

    Raises WizardError for a token that cannot be valid, and if a link or something else is in the way.
    """
    collected, reader = _Collected(folder), _reader(deployment)
    for api in token_apis(deployment):
        token = collected.token(f"secrets/{api}.token", shown=True)
        collected.put(f"secrets/{api}_tokens.map", _map(f"secrets/{api}.token", token), reader)
    given = registry.adapter(deployment.plan.server).given_token_file(deployment)
    if given is not None:
        called_with = any(e.auth == "server-token" and e.scope != "off" for e in deployment.endpoints)
        lines = collected.token(given, called_with, _server(deployment)).splitlines()
        first = next((line.strip() for line in lines if line and not line.startswith("#")), "")
        for group in presented_groups(deployment):
            collected.put(f"secrets/{presented_name(group)}", presented_line(first), reader)
    if relayed_by_token(deployment):  # nobody but the gateway needs it
        token = collected.token(f"secrets/{RELAY}.token", shown=False)
        collected.put(f"secrets/{RELAY}_tokens.map", _map(f"secrets/{RELAY}.token", token), reader)
        collected.put(f"secrets/{presented_name(RELAY)}", presented_line(token.strip()), reader)
    if deployment.plan.tls.mode == "self-signed":
        collected.items += _certificate(deployment, folder, reader)
    elif deployment.pair[1] == COPIED_PAIR[1]:
        collected.copies(deployment, reader)
    pair = deployment.plan.tls.mode == "self-signed" or deployment.pair[1] == COPIED_PAIR[1]
    held = bool(collected.items) or collected.has_token or pair
    if held:
        collected.remarks += _folder_of_others(folder)
    return Secrets(tuple(collected.items), tuple(collected.shown), tuple(collected.remarks), held)


class _Collected:
    """The secrets of a folder that are to be written, collected as they are found missing."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.items: list[Item] = []
        self.shown: list[str] = []
        self.has_token = False
        """Whether a token is needed, existing or new."""
        self.remarks: list[str] = []

    def token(self, path: str, shown: bool, reader: tuple[int, int] | None = None) -> str:
        """The existing token, or a new one; `shown`: people need it. `reader`: the account it is given to."""
        self.has_token = True
        there = self.folder.read(path, TOKEN_LIMIT)
        if there is not None:
            self.remarks += _open_to_others(self.folder, path)
            if reader is not None:
                self.items += _unless_there(self.folder, Item(path, there, _PRIVATE, reader, kept=False))
            return there.decode("ascii", "replace")
        made = secrets.token_urlsafe(32) + "\n"
        self.items.append(Item(path, made.encode(), _PRIVATE, reader, kept=False))
        self.shown += [path] if shown else []
        return made

    def put(self, path: str, line: str, reader: tuple[int, int] | None) -> None:
        """A file made from a token, for the account that reads it."""
        self.items += _unless_there(self.folder, Item(path, f"{line}\n".encode(), _PRIVATE, reader, kept=False))

    def copies(self, deployment: Deployment, reader: tuple[int, int] | None) -> None:
        """Copies of the user's own certificate and key for the account in the container.

        If they cannot be read, a finding says so.
        """
        tls, made = deployment.plan.tls, len(self.items)
        for path, own, mode in zip((tls.certificate, tls.key), COPIED_PAIR, (0o644, _PRIVATE), strict=True):
            with suppress(OSError, WizardError):
                text = read_text(str(self.folder.path / at_home(path)), TOKEN_LIMIT * 8)
                self.items += _unless_there(
                    self.folder, Item(own.removeprefix("./"), text.encode(), mode, reader, kept=False)
                )
        if len(self.items) > made:
            self.remarks.append(
                f"{tls.key} is root's; so that the container need not run as root, it gets a copy in secrets/. "
                "After renewing the certificate, write the files again."
            )


def ensure(deployment: Deployment, target: Path) -> tuple[str, ...]:
    """Make only the secrets. Returns the paths of new tokens. Raises OSError and WizardError."""
    with door.opened(target, make=True) as folder, folder.locked():
        switching.complete_interrupted(folder)
        made = needed(deployment, folder)
        made.close(folder)
        if made.items:
            switching.switch(folder, made.items, (), "")
    return made.new_tokens


def read(deployment: Deployment, folder: Path) -> dict[str, str]:
    """API -> the gateway token that is valid for it."""
    found: dict[str, str] = {}
    for endpoint in gated(deployment):
        if endpoint.auth == "gateway-token":
            place = folder / "secrets" / f"{token_api(endpoint.api)}.token"
            found[endpoint.api] = read_text(str(place), TOKEN_LIMIT).strip()
    return found


def reveal(folder: Path, paths: tuple[str, ...]) -> dict[str, str]:
    """The tokens themselves, by path, for the one time they are shown. A file that no longer exists is left out."""
    found: dict[str, str] = {}
    for path in paths:
        with suppress(WizardError):
            found[path] = read_text(str(folder / path), TOKEN_LIMIT).strip()
    return found


def _map(path: str, token: str) -> str:
    """nginx compares plain map strings ignoring case, so the key is an anchored expression."""
    text = token.strip()
    if not _TOKEN.fullmatch(text):
        raise WizardError(
            f"{path} holds no token", "only letters, digits, '-' and '_' can be used", "Delete it; a new one is made."
        )
    if len(text) < LEAST_TOKEN:
        raise WizardError(
            f"{path} holds a token of {len(text)} characters, which can be guessed",
            f"at least {LEAST_TOKEN} random ones are needed",
            "Delete it; a new one is made.",
        )
    return f'"~^Bearer {text}$" 1;'


def _certificate(deployment: Deployment, folder: Folder, reader: tuple[int, int] | None) -> Iterator[Item]:
    files = {path: folder.read(path, TOKEN_LIMIT * 8) for path in (_CERTIFICATE, _KEY)}
    fresh = machine.trial_certificate.renewed(deployment, folder.path / "secrets")
    if fresh is not None:
        files = {_CERTIFICATE: fresh[0].encode(), _KEY: fresh[1].encode()}
    for path, mode in ((_KEY, _PRIVATE), (_CERTIFICATE, 0o644)):
        yield from _unless_there(folder, Item(path, files[path] or b"", mode, reader, kept=False))


def _unless_there(folder: Folder, item: Item) -> list[Item]:
    """The item, unless its file exists with the same content and owner, and with no wider access."""
    found = folder.status(item.path)
    if found is None:
        return [item]
    same = found.st_size == len(item.data) and folder.read(item.path, len(item.data)) == item.data
    owned = item.owner in (None, (found.st_uid, found.st_gid))
    narrow = not stat.S_IMODE(found.st_mode) & ~item.mode
    return [] if same and owned and narrow else [item]


def _open_to_others(folder: Folder, path: str) -> Iterator[str]:
    found = folder.status(path)
    if found is not None and stat.S_IMODE(found.st_mode) & 0o077:
        mode = f"{stat.S_IMODE(found.st_mode):o}"
        yield (
            f"{path} lets others on this machine read it (mode {mode}): chmod 600 it. "
            "If somebody may have, delete it, and a new one is made."
        )


def _folder_of_others(folder: Folder) -> Iterator[str]:
    owner = folder.owner("secrets")
    if owner not in (None, os.geteuid()):
        yield (
            f"secrets/ belongs to another account of this machine (user id {owner}), who can read and replace the "
            "secrets in it: chown it, and delete what is in it if you did not put that account in charge."
        )


def _reader(deployment: Deployment) -> tuple[int, int] | None:
    """As root, files that a program reads belong to the account in its container; otherwise the container runs as
    this user."""
    if not deployment.has_gateway:
        return _server(deployment)
    return owner(deployment) if _given_away(deployment) else None


def _server(deployment: Deployment) -> tuple[int, int] | None:
    return (server_uid(deployment),) * 2 if _given_away(deployment) else None


def _given_away(deployment: Deployment) -> bool:
    return deployment.host.uid == 0 and deployment.plan.contained
