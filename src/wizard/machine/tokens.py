"""Secrets of a deployment: tokens for the gateway and the server, trial certificates. Made once, never logged."""

from __future__ import annotations

import datetime
import ipaddress
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from wizard import servers
from wizard.deployment import Deployment
from wizard.machine.files import write_one
from wizard.machine.texts import read_text

TRIAL_CERTIFICATE_DAYS = 30
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
    if given is not None and not (folder / given).exists():
        write_one(folder / given, secrets.token_urlsafe(32) + "\n", 0o600)
        made.append(given)
    if deployment.plan.tls.mode == "self-signed":
        _certificate(deployment, folder / "secrets")
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


def _certificate(deployment: Deployment, folder: Path) -> None:
    """A self-signed RSA certificate for every name and address of the deployment, for trials only."""
    if (folder / "tls.crt").exists() and (folder / "tls.key").exists():
        return
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.x509.oid import NameOID

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Serving Wizard trial")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=TRIAL_CERTIFICATE_DAYS))
        .add_extension(x509.SubjectAlternativeName(_names(deployment)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_one(folder / "tls.key", pem.decode("ascii"), 0o600)
    write_one(folder / "tls.crt", certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"), 0o644)


def _names(deployment: Deployment) -> list[x509.GeneralName]:  # type: ignore[name-defined]  # noqa: F821
    from cryptography import x509

    names: list[x509.GeneralName] = [x509.DNSName("localhost")]
    names += [x509.DNSName(name) for name in deployment.plan.gateway.names]
    addresses = {*deployment.host.loopbacks, *(i.address for i in deployment.host.own_addresses)}
    names += [x509.IPAddress(ipaddress.ip_address(a)) for a in sorted(addresses)]
    return names


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
